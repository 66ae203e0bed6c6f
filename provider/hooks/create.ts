import type { Host } from "./host";
import type { RoomShutdownInputs } from "./inputs";
import { review } from "./review";
import { optionsOnCreate, shutDown } from "./shutdown";
import { notRun, type RoomShutdownState } from "./state";

/** Shuts the room down, or records that the delete hook will. */
export async function create(host: Host, inputs: RoomShutdownInputs): Promise<RoomShutdownState> {
  const homeserver = host.connect();
  const state = { ...inputs, ...(await review(homeserver, inputs)) };
  if (inputs.runOn === "delete") {
    host.log(inputs.roomId, 'recorded; the shutdown runs when this resource is deleted (runOn is "delete")');
    return { ...state, status: notRun };
  }
  return shutDown(host, homeserver, state, optionsOnCreate(inputs));
}
