import type * as pulumi from "@pulumi/pulumi";
import { complete, withoutQuietDefaults, type RoomShutdownInputs } from "../resource/arguments";
import { hasUnknown, plain, type Fault } from "../resource/engine-values";
import { savedState } from "../resource/saved-state";
import { plainState, type RoomShutdownState } from "../resource/state";
import { printable } from "../resource/words";
import { ShutdownUnfinishedError } from "../shutdown/followed-shutdown";
import { check } from "./check";
import { CheckedInputs } from "./checked-inputs";
import { create } from "./create";
import { deleteRoom } from "./delete";
import { diff, isPlanned } from "./diff";
import { HostOperation, type Operation } from "./operation";
import { read } from "./read";
import { update } from "./update";

// What the engine's dynamic-provider host gives and takes. The hooks themselves know nothing of it.

type Values = Record<string, unknown>;

/** Which code the host has loaded. It is among all properties that it gives, and adds it to those that it takes. */
interface Loaded {
  readonly __provider?: string;
}

/** The hooks of `SynapseRoomShutdown`, in the order in which the engine calls them. */
export const hooksOf = (operation: Operation, checked = new CheckedInputs()) => ({
  check: async (olds: Values, news: Values): Promise<pulumi.dynamic.CheckResult<Values>> => {
    const { failures: found, ...result } = await check(operation, own(olds), own(news));
    const failures = checked.note(own(olds), result.inputs ?? {}, found);
    if (failures.length === 0) return result;
    return { ...result, failures: failures.map((failure) => printed(failure, news)) };
  },
  diff: (_id: pulumi.ID, olds: RoomShutdownState, news: RoomShutdownInputs) =>
    saying(() => {
      const [state, inputs] = [saved(olds), complete(own(news))];
      if (isPlanned(operation, state, inputs)) checked.hold(inputs);
      const isReviewed = !hasUnknown(inputs) || checked.isLast(inputs);
      const differences = diff(operation, state, inputs, isReviewed);
      if (differences.replaces.length > 0) checked.noteReplacement(inputs);
      return differences;
    }),
  create: async (given: RoomShutdownInputs) => {
    const run = () => create(operation, checked.hold(complete(own(given))));
    const outs = await outputs(given, run);
    return { id: outs.roomId, outs };
  },
  read: async (id: pulumi.ID, state: RoomShutdownState) => {
    const found = await saying(() => read(operation, saved(state)));
    if (found === "gone") return {};
    return {
      id,
      props: plainState(found.state),
      inputs: withoutQuietDefaults(plain(found.inputs)),
    };
  },
  update: async (_id: pulumi.ID, olds: RoomShutdownState, news: RoomShutdownInputs) => {
    const run = () => update(operation, saved(olds), checked.hold(complete(own(news))));
    return { outs: await outputs(news, run) };
  },
  delete: async (_id: pulumi.ID, state: RoomShutdownState) => {
    await outputs(state, () => deleteRoom(operation, saved(state)).then(() => state));
  },
});

const operation = new HostOperation();

/** What the host loads. */
export const roomShutdown = {
  configure: ({ config }: pulumi.dynamic.ConfigureRequest) => {
    operation.configure(config);
    return Promise.resolve();
  },
  ...hooksOf(operation),
} satisfies pulumi.dynamic.ResourceProvider;

/** The properties that are ours. */
function own<T extends object>(properties: T): T {
  const { __provider, ...rest } = properties as T & Loaded;
  return rest as T;
}

/** The state of a resource, if it is one of ours. */
function saved(state: RoomShutdownState): RoomShutdownState {
  return savedState(own(state));
}

/** The outputs as the engine takes them, or the error with which it keeps a resource whose shutdown has not ended well. */
async function outputs(
  given: object,
  hook: () => Promise<RoomShutdownState>,
): Promise<RoomShutdownState> {
  try {
    return plainState(await saying(hook));
  } catch (error) {
    if (!(error instanceof ShutdownUnfinishedError)) throw error;
    throw new UnfinishedResourceError(error, (given as Loaded).__provider);
  }
}

/**
 * A failure of a hook. The host writes the stack of an error to the log, which is of no use to anybody who reads there: the
 * engine shows the message.
 */
class HookError extends Error {
  constructor(message: string) {
    super(printable(message));
    this.name = "HookError";
    this.stack = "failed, see its error";
  }

  override toString(): string {
    return "a resource";
  }
}

/**
 * A failure as the engine can print it. It prints the value of the property that a failure names as it is, and looks for it
 * among the resource's own: of a nested one it prints that it has none.
 */
function printed({ property, reason }: Fault, news: Values): Fault {
  const value = news[property];
  const isNested = property.includes(".") && !Object.hasOwn(news, property);
  const isSafe = typeof value !== "string" || printable(value) === value;
  return isSafe && !isNested
    ? { property, reason: printable(reason) }
    : { property: "", reason: printable(`${property} ${reason}`) };
}

/** What a hook gives, with a message that can be printed where it fails. */
async function saying<T>(hook: () => T | Promise<T>): Promise<T> {
  try {
    return await hook();
  } catch (error) {
    if (error instanceof ShutdownUnfinishedError) throw error;
    throw new HookError(error instanceof Error ? error.message : String(error));
  }
}

/**
 * With `id`, `properties` and `reasons` the engine keeps the resource, so that the `delete_id` is not lost, and calls update
 * at the next `up`. It shows only the reasons. `__provider` has to be among the properties: without it the next operation
 * can't load the hooks.
 */
class UnfinishedResourceError extends HookError {
  readonly id: string;
  readonly properties: RoomShutdownState & Loaded;
  readonly reasons: string[];

  constructor({ state, message }: ShutdownUnfinishedError, loaded: string | undefined) {
    super(message);
    this.name = "UnfinishedResourceError";
    this.id = state.roomId;
    this.properties = {
      ...plainState(state),
      ...(loaded === undefined ? {} : { __provider: loaded }),
    };
    this.reasons = [this.message];
  }
}
