import { noRecord } from "../resource/outcome";
import type { RoomShutdownState } from "../resource/state";
import type { ShutdownTask } from "../synapse/schemas";

type Before = Pick<RoomShutdownState, "deleteId" | "status" | "kickedUsers" | "failedToKickUsers">;

/**
 * The users whom a room's shutdowns could not remove when they last tried. Its records tell. Where the one of the last shutdown has
 * expired, the state does: what it lists holds those, too, who have joined again, and who were removed before.
 */
export function stuckUsers(tasks: readonly ShutdownTask[], before: Before): Set<string> {
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
