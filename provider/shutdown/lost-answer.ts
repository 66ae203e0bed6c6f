import type { Intent } from "../resource/delete-options";
import type { Clock } from "../homeserver/clock";
import type { Room } from "../homeserver/room";
import { SynapseRequestError } from "../synapse/errors";
import type { ShutdownTask } from "../synapse/schemas";
import { hasEnded } from "../synapse/task-status";
import { nextTry } from "./failures";

/** How long to look for a task whose `delete_id` was lost, and how often. */
const lostAnswerMs = 5_000;
const lostAnswerIntervalMs = 500;

/** A shutdown that there is although the delete call failed: one was in progress, or the answer was lost. */
interface StartedAfterAll {
  readonly task: ShutdownTask;
  readonly why: "in progress" | "answer lost";
}

/** A shutdown that runs, or that was not there before. `known`: the ones that were. */
export function begunSince(
  tasks: readonly ShutdownTask[],
  known: readonly ShutdownTask[],
): ShutdownTask | undefined {
  const isNew = (task: ShutdownTask) => !known.some(({ deleteId }) => deleteId === task.deleteId);
  return tasks.find(({ status }) => !hasEnded(status)) ?? tasks.find(isNew);
}

/**
 * Looks for the task after a delete call that failed: the homeserver says that one is in progress, or the answer was lost and
 * it may have started one. The call is never sent again here: one that is still on its way could arrive, too. `known`: the
 * tasks that were there before.
 * @throws the failure itself where it means that nothing was started, or an Error that says that this is not known.
 */
export async function startedAfterAll(
  clock: Clock,
  room: Room,
  intent: Intent,
  known: readonly ShutdownTask[],
  failure: unknown,
): Promise<StartedAfterAll> {
  if (!(failure instanceof SynapseRequestError)) throw failure;
  const isInProgress = failure.httpStatus === 400 && /already in progress/i.test(failure.reason);
  if (!isInProgress && !failure.isAnswerLost) throw failure;
  let seen = "the homeserver shows none so far";
  const deadlineMs = clock.nowMs() + lostAnswerMs;
  for (;;) {
    try {
      const task = begunSince(await room.shutdowns(), known);
      if (task !== undefined) return { task, why: isInProgress ? "in progress" : "answer lost" };
    } catch (error) {
      if (!(error instanceof SynapseRequestError)) throw error;
      seen = `the homeserver can't be asked (${error.message})`;
    }
    if (clock.nowMs() >= deadlineMs) break;
    await clock.sleep(lostAnswerIntervalMs);
  }
  if (isInProgress) throw failure; // A purge of another kind, such as by a retention policy.
  throw new Error(
    `${failure.message} Whether the shutdown of ${room.id} was started is not known: ${seen}. To find out: ${nextTry[intent]}. It ` +
      "takes over one that shows up meanwhile, and starts one otherwise.",
    { cause: failure },
  );
}
