import type { Identity } from "../homeserver/identity";
import type { MemberCount } from "../homeserver/members";
import type { RoomFilters } from "../program/room-filters";
import { serverOf } from "../synapse/ids";
import type { ListedRoom } from "../synapse/room-list";

/** What each filter that is set says of a room: whether it holds, or undefined where that can't be told. */
export type Answers = readonly (readonly [filter: keyof RoomFilters, holds: boolean | undefined])[];

/** What can be told by what never comes from statistics, and costs no request. */
export function answersOfList(filters: RoomFilters, room: ListedRoom): Answers {
  const { creator } = room;
  const creatorServer = creator === undefined ? undefined : serverOf(creator);
  return answers(filters, {
    creator: (wanted) => is(creator, wanted),
    creatorServer: (wanted) => is(creatorServer, wanted),
    roomServer: (wanted) => is(serverOfRoom(room.roomId) ?? creatorServer, wanted),
    isPublic: (wanted) => is(room.public, wanted),
  });
}

/** What can be told by its name and kind. */
export function answersOfIdentity(filters: RoomFilters, identity: Identity): Answers {
  const { name = "", type = "", encryption, untold } = identity;
  const told = (property: Identity["untold"][number], holds: boolean) =>
    untold.includes(property) ? undefined : holds;
  return answers(filters, {
    nameContains: (part) => told("name", name.toLowerCase().includes(part.toLowerCase())),
    nameMatches: (pattern) => told("name", pattern.test(name)),
    type: (wanted) => told("type", type === wanted),
    isEncrypted: (wanted) => told("encryption", (encryption !== undefined) === wanted),
  });
}

/** What can be told by its members. */
export function answersOfMembers(filters: RoomFilters, { joined, local }: MemberCount): Answers {
  return answers(filters, {
    hasLocalMembers: (wanted) => local > 0 === wanted,
    maxLocalMembers: (most) => local <= most,
    minJoinedMembers: (least) => (joined === undefined ? undefined : joined >= least),
  });
}

/** Whether rooms have to be asked for their members to find out whether they match. */
export function asksForMembers(filters: RoomFilters): boolean {
  return answersOfMembers(filters, { joined: 0, local: 0 }).length > 0;
}

/** Whether one of them does not hold. */
export function isRuledOut(answers: Answers): boolean {
  return answers.some(([, holds]) => holds === false);
}

type Questions = {
  readonly [filter in keyof RoomFilters]?: (
    wanted: NonNullable<RoomFilters[filter]>,
  ) => boolean | undefined;
};

function answers(filters: RoomFilters, questions: Questions): Answers {
  return (Object.keys(questions) as (keyof RoomFilters)[])
    .filter((filter) => filters[filter] !== undefined)
    .map((filter) => [
      filter,
      (questions[filter] as (wanted: unknown) => boolean | undefined)(filters[filter]),
    ]);
}

function is<T>(seen: T | undefined, wanted: T): boolean | undefined {
  return seen === undefined ? undefined : seen === wanted;
}

/** Rooms of version 12 have no server in their id. */
function serverOfRoom(roomId: string): string | undefined {
  return roomId.includes(":") ? serverOf(roomId) : undefined;
}
