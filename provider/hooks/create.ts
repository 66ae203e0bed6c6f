import type { Host } from "./host";
import type { RoomShutdownInputs } from "./inputs";
import { review } from "./review";
import { Shutdown, optionsOnCreate } from "./shutdown";
import { notRun, type RoomShutdownState } from "./state";

/** Shuts the room down, or records that the delete hook will. */
export async function create(host: Host, inputs: RoomShutdownInputs): Promise<RoomShutdownState> {
  const homeserver = host.connect();
  const state = { ...inputs, ...(await review(homeserver, inputs)) };
  if (inputs.runOn === "delete") {
    host.log(inputs.roomId, 'recorded; the shutdown runs when this resource is deleted (runOn is "delete")');
    return { ...state, status: notRun };
  }
  return new Shutdown(host, homeserver, "create", optionsOnCreate(inputs), state).run();
}
