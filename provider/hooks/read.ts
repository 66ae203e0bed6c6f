import { SynapseRequestError } from "../synapse/errors";
import { hasEnded } from "../synapse/task-watcher";
import { aliasTarget } from "./guards";
import type { Homeserver } from "./homeserver";
import type { Host } from "./host";
import { observeEnd } from "./review";
import { isUnfinished, withStatus, type RoomShutdownState } from "./state";

/** Says where the alias of a resource points now, if that is another room. The resource stays with the one it reviewed. */
async function watchAlias(host: Host, homeserver: Homeserver, state: RoomShutdownState): Promise<void> {
  const { roomAlias = "", roomId, newRoomId } = state;
  try {
    const target = await aliasTarget(homeserver, roomAlias);
    if (target === undefined || target === roomId || target === newRoomId) return;
    host.log(
      roomId,
      `the alias ${roomAlias} points to ${target} now; this resource stays with the room that was reviewed`,
    );
  } catch (error) {
    if (!(error instanceof SynapseRequestError)) throw error;
    host.log(roomId, `where the alias ${roomAlias} points now can't be found out. ${error.message}`);
  }
}

/** Gets the newest status of an unfinished shutdown. One that has ended stays as it was recorded. */
export async function read(host: Host, state: RoomShutdownState): Promise<RoomShutdownState> {
  const { deleteId, roomAlias } = state;
  if (roomAlias === undefined && !isUnfinished(state)) return state;
  const homeserver = host.connect();
  await homeserver.assertIs(state);
  if (roomAlias !== undefined) await watchAlias(host, homeserver, state);
  if (deleteId === undefined || !isUnfinished(state)) return state;
  try {
    const latest = withStatus(state, await homeserver.client.deleteStatus(deleteId));
    if (!hasEnded(latest.status)) return latest;
    const { room, blocked, left } = await observeEnd(homeserver.client, latest);
    return { ...latest, blocked, purged: room === undefined, failedToKickUsers: left };
  } catch (error) {
    // The record of the task has expired, which says nothing about the room.
    if (error instanceof SynapseRequestError && error.isNotFound) return state;
    throw error;
  }
}
