import { z } from "zod";
import type { RoomSnapshot } from "../program/room-shutdown";

/**
 * How the engine writes a value that is not known yet, whatever its type, in check and in diff.
 * `rpc.unknownValue` of @pulumi/pulumi, which is not exported.
 */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** One fault of the inputs, as the engine wants it. */
export interface Fault {
  readonly property: string;
  readonly reason: string;
}

const maxMessageBytes = 60_000;
const maxIdBytes = 255;
const maxAttempts = 10;
const attemptsAfterFirst = Array.from({ length: maxAttempts - 1 }, (_, i) => i + 2);
const maxWaitSeconds = 7 * 24 * 3600; // Synapse forgets a finished task after seven days.

const serverName = String.raw`(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?`;
const roomIdPattern = new RegExp(
  String.raw`^!(?:[^:\s\p{Cc}]+:${serverName}|[A-Za-z0-9_-]{43})$`,
  "u",
);
const userIdPattern = new RegExp(String.raw`^@[^:\s\p{Cc}]+:${serverName}$`, "u");

function show(value: unknown): string {
  if (typeof value === "string")
    return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}...` : value);
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  return `${value as number | boolean | undefined}`;
}

const mustBe = (what: string) => ({
  error: (issue: { input?: unknown }) => `must be ${what}, but is ${show(issue.input)}.`,
});

const bytes = (text: string) => Buffer.byteLength(text, "utf8");

const boolean = z.boolean(mustBe("true or false"));
const text = z.string(mustBe("a string")).min(1, "is empty: leave it out to get the server's own.");
const userId = z
  .string(mustBe("a user id, @user:server"))
  .refine(
    (id) => userIdPattern.test(id) && bytes(id) <= maxIdBytes,
    mustBe("a user id, @user:server, of at most 255 bytes"),
  );

function roomIdReason({ input }: { input?: unknown }): string {
  const hint =
    typeof input === "string" && input.startsWith("#")
      ? " This is an alias: declare it as roomAlias."
      : "";
  return `must be a room id, !opaque:server or "!" and 43 letters, digits, "-" or "_", of at most 255 bytes, but is ${show(input)}.${hint}`;
}

const roomId = z
  .string({ error: roomIdReason })
  .refine((id) => roomIdPattern.test(id) && bytes(id) <= maxIdBytes, { error: roomIdReason });

const roomAliasPattern = new RegExp(String.raw`^#[^:\s\p{Cc}]+:${serverName}$`, "u");
const roomAlias = z
  .string(mustBe("a room alias, #name:server"))
  .refine(
    (alias) => roomAliasPattern.test(alias) && bytes(alias) <= maxIdBytes,
    mustBe("a room alias, #name:server, of at most 255 bytes"),
  );

/** The options of one delete call, each of them optional and without default. */
const options = {
  block: boolean.exactOptional(),
  purge: boolean.exactOptional(),
  forcePurge: boolean.exactOptional(),
  newRoomUserId: userId.exactOptional(),
  roomName: text.exactOptional(),
  message: text
    .refine((message) => bytes(message) <= maxMessageBytes, {
      error: ({ input }) =>
        `has ${bytes(input as string)} bytes as UTF-8; at most ${maxMessageBytes} are allowed, since an event of the room can't hold more.`,
    })
    .exactOptional(),
};

const members = z
  .number(mustBe("a whole number, 0 or more"))
  .refine((count) => Number.isInteger(count) && count >= 0, {
    ...mustBe("a whole number, 0 or more"),
  });

const orNone = (schema: z.ZodType<string>, what: string) =>
  z
    .string(mustBe(what))
    .refine((value) => value === "" || schema.safeParse(value).success, mustBe(what))
    .exactOptional();

/** What a room can be expected to be like. An empty string: it has none. */
const expectations = {
  name: z.string(mustBe("a string")).exactOptional(),
  canonicalAlias: orNone(roomAlias, 'a room alias, #name:server, or "" for none'),
  creator: orNone(userId, 'a user id, @user:server, or "" for none'),
  maxJoinedMembers: members.exactOptional(),
  maxLocalMembers: members.exactOptional(),
};

/**
 * Defaults that neither a preview nor the inputs of a state show: they matter only where a program sets something else. The
 * outputs have them.
 */
