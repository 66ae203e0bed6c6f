import type { Homeserver } from "../homeserver/homeserver";
import type { DeclaredInputs } from "../resource/arguments";
import { isUnknown, type Fault } from "../resource/engine-values";
import { quote } from "../resource/words";
import { serverOf } from "../synapse/ids";
import type { RoomDetails } from "../synapse/schemas";
import { targetProperty, type Target } from "./target";

/** Ends a shutdown before it starts. */
export class GuardError extends Error {
  constructor(roomId: string, faults: Fault[]) {
    const reasons = faults.map(({ property, reason }) => `${property} ${reason}`).join(" ");
    super(`The shutdown of ${roomId} was not started. ${reasons}`);
    this.name = "GuardError";
  }
}

/** All guards that do not hold, with the values seen. Evaluated at the review and right before the shutdown. */
export async function violatedGuards(
  homeserver: Homeserver,
  inputs: DeclaredInputs,
  target: Target,
): Promise<Fault[]> {
  const { room, details } = target;
  return [
    ...(await protectedFaults(homeserver, inputs, target)),
    ...foreignUserFaults(inputs, target),
    ...(details === undefined
      ? await unknownRoomFaults(inputs, target)
      : expectationFaults(inputs, room.id, details)),
  ];
}

async function protectedFaults(
  homeserver: Homeserver,
  inputs: DeclaredInputs,
  { room, details }: Target,
): Promise<Fault[]> {
  const names = [room.id, inputs.roomAlias, details?.canonicalAlias];
  const isMeant = async (entry: string) =>
    names.includes(entry) ||
    (entry.startsWith("#") && (await homeserver.aliasTarget(entry)) === room.id);
  for (const entry of homeserver.protectedRooms) {
    if (!(await isMeant(entry))) continue;
    const reason = `is a room that must not be shut down: ${entry} is in synapse:protectedRooms. To shut it down all the same, take it out there first.`;
    return [{ property: targetProperty(inputs), reason }];
  }
  return [];
}

/** Users of notice rooms who are not of this homeserver. Synapse finds out only after it has removed the members. */
export function foreignUserFaults(
  inputs: DeclaredInputs,
  { serverName }: Pick<Target, "serverName">,
): Fault[] {
  const users = {
    newRoomUserId: inputs.newRoomUserId,
    "onDelete.newRoomUserId": inputs.onDelete?.newRoomUserId,
  };
  return Object.entries(users)
    .filter(([, user]) => user !== undefined && !isUnknown(user) && serverOf(user) !== serverName)
    .map(([property, user]) => ({
      property,
      reason: `must be a user of this homeserver, @user:${serverName}, but is "${user ?? ""}".`,
    }));
}

async function unknownRoomFaults(
  inputs: DeclaredInputs,
  { room, serverName }: Target,
): Promise<Fault[]> {
  if (inputs.allowUnknownRoom || (await hasRemovedUsers(room))) return [];
  const hint = (await room.isBlocked())
    ? " It is blocked there, so it may have been purged before."
    : "";
  return [
    {
      property: targetProperty(inputs),
      reason:
        `is ${room.id}, a room that ${serverName} does not know.${hint} Check the id: Synapse answers a mistyped one with ` +
        "success. If it was purged before, or is to be blocked before anybody joins it, set allowUnknownRoom to true.",
    },
  ];
}

/**
 * Whether a shutdown has removed somebody from the room in the last days. One of a mistyped id is complete, too, but it
 * has removed nobody.
 */
async function hasRemovedUsers(room: Target["room"]): Promise<boolean> {
  const tasks = await room.shutdowns();
  return tasks.some(({ result }) => (result?.kickedUsers.length ?? 0) > 0);
}

function expectationFaults(
  { expect = {} }: DeclaredInputs,
  roomId: string,
  details: RoomDetails,
): Fault[] {
  const faults: Fault[] = [];
  for (const property of ["name", "canonicalAlias", "creator"] as const) {
    const expected = expect[property];
    const seen = details[property] ?? "";
    if (expected !== undefined && !isUnknown(expected) && expected !== seen) {
      const reason = `is expected to be ${quote(expected)}, but of the room ${roomId} it is ${quote(seen)}.`;
      faults.push({ property: `expect.${property}`, reason });
    }
  }
  const counts = {
    maxJoinedMembers: details.joinedMembers,
    maxLocalMembers: details.joinedLocalMembers,
  };
  for (const [property, seen] of Object.entries(counts)) {
    const most = expect[property as keyof typeof counts];
    if (typeof most === "number" && seen > most) {
      const reason = `allows ${most}, but the room ${roomId} has ${seen}.`;
      faults.push({ property: `expect.${property}`, reason });
    }
  }
  return faults;
}
