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
  const after = host.superseded.get(state.roomId);
  // Changed triggers want a new run, not once more the one that was taken over before.
  const adopt = inputs.adoptDeleteId === after ? undefined : inputs.adoptDeleteId;
  return new Shutdown(host, homeserver, "create", optionsOnCreate(inputs), state).run({ after, adopt });
}