const quietDefaults = {
  forcePurge: false,
  unblockOnDelete: false,
  allowUnknownRoom: false,
  quarantineMedia: false,
  wait: true,
  waitTimeoutSeconds: 3600,
  maxAttempts: 1,
};

const argsSchema = z.strictObject({
  ...options,
  roomId: roomId.exactOptional(), // One of the two is required, but it may be unknown: see contradictions.
  roomAlias: roomAlias.exactOptional(),
  block: boolean.default(false),
  purge: boolean.default(true),
  forcePurge: boolean.default(quietDefaults.forcePurge),
  runOn: z
    .enum(["create", "delete", "both"], mustBe('"create", "delete" or "both"'))
    .default("create"),
  onDelete: z
    .strictObject(options, {
      error: objectReason("onDelete", options, "the overrides of the shutdown that runs on delete"),
    })
    .exactOptional(),
  expect: z
    .strictObject(expectations, {
      error: objectReason("expect", expectations, "what the room must be like"),
    })
    .exactOptional(),
  unblockOnDelete: boolean.default(quietDefaults.unblockOnDelete),
  allowUnknownRoom: boolean.default(quietDefaults.allowUnknownRoom),
  quarantineMedia: boolean.default(quietDefaults.quarantineMedia),
  wait: boolean.default(quietDefaults.wait),
  waitTimeoutSeconds: z
    .number(mustBe(`a whole number of seconds, 1 to ${maxWaitSeconds}`))
    .refine((seconds) => Number.isInteger(seconds) && seconds >= 1 && seconds <= maxWaitSeconds, {
      ...mustBe(`a whole number of seconds, 1 to ${maxWaitSeconds}`),
    })
    .default(quietDefaults.waitTimeoutSeconds),
  maxAttempts: z
    .number(mustBe(`a whole number, 1 to ${maxAttempts}`))
    .refine((attempts) => Number.isInteger(attempts) && attempts >= 1 && attempts <= maxAttempts, {
      ...mustBe(`a whole number, 1 to ${maxAttempts}`),
    })
    .default(quietDefaults.maxAttempts),
  triggers: z.array(z.unknown(), mustBe("a list of any values")).exactOptional(),
  adoptDeleteId: z
    .string(mustBe("a delete_id"))
    .refine(
      (id) => /^[A-Za-z0-9_-]{1,255}$/.test(id),
      mustBe("a delete_id as Synapse gives it, letters and digits"),
    )
    .exactOptional(),
});

/** What the review found out about the target. It is frozen in the inputs of the resource. */
export interface Reviewed {
  readonly roomId: string;
  readonly serverName: string;
  readonly homeserverUrl: string;
  /** Absent if the homeserver did not know the room. */
  readonly room?: RoomSnapshot;
}

/** The properties that the review adds to what a program declares. */
export const reviewedProperties = ["serverName", "homeserverUrl", "room"] as const;

/** What a program declares, complete and valid. */
export type DeclaredInputs = z.output<typeof argsSchema>;

/** The inputs of a resource after check. They were not reviewed where the homeserver could not be reached. */
export type RoomShutdownInputs = DeclaredInputs & Partial<Reviewed>;

function objectReason(name: string, allowed: object, what: string) {
  return (issue: { code?: string; input?: unknown }) =>
    issue.code === "unrecognized_keys"
      ? `is not part of ${name}; allowed are ${Object.keys(allowed).join(", ")}.`
      : `must be an object with ${what}, but is ${show(issue.input)}.`;
}

/** Validates what a program declared and fills in the defaults. Unknown values pass and stay unknown. */
export function resolveInputs(declared: Record<string, unknown>): {
  inputs: Record<string, unknown>;
  faults: Fault[];
} {
  const { known, unknown } = splitUnknown(declared);
  const parsed = argsSchema.safeParse(known);
  if (!parsed.success) return { inputs: declared, faults: parsed.error.issues.flatMap(faultsOf) };
  const inputs = merge(parsed.data, unknown);
  return { inputs, faults: contradictions(inputs) };
}

