import { isDeepStrictEqual } from "node:util";
import type * as pulumi from "@pulumi/pulumi";
import type { DeclaredInputs } from "./arguments";
import { propertiesThat } from "./changes";
import { isUnsettled } from "./settled";

type Values = Readonly<Record<string, unknown>>;

/** What the engine wants to know, with the properties that replace the resource, if any. */
export type Differences = pulumi.dynamic.DiffResult & { readonly replaces: string[] };

/**
 * Compares the state with the new inputs, by name, and the outputs with what is declared by now (`now`). An unknown value counts as
 * changed: the engine asks with unknown values to learn whether a change elsewhere could reach this resource.
 */
export function compare(olds: Values, news: Values, now: Date): Differences {
  const changed = (property: string) => !isDeepStrictEqual(olds[property], news[property]);
  const replaces: string[] = propertiesThat("replace where known").filter(
    (property) => news[property] !== undefined && changed(property),
  );
  // Not known yet, or not resolved because the homeserver could not be reached.
  if (news["roomId"] === undefined && changed("roomAlias")) replaces.push("roomAlias");
  replaces.push(...propertiesThat("replace").filter(changed));
  const updates = propertiesThat("update").some(changed);
  const recorded = propertiesThat("update before delete").some(changed);
  return {
    changes:
      replaces.length > 0 ||
      updates ||
      (news["runOn"] !== "create" && recorded) ||
      isUnsettled(olds, news as DeclaredInputs, now),
    replaces,
    deleteBeforeReplace: true, // Old and new would act on the same room.
  };
}
