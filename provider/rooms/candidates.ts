import type { Homeserver } from "../homeserver/homeserver";
import type { RoomFilters } from "../program/room-filters";
import { list, plural } from "../resource/words";
import { serverOf } from "../synapse/ids";
import type { ListedRoom } from "../synapse/room-list";
import { answersOfList, isRuledOut } from "./filters";
import { inLots } from "./in-lots";
import type { Progress } from "./progress";
import { listedRooms, serverFilters } from "./room-list";
import { roomsInSpace } from "./space";

/** Up to so many rooms whose ids are known are asked for one by one, and not looked up in the list of all. */
const mostAskedAlone = 100;

/** The rooms that are left by what a user has joined, by what is in a space, and by what costs no request for each room. */
export async function candidates(
  homeserver: Homeserver,
  filters: RoomFilters,
  progress: Progress,
): Promise<ListedRoom[]> {
  const roomIds = await knownIds(homeserver, filters, progress);
  const left: ListedRoom[] = [];
  const missing = new Set(roomIds);
  const add = (room: ListedRoom) => {
    if (!isRuledOut(answersOfList(filters, room))) left.push(room);
  };
  if (roomIds === undefined || roomIds.length > mostAskedAlone) {
    for await (const room of listedRooms(homeserver, serverFilters(filters), progress)) {
      if (missing.delete(room.roomId) || roomIds === undefined) add(room);
    }
  }
  // The list lacks rooms of which there are no statistics.
  await inLots([...missing], async (roomId) => {
    const details = await homeserver.room(roomId).details(Infinity);
    if (details !== undefined) add({ roomId, ...details });
  });
  return left;
}

/** The rooms that a user and a space leave, by their ids, or undefined without such a filter. */
async function knownIds(
  homeserver: Homeserver,
  { joinedBy, inSpace }: RoomFilters,
  progress: Progress,
): Promise<readonly string[] | undefined> {
  const joined = joinedBy === undefined ? undefined : await joinedRooms(homeserver, joinedBy);
  if (inSpace === undefined) return joined;
  const { roomIds, unread } = await roomsInSpace(homeserver, inSpace, progress);
  if (unread.length > 0) {
    // The space itself is an argument, which may be a secret.
    const rooms = unread.map((roomId) => (roomId === inSpace ? "itself" : roomId));
    const count = `${unread.length} ${plural(unread.length, "room")} of the space`;
    progress.say(`what is below ${count} can't be told, and is left out: ${list(rooms)}`);
  }
  return joined === undefined ? [...roomIds] : joined.filter((roomId) => roomIds.has(roomId));
}

async function joinedRooms(homeserver: Homeserver, userId: string): Promise<string[]> {
  const serverName = await homeserver.serverName();
  if (serverOf(userId) !== serverName) {
    throw new Error(
      `joinedBy must be a user of this homeserver, @user:${serverName}: it does not know which rooms others have joined.`,
    );
  }
  const joined = await homeserver.joinedRooms(userId);
  if (joined === undefined) {
    throw new Error(`joinedBy is a user whom ${serverName} does not know: check the user's id.`);
  }
  return joined;
}
