import type { Homeserver } from "../homeserver/homeserver";
import type { Room } from "../homeserver/room";
import { TaskTimeoutError } from "../homeserver/task-watcher";
import { SynapseRequestError } from "../synapse/errors";
import type { DeleteStatus } from "../synapse/schemas";

/** How waiting for a shutdown has ended. */
export type Waited = "ended" | "still running" | "no record";

/** How to wait. */
interface WaitOptions {
  /** Absent: it is only asked where the shutdown stands. */
  readonly deadlineMs: number | undefined;
  /** Called with each answer. */
  readonly onStatus: (status: DeleteStatus) => void;
}

/** Waits for the end of a shutdown. Goes on while the homeserver is away, and says so. */
export async function waitForEnd(
  { watcher, host }: Homeserver,
  room: Room,
  deleteId: string,
  { deadlineMs, onStatus }: WaitOptions,
): Promise<Waited> {
  const nowMs = host.clock.nowMs();
  try {
    await watcher.wait(deleteId, {
      timeoutMs: Math.max(0, (deadlineMs ?? nowMs) - nowMs),
      onStatus,
      onUnreachable: (error) => {
        room.log(`the homeserver does not answer, waiting for it to come back. ${error.message}`);
      },
    });
    return "ended";
  } catch (error) {
    if (error instanceof SynapseRequestError && error.isNotFound) return "no record";
    if (error instanceof TaskTimeoutError) return "still running";
    throw error;
  }
}
