import { setImmediate } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import type { SynapseRoomShutdownArgs } from "./room-shutdown-args";

/**
 * Ends the program where it declares what can't be right, before anything is registered. The name says where that is: a stack
 * of our code would hide the message.
 * @throws pulumi.RunError
 */
export function refuseFaults(resource: string, faults: readonly string[]): void {
  if (faults.length > 0) throw new pulumi.RunError(`${resource}: ${faults.join(" ")}`);
}

/** By the stack of a run of a program: why it was refused. */
const refusals = new WeakMap<pulumi.Resource, unknown>();

/**
 * The same, where the program declares a resource: nothing is registered that it has declared before in one go.
 * @throws pulumi.RunError
 */
export function refuseProgram(resource: string, faults: readonly string[]): void {
  try {
    refuseFaults(resource, faults);
  } catch (error) {
    const stack = pulumi.runtime.getStackResource();
    if (stack !== undefined) refusals.set(stack, error);
    // The SDK puts the name of a property before it, once for each resource that is not registered.
    const { message } = error as Error;
    Object.defineProperty(error, "message", { get: () => message, set: () => undefined });
    throw error;
  }
}

/**
 * Gives an input of a resource once the program has declared what it declares in one go.
 * @throws pulumi.RunError if any of that was refused
 */
export async function unlessRefused<T>(input: T): Promise<T> {
  const stack = pulumi.runtime.getStackResource();
  await setImmediate();
  if (stack !== undefined && refusals.has(stack)) throw refusals.get(stack) as Error;
  return input;
}

/** What is wrong with a shutdown, whatever the values of its arguments will be. Others are for check, which sees the values. */
export function shutdownFaults(
  { roomId, roomAlias }: Partial<SynapseRoomShutdownArgs>,
  { import: importedId, id, deleteBeforeReplace, replaceOnChanges }: pulumi.CustomResourceOptions,
): string[] {
  const faults: string[] = [];
  if (roomId === undefined && roomAlias === undefined) {
    faults.push(
      "it is not said which room to shut down: set roomId, such as !opaque:example.org, or roomAlias, such as #name:example.org.",
    );
  }
  if (roomId !== undefined && roomAlias !== undefined) {
    faults.push("both roomId and roomAlias say which room it is: leave one of them out.");
  }
  if (importedId !== undefined) {
    faults.push(
      "a dynamic resource can't be imported: leave the option import out, and set adoptDeleteId to the delete_id of the " +
        "shutdown that is to be taken over.",
    );
  }
  if (id !== undefined) {
    faults.push(
      "a dynamic resource can't be looked up: leave the option id out. getRooms looks rooms up, and adoptDeleteId takes over a " +
        "shutdown that was started elsewhere.",
    );
  }
  if (deleteBeforeReplace === false) {
    faults.push(
      "the option deleteBeforeReplace can't be false, since the old and the new resource act on one room: leave it out.",
    );
  }
  if (replaceOnChanges !== undefined && replaceOnChanges.length > 0) {
    faults.push(
      "the option replaceOnChanges would run another shutdown where the preview says that one is waited for: leave it out, " +
        "and set triggers to the values whose change is to run the shutdown again.",
    );
  }
  return faults;
}

/**
 * A value that previews and errors show. Only the program knows whether it is marked as a secret, and only once it has it.
 * @throws pulumi.RunError in place of the value if it is
 */
export function shownValue(
  resource: string,
  name: string,
  value: pulumi.Input<string>,
): pulumi.Input<string> {
  if (typeof value === "string") return value;
  const output = pulumi.output(value);
  return pulumi.output(pulumi.isSecret(output)).apply((isSecret) => {
    const fault = `${name} can't be a secret, since previews show it: give it to pulumi.unsecret, or another value.`;
    refuseFaults(resource, isSecret ? [fault] : []);
    return output;
  });
}
