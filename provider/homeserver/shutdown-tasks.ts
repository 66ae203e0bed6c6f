import type { SynapseAdminClient } from "../synapse/admin-client";
import { SynapseRequestError, unlessAbsent } from "../synapse/errors";
import type { DeleteStatus, ShutdownTask } from "../synapse/schemas";
import { hasEnded, type UnendedStatus } from "../synapse/task-status";
import type { Clock } from "./clock";

/** An answer of the homeserver, or a question that is on its way. */
interface Asked {
  readonly askedMs: number;
  readonly tasks: Promise<ShutdownTask[] | undefined>;
}

/** Finds shutdowns, with the best way that the homeserver has. */
export class ShutdownTasks {
  private hasScheduledTasks = true;
  private history: Promise<ShutdownTask[] | undefined> | undefined;
  private readonly latest = new Map<UnendedStatus, Asked>();

  constructor(
    private readonly client: SynapseAdminClient,
    private readonly clock: Clock,
  ) {}

  /**
   * The shutdowns of a room, oldest first: queued, running, and those that ended in the last seven days. Before 1.130 queued
   * ones (there are some since 1.121, for about 100 ms while less than five run) can't be seen, nor why one has failed.
   */
  async ofRoom(roomId: string): Promise<ShutdownTask[]> {
    // Synapse refuses to list those of one room by an id beyond ASCII, which the ids of rooms may be.
    const tasks = isAscii(roomId) ? await this.list({ roomId }) : await this.list({});
    if (tasks !== undefined) {
      return isAscii(roomId) ? tasks : tasks.filter((task) => task.roomId === roomId);
    }
    return (await unlessAbsent(this.client.deleteStatusesOfRoom(roomId))) ?? [];
  }

  /**
   * The same without a request for each room: from a list of all shutdowns that was asked for once, and one of the running
   * ones of the last `maxAgeMs`. What both began and ended in between is missing.
   */
  async known(roomId: string, maxAgeMs: number): Promise<ShutdownTask[]> {
    const history = await this.all();
    const running = await this.running(maxAgeMs);
    if (history === undefined || running === undefined) return this.ofRoom(roomId);
    const isOfRoom = (task: ShutdownTask) => task.roomId === roomId;
    const [before, now] = [history.filter(isOfRoom), running.filter(isOfRoom)];
    const isIn = (tasks: ShutdownTask[], { deleteId }: ShutdownTask) =>
      tasks.some((one) => one.deleteId === deleteId);
    const hasEndedSince = before.some((task) => !hasEnded(task.status) && !isIn(now, task));
    return hasEndedSince
      ? this.ofRoom(roomId)
      : [...before, ...now.filter((task) => !isIn(before, task))];
  }

  /**
   * The shutdowns of all rooms that have not ended, as of the last `maxAgeMs`. Undefined before 1.130: it does not tell. One
   * that begins between the two requests is in the second answer.
   */
  async running(maxAgeMs: number): Promise<ShutdownTask[] | undefined> {
    const scheduled = await this.since("scheduled", this.clock.nowMs() - maxAgeMs);
    const askedMs = this.latest.get("scheduled")?.askedMs ?? this.clock.nowMs();
    const active = await this.since("active", askedMs);
    if (scheduled === undefined || active === undefined) return undefined;
    const hasBegun = ({ deleteId }: ShutdownTask) =>
      active.some((task) => task.deleteId === deleteId);
    return [...active, ...scheduled.filter((task) => !hasBegun(task))];
  }

  /** Those of them that have begun and not ended, as of now. */
  async active(): Promise<ShutdownTask[] | undefined> {
    return this.since("active", this.clock.nowMs());
  }

  /** Where a shutdown stands, or undefined if the homeserver has no record of it, which says nothing about the room. */
  async status(deleteId: string): Promise<DeleteStatus | undefined> {
    return unlessAbsent(this.client.deleteStatus(deleteId));
  }

  /** Which room a shutdown is of. Undefined if the homeserver does not tell: the record has expired, or it is before 1.130. */
  async roomOf(deleteId: string): Promise<string | undefined> {
    const tasks = await this.list({});
    return tasks?.find((task) => task.deleteId === deleteId)?.roomId;
  }

  /** The shutdown that made a room as its notice room, as far as records of the last seven days tell. */
  async makerOf(noticeRoomId: string): Promise<ShutdownTask | undefined> {
    const tasks = await this.all();
    return tasks?.find(({ result }) => result?.newRoomId === noticeRoomId);
  }

  /** Whether the homeserver lists its tasks, as it does since 1.130. */
  async canBeListed(): Promise<boolean> {
    return (await this.all()) !== undefined;
  }

  /** The shutdowns of a room as of the first time that all were asked for, oldest first. Empty before 1.130. */
  async foundAtFirst(roomId: string): Promise<ShutdownTask[]> {
    return ((await this.all()) ?? []).filter((task) => task.roomId === roomId);
  }

  private async all(): Promise<ShutdownTask[] | undefined> {
    this.history ??= this.list({});
    try {
      return await this.history;
    } catch (error) {
      this.history = undefined;
      throw error;
    }
  }

  /** Those of one status, as of a time or later. */
  private async since(status: UnendedStatus, sinceMs: number): Promise<ShutdownTask[] | undefined> {
    const last = this.latest.get(status);
    const latest =
      last !== undefined && last.askedMs >= sinceMs
        ? last
        : { askedMs: this.clock.nowMs(), tasks: this.list({ status }) };
    this.latest.set(status, latest);
    try {
      return await latest.tasks;
    } catch (error) {
      if (this.latest.get(status) === latest) this.latest.delete(status);
      throw error;
    }
  }

  private async list(which: {
    roomId?: string;
    status?: UnendedStatus;
  }): Promise<ShutdownTask[] | undefined> {
    if (!this.hasScheduledTasks) return undefined;
    try {
      return await this.client.scheduledShutdowns(which);
    } catch (error) {
      if (!(error instanceof SynapseRequestError && error.isMissingRoute)) throw error;
      this.hasScheduledTasks = false;
      return undefined;
    }
  }
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text, "utf8") === text.length;
}
