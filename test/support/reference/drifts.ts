import { rangeOf, schemas, type Schema, type Schemas } from "./facts";
import { tagOf, textOf, type PublicApi } from "./public-api";

/** What a comment says of an argument. */
interface Told {
  readonly text: string;
  /** The content of `@defaultValue`: a value as code, or words for what happens without one. */
  readonly byDefault?: string | undefined;
}

/** Where a comment says something else than the schema, or lacks. */
export function driftsOf({ text, byDefault }: Told, schema: Schema = {}): string[] {
  const found: string[] = [];
  if (text === "") found.push("has no TSDoc");
  if (/\bdefaults?\b/i.test(text)) {
    found.push("tells its default in the text, not by @defaultValue");
  }
  const value = schema.default === undefined ? undefined : `\`${JSON.stringify(schema.default)}\``;
  if (byDefault !== value && (value !== undefined || byDefault?.startsWith("`"))) {
    found.push(`has the default ${value ?? "none"}, but in the TSDoc ${byDefault ?? "none"}`);
  }
  const range = rangeOf(schema);
  const told = rangeTold(text);
  if (told !== range) found.push(`allows ${range ?? "any"}, but in the TSDoc ${told ?? "any"}`);
  return found;
}

/** The range that a text tells. */
export function rangeTold(text: string): string | undefined {
  return /\d[\d,]* to [\d,]*\d|\d+ or more|at most [\d,]+ bytes as UTF-8/.exec(text)?.[0];
}

/** Where the comments of all that the reference shows say something else than the code, or lack. */
export function allDrifts(api: PublicApi): string[] {
  const driftsIn = (owner: string, its: Schemas = {}, properties = api.properties(owner)) =>
    properties.flatMap((property) => {
      const told = { text: textOf(property), byDefault: tagOf(property, "@defaultValue") };
      const drifts = driftsOf(told, its[property.name]);
      return drifts.map((drift) => `${owner}.${property.name} ${drift}.`);
    });
  return [
    ...driftsIn("SynapseRoomShutdownArgs", schemas.args),
    ...driftsIn("RoomExpectations", schemas.args["expect"]?.properties),
    ...driftsIn("SynapseRoomShutdown", {}, api.outputs()),
    ...driftsIn("RoomSnapshot"),
    ...driftsIn("RoomArchive"),
    ...driftsIn("SynapseProviderArgs", schemas.settings),
    ...driftsIn("GetRoomsArgs", schemas.getRooms),
    ...driftsIn("GetRoomsOptions"),
    ...driftsIn("FoundRoom"),
  ];
}
