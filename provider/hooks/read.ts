import type { Homeserver } from "../homeserver/homeserver";
import type { Room } from "../homeserver/room";
import type { RoomShutdownInputs } from "../resource/arguments";
import { optionsOfLast, optionsOnCreate } from "../resource/delete-options";
import { isUnfinished, noRecord } from "../resource/outcome";
import { isBlockLifted } from "../resource/settled";
import { inputsOf, roomLabel, withStatus, type RoomShutdownState } from "../resource/state";
import { withDue } from "../resource/purge-due";
import { list } from "../resource/words";
import { sightOf, snapshotOf } from "../review/snapshot";
import {
  departure,
  isAliveAgain,
  observeEnd,
  whatRemains,
  withEnd,
  withoutRecord,
} from "../shutdown/verify";
import { SynapseRequestError } from "../synapse/errors";
import type { DeleteStatus } from "../synapse/schemas";
import type { Operation } from "./operation";

/** What a refresh finds: the state as it is now, with the inputs that would lead to it, or that the shutdown is undone. */
export type Refreshed =
  { readonly state: RoomShutdownState; readonly inputs: RoomShutdownInputs } | "gone";

/**
 * Compares the state with the room. What somebody else has changed shows in the inputs too, so that the next preview plans
 * to set it right. A room that is alive again is "gone", which plans a new shutdown. Only an answer that shows it is counted:
 * a refused or failed request is an error.
 */
export async function read(operation: Operation, state: RoomShutdownState): Promise<Refreshed> {
  const homeserver = operation.connect();
  await homeserver.assertIs(state);
  const room = homeserver.room(state.roomId);
  room.label = roomLabel(state);
  operation.siblings.noteRefresh(state.roomId);
  if (state.roomAlias !== undefined) await watchAlias(homeserver, room, state);
  if (state.runOn === "delete" && state.deleteId === undefined) return readRecorded(room, state);

  const told = await newestStatus(homeserver, state);
  const latest = await withNewest(room, state, told);
  if (isUnfinished(latest)) return { state: latest, inputs: inputsOf(latest) };
  if (told !== undefined) room.log(`the shutdown has ended: ${told.status}`);
  const end = await observeEnd(room, latest);
  if (isAliveAgain(latest, end) && mayBeForgotten(latest)) {
    room.log(
      `is alive again: not blocked, and joined by ${list(end.back)}. It counts as gone, so that the next preview reviews it and ` +
        "plans a new shutdown; a destroy before that does nothing to it",
    );
    return "gone";
  }
  const isThere = end.details !== undefined;
  const seen = withDue(withEnd(latest, end, optionsOfLast(state)), isThere, operation.clock.date());
  if (isOpen(state)) warnOfContradiction(room, state, seen, told !== undefined);
  return { state: seen, inputs: driftedInputs(seen) };
}

/**
 * Nobody has waited for a shutdown that somebody else may have started, with options of their own. `isRecorded`: the homeserver
 * has a record of it, which tells whether it has made a notice room.
 */
function warnOfContradiction(
  room: Room,
  before: RoomShutdownState,
  seen: RoomShutdownState,
  isRecorded: boolean,
): void {
  if (seen.status !== "complete") return;
  const options = optionsOnCreate(before);
  const isOfEarlierRun = options.newRoomUserId === undefined && before.newRoomId !== undefined;
  const newRoomId = isOfEarlierRun ? undefined : seen.newRoomId;
  const reason = departure(options, { newRoomId, purged: seen.purged === true }, isRecorded);
  if (reason !== undefined) room.log(`warning: the shutdown is complete, but ${reason}`);
}

/** A shutdown that is still to run on delete: only what is to be reviewed has changed. */
async function readRecorded(room: Room, state: RoomShutdownState): Promise<Refreshed> {
  const sight = await sightOf(room);
  if (sight === undefined) room.log(`${state.serverName} does not have this room any more`);
  const fresh = sight === undefined ? state : { ...state, room: snapshotOf(sight) };
  return { state: fresh, inputs: inputsOf(fresh) };
}

/** Whether the end of the last shutdown is still to be found out. */
function isOpen(state: RoomShutdownState): boolean {
  return isUnfinished(state) || state.status === noRecord;
}

/** What the homeserver tells of such a shutdown, if it has a record of it. */
async function newestStatus(
  { tasks }: Homeserver,
  state: RoomShutdownState,
): Promise<DeleteStatus | undefined> {
  return isOpen(state) && state.deleteId !== undefined ? tasks.status(state.deleteId) : undefined;
}

/** The state with that. An expired record says nothing about the room, so the room itself has to tell. */
async function withNewest(
  room: Room,
  state: RoomShutdownState,
  told: DeleteStatus | undefined,
): Promise<RoomShutdownState> {
  if (told !== undefined) return withStatus(state, told);
  if (!isOpen(state)) return state;
  const remains = await whatRemains(room, optionsOfLast(state));
  room.log(withoutRecord(remains));
  return { ...state, status: remains === undefined ? "complete" : noRecord };
}

/**
 * Whether a resource can be made anew where its shutdown is undone. One that must not be forgotten is run again by an update:
 * for its delete hook, for the room that its alias pointed to at its review, or for the shutdown that it has taken over.
 */
function mayBeForgotten({ runOn, roomAlias, adoptDeleteId }: RoomShutdownState): boolean {
  return runOn === "create" && roomAlias === undefined && adoptDeleteId === undefined;
}

/** Inputs that show what has changed as a difference to what is declared. The outputs keep that, for the delete hook. */
function driftedInputs(state: RoomShutdownState): RoomShutdownInputs {
  const inputs = inputsOf(state);
  if (state.runOn === "delete") return inputs;
  const { status, purge, purged, purgeAfterSeconds } = state;
  // Whether its time is over, the next preview finds out by itself.
  const isPurgeWanted = purge && purgeAfterSeconds === undefined;
  const isStillThere = status === "complete" && isPurgeWanted && purged === false;
  return {
    ...inputs,
    block: inputs.block && !isBlockLifted(state, state),
    purge: inputs.purge && !isStillThere,
  };
}

/** Says where the alias of a resource points now, if that is another room. The resource stays with the one it reviewed. */
async function watchAlias(
  homeserver: Homeserver,
  room: Room,
  { roomAlias = "", newRoomId }: RoomShutdownState,
): Promise<void> {
  try {
    const target = await homeserver.aliasTarget(roomAlias);
    if (target === undefined || target === room.id || target === newRoomId) return;
    room.log(
      `the alias ${roomAlias} points to ${target} now; this resource stays with the room that was reviewed`,
    );
  } catch (error) {
    if (!(error instanceof SynapseRequestError)) throw error;
    room.log(`where the alias ${roomAlias} points now can't be found out. ${error.message}`);
  }
}
