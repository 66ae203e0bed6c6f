import type { Homeserver } from "../homeserver/homeserver";
import type { Identity } from "../homeserver/identity";
import type { MemberCount } from "../homeserver/members";
import type { FoundRoom, RoomFilters } from "../program/room-filters";
import type { ListedRoom } from "../synapse/room-list";
import {
  answersOfIdentity,
  answersOfList,
  answersOfMembers,
  isRuledOut,
  type Answers,
} from "./filters";

/** A room that nothing has ruled out so far. */
export interface Sighting {
  readonly room: FoundRoom;
  /** The filters of which the homeserver does not tell whether they hold. */
  readonly untold: readonly string[];
}

/** The room by what it is, or undefined if that rules it out, or it is not there any more. */
export async function seen(
  homeserver: Homeserver,
  filters: RoomFilters,
  listed: ListedRoom,
): Promise<Sighting | undefined> {
  const { roomId, ...details } = listed;
  const identity: Identity | undefined =
    details.statistics === undefined
      ? await homeserver.room(roomId).identity(Infinity)
      : { ...details, untold: [] };
  if (identity === undefined) return undefined;
  const answers = [...answersOfList(filters, listed), ...answersOfIdentity(filters, identity)];
  return isRuledOut(answers)
    ? undefined
    : { room: foundRoom(roomId, identity), untold: untoldFilters(answers) };
}

/** The same with its members. */
export async function counted(
  homeserver: Homeserver,
  filters: RoomFilters,
  { room, untold }: Sighting,
): Promise<Sighting | undefined> {
  const members = await homeserver.room(room.roomId).memberCount();
  if (members === undefined) return undefined;
  const answers = answersOfMembers(filters, members);
  return isRuledOut(answers)
    ? undefined
    : {
        room: { ...room, ...countsOf(members) },
        untold: [...untold, ...untoldFilters(answers)],
      };
}

function untoldFilters(answers: Answers): string[] {
  return answers.filter(([, holds]) => holds === undefined).map(([filter]) => filter);
}

function countsOf({ joined, local }: MemberCount): Partial<FoundRoom> {
  return {
    ...(joined === undefined ? {} : { joinedMembers: joined }),
    joinedLocalMembers: local,
  };
}

function foundRoom(roomId: string, identity: Identity): FoundRoom {
  const { name, canonicalAlias, creator, version, type, encryption, untold } = identity;
  const told = {
    name,
    canonicalAlias,
    creator,
    version,
    type,
    isPublic: identity.public,
    isEncrypted: untold.includes("encryption") ? undefined : encryption !== undefined,
    untold: untoldOf(untold),
  };
  const present = Object.entries(told).filter(([, value]) => value !== undefined);
  return { roomId, ...(Object.fromEntries(present) as Partial<FoundRoom>) };
}

function untoldOf(untold: Identity["untold"]): string[] | undefined {
  const names = untold
    .filter((property) => property !== "federatable")
    .map((property) => (property === "encryption" ? "isEncrypted" : property));
  return names.length > 0 ? names : undefined;
}
