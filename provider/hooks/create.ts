import type { RoomShutdownInputs } from "../resource/arguments";
import { optionsOnCreate } from "../resource/delete-options";
import { notRun } from "../resource/outcome";
import { idsOf, type RoomShutdownState } from "../resource/state";
import { reviewAtApply } from "../review/review";
import { countsOf } from "../review/snapshot";
import { FollowedShutdown } from "../shutdown/followed-shutdown";
import type { Superseded } from "./siblings";
import { shutDown } from "../shutdown/shutdown";
import type { Operation } from "./operation";

/** Shuts the room down, or records that the delete hook will. */
export async function create(
  operation: Operation,
  inputs: RoomShutdownInputs,
): Promise<RoomShutdownState> {
  const homeserver = operation.connect();
  const state = await reviewed(operation, inputs);
  if (inputs.runOn === "delete") {
    homeserver
      .room(state.roomId)
      .log('recorded; the shutdown runs when this resource is deleted (runOn is "delete")');
    return { ...state, status: notRun };
  }
  const before = operation.siblings.supersededIn(state.roomId);
  if (before !== undefined) {
    // One that runs again comes after the end of the one before. Nobody may have waited for that.
    const last = { ...state, deleteId: before.deleteId };
    await new FollowedShutdown(homeserver, "create", last).end();
  }
  const { adoptDeleteId } = inputs;
  // Changed triggers want a new run, not once more the shutdown that was taken over before.
  const adopt = adoptDeleteId === before?.adoptDeleteId ? undefined : adoptDeleteId;
  const run = { after: before?.deleteId, adopt };
  const begun = before === undefined ? state : { ...state, ...inheritance(before) };
  return shutDown(homeserver, "create", optionsOnCreate(inputs), begun, run);
}

/** What a resource that replaces another one to run again has from it. Its own archive is added to. */
function inheritance(before: Superseded): Partial<RoomShutdownState> {
  const { archive } = before;
  return { previousDeleteIds: idsOf(before), ...(archive === undefined ? {} : { archive }) };
}

/** The inputs with what the review has found, now where no preview could. */
async function reviewed(
  operation: Operation,
  inputs: RoomShutdownInputs,
): Promise<RoomShutdownState> {
  const { roomId, roomAlias, serverName, homeserverUrl } = inputs;
  const isReviewed =
    roomId !== undefined && serverName !== undefined && homeserverUrl !== undefined;
  if (isReviewed) return withCounts(operation, { ...inputs, roomId, serverName, homeserverUrl });
  const earlier = operation.siblings.earlier(roomAlias);
  const found = await reviewAtApply(operation.connect(), inputs, earlier);
  return withCounts(operation, { ...inputs, ...found });
}

/** The state with how many were in the room at its review in this operation. */
async function withCounts(
  operation: Operation,
  state: RoomShutdownState,
): Promise<RoomShutdownState> {
  if (state.room === undefined) return state;
  const members = await operation.connect().room(state.roomId).members(Infinity);
  if (members === undefined) return state;
  return { ...state, room: { ...state.room, ...countsOf(members) } };
}
