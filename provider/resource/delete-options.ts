import type { DeleteRoomOptions } from "../synapse/schemas";
import type { DeclaredInputs } from "./arguments";
import { plain } from "./engine-values";

/** The options of the delete call that the create and update hooks run. */
export function optionsOnCreate(inputs: DeclaredInputs): DeleteRoomOptions {
  const { block, purge, forcePurge, newRoomUserId, roomName, message } = inputs;
  return plain({ block, purge, forcePurge, newRoomUserId, roomName, message });
}

/** The options of the delete call that the delete hook runs. */
export function optionsOnDelete(inputs: DeclaredInputs): DeleteRoomOptions {
  return { ...optionsOnCreate(inputs), ...inputs.onDelete };
}

/** The options of the delete call that has run last, as far as the state tells. */
export function optionsOfLast(state: DeclaredInputs): DeleteRoomOptions {
  return state.runOn === "delete" ? optionsOnDelete(state) : optionsOnCreate(state);
}
