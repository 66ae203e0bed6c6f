import { SynapseRequestError } from "../synapse/errors";
import { hasEnded } from "../synapse/task-watcher";
import type { Host } from "./host";
import { observe } from "./review";
import { notRun, withStatus, type RoomShutdownState } from "./state";

/** Gets the newest status of an unfinished shutdown. One that has ended stays as it was recorded. */
export async function read(host: Host, state: RoomShutdownState): Promise<RoomShutdownState> {
  const { deleteId, status, roomId } = state;
  if (deleteId === undefined || status === notRun || hasEnded(status)) return state;
  const homeserver = host.connect();
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
