import type { DeclarationReflection } from "typedoc" with { "resolution-mode": "import" };
import { z } from "zod";
import { settingSchemas } from "../../../provider/homeserver/connection";
import { argsSchema } from "../../../provider/resource/arguments";
import { getRoomsSchema } from "../../../provider/rooms/arguments";
import { tagOf, typeText } from "./public-api";

/** What a schema says of a value: the parts of its JSON schema that the reference shows. */
export interface Schema {
  readonly type?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxBytes?: number;
  readonly properties?: Schemas;
}

/** The schemas of what an object may have, by their names. */
export type Schemas = Readonly<Record<string, Schema>>;

function schemasOf(object: z.ZodType): Schemas {
  const schema = z.toJSONSchema(object, { unrepresentable: "any" }) as Schema;
  return schema.properties ?? {};
}

/** Which values are allowed, as a comment has to say it. */
export function rangeOf({ minimum, maximum, maxBytes }: Schema): string | undefined {
  if (maxBytes !== undefined) return `at most ${digits(maxBytes)} bytes as UTF-8`;
  if (minimum === undefined) return undefined;
  const hasEnd = maximum !== undefined && maximum !== Number.MAX_SAFE_INTEGER;
  return `${digits(minimum)} ${hasEnd ? `to ${digits(maximum)}` : "or more"}`;
}

function digits(number: number): string {
  return number.toLocaleString("en-US");
}

/** What is said of a property before its text: its type, and what its schema allows, if values of it are given. */
export function facts(property: DeclarationReflection, schema?: Schema): string[] {
  const { type, ...limits } = schema ?? {};
  const allowed = [type === "integer" ? "whole" : undefined, rangeOf(limits)];
  const byDefault = tagOf(property, "@defaultValue");
  const all = [
    `\`${typeText(property.type)}\``,
    allowed.filter((part) => part !== undefined).join(", "),
    schema !== undefined && !property.flags.isOptional ? "required" : "",
    byDefault === undefined ? "" : `default: ${byDefault}`,
  ];
  return all.filter((fact) => fact !== "");
}

/** The schemas of all that has one. */
export const schemas = {
  args: schemasOf(argsSchema),
  getRooms: schemasOf(getRoomsSchema),
  settings: schemasOf(z.object(settingSchemas)),
};
