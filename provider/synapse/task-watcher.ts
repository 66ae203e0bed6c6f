import type { SynapseAdminClient } from "./admin-client";
import type { Clock } from "./clock";
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
}

const firstPollIntervalMs = 50;
const lastPollIntervalMs = 2_000;
const pollIntervalGrowth = 1.3;

/**
 * Whether a task has ended. Every other word, known or not, means that it goes on: 1.48 to 1.92 say `shutting_down` and
 * `purging`, later ones `scheduled` and `active`.
 */
export function hasEnded(status: string | undefined): boolean {
  return status === "complete" || status === "failed" || status === "cancelled";
}

/** Waits until a task has ended: asks quickly at first, then less and less often. */
export async function waitForTask(
  client: SynapseAdminClient,
  deleteId: string,
  { clock, timeoutMs, onStatus }: TaskWaitOptions,
): Promise<DeleteStatus> {
  const deadlineMs = clock.nowMs() + timeoutMs;
  for (
    let intervalMs = firstPollIntervalMs;
    ;
    intervalMs = Math.min(intervalMs * pollIntervalGrowth, lastPollIntervalMs)
  ) {
    const status = await client.deleteStatus(deleteId);
    onStatus(status);
    if (hasEnded(status.status)) return status;
    const leftMs = deadlineMs - clock.nowMs();
    if (leftMs <= 0) throw new TaskTimeoutError(deleteId);
    await clock.sleep(Math.min(intervalMs, leftMs));
  }
}
