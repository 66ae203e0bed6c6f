import type { DeleteRoomOptions } from "../synapse/schemas";
import { TaskTimeoutError, hasEnded, waitForTask } from "../synapse/task-watcher";
import type { Homeserver, Host } from "./host";
import type { RoomShutdownInputs } from "./inputs";
import { findRoom } from "./review";
import { ShutdownUnfinishedError, plain, withStatus, withoutOutcome, type RoomShutdownState } from "./state";

/** The options of the delete call that the create and update hooks run. */
export function optionsOnCreate(inputs: RoomShutdownInputs): DeleteRoomOptions {
  const { block, purge, forcePurge, newRoomUserId, roomName, message } = inputs;
  return plain({ block, purge, forcePurge, newRoomUserId, roomName, message });
}

/** The options of the delete call that the delete hook runs. */
export function optionsOnDelete(inputs: RoomShutdownInputs): DeleteRoomOptions {
  return { ...optionsOnCreate(inputs), ...inputs.onDelete };
}

/**
 * Starts a shutdown and follows it to its end.
 * @throws ShutdownUnfinishedError with the `delete_id`, from the moment that Synapse has given one.
 */
export async function shutDown(
  host: Host,
  homeserver: Homeserver,
  state: RoomShutdownState,
  options: DeleteRoomOptions,
): Promise<RoomShutdownState> {
  const { deleteId } = await homeserver.client.deleteRoom(state.roomId, options);
  host.log(state.roomId, `shutdown started, delete_id ${deleteId}`);
  return followShutdown(host, homeserver, { ...withoutOutcome(state), deleteId }, options);
}

/**
 * Follows the shutdown of `state.deleteId` to its end, or looks at it once if the resource does not wait, and checks the
 * room afterwards.
 */
export async function followShutdown(
  host: Host,
  homeserver: Homeserver,
  state: RoomShutdownState & { readonly deleteId: string },
  options: DeleteRoomOptions,
): Promise<RoomShutdownState> {
  let latest: RoomShutdownState = state;
  try {
    if (!hasEnded(latest.status)) {
      await waitForTask(homeserver.client, state.deleteId, {
        clock: host.clock,
        timeoutMs: state.wait ? state.waitTimeoutSeconds * 1000 : 0,
        onStatus: (status) => {
          latest = withStatus(latest, status);
        },
      });
    }
    if (latest.status !== "complete") {
      throw new Error(
        `The shutdown of ${state.roomId} ended as "${latest.status ?? "unknown"}" (delete_id ${state.deleteId}). The homeserver's log says why; the next \`pulumi up\` runs it again.`,
      );
    }
    latest = { ...latest, ...(await observe(homeserver, state.roomId)) };
    const gaps = gapsOf(latest, options);
    if (gaps.length > 0) {
      throw new Error(
        `The shutdown of ${state.roomId} is reported as complete, but ${gaps.join("; and ")} (delete_id ${state.deleteId}).`,
      );
    }
    return latest;
  } catch (error) {
    if (error instanceof TaskTimeoutError) {
      if (!state.wait) return latest;
      throw new ShutdownUnfinishedError(
        latest,
        `The shutdown of ${state.roomId} has not ended within ${state.waitTimeoutSeconds} seconds (waitTimeoutSeconds). It goes on at the homeserver as delete_id ${state.deleteId}, and the next \`pulumi up\` goes on waiting for it.`,
      );
    }
    if (error instanceof Error) throw new ShutdownUnfinishedError(latest, error.message);
    throw error;
  }
}

/** What can be seen of a room after its shutdown. */
export async function observe(homeserver: Homeserver, roomId: string): Promise<{ blocked: boolean; purged: boolean }> {
  const [room, blocked] = await Promise.all([
    findRoom(homeserver.client, roomId),
    homeserver.client.isRoomBlocked(roomId),
  ]);
  return { blocked, purged: room === undefined };
}

/** In what the room differs from what was asked. */
function gapsOf(state: RoomShutdownState, options: DeleteRoomOptions): string[] {
  const failed = state.failedToKickUsers ?? [];
  return [
    ...(failed.length > 0 ? [`${failed.length} users could not be removed: ${failed.join(", ")}`] : []),
    ...(options.purge && state.purged === false ? ["the homeserver still has the room"] : []),
    ...(options.block && state.blocked === false ? ["the room is not blocked"] : []),
  ];
}