/** Inputs as the engine keeps and shows them. */
export function withoutQuietDefaults(inputs: Record<string, unknown>): Record<string, unknown> {
  const isQuiet = ([name, value]: [string, unknown]) =>
    Object.hasOwn(quietDefaults, name) &&
    quietDefaults[name as keyof typeof quietDefaults] === value;
  return Object.fromEntries(Object.entries(inputs).filter((entry) => !isQuiet(entry)));
}

/** Inputs as the hooks use them: all that the engine does not keep is there again. */
export function complete<T extends object>(inputs: T): T & typeof quietDefaults {
  return { ...quietDefaults, ...inputs };
}

function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  if (issue.code !== "unrecognized_keys")
    return [{ property: issue.path.join("."), reason: issue.message }];
  const reason =
    issue.path.length > 0
      ? issue.message
      : `is not an argument of SynapseRoomShutdown; allowed are ${Object.keys(argsSchema.shape).join(", ")}.`;
  return issue.keys.map((key) => ({ property: [...issue.path, key].join("."), reason }));
}

/**
 * What is right by itself and wrong together. An unknown value is a string that equals nothing declared, and it is not
 * undefined: written with === these rules hold only where both sides are known.
 */
export function contradictions(inputs: Record<string, unknown>): Fault[] {
  const faults: Fault[] = [];
  const fault = (property: string, reason: string) => faults.push({ property, reason });

  if (inputs["roomId"] === undefined && inputs["roomAlias"] === undefined) {
    fault(
      "roomId",
      "is missing: say which room to shut down, as !opaque:server, or by its alias in roomAlias.",
    );
  }
  if (inputs["roomId"] !== undefined && inputs["roomAlias"] !== undefined) {
    fault("roomAlias", "says which room it is, and so does roomId: leave one of them out.");
  }

  const optionFaults = (
    all: Record<string, unknown>,
    own: Record<string, unknown>,
    prefix: string,
  ) => {
    const property = ["forcePurge", "purge"].find((option) => own[option] !== undefined);
    if (all["forcePurge"] === true && all["purge"] === false && property !== undefined) {
      fault(
        prefix + property,
        "contradicts the other: forcePurge needs purge. Set purge to true or leave forcePurge out.",
      );
    }
    for (const property of ["roomName", "message"]) {
      if (own[property] !== undefined && all["newRoomUserId"] === undefined) {
        fault(
          prefix + property,
          "is for the notice room, which is only made with newRoomUserId: set that too, or leave this out.",
        );
      }
    }
  };
  optionFaults(inputs, inputs, "");

  const onDelete = inputs["onDelete"];
  if (onDelete !== undefined && inputs["runOn"] === "create") {
    fault(
      "onDelete",
      'has no effect, since nothing runs on delete: set runOn to "delete" or "both", or leave onDelete out.',
    );
  } else if (isObject(onDelete)) {
    optionFaults({ ...inputs, ...onDelete }, onDelete, "onDelete.");
  }
  if (
    inputs["unblockOnDelete"] === true &&
    (inputs["block"] === false || isOneOf(inputs["runOn"], "delete", "both"))
  ) {
    fault(
      "unblockOnDelete",
      'lifts the block of a shutdown that ran on create: set block to true and runOn to "create", or leave this out.',
    );
  }
  if (inputs["wait"] === false && isOneOf(inputs["maxAttempts"], ...attemptsAfterFirst)) {
    fault(
      "maxAttempts",
      "needs wait: nobody sees that a shutdown has failed which is not waited for. Set wait to true or leave maxAttempts out.",
    );
  }
  if (inputs["adoptDeleteId"] !== undefined && inputs["runOn"] === "delete") {
    fault(
      "adoptDeleteId",
      'has no effect, since nothing runs on create: set runOn to "create" or "both", or leave this out.',
    );
  }
  return faults;
}

/** Takes the unknown values out, so that the rest can be validated. Nested ones keep their place. */
function splitUnknown(value: Record<string, unknown>): {
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

function merge(
  known: Record<string, unknown>,
  unknown: Record<string, unknown>,
): Record<string, unknown> {
  const merged = Object.entries(unknown).map(([key, item]): [string, unknown] => {
    const base = known[key];
    return [key, isObject(item) && isObject(base) ? merge(base, item) : item];
  });
  return { ...known, ...Object.fromEntries(merged) };
}

function isOneOf(value: unknown, ...allowed: unknown[]): boolean {
  return allowed.includes(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
