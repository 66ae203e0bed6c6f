import { isDeepStrictEqual } from "node:util";
import type * as pulumi from "@pulumi/pulumi";
import type { DeclaredInputs } from "./arguments";
import { isUnsettled } from "./state";

/** A change of these is another shutdown. They are absent where a preview could not find them out. */
const replacing = ["roomId", "serverName"];

/** A change of these is an update. Guards and wait settings are not compared: they change nothing that has happened. */
const updating = [
  "roomAlias",
  "block",
  "purge",
  "forcePurge",
  "newRoomUserId",
  "roomName",
  "message",
  "runOn",
  "onDelete",
  "unblockOnDelete",
  "quarantineMedia",
  "adoptDeleteId",
];

/** Except for a shutdown that is still to run on delete: the delete hook gets the outputs, so they have to be recorded. */
const forDelete = ["expect", "allowUnknownRoom", "wait", "waitTimeoutSeconds", "maxAttempts"];

/** What the engine wants to know, with the properties that replace the resource, if any. */
export type Diff = pulumi.dynamic.DiffResult & { readonly replaces: string[] };

/**
 * Compares the state with the new inputs, by name, and the outputs with what is declared. An unknown value counts as
 * changed: the engine asks with unknown values to learn whether a change elsewhere could reach this resource.
 */
export function diff(olds: Record<string, unknown>, news: Record<string, unknown>): Diff {
  const changed = (property: string) => !isDeepStrictEqual(olds[property], news[property]);
  const replaces = replacing.filter(
    (property) => news[property] !== undefined && changed(property),
  );
  // Not known yet, or not resolved because the homeserver could not be reached.
  if (news["roomId"] === undefined && changed("roomAlias")) replaces.push("roomAlias");
  if (changed("triggers")) replaces.push("triggers");
  const compared = news["runOn"] === "create" ? updating : [...updating, ...forDelete];
  return {
    changes:
      replaces.length > 0 || compared.some(changed) || isUnsettled(olds, news as DeclaredInputs),
    replaces,
    deleteBeforeReplace: true, // Old and new would act on the same room.
  };
}
