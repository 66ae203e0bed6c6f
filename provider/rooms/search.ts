import type { Homeserver } from "../homeserver/homeserver";
import type { FoundRoom, GetRoomsArgs } from "../program/room-filters";
import { list, plural, quote } from "../resource/words";
import { candidates } from "./candidates";
import { asksForMembers } from "./filters";
import { FindRoomsError } from "./find-rooms-error";
import { inLots } from "./in-lots";
import type { Progress } from "./progress";
import { protection, type IsProtected } from "./protected";
import { counted, seen, type Sighting } from "./sighting";

/** How many of too many rooms a message shows. */
const mostShown = 10;

/**
 * All rooms that match, sorted by id, but for the protected ones. What costs no request rules out first; the rooms that are left
 * are asked for what the list does not tell, and those that are left then for their members.
 */
export async function search(
  homeserver: Homeserver,
  { atMost, ...filters }: GetRoomsArgs,
  progress: Progress,
): Promise<FoundRoom[]> {
  const versionFault = await homeserver.versionFault();
  if (versionFault !== undefined) throw new Error(versionFault);
  const isProtected = await protection(homeserver);
  const listed = await candidates(homeserver, filters, progress);
  const sights = await each(listed, progress, (room) => seen(homeserver, filters, room));
  // Otherwise thousands of rooms would be asked for their members, and none of them be shown.
  if (!asksForMembers(filters)) refuseMore(matches(sights, isProtected), atMost);
  const all = await each(sights, progress, (sight) => counted(homeserver, filters, sight));
  const found = matches(all, isProtected);
  refuseMore(found, atMost);
  sayWhatIsLeftOut(all, isProtected, progress);
  return found;
}

/** Does the same for all rooms, and leaves out those of which it gives nothing. */
async function each<T>(
  items: readonly T[],
  progress: Progress,
  work: (item: T) => Promise<Sighting | undefined>,
): Promise<Sighting[]> {
  let done = 0;
  const results = await inLots(items, async (item) => {
    const result = await work(item);
    progress.at(`${++done} of ${items.length} rooms looked at`);
    return result;
  });
  return results.filter((result) => result !== undefined);
}

function matches(sights: readonly Sighting[], isProtected: IsProtected): FoundRoom[] {
  return sights
    .filter(({ untold, room }) => untold.length === 0 && isProtected(room) === false)
    .map(({ room }) => room)
    .sort((a, b) => (a.roomId < b.roomId ? -1 : 1));
}

function refuseMore(rooms: readonly FoundRoom[], atMost: number): void {
  if (rooms.length <= atMost) return;
  const first = rooms
    .slice(0, mostShown)
    .map(({ roomId, name }) => `${roomId} (${name === undefined ? "no name" : quote(name)})`);
  const more = rooms.length > mostShown ? ` and ${rooms.length - mostShown} more` : "";
  throw new FindRoomsError(
    "too many",
    `${rooms.length} rooms match, but atMost allows ${atMost}: ${first.join(", ")}${more}. Narrow the search, or raise atMost if ` +
      "all of these are meant.",
  );
}

/** Rooms that would match, and of which it can't be told, as a guard that can't be evaluated does not hold. */
function sayWhatIsLeftOut(
  sights: readonly Sighting[],
  isProtected: IsProtected,
  progress: Progress,
): void {
  const leftOut = new Map<string, string[]>();
  for (const { room, untold } of sights) {
    const why = reasonToLeaveOut(untold, isProtected(room));
    if (why !== undefined) leftOut.set(why, [...(leftOut.get(why) ?? []), room.roomId]);
  }
  for (const [why, roomIds] of leftOut) {
    const rooms = `${roomIds.length} ${plural(roomIds.length, "room")}`;
    progress.say(`${rooms} left out, ${why}: ${list(roomIds)}`);
  }
}

function reasonToLeaveOut(
  untold: readonly string[],
  isProtected: boolean | undefined,
): string | undefined {
  if (isProtected === true) return "which synapse:protectedRooms protects";
  if (untold.length > 0) {
    return `since the homeserver does not tell whether ${untold.join(" and ")} holds`;
  }
  if (isProtected === false) return undefined;
  return "since an alias in synapse:protectedRooms may mean any room whose alias can't be told";
}
