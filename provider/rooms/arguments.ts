import { isRegExp } from "node:util/types";
import { z } from "zod";
import type { GetRoomsArgs, RoomFilters } from "../program/room-filters";
import { boolean, mustBe, roomId, userId, wholeNumber } from "../resource/arguments";
import { isUserId, serverOf } from "../synapse/ids";

/** The most rooms that can be wanted. */
export const mostRooms = 10_000;

const serverName = z
  .string(mustBe("the name of a server, such as example.org"))
  .refine(
    (name) => isUserId(`@user:${name}`),
    mustBe("the name of a server, such as example.org, and no user or room"),
  );

const members = (least: number) =>
  wholeNumber(`a whole number, ${least} or more`, least).exactOptional();

const filters = {
  creator: userId.exactOptional(),
  creatorServer: serverName.exactOptional(),
  roomServer: serverName.exactOptional(),
  nameContains: z
    .string(mustBe("a part of a name"))
    .min(1, mustBe("a part of a name"))
    .exactOptional(),
  nameMatches: z
    .custom<RegExp>((value) => isRegExp(value), mustBe("a RegExp, such as /cheap watches/i"))
    .refine(
      ({ flags }) => !/[gy]/.test(flags),
      "has the flag g or y, with which it would match every other time: leave it out.",
    )
    .exactOptional(),
  hasLocalMembers: boolean.exactOptional(),
  maxLocalMembers: members(0),
  minJoinedMembers: members(1),
  isPublic: boolean.exactOptional(),
  isEncrypted: boolean.exactOptional(),
  type: z.string(mustBe('a type, such as "m.space", or "" for an ordinary room')).exactOptional(),
  inSpace: roomId.exactOptional(),
  joinedBy: userId.exactOptional(),
} satisfies Record<keyof RoomFilters, z.ZodType>;

/** The names of all filters. */
export const filterNames = Object.keys(filters) as (keyof RoomFilters)[];

/** The arguments of `getRooms`, each by itself. */
export const getRoomsSchema = z.strictObject(
  {
    ...filters,
    atMost: wholeNumber(`a whole number, 1 to ${mostRooms}`, 1, mostRooms),
  } satisfies Record<keyof GetRoomsArgs, z.ZodType>,
  { error: ({ code }) => (code === "invalid_type" ? "must be given." : undefined) },
);

/** Arguments with what is wrong with them: all of it, as sentences. */
export function parseArguments(given: unknown): { args?: GetRoomsArgs; faults: string[] } {
  const parsed = getRoomsSchema.safeParse(withoutUndefined(given));
  if (!parsed.success) return { faults: parsed.error.issues.flatMap(faultsOf) };
  const args = parsed.data;
  const faults = contradictions(args);
  if (filterNames.every((name) => args[name] === undefined)) {
    faults.push(
      `no filter is set, and every room would match: set at least one of ${filterNames.join(", ")}.`,
    );
  }
  return faults.length > 0 ? { faults } : { args, faults };
}

/** As everywhere in Pulumi, what is undefined is left out. */
function withoutUndefined(given: unknown): unknown {
  if (typeof given !== "object" || given === null) return given;
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function faultsOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map(
      (key) => `${key} is no filter: there are ${filterNames.join(", ")}, and atMost.`,
    );
  }
  return [`${issue.path.join(".") || "what is looked for"} ${issue.message}`];
}

/** What is right by itself and leaves nothing that could match. */
function contradictions(args: GetRoomsArgs): string[] {
  const { creator, creatorServer, hasLocalMembers, maxLocalMembers, minJoinedMembers } = args;
  const faults: string[] = [];
  if (creator !== undefined && creatorServer !== undefined && serverOf(creator) !== creatorServer) {
    faults.push("creator is a user of another server than creatorServer: leave one of them out.");
  }
  if (hasLocalMembers === true && maxLocalMembers === 0) {
    faults.push("hasLocalMembers contradicts maxLocalMembers, which is 0: leave one of them out.");
  }
  if (minJoinedMembers !== undefined && (hasLocalMembers === false || maxLocalMembers === 0)) {
    faults.push(
      "minJoinedMembers can't be told of a room without local members, since the homeserver does not know the others: leave it " +
        "out, or allow local members.",
    );
  }
  return faults;
}
