import type { SynapseAdminClient } from "./admin-client";
import type { Clock } from "./clock";
import { SynapseRequestError } from "./errors";
import type { DeleteStatus } from "./schemas";

/** The task has not ended in the time allowed for waiting. It goes on at the homeserver. */
export class TaskTimeoutError extends Error {
  constructor(readonly deleteId: string) {
    super(`The task ${deleteId} has not ended in the time allowed.`);
    this.name = "TaskTimeoutError";
  }
}

/** How to wait for a task. */
export interface TaskWaitOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Called with each answer. */
  readonly onStatus: (status: DeleteStatus) => void;
  /** Called when the homeserver can't be reached, once for each time that it goes away. */
  readonly onUnreachable: (error: SynapseRequestError) => void;
}

const firstPollIntervalMs = 50;
const lastPollIntervalMs = 2_000;
const pollIntervalGrowth = 1.3;

/** How long the homeserver may be away. A restart takes one to two minutes until its tasks go on. */
const patienceMs = 6 * 60_000;

/**
 * Whether a task has ended. Every other word, known or not, means that it goes on: 1.48 to 1.92 say `shutting_down` and
 * `purging`, later ones `scheduled` and `active`.
 */
export function hasEnded(status: string | undefined): boolean {
  return status === "complete" || status === "failed" || status === "cancelled";
}

/**
 * Waits until a task has ended: asks quickly at first, then less and less often. Goes on while the homeserver restarts.
 * @throws TaskTimeoutError, or the SynapseRequestError that says why it can't go on; 404 M_NOT_FOUND among them.
 */
export async function waitForTask(
  client: SynapseAdminClient,
  deleteId: string,
  { clock, timeoutMs, onStatus, onUnreachable }: TaskWaitOptions,
): Promise<void> {
  const deadlineMs = clock.nowMs() + timeoutMs;
  let lastAnswerMs = clock.nowMs();
  let reachable = true;
  for (
    let intervalMs = firstPollIntervalMs;
    ;
    intervalMs = Math.min(intervalMs * pollIntervalGrowth, lastPollIntervalMs)
  ) {
    try {
      const status = await client.deleteStatus(deleteId);
      lastAnswerMs = clock.nowMs();
      reachable = true;
      onStatus(status);
      if (hasEnded(status.status)) return;
    } catch (error) {
      const isAway = error instanceof SynapseRequestError && error.isAnswerLost;
      if (!isAway || clock.nowMs() - lastAnswerMs > patienceMs) throw error;
      if (reachable) onUnreachable(error);
      reachable = false;
    }
    const leftMs = deadlineMs - clock.nowMs();
    if (leftMs <= 0) throw new TaskTimeoutError(deleteId);
    await clock.sleep(Math.min(intervalMs, leftMs));
  }
}
