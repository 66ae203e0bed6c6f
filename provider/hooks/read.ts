import { SynapseRequestError } from "../synapse/errors";
import { hasEnded } from "../synapse/task-watcher";
import { aliasTarget } from "./guards";
import type { Host } from "./host";
import { observe } from "./review";
import { isUnfinished, withStatus, type RoomShutdownState } from "./state";

/** Says where the alias of a resource points now, if that is another room. The resource stays with the one it reviewed. */
async function watchAlias(host: Host, { roomAlias, roomId, newRoomId }: RoomShutdownState): Promise<void> {
  if (roomAlias === undefined) return;
  const target = await aliasTarget(host.connect(), roomAlias);
  if (target === undefined || target === roomId || target === newRoomId) return;
  host.log(
    roomId,
    `the alias ${roomAlias} points to ${target} now; this resource stays with the room that was reviewed`,
  );
}

/** Gets the newest status of an unfinished shutdown. One that has ended stays as it was recorded. */
export async function read(host: Host, state: RoomShutdownState): Promise<RoomShutdownState> {
  await watchAlias(host, state);
  const { deleteId, roomId } = state;
  if (deleteId === undefined || !isUnfinished(state)) return state;
  const homeserver = host.connect();
  await homeserver.assertIs(state);
  try {
    const latest = withStatus(state, await homeserver.client.deleteStatus(deleteId));
    if (!hasEnded(latest.status)) return latest;
    const { room, blocked } = await observe(homeserver.client, roomId);
    return { ...latest, blocked, purged: room === undefined };
  } catch (error) {
    // The record of the task has expired, which says nothing about the room.
    if (error instanceof SynapseRequestError && error.isNotFound) return state;
    throw error;
  }
}
