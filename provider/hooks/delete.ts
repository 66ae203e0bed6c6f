import type { Host } from "./host";
import { findRoom } from "./review";
import { Shutdown, optionsOnDelete } from "./shutdown";
import type { RoomShutdownState } from "./state";

/** Shuts the room down if the program says so. Otherwise nothing: a shutdown that has happened can't be undone. */
export async function deleteRoom(host: Host, state: RoomShutdownState): Promise<void> {
  const { roomId, runOn } = state;
  if (runOn === "create") {
    host.log(roomId, 'nothing is undone: the room stays shut down, and blocked if it was (runOn is "create")');
    return;
  }
  const homeserver = host.connect();
  const options = optionsOnDelete(state);
  if ((await findRoom(homeserver.client, roomId)) === undefined) {
    if (options.block) await homeserver.client.setRoomBlock(roomId, true);
    host.log(roomId, `the room is already gone${options.block ? ", and blocked" : ""}`);
    return;
  }
  await new Shutdown(host, homeserver, "delete", options, state).run();
}
