import type { Homeserver } from "../homeserver/homeserver";
import type { Identity } from "../homeserver/identity";
import type { Room } from "../homeserver/room";
import type { DeclaredInputs } from "../resource/arguments";
import { isUnknown, type Fault } from "../resource/engine-values";
import { quote } from "../resource/words";
import { SynapseRequestError } from "../synapse/errors";
import { idBeforeServer } from "../synapse/ids";
import { ownerFaults, type Owners } from "./owner";
import { targetProperty, type Target } from "./target";

/** How old an answer may be right before a shutdown: that of the review in the same operation. */
export const reviewFreshMs = 5_000;

/** Ends a shutdown before it starts. */
export class GuardError extends Error {
  /** `roomId`: of the room that was reviewed, if it was. */
  constructor(roomId: string | undefined, faults: Fault[]) {
    const reasons = faults.map(({ property, reason }) => `${property} ${reason}`.trim()).join(" ");
    super(`The shutdown of ${roomId ?? "the room"} was not started. ${reasons}`);
    this.name = "GuardError";
  }
}

/**
 * All guards that do not hold, with the values seen. One that can't be evaluated does not hold. Evaluated at the review and
 * right before the shutdown. `owners`: of the notice rooms that may be made. `maxAgeMs`: how long ago it may have been asked
 * where the aliases of protected rooms lead.
 */
export async function violatedGuards(
  homeserver: Homeserver,
  inputs: DeclaredInputs,
  target: Target,
  owners: Owners,
  maxAgeMs: number,
): Promise<Fault[]> {
  const faults = await Promise.all([
    protectedFaults(homeserver, inputs, target, maxAgeMs),
    ownerFaults(homeserver, owners, target.serverName, reviewFreshMs),
    target.identity === undefined
      ? unknownRoomFaults(inputs, target)
      : expectationFaults(inputs, target, target.identity),
  ]);
  return faults.flat();
}

async function protectedFaults(
  homeserver: Homeserver,
  inputs: DeclaredInputs,
  target: Target,
  maxAgeMs: number,
): Promise<Fault[]> {
  const { protectedRooms } = homeserver;
  const targetOf = (alias: string) => homeserver.protectedTarget(alias, maxAgeMs);
  const entries = protectedRooms.map((entry) => protectedFault(inputs, target, entry, targetOf));
  const [fault] = (await Promise.all(entries)).filter((one) => one !== undefined);
  return fault === undefined ? [] : [fault];
}

async function protectedFault(
  inputs: DeclaredInputs,
  { room, identity }: Target,
  entry: string,
  targetOf: (alias: string) => Promise<string | undefined>,
): Promise<Fault | undefined> {
  const property = targetProperty(inputs);
  const isProtected = {
    property,
    reason: `is a room that must not be shut down: ${entry} is in synapse:protectedRooms. To shut it down all the same, take it out there first.`,
  };
  const names = [room.id, inputs.roomAlias, identity?.canonicalAlias];
  if (names.includes(entry) || idBeforeServer(entry) === room.id) return isProtected;
  if (!entry.startsWith("#")) return undefined;
  try {
    const pointsTo = await targetOf(entry);
    if (pointsTo === room.id) return isProtected;
    if (pointsTo !== undefined || !identity?.untold.includes("canonicalAlias")) return undefined;
    const reason = `can't be told from a protected room: ${entry}, which is in synapse:protectedRooms, points to no room, and the homeserver does not tell the alias of this one. Put the ids of protected rooms there.`;
    return { property, reason };
  } catch (error) {
    if (!(error instanceof SynapseRequestError && error.isServerAway)) throw error;
    const reason = `No room can be told from a protected one: which room ${entry} is, that is in synapse:protectedRooms, can't be found out. ${error.message} Put the room's id there instead of its alias, or try again later.`;
    return { property: "", reason };
  }
}

async function unknownRoomFaults(
  inputs: DeclaredInputs,
  { room, serverName, hasRunBefore }: Target,
): Promise<Fault[]> {
  const property = targetProperty(inputs);
  const withoutServer = idBeforeServer(room.id);
  const isAccepted = withoutServer === undefined ? inputs.allowUnknownRoom : hasRunBefore;
  if (isAccepted || (await hasRemovedUsers(room))) return [];
  if (withoutServer !== undefined) {
    const reason =
      `is a room that ${serverName} does not know, and an id of room version 12 with a server behind it, which no such room has. ` +
      `Leave the server out: ${withoutServer}.`;
    return [{ property, reason }];
  }
  const hint = (await room.isBlocked())
    ? " It is blocked there, so it may have been purged before."
    : "";
  return [
    {
      property,
      reason:
        `is a room that ${serverName} does not know.${hint} Check the id: Synapse answers a mistyped one with ` +
        "success. If it was purged before, or is to be blocked before anybody joins it, set allowUnknownRoom to true.",
    },
  ];
}

/**
 * Whether a shutdown has removed somebody from the room in the last days. One of a mistyped id is complete, too, but it
 * has removed nobody.
 */
async function hasRemovedUsers(room: Room): Promise<boolean> {
  const tasks = await room.shutdowns();
  return tasks.some(({ result }) => (result?.kickedUsers.length ?? 0) > 0);
}

async function expectationFaults(
  inputs: DeclaredInputs,
  target: Target,
  identity: Identity,
): Promise<Fault[]> {
  const { room } = target;
  return [...identityFaults(inputs, room.id, identity), ...(await countFaults(inputs, target))];
}

function identityFaults(
  { expect = {} }: DeclaredInputs,
  roomId: string,
  identity: Identity,
): Fault[] {
  const faults: Fault[] = [];
  for (const property of ["name", "canonicalAlias", "creator"] as const) {
    const expected = expect[property];
    if (expected === undefined || isUnknown(expected)) continue;
    const seen = identity[property];
    const isTold =
      property === "creator" ? seen !== undefined : !identity.untold.includes(property);
    if (!isTold) {
      const reason = `does not hold, since what it is of the room ${roomId} can't be found out: the homeserver does not tell.`;
      faults.push({ property: `expect.${property}`, reason });
    } else if (expected !== (seen ?? "")) {
      const reason = `does not hold: of the room ${roomId} it is ${quote(seen ?? "")}.`;
      faults.push({ property: `expect.${property}`, reason });
    }
  }
  return faults;
}

async function countFaults(inputs: DeclaredInputs, target: Target): Promise<Fault[]> {
  const { room, hasRunBefore } = target;
  const { maxJoinedMembers, maxLocalMembers } = inputs.expect ?? {};
  if (maxJoinedMembers === undefined && maxLocalMembers === undefined) return [];
  const members = await room.members(reviewFreshMs);
  if (members === undefined) return unknownRoomFaults(inputs, target); // Purged just now.
  const counts = {
    maxJoinedMembers: { most: maxJoinedMembers, seen: members.joined },
    maxLocalMembers: { most: maxLocalMembers, seen: members.local.joined.length },
  };
  return Object.entries(counts).flatMap(([property, { most, seen }]): Fault[] => {
    if (typeof most !== "number" || (seen !== undefined && seen <= most)) return [];
    // A shutdown has removed all by whom the homeserver knew the others. They were counted before it.
    if (seen === undefined && hasRunBefore) return [];
    const reason =
      seen === undefined
        ? `allows ${most}, but how many there are in ${room.id} can't be found out: nobody of this homeserver has joined it.`
        : `allows ${most}, but the room ${room.id} has ${seen}.`;
    return [{ property: `expect.${property}`, reason }];
  });
}
