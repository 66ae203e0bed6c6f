import { SynapseRequestError } from "../synapse/errors";
import { list } from "../shutdown/failures";
import { aliasTarget } from "../review/guards";
import type { Homeserver } from "../homeserver/homeserver";
import type { Host } from "./operation";
import type { RoomShutdownInputs } from "../resource/arguments";
import { observeEnd, type End } from "../review/review";
import { optionsOnCreate } from "../shutdown/shutdown";
import { contradiction } from "../shutdown/take-over-or-start";
import {
  inputsOf,
  isBlockLifted,
  isUnfinished,
  withStatus,
  type RoomShutdownState,
} from "../resource/state";

/** What a refresh finds: the state as it is now, with the inputs that would lead to it, or that the shutdown is undone. */
export type Found =
  { readonly state: RoomShutdownState; readonly inputs: RoomShutdownInputs } | "gone";

/**
 * Compares the state with the room. What somebody else has changed shows in the inputs too, so that the next preview plans
 * to set it right. A room that is alive again is "gone", which plans a new shutdown. Only an answer that shows it is counted:
 * a refused or failed request is an error.
 */
export async function read(host: Host, state: RoomShutdownState): Promise<Found> {
  const homeserver = host.connect();
  await homeserver.assertIs(state);
  if (state.roomAlias !== undefined) await watchAlias(host, homeserver, state);
  if (state.runOn === "delete" && state.deleteId === undefined)
    return readRecorded(host, homeserver, state);

  const latest = await withNewestStatus(homeserver, state);
  if (isUnfinished(latest)) return { state: latest, inputs: inputsOf(latest) };
  const { room, blocked, left, back } = await observeEnd(homeserver, latest);
  if (isUndone(latest, { blocked, back })) {
    host.log(
      state.roomId,
      `is alive again: not blocked, and joined by ${list(back)}. It counts as gone, so that the next preview reviews it and ` +
        "plans a new shutdown; a destroy before that does nothing to it",
    );
    return "gone";
  }
  if (isUnfinished(state)) warnOfContradiction(host, state, latest, room === undefined);
  const inside = latest.status === "complete" ? [...left, ...back] : left;
  const seen = { ...latest, blocked, purged: room === undefined, failedToKickUsers: inside };
  return { state: seen, inputs: driftedInputs(seen) };
}

/** Nobody has waited for a shutdown that somebody else may have started, with options of their own. */
function warnOfContradiction(
  host: Host,
  before: RoomShutdownState,
  latest: RoomShutdownState,
  purged: boolean,
): void {
  if (latest.status !== "complete") return;
  const options = optionsOnCreate(before);
  const isOfEarlierRun = options.newRoomUserId === undefined && before.newRoomId !== undefined;
  const newRoomId = isOfEarlierRun ? undefined : latest.newRoomId;
  const reason = contradiction(options, { newRoomId, purged });
  if (reason !== undefined)
    host.log(before.roomId, `warning: the shutdown is complete, but ${reason}`);
}

/** A shutdown that is still to run on delete: only what is to be reviewed has changed. */
async function readRecorded(
  host: Host,
  homeserver: Homeserver,
  state: RoomShutdownState,
): Promise<Found> {
  const room = await homeserver.room(state.roomId);
  if (room === undefined)
    host.log(state.roomId, `${state.serverName} does not have this room any more`);
  const fresh = room === undefined ? state : { ...state, room };
  return { state: fresh, inputs: inputsOf(fresh) };
}

async function withNewestStatus(
  homeserver: Homeserver,
  state: RoomShutdownState,
): Promise<RoomShutdownState> {
  const { deleteId } = state;
  if (deleteId === undefined || !isUnfinished(state)) return state;
  try {
    return withStatus(state, await homeserver.client.deleteStatus(deleteId));
  } catch (error) {
    // The record of the task has expired, which says nothing about the room.
    if (error instanceof SynapseRequestError && error.isNotFound) return state;
    throw error;
  }
}

/**
 * Whether a shutdown that was done is undone, so that the resource is to be made anew. One that has failed, or left somebody,
 * is run again by an update, and so is one that must not be forgotten: for its delete hook, for the room that its alias
 * pointed to at its review, or for the shutdown that it has taken over.
 */
function isUndone(
  state: RoomShutdownState,
  { blocked, back }: Pick<End, "blocked" | "back">,
): boolean {
  const wasDone = state.status === "complete" && (state.failedToKickUsers ?? []).length === 0;
  const mayBeForgotten =
    state.runOn === "create" && state.roomAlias === undefined && state.adoptDeleteId === undefined;
  return mayBeForgotten && wasDone && !blocked && back.length > 0;
}

/** Inputs that show what has changed as a difference to what is declared. The outputs keep that, for the delete hook. */
function driftedInputs(state: RoomShutdownState): RoomShutdownInputs {
  const inputs = inputsOf(state);
  if (state.runOn === "delete") return inputs;
  const isStillThere = state.status === "complete" && state.purge && state.purged === false;
  return {
    ...inputs,
    ...(isBlockLifted(state, state) ? { block: false } : {}),
    ...(isStillThere ? { purge: false } : {}),
  };
}

/** Says where the alias of a resource points now, if that is another room. The resource stays with the one it reviewed. */
async function watchAlias(
  host: Host,
  homeserver: Homeserver,
  state: RoomShutdownState,
): Promise<void> {
  const { roomAlias = "", roomId, newRoomId } = state;
  try {
    const target = await aliasTarget(homeserver, roomAlias);
    if (target === undefined || target === roomId || target === newRoomId) return;
    host.log(
      roomId,
      `the alias ${roomAlias} points to ${target} now; this resource stays with the room that was reviewed`,
    );
  } catch (error) {
    if (!(error instanceof SynapseRequestError)) throw error;
    host.log(
      roomId,
      `where the alias ${roomAlias} points now can't be found out. ${error.message}`,
    );
  }
}
