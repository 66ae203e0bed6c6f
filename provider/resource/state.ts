import { hasEnded, type DeleteStatus } from "../synapse/schemas";
import type { DeclaredInputs, Reviewed, RoomShutdownInputs } from "./arguments";

/** What the shutdowns of a resource have done so far. */
export interface Outcome {
  readonly deleteId?: string;
  readonly status?: string;
  readonly kickedUsers?: string[];
  readonly failedToKickUsers?: string[];
  readonly localAliases?: string[];
  readonly newRoomId?: string;
  readonly blocked?: boolean;
  readonly purged?: boolean;
  readonly quarantinedMedia?: number;
}

/** The outputs of a resource, as its state keeps them. */
export type RoomShutdownState = DeclaredInputs &
  Reviewed &
  Outcome & { readonly __provider?: string };

/** Status of a shutdown that belongs to the delete hook and has not run. The only word here that is not Synapse's. */
export const notRun = "not-run";

/** Whether a shutdown was started whose end is not known. */
export function isUnfinished({ deleteId, status }: Outcome): boolean {
  return deleteId !== undefined && !hasEnded(status);
}

/** Whether a shutdown has to run for what is declared: there was none, or the last one has left the room or somebody in it. */
export function mustRun(
  { deleteId, status, failedToKickUsers, purged }: Outcome,
  { purge }: DeclaredInputs,
): boolean {
  if (deleteId === undefined || status !== "complete") return true;
  return purged === false && (purge || (failedToKickUsers?.length ?? 0) > 0);
}

/** Whether the room is not blocked although it should be, as far as was seen. */
export function isBlockLifted({ blocked }: Outcome, { block }: DeclaredInputs): boolean {
  return block && blocked === false;
}

/** Whether media was to be quarantined and was not, and can still be found. */
export function isMediaOpen(
  { quarantinedMedia, purged }: Outcome,
  { quarantineMedia }: DeclaredInputs,
): boolean {
  return quarantineMedia && quarantinedMedia === undefined && purged === false;
}

/**
 * Whether a resource is not as declared, as far as its outputs tell. The engine forgets after a refresh that an operation
 * has failed, so the outputs have to tell. A shutdown that goes on and is not waited for is as declared.
 */
export function isUnsettled(outcome: Outcome, declared: DeclaredInputs): boolean {
  if (declared.runOn === "delete") return false;
  if (isUnfinished(outcome)) return declared.wait;
  const { blocked, purged } = outcome;
  const isChecked = blocked !== undefined && purged !== undefined;
  const isOpen =
    mustRun(outcome, declared) ||
    isBlockLifted(outcome, declared) ||
    isMediaOpen(outcome, declared);
  return isOpen || !isChecked;
}

/**
 * The state with what an answer about its task tells. A shutdown that runs again finds only what the last one has left, so
 * who was removed and where they went is added up.
 */
export function withStatus(
  state: RoomShutdownState,
  { status, result }: DeleteStatus,
): RoomShutdownState {
  if (result === undefined) return { ...state, status };
  const { kickedUsers, localAliases, ...latest } = result;
  return {
    ...state,
    ...latest,
    status,
    kickedUsers: [...new Set([...(state.kickedUsers ?? []), ...kickedUsers])],
    localAliases: [...new Set([...(state.localAliases ?? []), ...localAliases])],
  };
}

/** The state with a shutdown that was just started, of which nothing more is known. */
export function withDeleteId(state: RoomShutdownState, deleteId: string): RoomShutdownState {
  const { status, failedToKickUsers, blocked, purged, ...rest } = state;
  return { ...rest, deleteId };
}

/** The state with other inputs: an option that the program no longer sets must not stay. */
export function withInputs(
  state: RoomShutdownState,
  inputs: DeclaredInputs & Partial<Reviewed>,
): RoomShutdownState {
  const {
    roomAlias,
    expect,
    newRoomUserId,
    roomName,
    message,
    onDelete,
    triggers,
    adoptDeleteId,
    ...rest
  } = state;
  // What was not reviewed this time is as it was.
  const {
    roomId = rest.roomId,
    serverName = rest.serverName,
    homeserverUrl = rest.homeserverUrl,
  } = inputs;
  return { ...rest, ...inputs, roomId, serverName, homeserverUrl };
}

/** The inputs that a state was made of: what is declared and reviewed, without what has come of it. */
export function inputsOf(state: RoomShutdownState): RoomShutdownInputs {
  const {
    deleteId,
    status,
    kickedUsers,
    failedToKickUsers,
    localAliases,
    newRoomId,
    blocked,
    purged,
    quarantinedMedia,
    __provider,
    ...inputs
  } = state;
  return inputs;
}

/** As the engine takes it: `undefined` anywhere in it would break the host. */
export function plain<T extends object>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** The outputs as the engine takes them. A list that is empty is left out: the state of a thousand rooms is long enough. */
export function plainState(state: RoomShutdownState): RoomShutdownState {
  const isEmptyList = (name: string, value: unknown) =>
    ["kickedUsers", "failedToKickUsers", "localAliases"].includes(name) &&
    (value as string[]).length === 0;
  const entries = Object.entries(plain(state)).filter(([name, value]) => !isEmptyList(name, value));
  return Object.fromEntries(entries) as unknown as RoomShutdownState;
}

/**
 * A shutdown that was started and did not end well. With `id`, `properties` and `reasons` the engine keeps the resource,
 * so that the `delete_id` is not lost, and calls update at the next `up`. It shows only the reasons. `__provider` has to be
 * among the properties: without it the next operation can't load the hooks.
 */
export class ShutdownUnfinishedError extends Error {
  readonly id: string;
  readonly properties: RoomShutdownState;
  readonly reasons: string[];

  constructor(state: RoomShutdownState, reason: string) {
    super(reason);
    this.name = "ShutdownUnfinishedError";
    this.id = state.roomId;
    this.properties = plainState(state);
    this.reasons = [reason];
  }
}
