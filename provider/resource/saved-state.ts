import { z } from "zod";
import { argsSchema, complete, type DeclaredInputs, type Reviewed } from "./arguments";
import type { OutcomeProperty } from "./changes";
import { roomSnapshotSchema } from "./room-snapshot";
import type { RoomShutdownState } from "./state";

const text = z.string();
const texts = z.array(text);
const count = z.number().exactOptional();
const { block, purge, runOn } = argsSchema.shape;

const reviewed = {
  roomId: text,
  serverName: text,
  homeserverUrl: text,
  room: roomSnapshotSchema.exactOptional(),
} satisfies Record<keyof Reviewed, z.ZodType>;

const outcome = {
  deleteId: text.exactOptional(),
  previousDeleteIds: texts.exactOptional(),
  status: text.exactOptional(),
  kickedUsers: texts.exactOptional(),
  failedToKickUsers: texts.exactOptional(),
  localAliases: texts.exactOptional(),
  newRoomId: text.exactOptional(),
  blocked: z.boolean().exactOptional(),
  purged: z.boolean().exactOptional(),
  purgeDueAt: text.exactOptional(),
  quarantinedMedia: count,
  archive: z
    .object({ file: text, sha256: text, events: z.number(), bytes: z.number() })
    .exactOptional(),
} satisfies Record<OutcomeProperty, z.ZodType>;

/** The arguments that are always there, and those that are reckoned with. Check has validated all of them. */
const declared = {
  block: block.unwrap(),
  purge: purge.unwrap(),
  runOn: runOn.unwrap(),
  waitTimeoutSeconds: count,
  maxAttempts: count,
  purgeAfterSeconds: count,
} satisfies { [Name in keyof DeclaredInputs]?: z.ZodType };

const stateSchema = z
  .looseObject({ ...reviewed, ...declared, ...outcome })
  .superRefine((state, context) => {
    for (const [property, value] of Object.entries(state)) {
      if (value === null) context.addIssue({ code: "custom", path: [property] });
    }
  });

/**
 * The state that the engine gives, which need not be one of ours: the option `aliases` can bring that of another resource, and
 * `id` the inputs in its place. What it has no value of, since an earlier version wrote it, has its default.
 * @throws Error that names what is missing.
 */
export function savedState(properties: RoomShutdownState): RoomShutdownState {
  const { error } = stateSchema.safeParse(properties);
  if (error === undefined) return complete(properties);
  const values: Readonly<Record<string, unknown>> = properties;
  const faults = [...new Set(error.issues.map(({ path: [name = ""] }) => String(name)))].map(
    (name) => `${name} ${(values[name] ?? undefined) === undefined ? "is missing" : "is wrong"}`,
  );
  throw new Error(
    `The state of this resource was not written by SynapseRoomShutdown: ${faults.join(", ")}. Nothing was done. If the program ` +
      "looks the resource up (the option id), or takes over another one (aliases), leave that out. If the state was edited, " +
      "`pulumi state delete` takes the resource out of it and does nothing to the room; the next preview reviews it as a new one.",
  );
}
