import type * as pulumi from "@pulumi/pulumi";
import { complete, withoutQuietDefaults, type RoomShutdownInputs } from "../resource/arguments";
import { plain, type Fault } from "../resource/engine-values";
import { savedState } from "../resource/saved-state";
import { plainState, type RoomShutdownState } from "../resource/state";
import { printable } from "../resource/words";
import { ShutdownUnfinishedError } from "../shutdown/followed-shutdown";
import { check } from "./check";
import { create } from "./create";
import { deleteRoom } from "./delete";
import { diff } from "./diff";
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
export const hooksOf = (operation: Operation) => ({
  check: async (olds: Values, news: Values): Promise<pulumi.dynamic.CheckResult<Values>> => {
    const { failures, ...result } = await check(operation, own(olds), own(news));
    if (failures === undefined) return result;
    return { ...result, failures: failures.map((failure) => printed(failure, news)) };
  },
  diff: (_id: pulumi.ID, olds: RoomShutdownState, news: RoomShutdownInputs) =>
    saying(saved(olds).then((state) => diff(operation, state, complete(own(news))))),
  create: async (inputs: RoomShutdownInputs) => {
    const outs = await outputs(inputs, create(operation, complete(own(inputs))));
    return { id: outs.roomId, outs };
  },
  read: async (id: pulumi.ID, state: RoomShutdownState) => {
    const found = await saying(saved(state).then((known) => read(operation, known)));
    if (found === "gone") return {};
    return {
      id,
      props: plainState(found.state),
      inputs: withoutQuietDefaults(plain(found.inputs)),
    };
  },
  update: async (_id: pulumi.ID, olds: RoomShutdownState, news: RoomShutdownInputs) => ({
    outs: await outputs(
      news,
      saved(olds).then((state) => update(operation, state, complete(own(news)))),
    ),
  }),
  delete: async (_id: pulumi.ID, state: RoomShutdownState) => {
    await outputs(
      state,
      saved(state)
        .then((known) => deleteRoom(operation, known))
        .then(() => state),
    );
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
async function saved(state: RoomShutdownState): Promise<RoomShutdownState> {
  return Promise.resolve(savedState(own(state)));
}

/** The outputs as the engine takes them, or the error with which it keeps a resource whose shutdown has not ended well. */
async function outputs(
  given: object,
  state: Promise<RoomShutdownState>,
): Promise<RoomShutdownState> {
  try {
    return plainState(await saying(state));
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
async function saying<T>(hook: Promise<T>): Promise<T> {
  try {
    return await hook;
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
