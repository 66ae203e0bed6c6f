import { isDeepStrictEqual } from "node:util";
import type * as pulumi from "@pulumi/pulumi";
import type { DeclaredInputs } from "./arguments";
import { propertiesThat } from "./changes";
import { fillUnknown, hasUnknown } from "./engine-values";
import { isUnsettled } from "./settled";

type Values = Readonly<Record<string, unknown>>;

/** What the engine wants to know, with the properties that replace the resource, if any. */
export type Differences = pulumi.dynamic.DiffResult & { readonly replaces: string[] };

/**
 * Compares the state with the new inputs, by name, and the outputs with what is declared by now (`now`). An unknown value is a change,
 * but never a replacement, since only the apply knows whether it is another one. The engine asks with unknown values, too, what a
 * replacement elsewhere could reach, and deletes that before anything is known.
 */
export function compare(olds: Values, news: Values, now: Date): Differences {
  const changed = (property: string) => !isDeepStrictEqual(olds[property], news[property]);
  const isOther = (property: string) =>
    !isDeepStrictEqual(olds[property], fillUnknown(news[property], olds[property]));
  const replaces: string[] = propertiesThat("replace where known").filter(
    (property) => news[property] !== undefined && isOther(property),
  );
  // Not resolved, because the homeserver could not be reached.
  if (news["roomId"] === undefined && isOther("roomAlias")) replaces.push("roomAlias");
  replaces.push(...propertiesThat("replace").filter(isOther));
  const isOpen = propertiesThat("replace", "replace where known").some((property) =>
    hasUnknown(news[property]),
  );
  const updates = isOpen || propertiesThat("update").some(changed);
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
