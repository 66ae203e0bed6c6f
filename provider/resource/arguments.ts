import { z } from "zod";
import { isDeleteId, isRoomAlias, isUserId, roomIdFault } from "../synapse/ids";
import { defaults } from "../program/defaults";
import type { RoomShutdownProperty } from "../program/room-shutdown";
import type {
  RoomExpectations,
  RoomSnapshot,
  ShutdownOptions,
  SynapseRoomShutdownArgs,
} from "../program/room-shutdown-args";

const maxMessageBytes = 60_000;
const mostAttempts = 10;

/** What `maxAttempts` can be besides its default. */
export const attemptsAfterFirst = Array.from({ length: mostAttempts - 1 }, (_, i) => i + 2);

const maxPurgeAfterSeconds = 10 * 365 * 24 * 3600;
const maxWaitSeconds = 7 * 24 * 3600; // Synapse forgets a finished task after seven days.

/** What kind of value it is. The value itself may be a secret: the engine shows it, or hides it. */
function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (value === "") return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return "another text";
  return typeof value === "object" ? "an object" : `another ${typeof value}`;
}

export const mustBe = (what: string) => ({
  error: ({ input }: { input?: unknown }) => `must be ${what}, but is ${kindOf(input)}.`,
});

const bytes = (text: string) => Buffer.byteLength(text, "utf8");

export const boolean = z.boolean(mustBe("true or false"));
const text = z.string(mustBe("a string")).min(1, "is empty: leave it out to get the server's own.");
export const userId = z
  .string(mustBe("a user id, @user:server"))
  .refine(isUserId, mustBe("a user id, @user:server, of at most 255 bytes"));

function roomIdReason({ input }: { input?: unknown }): string {
  const what =
    'must be a room id, !opaque:server or "!" and 43 letters, digits, "-" or "_" (room version 12)';
  if (typeof input !== "string") return `${what}, but is ${kindOf(input)}.`;
  const hint = input.startsWith("#") ? " This is an alias: declare it as roomAlias." : "";
  return `${what}, but is another text: ${roomIdFault(input) ?? ""}.${hint}`;
}

export const roomId = z
  .string({ error: roomIdReason })
  .refine((id) => roomIdFault(id) === undefined, { error: roomIdReason });

const roomAlias = z
  .string(mustBe("a room alias, #name:server"))
  .refine(isRoomAlias, mustBe("a room alias, #name:server, of at most 255 bytes"));

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
    .meta({ maxBytes: maxMessageBytes })
    .exactOptional(),
} satisfies Record<keyof ShutdownOptions, z.ZodType>;

export function wholeNumber(what: string, least: number, most?: number) {
  const fault = { ...mustBe(what), abort: true };
  const number = z.int(fault).min(least, fault);
  return most === undefined ? number : number.max(most, fault);
}

const members = wholeNumber("a whole number, 0 or more", 0);

/** Whether a path names something in a folder: that is not the folder itself, and the file system can take it. */
function isFilePath(path: string): boolean {
  const name = path.split(/[\\/]/).at(-1) ?? "";
  return !["", ".", ".."].includes(name) && !path.includes("\0");
}

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
} satisfies Record<keyof RoomExpectations, z.ZodType>;

const { forcePurge, unblockOnDelete, allowUnknownRoom, quarantineMedia } = defaults;
const { wait, waitTimeoutSeconds, maxAttempts } = defaults;
/**
 * Defaults that neither a preview nor the inputs of a state show: they matter only where a program sets something else. The
 * outputs have them.
 */
const quietDefaults = {
  forcePurge,
  unblockOnDelete,
  allowUnknownRoom,
  quarantineMedia,
  wait,
  waitTimeoutSeconds,
  maxAttempts,
};

/** Every argument of the class, and each of them one of its outputs too: what is forgotten does not compile. */
export type ArgsShape = {
  [Name in keyof SynapseRoomShutdownArgs]-?: Name extends RoomShutdownProperty ? z.ZodType : never;
};

const args = {
  ...options,
  roomId: roomId.exactOptional(), // One of the two is required, but it may be unknown: see contradictions.
  roomAlias: roomAlias.exactOptional(),
  block: boolean.default(defaults.block),
  purge: boolean.default(defaults.purge),
  forcePurge: boolean.default(quietDefaults.forcePurge),
  runOn: z
    .enum(["create", "delete", "both"], mustBe('"create", "delete" or "both"'))
    .default(defaults.runOn),
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
  archiveFile: z
    .string(mustBe("the path of a file"))
    .refine(isFilePath, mustBe("the path of a file, relative to the Pulumi project"))
    .exactOptional(),
  wait: boolean.default(quietDefaults.wait),
  waitTimeoutSeconds: wholeNumber(
    `a whole number of seconds, 1 to ${maxWaitSeconds}`,
    1,
    maxWaitSeconds,
  ).default(quietDefaults.waitTimeoutSeconds),
  maxAttempts: wholeNumber(`a whole number, 1 to ${mostAttempts}`, 1, mostAttempts).default(
    quietDefaults.maxAttempts,
  ),
  purgeAfterSeconds: wholeNumber(
    `a whole number of seconds, 1 to ${maxPurgeAfterSeconds}`,
    1,
    maxPurgeAfterSeconds,
  ).exactOptional(),
  triggers: z.array(z.unknown(), mustBe("a list of any values")).exactOptional(),
  adoptDeleteId: z
    .string(mustBe("a delete_id"))
    .refine(isDeleteId, mustBe("a delete_id as Synapse gives it, letters and digits"))
    .exactOptional(),
} satisfies ArgsShape;

/** The arguments, each by itself. What is wrong together is found by `contradictions`. */
export const argsSchema = z.strictObject(args);

/** The names of the arguments. */
export const argNames = Object.keys(args) as (keyof typeof args)[];

/** What the review found out about the target. It is frozen in the inputs of the resource. */
export type Reviewed = {
  readonly roomId: string;
  readonly serverName: string;
  readonly homeserverUrl: string;
  /**
   * Absent if the homeserver did not know the room. The inputs hold its identity only: numbers that change by the minute can't
   * be held to in an `up` with a plan. The state has them.
   */
  readonly room?: RoomSnapshot;
};

/** What a program declares, complete and valid. */
export type DeclaredInputs = z.output<typeof argsSchema>;

/** The inputs of a resource after check. They were not reviewed where the homeserver could not be reached. */
export type RoomShutdownInputs = DeclaredInputs & Partial<Reviewed>;

function objectReason(name: string, allowed: object, what: string) {
  return (issue: { code?: string; input?: unknown }) =>
    issue.code === "unrecognized_keys"
      ? `is not part of ${name}; allowed are ${Object.keys(allowed).join(", ")}.`
      : `must be an object with ${what}, but is ${kindOf(issue.input)}.`;
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
