/** That a property which is forgotten in one of its lists does not compile: checked by `npm run typecheck`, never run. */
import type { z } from "zod";
import type { RoomShutdownProperty } from "../../provider/program/room-shutdown";
import type { SettingName } from "../../provider/program/known-settings";
import type { SynapseProviderArgs } from "../../provider/program/synapse-provider";
import type { ArgsShape, argsSchema } from "../../provider/resource/arguments";
import type { Meaning, meanings } from "../../provider/resource/changes";
import type { RoomShutdownState } from "../../provider/resource/state";

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

declare const table: typeof meanings;
declare const schemas: (typeof argsSchema)["shape"];
declare const more: z.ZodString;

// The class, the schema and the table of meanings have the same properties, and so has the state.
table satisfies Record<RoomShutdownProperty, Meaning>;
schemas satisfies ArgsShape;
true satisfies Same<keyof RoomShutdownState, RoomShutdownProperty>;

// A setting that the connection reads is known to the program's side, and an argument of the explicit provider.
true satisfies Same<SettingName, keyof SynapseProviderArgs>;

declare const { wait, ...withoutWait }: typeof meanings;
// @ts-expect-error an argument without a meaning
withoutWait satisfies Record<RoomShutdownProperty, Meaning>;
declare const { deleteId, ...withoutDeleteId }: typeof meanings;
// @ts-expect-error an output without a meaning
withoutDeleteId satisfies Record<RoomShutdownProperty, Meaning>;
declare const { purge, ...withoutPurge }: (typeof argsSchema)["shape"];
// @ts-expect-error an argument without a schema
withoutPurge satisfies ArgsShape;
// @ts-expect-error a schema without an argument
({ ...schemas, prune: more }) satisfies ArgsShape;
