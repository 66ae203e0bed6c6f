import * as pulumi from "@pulumi/pulumi";
import { defaults } from "./defaults";
import type { SynapseRoomShutdownArgs } from "./room-shutdown-args";

/** What the resources of one room must agree on. */
const agreedOn = [
  "block",
  "purge",
  "forcePurge",
  "newRoomUserId",
  "roomName",
  "message",
  "quarantineMedia",
  "purgeAfterSeconds",
  "archiveFile",
] as const satisfies (keyof SynapseRoomShutdownArgs)[];

type Options = Pick<SynapseRoomShutdownArgs, (typeof agreedOn)[number]>;

interface Declared {
  readonly name: string;
  readonly args: SynapseRoomShutdownArgs;
  readonly opts: pulumi.CustomResourceOptions;
}

/** By the stack of a run of a program, and by target: what it has declared. */
const declaredBy = new WeakMap<pulumi.Resource, Map<string, Declared[]>>();

/**
 * That an earlier resource of the program wants the same room shut down in another way, as far as the program can see that:
 * where both name it in the same way, at the same homeserver, and in plain values. The hooks see the rest, but no names.
 */
export function twinFaults(
  name: string,
  args: SynapseRoomShutdownArgs,
  opts: pulumi.CustomResourceOptions,
): string[] {
  const stack = pulumi.runtime.getStackResource();
  const target = args.roomId ?? args.roomAlias;
  if (stack === undefined || typeof target !== "string") return [];
  const declared = declaredBy.get(stack) ?? new Map<string, Declared[]>();
  declaredBy.set(stack, declared);
  const earlier = declared.get(target) ?? [];
  declared.set(target, [...earlier, { name, args, opts }]);
  const isAtSameServer = (one: Declared) =>
    one.opts.provider === opts.provider && one.opts.parent === opts.parent;
  return earlier.filter(isAtSameServer).flatMap((other) => {
    const different = differing(other.args, args);
    if (different.length === 0) return [];
    return [
      `${JSON.stringify(other.name)} shuts the same room down with other options (${different.join(", ")}). One room can be shut ` +
        "down in one way only: declare it once, or with the same options.",
    ];
  });
}

function differing(one: SynapseRoomShutdownArgs, other: SynapseRoomShutdownArgs): string[] {
  const shutdowns = [
    [onCreate(one), onCreate(other)],
    [onDelete(one), onDelete(other)],
  ] as const;
  return agreedOn.filter((option) =>
    shutdowns.some(([mine, theirs]) => {
      if (mine === undefined || theirs === undefined) return false;
      const [a = defaults[option], b = defaults[option]] = [mine[option], theirs[option]];
      return isPlain(a) && isPlain(b) && a !== b;
    }),
  );
}

function onCreate(args: SynapseRoomShutdownArgs): Options | undefined {
  const { runOn = "create" } = args;
  return runOn === "create" || runOn === "both" ? args : undefined;
}

/** Undefined also where an output says how it differs from the other one. */
function onDelete(args: SynapseRoomShutdownArgs): Options | undefined {
  const { runOn, onDelete: overrides = {} } = args;
  if (runOn !== "delete" && runOn !== "both") return undefined;
  if (pulumi.Output.isInstance(overrides) || overrides instanceof Promise) return undefined;
  const { purgeAfterSeconds, ...options } = args;
  const set = Object.entries(overrides).filter(([, value]) => value !== undefined);
  return { ...options, ...Object.fromEntries(set) };
}

function isPlain(value: unknown): boolean {
  return value === undefined || ["string", "number", "boolean"].includes(typeof value);
}
