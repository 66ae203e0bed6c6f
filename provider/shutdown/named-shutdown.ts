import type { Homeserver } from "../homeserver/homeserver";
import type { Room } from "../homeserver/room";
import { list } from "../resource/words";
import type { DeleteRoomOptions, ShutdownTask } from "../synapse/schemas";
import { whatRemains } from "./verify";

/**
 * The shutdown that the program names by adoptDeleteId.
 * @throws Error if it is not one of this room, or if nothing shows that it has taken place.
 */
export async function namedShutdown(
  { tasks }: Homeserver,
  room: Room,
  options: DeleteRoomOptions,
  deleteId: string,
): Promise<Pick<ShutdownTask, "deleteId" | "status">> {
  const known = await room.shutdowns();
  const task = known.find((one) => one.deleteId === deleteId);
  if (task !== undefined) return task;
  const status = await tasks.status(deleteId);
  if (status === undefined) return expired(room, options, deleteId);
  const other = await tasks.roomOf(deleteId);
  if (other === room.id) return { deleteId, ...status };
  const isQueued = other === undefined && status.status === "scheduled";
  const ids = list(known.map((one) => one.deleteId)) || "none";
  throw new Error(
    `adoptDeleteId is a shutdown of ${other ?? "another room"}, not of ${room.id}. Nothing was done. ` +
      (isQueued
        ? "If it is of this room after all: it is still queued, and the homeserver does not tell for which room. Try again once it has begun."
        : `Known here are ${ids}; leave adoptDeleteId out to start a new one.`),
  );
}

async function expired(room: Room, options: DeleteRoomOptions, deleteId: string) {
  const remains = await whatRemains(room, options);
  if (remains === undefined) {
    return { deleteId, status: "whose record has expired; the room is shut down" };
  }
  throw new Error(
    `The homeserver has no record of the shutdown that adoptDeleteId names, and the room ${room.id} ${remains}. Nothing was ` +
      "done. Check the id, or leave adoptDeleteId out to shut the room down now.",
  );
}
