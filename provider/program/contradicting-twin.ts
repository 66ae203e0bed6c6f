import * as pulumi from "@pulumi/pulumi";
import { baseUrl } from "./base-url";
import { defaults } from "./defaults";
import { refuseProgram } from "./early-refusal";
import { isToCome, type Place } from "./homeserver-of";
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

/** What tells whether they do. */
const compared = [...agreedOn, "runOn", "onDelete", "unblockOnDelete"] as const;

type Compared = (typeof compared)[number];

type Options = Pick<SynapseRoomShutdownArgs, (typeof agreedOn)[number]>;

/** A shutdown that the program declares. */
export interface Declared {
  readonly name: string;
  readonly args: SynapseRoomShutdownArgs;
  readonly place: Place;
}

/** What identifies a room, and the outputs of what is compared. */
type Outputs = Record<"roomId" | "serverName" | Compared, pulumi.Output<unknown>>;

/**
 * What one run of a program declares, to find resources that contradict each other: it sees all of them, whatever the flags of
 * the operation and whichever provider they have. The hooks see the rest, but no names.
 */
class Declarations {
  /** By homeserver and room, as they were named or turned out to be. */
  private readonly known = new Map<string, Map<Declared, SynapseRoomShutdownArgs>>();
  private readonly places: Place[] = [];
  /** Those whose outputs are not compared so far, since that takes time in a program with many. */
  private readonly waiting: (() => void)[] = [];
  private isDoubtful = false;

  /** What contradicts earlier ones, as far as the values are known by now. What comes later is refused then. */
  faultsOf(one: Declared): string[] {
    const { args, place } = one;
    const target = args.roomId ?? args.roomAlias;
    const values = valuesOf(args, args);
    if ([target, place, ...Object.values(values)].some(isToCome)) {
      const server = isToCome(place) ? pulumi.output(place).apply(baseUrl) : this.keyOf(place);
      this.refuseOnceKnown(one, [server, target], values);
    }
    if (typeof target !== "string" || isToCome(place)) return [];
    return this.meet(one, [this.keyOf(place), target], args);
  }

  /** Compares the room that a resource turns out to have: one URL or name may hide behind another. */
  compareOutputs(one: Declared, outputs: Outputs): void {
    const { unblockOnDelete = false } = one.args;
    if (!this.places.includes(one.place)) this.places.push(one.place);
    this.isDoubtful ||= this.places.length > 1 || unblockOnDelete !== false;
    this.waiting.push(() => {
      const { serverName, roomId } = outputs;
      this.refuseOnceKnown(one, [serverName, roomId], valuesOf(one.args, outputs));
    });
    if (this.isDoubtful) for (const compare of this.waiting.splice(0)) compare();
  }

  private refuseOnceKnown(one: Declared, room: unknown[], values: object): void {
    pulumi.all([room, values]).apply(([key, args]) => {
      refuseProgram(`SynapseRoomShutdown ${JSON.stringify(one.name)}`, this.meet(one, key, args));
    });
  }

  private meet(one: Declared, room: unknown[], args: SynapseRoomShutdownArgs): string[] {
    const key = JSON.stringify(room);
    const there = this.known.get(key) ?? new Map<Declared, SynapseRoomShutdownArgs>();
    this.known.set(key, there.set(one, args));
    const faults = [...there].flatMap(([other, theirs]) =>
      other === one ? [] : contradictions(other.name, theirs, args),
    );
    return faults.slice(0, 1); // Hundreds can be of one room.
  }

  private keyOf(place: Place): string | number {
    if (typeof place === "string") return place;
    if (!this.places.includes(place)) this.places.push(place);
    return this.places.indexOf(place);
  }
}

/** What is compared of a resource, of what it declares. */
function valuesOf(args: SynapseRoomShutdownArgs, values: Partial<Record<Compared, unknown>>) {
  const declared = compared.filter((option) => args[option] !== undefined);
  return Object.fromEntries(declared.map((option) => [option, values[option]]));
}

const declaredBy = new WeakMap<pulumi.Resource, Declarations>();

/** What the program of this stack has declared so far in this run. */
export function declarations(): Declarations | undefined {
  const stack = pulumi.runtime.getStackResource();
  if (stack === undefined) return undefined;
  const known = declaredBy.get(stack) ?? new Declarations();
  declaredBy.set(stack, known);
  return known;
}

/** What two resources of one room can't both have. */
function contradictions(
  name: string,
  theirs: SynapseRoomShutdownArgs,
  mine: SynapseRoomShutdownArgs,
): string[] {
  const other = JSON.stringify(name);
  const different = differing(theirs, mine);
  if (different.length > 0) {
    return [
      `${other} shuts the same room down with other options (${different.join(", ")}). One room can be shut down in one way ` +
        "only: declare it once, or with the same options.",
    ];
  }
  const isLifted = [theirs, mine].some(({ unblockOnDelete }) => unblockOnDelete === true);
  const areBlocked = [theirs, mine].every((args) => onCreate(args)?.block === true);
  if (!isLifted || !areBlocked) return [];
  return [
    `${other} blocks the same room, so unblockOnDelete would lift a block that is still declared: declare the room once, or ` +
      "leave unblockOnDelete out.",
  ];
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
