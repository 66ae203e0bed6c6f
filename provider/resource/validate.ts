import type { z } from "zod";
import { argsSchema, attemptsAfterFirst } from "./arguments";
import { isObject, mergeUnknown, splitUnknown, unknownValue, type Fault } from "./engine-values";

type Values = Readonly<Record<string, unknown>>;

/**
 * Validates what a program declared and fills in the defaults. Unknown values pass and stay unknown. What is wrong together is
 * told together with what is wrong by itself, which might as well be anything there.
 */
export function resolveInputs(declared: Record<string, unknown>): {
  inputs: Record<string, unknown>;
  faults: Fault[];
} {
  const { known, unknown } = splitUnknown(declared);
  const parsed = argsSchema.safeParse(known);
  if (parsed.success) {
    const inputs = mergeUnknown(parsed.data, unknown);
    return { inputs, faults: contradictions(inputs) };
  }
  const paths = parsed.error.issues.flatMap(pathsOf);
  const { faults } = resolveInputs(paths.reduce(withoutFault, declared));
  return { inputs: declared, faults: [...parsed.error.issues.flatMap(faultsOf), ...faults] };
}

/** Where a fault is, and whether that is no place for any value. */
interface FaultPath {
  readonly path: readonly string[];
  readonly isSuperfluous: boolean;
}

function pathsOf({ path: at, ...issue }: z.core.$ZodIssue): FaultPath[] {
  const path = at.map(String);
  return issue.code === "unrecognized_keys"
    ? issue.keys.map((key) => ({ path: [...path, key], isSuperfluous: true }))
    : [{ path, isSuperfluous: false }];
}

/** Values without what is wrong at a place: unknown there, or not there at all. */
function withoutFault(
  values: Record<string, unknown>,
  { path: [key = "", ...path], isSuperfluous }: FaultPath,
): Record<string, unknown> {
  const others = Object.entries(values).filter(([name]) => name !== key);
  const inner = values[key];
  if (path.length > 0 && isObject(inner)) {
    others.push([key, withoutFault(inner, { path, isSuperfluous })]);
  } else if (!isSuperfluous) {
    others.push([key, unknownValue]);
  }
  return Object.fromEntries(others);
}

function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  if (issue.code !== "unrecognized_keys") {
    return [{ property: issue.path.join("."), reason: issue.message }];
  }
  const reason =
    issue.path.length > 0
      ? issue.message
      : `is not an argument of SynapseRoomShutdown; allowed are ${Object.keys(argsSchema.shape).join(", ")}.`;
  return pathsOf(issue).map(({ path }) => ({ property: path.join("."), reason }));
}

/**
 * What is right by itself and wrong together. An unknown value is a string that equals nothing declared, and it is not
 * undefined: written with === these rules hold only where both sides are known.
 */
export function contradictions(inputs: Values): Fault[] {
  return [
    ...targetFaults(inputs),
    ...optionFaults(inputs, inputs, ""),
    ...onDeleteFaults(inputs),
    ...runFaults(inputs),
  ];
}

function targetFaults({ roomId, roomAlias }: Values): Fault[] {
  if (roomId === undefined && roomAlias === undefined) {
    const reason =
      "is missing: say which room to shut down, as !opaque:server, or by its alias in roomAlias.";
    return [{ property: "roomId", reason }];
  }
  if (roomId !== undefined && roomAlias !== undefined) {
    const reason = "says which room it is, and so does roomId: leave one of them out.";
    return [{ property: "roomAlias", reason }];
  }
  return [];
}

/** Faults among the options of one delete call. `own`: those that are declared at this place. */
function optionFaults(all: Values, own: Values, prefix: string): Fault[] {
  const faults: Fault[] = [];
  const property = ["forcePurge", "purge"].find((option) => own[option] !== undefined);
  if (all["forcePurge"] === true && all["purge"] === false && property !== undefined) {
    const reason =
      "contradicts the other: forcePurge needs purge. Set purge to true or leave forcePurge out.";
    faults.push({ property: prefix + property, reason });
  }
  for (const property of ["roomName", "message"]) {
    if (own[property] !== undefined && all["newRoomUserId"] === undefined) {
      const reason =
        "is for the notice room, which is only made with newRoomUserId: set that too, or leave this out.";
      faults.push({ property: prefix + property, reason });
    }
  }
  return faults;
}

function onDeleteFaults(inputs: Values): Fault[] {
  const { onDelete, runOn } = inputs;
  if (onDelete !== undefined && runOn === "create") {
    const reason =
      'has no effect, since nothing runs on delete: set runOn to "delete" or "both", or leave onDelete out.';
    return [{ property: "onDelete", reason }];
  }
  return isObject(onDelete) ? optionFaults({ ...inputs, ...onDelete }, onDelete, "onDelete.") : [];
}

/** Faults among what says when and how a shutdown runs. */
function runFaults(inputs: Values): Fault[] {
  const faults: Fault[] = [];
  const { unblockOnDelete, block, runOn, wait, maxAttempts, adoptDeleteId } = inputs;
  const runsOnDelete = runOn === "delete" || runOn === "both";
  if (unblockOnDelete === true && (block === false || runsOnDelete)) {
    const reason =
      'lifts the block of a shutdown that ran on create: set block to true and runOn to "create", or leave this out.';
    faults.push({ property: "unblockOnDelete", reason });
  }
  if (wait === false && attemptsAfterFirst.some((attempts) => attempts === maxAttempts)) {
    const reason =
      "needs wait: nobody sees that a shutdown has failed which is not waited for. Set wait to true or leave maxAttempts out.";
    faults.push({ property: "maxAttempts", reason });
  }
  if (
    inputs["purgeAfterSeconds"] !== undefined &&
    (inputs["purge"] === false || runOn === "delete")
  ) {
    const reason =
      'has the room purged some time after a shutdown on create: it needs purge, and runOn "create" or "both". Leave it out otherwise.';
    faults.push({ property: "purgeAfterSeconds", reason });
  }
  if (adoptDeleteId !== undefined && runOn === "delete") {
    const reason =
      'has no effect, since nothing runs on create: set runOn to "create" or "both", or leave this out.';
    faults.push({ property: "adoptDeleteId", reason });
  }
  return faults;
}
