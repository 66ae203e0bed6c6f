import type { Homeserver } from "../homeserver/homeserver";
import type { FoundRoom } from "../program/room-filters";
import { idBeforeServer } from "../synapse/ids";

/** Tells whether a room is protected, or undefined where that can't be told. */
export type IsProtected = (room: FoundRoom) => boolean | undefined;

/**
 * Finds out which rooms `synapse:protectedRooms` means.
 * @throws Error where the room of an alias can't be found out.
 */
export async function protection(homeserver: Homeserver): Promise<IsProtected> {
  const { protectedRooms } = homeserver;
  const withoutServer = protectedRooms.map(idBeforeServer).filter((id) => id !== undefined);
  const entries = new Set([...protectedRooms, ...withoutServer]);
  let isComplete = true;
  for (const alias of protectedRooms.filter((entry) => entry.startsWith("#"))) {
    const target = await targetOf(homeserver, alias);
    if (target === undefined) isComplete = false;
    else entries.add(target);
  }
  return ({ roomId, canonicalAlias = "", untold = [] }) => {
    if (entries.has(roomId) || entries.has(canonicalAlias)) return true;
    return isComplete || !untold.includes("canonicalAlias") ? false : undefined;
  };
}

async function targetOf(homeserver: Homeserver, alias: string): Promise<string | undefined> {
  try {
    return await homeserver.protectedTarget(alias, Infinity);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `No room can be told from a protected one: which room ${alias} is, that is in synapse:protectedRooms, can't be found out. ` +
        `${why} Put the room's id there instead of its alias, or try again later.`,
      { cause: error },
    );
  }
}
