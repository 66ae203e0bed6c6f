import { isDeepStrictEqual } from "node:util";
import type { RoomDetails } from "../synapse/schemas";
import { GuardError, aliasTarget, serverOf, violatedGuards } from "./guards";
import type { Homeserver } from "../homeserver/homeserver";
import type { Host } from "../hooks/operation";
import {
  reviewedProperties,
  unknownValue,
  type DeclaredInputs,
  type Fault,
  type Reviewed,
} from "../resource/arguments";
import { warningsOf } from "./warnings";

type Inputs = Record<string, unknown>;

/** What can be seen of a room after its shutdown. */
export interface End {
  /** Absent once it is purged. */
  readonly room: RoomDetails | undefined;
  readonly blocked: boolean;
  /**
   * Who could not be removed and is still there. Synapse also lists users who have left, but could not be joined to the
   * notice room, such as suspended ones.
   */
  readonly left: string[];
  /** Other local users in the room: they have joined it again. */
  readonly back: string[];
}

/** Looks at a room after its shutdown. Who is in it counts by membership: the number among the details lags behind. */
export async function observeEnd(
  homeserver: Homeserver,
  {
    roomId,
    serverName,
    failedToKickUsers = [],
  }: { roomId: string; serverName: string; failedToKickUsers?: string[] },
): Promise<End> {
  const [room, blocked] = await Promise.all([
    homeserver.room(roomId),
    homeserver.client.isRoomBlocked(roomId),
  ]);
  const seen = { room, blocked };
  const isEmpty = room?.joinedLocalMembers === 0 && failedToKickUsers.length === 0;
  if (room === undefined || isEmpty) return { ...seen, left: [], back: [] };
  const memberships = await homeserver.client.roomMemberships(roomId);
  const left = failedToKickUsers.filter((user) =>
    ["join", "invite", "knock"].includes(memberships.get(user) ?? "leave"),
  );
  const back = [...memberships.entries()]
    .filter(
      ([user, membership]) =>
        membership === "join" && serverOf(user) === serverName && !left.includes(user),
    )
    .map(([user]) => user);
  return { ...seen, left, back };
}

/**
 * What the program declared without what the review had added before: Pulumi's `ignoreChanges` can bring that along.
 * Anything else under these names stays, to be refused as an unknown argument.
 */
export function withoutReview(olds: Inputs, news: Inputs): Inputs {
  const fromReview = (property: string) =>
    olds[property] !== undefined && isDeepStrictEqual(olds[property], news[property]);
  const added = [
    ...reviewedProperties,
    ...(news["roomAlias"] === undefined ? [] : ["roomId"]),
  ].filter(fromReview);
  return Object.fromEntries(Object.entries(news).filter(([property]) => !added.includes(property)));
}

/**
 * Whether these are the inputs of a resource that exists and has this target. Then what was reviewed at first is kept,
 * whatever has become of the room or the alias since.
 */
export function hasSameTarget(olds: Inputs, inputs: DeclaredInputs): boolean {
  const property = inputs.roomAlias === undefined ? "roomId" : "roomAlias";
  return olds[property] !== undefined && olds[property] === inputs[property];
}

/** What the review added to the inputs of a resource that exists. Absent where the homeserver could not be reached. */
export function frozenReview(olds: Inputs): Partial<Reviewed> {
  const properties = ["roomId", ...reviewedProperties].filter(
    (property) => olds[property] !== undefined,
  );
  return Object.fromEntries(properties.map((property) => [property, olds[property]]));
}

/** Whether the target is known in this preview. */
export function isTargetKnown({ roomId, roomAlias }: DeclaredInputs): boolean {
  return roomId !== unknownValue && roomAlias !== unknownValue;
}

/** Looks at a new target and evaluates the guards. What deserves a warning is said on the stack's row. */
export async function review(
  host: Host,
  homeserver: Homeserver,
  inputs: DeclaredInputs,
): Promise<{ reviewed?: Reviewed; faults: Fault[] }> {
  const serverName = await homeserver.serverName();
  const versionFault = await homeserver.versionFault();
  if (versionFault !== undefined) return { faults: [{ property: "", reason: versionFault }] };
  const found = await targetOf(host, homeserver, inputs);
  if ("fault" in found) return { faults: [found.fault] };
  const { roomId } = found;
  const room = await homeserver.room(roomId);
  const target = { roomId, serverName, ...(room === undefined ? {} : { room }) };
  const faults = await violatedGuards(homeserver, inputs, target);
  if (faults.length === 0) for (const line of warningsOf(inputs, target)) host.log(roomId, line);
  const reviewed = {
    roomId,
    serverName,
    homeserverUrl: homeserver.url,
    ...(room === undefined ? {} : { room }),
  };
  return { reviewed, faults };
}

/**
 * The room that is declared. A replacement of a resource stays with the room that it has reviewed by its alias, although it
 * is reviewed anew: the alias may have gone with the room, or lead to its notice room by now.
 */
async function targetOf(
  host: Host,
  homeserver: Homeserver,
  { roomId: declared, roomAlias = "" }: DeclaredInputs,
): Promise<{ roomId: string } | { fault: Fault }> {
  if (declared !== undefined) return { roomId: declared };
  const fault = (reason: string) => ({ fault: { property: "roomAlias", reason } });
  const target = await aliasTarget(homeserver, roomAlias);
  const [kept, ...more] = host.operation.keptRooms(roomAlias);
  if (kept !== undefined && more.length === 0 && (target === undefined || target === kept))
    return { roomId: kept };
  if (kept !== undefined) {
    return fault(
      `points to ${target ?? "no room"} now. When this program was reviewed before, it pointed to ` +
        `${[kept, ...more].join(" and to ")}. Which of these rooms is meant has to be said: declare its roomId instead.`,
    );
  }
  if (target === undefined) {
    const serverName = await homeserver.serverName();
    return fault(
      `is an alias that points to no room: ${serverName} can't resolve it. Check the alias, or declare the roomId.`,
    );
  }
  const maker = await homeserver.tasks.makerOf(target);
  if (maker === undefined) return { roomId: target };
  return fault(
    `points to ${target}, the notice room that the shutdown of ${maker.roomId ?? "another room"} has made (delete_id ` +
      `${maker.deleteId}). Declare the roomId of the room that is meant.`,
  );
}

/**
 * Reviews a target that no preview could review. It has to succeed.
 * @throws GuardError
 */
export async function reviewAtApply(
  host: Host,
  homeserver: Homeserver,
  inputs: DeclaredInputs,
): Promise<Reviewed> {
  const { reviewed, faults } = await review(host, homeserver, inputs);
  if (reviewed === undefined || faults.length > 0) {
    throw new GuardError(inputs.roomId ?? inputs.roomAlias ?? "the room", faults);
  }
  return reviewed;
}
