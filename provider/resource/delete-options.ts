import type { DeleteRoomOptions } from "../synapse/schemas";
import type { DeclaredInputs } from "./arguments";
import { plain } from "./engine-values";

/** Which hook wants a shutdown. The delete hook of a resource may run a second one after the create hook's. */
export type Intent = "create" | "delete";

/** The inputs as they are for each delete call that is declared: on create, on delete, or both. */
export function declaredShutdowns(
  inputs: DeclaredInputs,
): { readonly intent: Intent; readonly inputs: DeclaredInputs }[] {
  const onCreate = { intent: "create" as const, inputs };
  const onDelete = { intent: "delete" as const, inputs: { ...inputs, ...inputs.onDelete } };
  if (inputs.runOn === "both") return [onCreate, onDelete];
  return inputs.runOn === "create" ? [onCreate] : [onDelete];
}

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
