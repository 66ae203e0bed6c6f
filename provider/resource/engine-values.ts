// What is peculiar to how the engine's dynamic-provider host passes values.

/**
 * How the engine writes a value that is not known yet, whatever its type, in check and in diff.
 * `rpc.unknownValue` of @pulumi/pulumi, which is not exported.
 */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Whether a value, whatever its type, is one that is not known yet. */
export function isUnknown(value: unknown): boolean {
  return value === unknownValue;
}

/** Whether something in a value is not known yet. */
export function hasUnknown(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return isUnknown(value);
  return Object.values(value).some(hasUnknown);
}

/** A value in which all that is not known yet is as in another one: they differ only in what is known. */
export function fillUnknown(value: unknown, from: unknown): unknown {
  if (isUnknown(value)) return from;
  if (typeof value !== "object" || value === null) return value;
  const others = (typeof from === "object" && from !== null ? from : {}) as Record<string, unknown>;
  const filled = Object.entries(value).map(([key, item]) => [key, fillUnknown(item, others[key])]);
  return Array.isArray(value) ? filled.map(([, item]) => item) : Object.fromEntries(filled);
}

/** Marks an asset among plain values. `rpc.specialSigKey` of @pulumi/pulumi, which is not exported. */
const signature = "4dabf18193072939515e22adb298388d";

/** Plain values, each asset as its hash: what is in one, the engine hands to some hooks only. */
export function plainByHash<T extends object>(value: T): T {
  const hashed = (_: string, item: unknown) =>
    isObject(item) && item[signature] !== undefined ? item["hash"] : item;
  return JSON.parse(JSON.stringify(value, hashed)) as T;
}

/** One fault of the inputs, as the engine wants it. */
export interface Fault {
  readonly property: string;
  readonly reason: string;
}

/** As the engine takes it: `undefined` anywhere in it would break the host. */
export function plain<T extends object>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** Takes the unknown values out, so that the rest can be validated. Nested ones keep their place. */
export function splitUnknown(value: Record<string, unknown>): {
  known: Record<string, unknown>;
  unknown: Record<string, unknown>;
} {
  const known: [string, unknown][] = [];
  const unknown: [string, unknown][] = [];
  for (const [key, item] of Object.entries(value)) {
    if (item === unknownValue) {
      unknown.push([key, item]);
    } else if (isObject(item)) {
      const split = splitUnknown(item);
      known.push([key, split.known]);
      if (Object.keys(split.unknown).length > 0) unknown.push([key, split.unknown]);
    } else {
      known.push([key, item]);
    }
  }
  // fromEntries makes own properties of all keys, even of "__proto__", which is then refused like any other unknown one.
  return { known: Object.fromEntries(known), unknown: Object.fromEntries(unknown) };
}

/** Puts the unknown values back in their places. */
export function mergeUnknown(
  known: Record<string, unknown>,
  unknown: Record<string, unknown>,
): Record<string, unknown> {
  const merged = Object.entries(unknown).map(([key, item]): [string, unknown] => {
    const base = known[key];
    return [key, isObject(item) && isObject(base) ? mergeUnknown(base, item) : item];
  });
  return { ...known, ...Object.fromEntries(merged) };
}

/** Whether a value is an object with properties. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
