import type { Homeserver } from "./homeserver";
import type { Host } from "./host";
import type { RoomShutdownInputs } from "./inputs";
import { reviewAtApply } from "./review";
import { Shutdown, optionsOnCreate } from "./shutdown";
import { notRun, type RoomShutdownState } from "./state";

/** Shuts the room down, or records that the delete hook will. */
export async function create(host: Host, inputs: RoomShutdownInputs): Promise<RoomShutdownState> {
  const homeserver = host.connect();
  const { roomId, serverName, homeserverUrl } = inputs;
  const isReviewed = roomId !== undefined && serverName !== undefined && homeserverUrl !== undefined;
  const state: RoomShutdownState = isReviewed
    ? { ...inputs, roomId, serverName, homeserverUrl }
    : { ...inputs, ...(await reviewAtApply(host, homeserver, inputs)) };
  if (inputs.runOn === "delete") {
    host.log(state.roomId, 'recorded; the shutdown runs when this resource is deleted (runOn is "delete")');
    return { ...state, status: notRun };
  }
  const before = host.operation.superseded.get(state.roomId);
  const { adoptDeleteId } = inputs;
  if (before !== undefined) await endOf(host, homeserver, state, before.deleteId);
  // Changed triggers want a new run, not once more the shutdown that was taken over before.
  const adopt = adoptDeleteId === before?.adoptDeleteId ? undefined : adoptDeleteId;
  return new Shutdown(host, homeserver, "create", optionsOnCreate(inputs), state).run({
    after: before?.deleteId,
    adopt,
  });
}

/** A shutdown that runs again comes after the one before. Nobody may have waited for that. */
async function endOf(host: Host, homeserver: Homeserver, state: RoomShutdownState, deleteId: string): Promise<void> {
  const options = optionsOnCreate(state);
  await new Shutdown(host, homeserver, "create", options, { ...state, deleteId, wait: true }).end();
}
