import type { Homeserver } from "../homeserver/homeserver";
import { inLots } from "./in-lots";
import type { Progress } from "./progress";

/** A space with all that is below it. */
export interface SpaceTree {
  /** The rooms, the space itself among them. Not all of them need be known to the homeserver. */
  readonly roomIds: ReadonlySet<string>;
  /** Those of which it does not tell what is below them. */
  readonly unread: readonly string[];
}

/**
 * Walks down from a space, once to each room, however they refer to each other. By the rooms' own state: the homeserver's
 * `hierarchy` leaves out rooms in which nobody of it is, and older versions do not have it.
 * @throws Error where it does not know the space, or where it is none.
 */
export async function roomsInSpace(
  homeserver: Homeserver,
  spaceId: string,
  progress: Progress,
): Promise<SpaceTree> {
  const root = await homeserver.room(spaceId).identity(Infinity);
  if (root === undefined) {
    throw new Error(
      "inSpace is a room that the homeserver does not know: check the id of the space.",
    );
  }
  if (root.type !== "m.space" && !root.untold.includes("type")) {
    throw new Error(
      "inSpace is a room that is no space: set it to the id of the space, and not of a room in it.",
    );
  }
  const roomIds = new Set([spaceId]);
  const unread: string[] = [];
  let level = [spaceId];
  while (level.length > 0) {
    const found = await inLots(level, (roomId) => childrenOf(homeserver, roomId));
    unread.push(...level.filter((_, index) => found[index] === undefined));
    level = [...new Set(found.flatMap((children) => children ?? []))].filter(
      (roomId) => !roomIds.has(roomId),
    );
    for (const roomId of level) roomIds.add(roomId);
    progress.at(`${roomIds.size} rooms in the space`);
  }
  return { roomIds, unread };
}

/** The rooms right below one, or undefined where the homeserver does not tell. It knows nothing below a room that it does not have. */
async function childrenOf(homeserver: Homeserver, roomId: string): Promise<string[] | undefined> {
  const room = homeserver.room(roomId);
  const identity = await room.identity(Infinity);
  if (identity === undefined) return [];
  if (identity.untold.includes("type")) return undefined;
  return identity.type === "m.space" ? room.children() : [];
}
