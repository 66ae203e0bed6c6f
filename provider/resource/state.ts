import type { RoomSnapshot } from "../program/room-shutdown-args";
import type { DeleteStatus } from "../synapse/schemas";
import { argNames, type DeclaredInputs, type Reviewed, type RoomShutdownInputs } from "./arguments";
import { propertiesThat } from "./changes";
import { plain } from "./engine-values";
import type { Outcome } from "./outcome";
import { withMovedDue } from "./purge-due";
import { quote } from "./words";

/** The outputs of a resource, as its state keeps them. */
export type RoomShutdownState = DeclaredInputs & Reviewed & Outcome;

const outcomeProperties: readonly string[] = propertiesThat("outcome");

/** The properties that the review adds to what a program declares. */
export const reviewedProperties: readonly string[] = propertiesThat(
  "replace where known",
  "nothing",
).filter((name) => !(argNames as string[]).includes(name));

/**
 * The state with what an answer about its task tells. A shutdown that runs again finds only what the last one has left, so
 * who was removed and where they went is added up.
 */
export function withStatus(
  state: RoomShutdownState,
  { status, result }: DeleteStatus,
): RoomShutdownState {
  if (result === undefined) return { ...state, status };
  const { kickedUsers, failedToKickUsers, localAliases, ...latest } = result;
  return {
    ...state,
    ...latest,
    status,
    // After a restart of the homeserver in the middle, it lists them twice.
    failedToKickUsers: [...new Set(failedToKickUsers)],
    kickedUsers: [...new Set([...(state.kickedUsers ?? []), ...kickedUsers])],
    localAliases: [...new Set([...(state.localAliases ?? []), ...localAliases])],
  };
}

/** The state with a shutdown that was just started, of which nothing more is known. */
export function withDeleteId(state: RoomShutdownState, deleteId: string): RoomShutdownState {
  const { status, failedToKickUsers, blocked, purged, ...rest } = state;
  return { ...rest, deleteId, previousDeleteIds: idsOf(state).filter((id) => id !== deleteId) };
}

/** The `delete_id`s of all shutdowns, oldest first. */
export function idsOf({
  deleteId,
  previousDeleteIds = [],
}: Pick<Outcome, "deleteId" | "previousDeleteIds">): string[] {
  return deleteId === undefined ? [...previousDeleteIds] : [...previousDeleteIds, deleteId];
}

/** The state with other inputs: an option that the program no longer sets must not stay. */
export function withInputs(
  state: RoomShutdownState,
  inputs: DeclaredInputs & Partial<Reviewed>,
): RoomShutdownState {
  // What was not reviewed this time is as it was.
  const kept = pick(state, ["roomId", ...reviewedProperties, ...outcomeProperties]);
  const { purgeAfterSeconds: before } = state;
  const due = withMovedDue(kept, before, inputs.purgeAfterSeconds);
  const next = { ...due, ...plain(inputs) } as RoomShutdownState;
  if (state.room === undefined || inputs.room === undefined) return next;
  // The inputs hold no numbers.
  const room = { ...pick(state.room, counts), ...inputs.room };
  return { ...next, room: withEarlier(room, state.room) };
}

/** The inputs that a state was made of: what is declared and reviewed, without what has come of it. */
export function inputsOf(state: RoomShutdownState): RoomShutdownInputs {
  const names = Object.keys(state).filter((name) => !outcomeProperties.includes(name));
  const inputs = pick(state, names) as RoomShutdownInputs;
  return inputs.room === undefined ? inputs : { ...inputs, room: identityOf(inputs.room) };
}

/** What a new run in a room keeps of the resource that it replaces: what has happened to the room so far. */
const record: readonly string[] = [
  "kickedUsers",
  "localAliases",
  "newRoomId",
  "quarantinedMedia",
  "archive",
];

/** The state of a resource that is made to run again in the room of the one that it replaces, with that one's record. */
export function withRecordOf(
  before: RoomShutdownState,
  state: RoomShutdownState,
): RoomShutdownState {
  const kept = { ...state, ...pick(before, record), previousDeleteIds: idsOf(before) };
  if (before.room === undefined) return kept;
  const room =
    state.room === undefined ? identityOf(before.room) : withEarlier(state.room, before.room);
  return { ...kept, room };
}

/** A room as it is seen now, with what was told of it before, where the homeserver does not tell any more. */
function withEarlier(now: RoomSnapshot, before: RoomSnapshot): RoomSnapshot {
  const { untold = [], ...room } = withKnown(now, before);
  return untold.length === 0 ? room : { ...room, untold };
}

/** What is told of a room, and the names of what is not. */
interface Told<Name extends string> {
  readonly untold?: readonly Name[];
}

/** What is told of a room now, with what was told of it before in place of what is not. */
export function withKnown<Name extends string, T extends Told<Name>>(
  now: T & Told<Name>,
  before: Told<string>,
): T & Told<Name> {
  const { untold = [] } = now;
  const isKnown = (name: Name) => before.untold?.includes(name) !== true;
  const known = pick(before, untold.filter(isKnown));
  return { ...now, ...known, untold: untold.filter((name) => !isKnown(name)) };
}

const counts: readonly string[] = ["joinedMembers", "joinedLocalMembers"];

/** Which room it is, without the numbers that change by the minute. */
export function identityOf(room: RoomSnapshot): RoomSnapshot {
  return pick(
    room,
    Object.keys(room).filter((name) => !counts.includes(name)),
  );
}

/** A room by what a person knows of it: kind, name, alias, and its id. */
export function roomLabel({
  roomId,
  roomAlias,
  room = {},
}: {
  readonly roomId: string;
  readonly roomAlias?: string | undefined;
  readonly room?: Pick<RoomSnapshot, "name" | "canonicalAlias" | "type"> | undefined;
}): string {
  const { name, canonicalAlias = roomAlias, type } = room;
  const kind = type === "m.space" ? "space " : "";
  const ids = [canonicalAlias, roomId].filter((id) => id !== undefined);
  if (name !== undefined && name !== "") return `${kind}${quote(name)} (${ids.join(", ")})`;
  const [first = roomId, ...others] = ids;
  return others.length === 0 ? `${kind}${first}` : `${kind}${first} (${others.join(", ")})`;
}

/** The outputs as the engine takes them. A list that is empty is left out: the state of a thousand rooms is long enough. */
export function plainState(state: RoomShutdownState): RoomShutdownState {
  const isLeftOut = ([name, value]: [string, unknown]) =>
    outcomeProperties.includes(name) && Array.isArray(value) && value.length === 0;
  const entries = Object.entries(plain(state)).filter((entry) => !isLeftOut(entry));
  return Object.fromEntries(entries) as unknown as RoomShutdownState;
}

/** These of the properties, where there are any. */
export function pick(values: object, names: readonly string[]): Record<string, unknown> {
  const isWanted = ([name, value]: [string, unknown]) =>
    names.includes(name) && value !== undefined;
  return Object.fromEntries(Object.entries(values).filter(isWanted));
}
