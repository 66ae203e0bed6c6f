import { hasEnded } from "../synapse/task-watcher";
import type { Host } from "./host";
import { notRun, withStatus, type RoomShutdownState } from "./state";
import { observe } from "./shutdown";

/** Gets the newest status of a shutdown that was not waited for. One that has ended stays as it was recorded. */
export async function read(host: Host, state: RoomShutdownState): Promise<RoomShutdownState> {
  if (state.deleteId === undefined || state.status === notRun || hasEnded(state.status)) return state;
  const homeserver = host.connect();
  const latest = withStatus(state, await homeserver.client.deleteStatus(state.deleteId));
  return hasEnded(latest.status) ? { ...latest, ...(await observe(homeserver, state.roomId)) } : latest;
}
