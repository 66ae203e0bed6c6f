import type { Homeserver } from "../homeserver/homeserver";
import type { RoomFilters } from "../program/room-filters";
import { SynapseRequestError } from "../synapse/errors";
import type { ListedRoom, RoomListQuery, RoomPage } from "../synapse/room-list";
import type { Progress } from "./progress";

const roomsPerPage = 1000;
const fewestPerPage = 10;
/** How far it is gone back at first where a page does not join the one before, and twice as far each further time. */
const roomsBack = 50;
/** How many pages in a row may bring nothing new before the list is given up. */
const mostUselessPages = 100;

type ServerFilters = Pick<RoomListQuery, "publicRooms">;

/**
 * What the homeserver can leave out by itself without a change of the outcome: whether a room is public is no statistic. Its
 * `search_term` and `empty_rooms` look into statistics, which lose the name of a room that everybody has left, and count wrongly.
 */
export function serverFilters({ isPublic }: RoomFilters): ServerFilters {
  return isPublic === true ? { publicRooms: true } : {};
}

/**
 * All rooms that the homeserver lists, each of them once, also where rooms come and go meanwhile. Each page begins with the last
 * room of the one before: where it begins with a room that was not seen, others before it have gone and have moved it, and it is
 * gone back.
 */
export async function* listedRooms(
  homeserver: Homeserver,
  filters: ServerFilters,
  progress: Progress,
): AsyncGenerator<ListedRoom> {
  const seen = new Set<string>();
  let [from, limit, back, uselessPages] = [0, roomsPerPage, roomsBack, 0];
  for (;;) {
    const page = await readPage(homeserver, { ...filters, from, limit });
    ({ limit } = page);
    if (from === 0 && page.total === 0) await refuseEmptyList(homeserver);
    const [first] = page.rooms;
    const isJoined = from === 0 || (first !== undefined && seen.has(first.roomId));
    const news = isJoined ? page.rooms.filter(({ roomId }) => !seen.has(roomId)) : [];
    for (const room of news) seen.add(room.roomId);
    yield* news;
    if (isJoined && !page.hasMore) return;
    uselessPages = news.length > 0 ? 0 : uselessPages + 1;
    if (uselessPages > mostUselessPages) throw endless(homeserver.url);
    progress.at(`${seen.size} of ${page.total} rooms listed`);
    from = isJoined ? from + Math.max(page.rooms.length - 1, 1) : Math.max(from - back, 0);
    back = isJoined ? roomsBack : back * 2;
  }
}

function endless(url: string): Error {
  return new Error(
    `The list of rooms on ${url} does not come to an end: it goes on, but always with the same rooms. A proxy before the ` +
      "homeserver may leave out or remember the queries of requests.",
  );
}

/** A homeserver without statistics lists no room, and an empty answer would look as if there were none. */
async function refuseEmptyList(homeserver: Homeserver): Promise<void> {
  const { total } = await homeserver.listRooms({ from: 0, limit: 1 });
  if (total > 0) return;
  throw new Error(
    `${homeserver.url} lists no room at all. It lists those of which it has statistics: if these are turned off there (stats: ` +
      "enabled), rooms can only be found by joinedBy and inSpace.",
  );
}

/** A page, or a shorter one where the answer is too large: names can be of 64 KiB. */
async function readPage(
  homeserver: Homeserver,
  query: RoomListQuery,
): Promise<RoomPage & { limit: number }> {
  const { limit } = query;
  try {
    return { ...(await homeserver.listRooms(query)), limit };
  } catch (error) {
    const isTooLong = error instanceof SynapseRequestError && error.isTooLarge;
    if (!isTooLong || limit <= fewestPerPage) throw error;
    return readPage(homeserver, { ...query, limit: Math.ceil(limit / 10) });
  }
}
