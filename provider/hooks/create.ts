import type { Homeserver } from "../homeserver/homeserver";
import type { RoomShutdownInputs } from "../resource/arguments";
import { optionsOnCreate } from "../resource/delete-options";
import { notRun } from "../resource/outcome";
import { pick, withRecordOf, type RoomShutdownState } from "../resource/state";
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
  const before = operation.siblings.supersededIn(state.roomId);
  if (inputs.runOn === "delete") {
    homeserver
      .room(state.roomId)
      .log('recorded; the shutdown runs when this resource is deleted (runOn is "delete")');
    return { ...(before === undefined ? state : withRecordOf(before, state)), status: notRun };
  }
  const options = optionsOnCreate(inputs);
  const { adoptDeleteId: adopt } = inputs;
  if (before === undefined) return shutDown(homeserver, "create", options, state, { adopt });
  const last = await ended(homeserver, before, state);
  const run = {
    after: last.deleteId,
    // It wants a new run, not once more the shutdown that was taken over before.
    adopt: adopt === last.adoptDeleteId ? undefined : adopt,
  };
  const begun = {
    ...withRecordOf(last, state),
    ...pick(last, ["status", "failedToKickUsers", "purged"]), // Until it has begun.
  };
  return shutDown(homeserver, "create", options, begun, run);
}

/** The resource that is replaced, after the end of its shutdown: one that runs again comes after that. Nobody may have waited for it. */
async function ended(
  homeserver: Homeserver,
  before: Superseded,
  { waitTimeoutSeconds }: RoomShutdownState,
): Promise<RoomShutdownState> {
  return new FollowedShutdown(homeserver, "create", { ...before, waitTimeoutSeconds }).end();
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
