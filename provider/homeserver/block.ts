import type { Homeserver } from "./homeserver";
import type { Host } from "../hooks/operation";

/** Blocks or unblocks a room, and says so. */
export async function setRoomBlock(
  host: Host,
  homeserver: Homeserver,
  roomId: string,
  block: boolean,
): Promise<void> {
  await homeserver.client.setRoomBlock(roomId, block);
  host.log(roomId, block ? "blocked" : "no longer blocked");
}
