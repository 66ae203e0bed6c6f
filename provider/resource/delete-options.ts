import type { DeleteRoomOptions } from "../synapse/schemas";
import type { DeclaredInputs } from "./arguments";
import { plain } from "./engine-values";
import type { Outcome } from "./outcome";
import { purges } from "./purge-due";

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

/** The options as they are declared, whenever the room is to be purged. */
export function declaredOptions(inputs: DeclaredInputs): DeleteRoomOptions {
  const { block, purge, forcePurge, newRoomUserId, roomName, message } = inputs;
  return plain({ block, purge, forcePurge, newRoomUserId, roomName, message });
}

/**
 * The options of the delete call that the create and update hooks have run, or are to run first. With `purgeAfterSeconds` that
 * keeps the room, and another one purges it.
 */
export function optionsOnCreate(values: DeclaredInputs & Outcome): DeleteRoomOptions {
  return withPurge(values, purges(values));
}

/** The options of a delete call of the create and update hooks that purges the room, or does not. */
export function withPurge(inputs: DeclaredInputs, purge: boolean): DeleteRoomOptions {
  const options = declaredOptions(inputs);
  return purge ? options : { ...options, purge, forcePurge: false };
}

/** The options of the delete call that the delete hook runs. */
export function optionsOnDelete(inputs: DeclaredInputs): DeleteRoomOptions {
  return { ...declaredOptions(inputs), ...inputs.onDelete };
}

/** The options of the delete call that has run last, as far as the state tells. */
export function optionsOfLast(state: DeclaredInputs & Outcome): DeleteRoomOptions {
  return state.runOn === "delete" ? optionsOnDelete(state) : optionsOnCreate(state);
}
