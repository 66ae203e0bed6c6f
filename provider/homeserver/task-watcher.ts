import type { SynapseAdminClient } from "../synapse/admin-client";
import type { Clock } from "./clock";
import { SynapseRequestError } from "../synapse/errors";
import type { DeleteStatus } from "../synapse/schemas";
import { hasEnded } from "../synapse/task-status";
import type { ShutdownTasks } from "./shutdown-tasks";

/** The task has not ended in the time allowed for waiting. It goes on at the homeserver. */
export class TaskTimeoutError extends Error {
  constructor(readonly deleteId: string) {
    super(`The task ${deleteId} has not ended in the time allowed.`);
    this.name = "TaskTimeoutError";
  }
}

/** How to wait for a task. */
interface TaskWaitOptions {
  readonly timeoutMs: number;
  /** Called with each answer. */
  readonly onStatus: (status: DeleteStatus) => void;
  /** Called when the homeserver can't be reached, once for each time that it goes away. */
  readonly onUnreachable: (error: SynapseRequestError) => void;
}

/** Somebody who waits for a task. */
interface Waiter extends TaskWaitOptions {
  readonly deadlineMs: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  lastAnswerMs: number;
  isReachable: boolean;
}

const leastPollIntervalMs = 70;
const lastPollIntervalMs = 2_000;
const pollIntervalGrowth = 1.3;

/** How late the end of a task may be seen, as a part of the time that it took. */
const lateness = 0.04;

/** The most of the first interval after an end, which is the time in which one has come after the other; soon enough for any end. */
const slowestFirstIntervalMs = 500;

/** How long the homeserver may be away. A restart takes one to two minutes until its tasks go on. */
const patienceMs = 6 * 60_000;

/**
 * Waits for tasks with one poll for all of them: the list of running tasks tells which go on, and one that is not in it is
 * read by its id, to learn how it has ended. One that still waits for its turn then is looked for in the list of these, too.
 * Before 1.130, without the lists, each is read by its id. Asks as quickly as tasks end, then less and less often, the longer it
 * takes; nothing is asked while there is nothing to wait for.
 */
export class TaskWatcher {
  private readonly waiters = new Map<string, Set<Waiter>>();
  /** Tasks that waited for their turn when they were last seen. */
  private readonly queued = new Set<string>();
  private isPolling = false;
  private hasChanged = false;
  /** How many have ended, and how soon it is asked again after that. */
  private ended = 0;
  private firstIntervalMs = leastPollIntervalMs;

  constructor(
    private readonly client: SynapseAdminClient,
    private readonly tasks: ShutdownTasks,
    private readonly clock: Clock,
  ) {}

  /**
   * Waits until a task has ended. Goes on while the homeserver restarts.
   * @throws TaskTimeoutError, or the SynapseRequestError that says why it can't go on; 404 M_NOT_FOUND among them.
   */
  async wait(deleteId: string, options: TaskWaitOptions): Promise<void> {
    const nowMs = this.clock.nowMs();
    const ended = new Promise<void>((resolve, reject) => {
      const waiter = {
        ...options,
        deadlineMs: nowMs + options.timeoutMs,
        resolve,
        reject,
        lastAnswerMs: nowMs,
        isReachable: true,
      };
      this.waiters.set(deleteId, (this.waiters.get(deleteId) ?? new Set()).add(waiter));
    });
    this.hasChanged = true;
    if (!this.isPolling) void this.poll();
    return ended;
  }

  private async poll(): Promise<void> {
    this.isPolling = true;
    let intervalMs = this.firstIntervalMs;
    let lastEndMs = this.clock.nowMs();
    let changedMs = lastEndMs;
    while (this.waiters.size > 0) {
      if (this.hasChanged) {
        intervalMs = this.firstIntervalMs;
        changedMs = this.clock.nowMs();
      }
      this.hasChanged = false;
      const nextDeadlineMs = Math.min(...this.all().map(({ deadlineMs }) => deadlineMs));
      await this.clock.sleep(
        Math.max(0, Math.min(intervalMs, nextDeadlineMs - this.clock.nowMs())),
      );
      const before = this.ended;
      await this.pollOnce();
      if (this.ended > before) {
        const perEndMs = (this.clock.nowMs() - lastEndMs) / (this.ended - before);
        const leastMs = Math.max(leastPollIntervalMs, perEndMs);
        this.firstIntervalMs = Math.min(leastMs, slowestFirstIntervalMs);
        lastEndMs = this.clock.nowMs();
      }
      const lateMs = Math.max(slowestFirstIntervalMs, (this.clock.nowMs() - changedMs) * lateness);
      intervalMs = Math.min(intervalMs * pollIntervalGrowth, lateMs, lastPollIntervalMs);
    }
    this.isPolling = false;
  }

  private async pollOnce(): Promise<void> {
    const watched = [...this.waiters.keys()];
    try {
      const seen = this.queued.size > 0 ? this.tasks.running(0) : this.tasks.active();
      const running = new Map((await seen)?.map((task) => [task.deleteId, task]));
      const read = async (deleteId: string) => {
        const task = running.get(deleteId);
        this.answered(deleteId, task ?? (await this.client.deleteStatus(deleteId)));
      };
      const failed = (deleteId: string) => (error: unknown) => {
        this.failed(deleteId, error);
      };
      await Promise.all(watched.map((deleteId) => read(deleteId).catch(failed(deleteId))));
    } catch (error) {
      for (const deleteId of watched) this.failed(deleteId, error);
    }
  }

  private answered(deleteId: string, status: DeleteStatus): void {
    if (status.status === "scheduled") this.queued.add(deleteId);
    else this.queued.delete(deleteId);
    for (const waiter of this.waiters.get(deleteId) ?? []) {
      waiter.lastAnswerMs = this.clock.nowMs();
      waiter.isReachable = true;
      waiter.onStatus(status);
      if (hasEnded(status.status)) this.settle(deleteId, waiter, waiter.resolve);
      else this.checkDeadline(deleteId, waiter);
    }
  }

  private failed(deleteId: string, error: unknown): void {
    for (const waiter of this.waiters.get(deleteId) ?? []) {
      const isAway = error instanceof SynapseRequestError && error.isServerAway;
      if (!isAway || this.clock.nowMs() - waiter.lastAnswerMs > patienceMs) {
        this.settle(deleteId, waiter, () => {
          waiter.reject(error);
        });
        continue;
      }
      if (waiter.isReachable) waiter.onUnreachable(error);
      waiter.isReachable = false;
      this.checkDeadline(deleteId, waiter);
    }
  }

  private checkDeadline(deleteId: string, waiter: Waiter): void {
    if (this.clock.nowMs() < waiter.deadlineMs) return;
    this.settle(deleteId, waiter, () => {
      waiter.reject(new TaskTimeoutError(deleteId));
    });
  }

  private settle(deleteId: string, waiter: Waiter, how: () => void): void {
    this.hasChanged = true;
    this.ended++;
    const waiters = this.waiters.get(deleteId);
    waiters?.delete(waiter);
    if (waiters?.size === 0) {
      this.waiters.delete(deleteId);
      this.queued.delete(deleteId);
    }
    how();
  }

  private all(): Waiter[] {
    return [...this.waiters.values()].flatMap((waiters) => [...waiters]);
  }
}
