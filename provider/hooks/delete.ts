import type { Host } from "./host";
import { findRoom } from "./review";
import { Shutdown, optionsOnDelete } from "./shutdown";
import { isUnfinished, type RoomShutdownState } from "./state";

/** Shuts the room down if the program says so. Otherwise nothing: a shutdown that has happened can't be undone. */
export async function deleteRoom(host: Host, state: RoomShutdownState): Promise<void> {
  const { roomId, runOn } = state;
  if (runOn === "create") {
    host.log(roomId, whatStays(state));
    return;
  }
  const homeserver = host.connect();
  await homeserver.assertIs(state);
  const options = optionsOnDelete(state);
  if ((await findRoom(homeserver.client, roomId)) === undefined) {
    if (options.block) await homeserver.client.setRoomBlock(roomId, true);
    host.log(roomId, `the room is already gone${options.block ? ", and blocked" : ""}`);
    return;
  }
  await new Shutdown(host, homeserver, "delete", options, state).run();
}

function whatStays(state: RoomShutdownState): string {
  const { deleteId = "", status = "not known", blocked = false, purged = false } = state;
  if (isUnfinished(state)) {
    return `its shutdown can't be cancelled and goes on at the homeserver (delete_id ${deleteId}, ${status})`;
  }
  if (status !== "complete") return `nothing is undone: its last shutdown ended as "${status}" (delete_id ${deleteId})`;
  return `nothing is undone: the room stays ${purged ? "purged" : "shut down"}${blocked ? " and blocked" : ""} (runOn is "create")`;
}
