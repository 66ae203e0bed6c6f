import type { Room } from "../homeserver/room";
import { noRecord } from "../resource/outcome";
import type { RoomShutdownState } from "../resource/state";
import { list } from "../resource/words";
import type { DeleteRoomOptions, ShutdownTask } from "../synapse/schemas";

type Before = Pick<RoomShutdownState, "deleteId" | "status" | "kickedUsers" | "failedToKickUsers">;

/**
 * The options of a shutdown: one that runs again makes another notice room only if there is somebody who can be moved. Whom the
 * last one could not remove can't. `before`: the state, with the `delete_id` of that one, if it is known: a delete hook that has
 * failed and an `up` that was killed leave none. Gives the same options where there is, or none was wanted.
 */
export async function withoutNeedlessMove(
  room: Room,
  options: DeleteRoomOptions,
  before: Before,
): Promise<DeleteRoomOptions> {
  const { newRoomUserId, roomName, message, ...rest } = options;
  if (newRoomUserId === undefined) return options;
  const members = (await room.joinedLocally()) ?? [];
  if (members.length === 0) return before.deleteId === undefined ? options : rest;
  const stuck = stuckUsers(await room.shutdowns(), before);
  if (!members.every((user) => stuck.has(user))) return options;
  room.log(
    `no notice room is made: ${list(members)} could not be removed before, and nobody else is in the room`,
  );
  return rest;
}

/**
 * The users whom a room's shutdowns could not remove when they last tried. Its records tell. Where the one of the last shutdown has
 * expired, the state does: what it lists holds those, too, who have joined again, and who were removed before.
 */
function stuckUsers(tasks: readonly ShutdownTask[], before: Before): Set<string> {
  const { deleteId, status, kickedUsers = [], failedToKickUsers = [] } = before;
  const isRecorded = tasks.some((task) => task.deleteId === deleteId && task.result !== undefined);
  // Of one whose end nobody has seen, it lists whoever is in the room.
  const isSeen = status !== noRecord;
  const listed = failedToKickUsers.filter((user) => !kickedUsers.includes(user));
  const stuck = new Set(isSeen && !isRecorded ? listed : []);
  for (const { result } of tasks) {
    for (const user of result?.kickedUsers ?? []) stuck.delete(user);
    for (const user of result?.failedToKickUsers ?? []) stuck.add(user);
  }
  return stuck;
}
