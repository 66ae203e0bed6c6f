import type { Host } from "./host";
import { optionsOnDelete, shutDown } from "./shutdown";
import type { RoomShutdownState } from "./state";

/** Shuts the room down if the program says so. Otherwise nothing: a shutdown that has happened can't be undone. */
export async function deleteRoom(host: Host, state: RoomShutdownState): Promise<void> {
  if (state.runOn === "create") {
    host.log(state.roomId, 'nothing is undone: the room stays shut down, and blocked if it was (runOn is "create")');
    return;
  }
  await shutDown(host, host.connect(), state, optionsOnDelete(state));
}
