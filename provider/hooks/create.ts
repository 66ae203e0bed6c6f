import type { Host } from "./operation";
import type { RoomShutdownInputs } from "../resource/arguments";
import { reviewAtApply } from "../review/review";
import { Shutdown, optionsOnCreate } from "../shutdown/shutdown";
import { notRun, type RoomShutdownState } from "../resource/state";

/** Shuts the room down, or records that the delete hook will. */
export async function create(host: Host, inputs: RoomShutdownInputs): Promise<RoomShutdownState> {
  const homeserver = host.connect();
  const { roomId, serverName, homeserverUrl } = inputs;
  const isReviewed =
    roomId !== undefined && serverName !== undefined && homeserverUrl !== undefined;
  const state: RoomShutdownState = isReviewed
    ? { ...inputs, roomId, serverName, homeserverUrl }
    : { ...inputs, ...(await reviewAtApply(host, homeserver, inputs)) };
  if (inputs.runOn === "delete") {
    host.log(
      state.roomId,
      'recorded; the shutdown runs when this resource is deleted (runOn is "delete")',
    );
    return { ...state, status: notRun };
  }
  const shutdown = (from: RoomShutdownState) =>
    new Shutdown(host, homeserver, "create", optionsOnCreate(inputs), from);
  const before = host.operation.supersededIn(state.roomId);
  // One that runs again comes after the end of the one before. Nobody may have waited for that.
  if (before !== undefined) await shutdown({ ...state, deleteId: before.deleteId }).end();
  const { adoptDeleteId } = inputs;
  // Changed triggers want a new run, not once more the shutdown that was taken over before.
  const adopt = adoptDeleteId === before?.adoptDeleteId ? undefined : adoptDeleteId;
  return shutdown(state).run({ after: before?.deleteId, adopt });
}
