import { SynapseRequestError } from "../synapse/errors";
import type { RoomDetails } from "../synapse/schemas";
import type { Homeserver } from "../homeserver/homeserver";
import { unknownValue, type DeclaredInputs, type Fault } from "../resource/arguments";

/** The room as it is now, and where. */
export interface Target {
  readonly roomId: string;
  readonly serverName: string;
  /** Absent if the homeserver does not know the room. */
  readonly room?: RoomDetails;
}

/** All guards that do not hold, with the values seen. Evaluated at the review and right before the shutdown. */
export async function violatedGuards(
  homeserver: Homeserver,
  inputs: DeclaredInputs,
  target: Target,
): Promise<Fault[]> {
  return [
    ...(await protectedFaults(homeserver, inputs, target)),
    ...foreignUserFaults(inputs, target),
    ...(target.room === undefined
      ? await unknownRoomFaults(homeserver, inputs, target)
      : expectationFaults(inputs, target.roomId, target.room)),
  ];
}

/** Ends a shutdown before it starts. */
export class GuardError extends Error {
  constructor(roomId: string, faults: Fault[]) {
    const reasons = faults.map(({ property, reason }) => `${property} ${reason}`).join(" ");
    super(`The shutdown of ${roomId} was not started. ${reasons}`);
    this.name = "GuardError";
  }
}

const targetProperty = ({ roomAlias }: DeclaredInputs) =>
  roomAlias === undefined ? "roomId" : "roomAlias";

async function protectedFaults(
  homeserver: Homeserver,
  inputs: DeclaredInputs,
  target: Target,
): Promise<Fault[]> {
  const names = [target.roomId, inputs.roomAlias, target.room?.canonicalAlias];
  for (const entry of homeserver.protectedRooms) {
    if (
      names.includes(entry) ||
      (entry.startsWith("#") && (await aliasTarget(homeserver, entry)) === target.roomId)
    ) {
      const reason = `is a room that must not be shut down: ${entry} is in synapse:protectedRooms. To shut it down all the same, take it out there first.`;
      return [{ property: targetProperty(inputs), reason }];
    }
  }
  return [];
}

/** The room that an alias points to, or undefined if it points nowhere. */
export async function aliasTarget(
  homeserver: Homeserver,
  roomAlias: string,
): Promise<string | undefined> {
  try {
    return (await homeserver.client.resolveAlias(roomAlias)).roomId;
  } catch (error) {
    if (error instanceof SynapseRequestError && error.isNotFound) return undefined;
    throw error;
  }
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
    .filter(
      ([, user]) => user !== undefined && user !== unknownValue && serverOf(user) !== serverName,
    )
    .map(([property, user]) => ({
      property,
      reason: `must be a user of this homeserver, @user:${serverName}, but is "${user ?? ""}".`,
    }));
}

/** The server of a user id. */
export function serverOf(userId: string): string {
  return userId.slice(userId.indexOf(":") + 1);
}

async function unknownRoomFaults(
  homeserver: Homeserver,
  inputs: DeclaredInputs,
  target: Target,
): Promise<Fault[]> {
  if (inputs.allowUnknownRoom || (await wasShutDown(homeserver, target.roomId))) return [];
  const { roomId, serverName } = target;
  const hint = (await homeserver.client.isRoomBlocked(roomId))
    ? " It is blocked there, so it may have been purged before."
    : "";
  return [
    {
      property: targetProperty(inputs),
      reason:
        `is ${roomId}, a room that ${serverName} does not know.${hint} Check the id: Synapse answers a mistyped one with ` +
        "success. If it was purged before, or is to be blocked before anybody joins it, set allowUnknownRoom to true.",
    },
  ];
}

/**
 * Whether a shutdown has removed somebody from the room in the last days. One of a mistyped id is complete, too, but it
 * has removed nobody.
 */
async function wasShutDown(homeserver: Homeserver, roomId: string): Promise<boolean> {
  const tasks = await homeserver.tasks.ofRoom(roomId);
  return tasks.some(({ result }) => (result?.kickedUsers.length ?? 0) > 0);
}

function expectationFaults(
  { expect = {} }: DeclaredInputs,
  roomId: string,
  room: RoomDetails,
): Fault[] {
  const faults: Fault[] = [];
  for (const property of ["name", "canonicalAlias", "creator"] as const) {
    const expected = expect[property];
    const seen = room[property] ?? "";
    if (expected !== undefined && expected !== unknownValue && expected !== seen) {
      const reason = `is expected to be ${quote(expected)}, but of the room ${roomId} it is ${quote(seen)}.`;
      faults.push({ property: `expect.${property}`, reason });
    }
  }
  const counts = { maxJoinedMembers: room.joinedMembers, maxLocalMembers: room.joinedLocalMembers };
  for (const [property, seen] of Object.entries(counts)) {
    const most = expect[property as keyof typeof counts];
    if (typeof most === "number" && seen > most) {
      faults.push({
        property: `expect.${property}`,
        reason: `allows ${most}, but the room ${roomId} has ${seen}.`,
      });
    }
  }
  return faults;
}

function quote(text: string): string {
  return text === "" ? "empty" : JSON.stringify(text);
}
