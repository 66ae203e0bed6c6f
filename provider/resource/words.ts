import { isDeepStrictEqual } from "node:util";

/** Some of a list of ids: enough to begin with. */
export function list(ids: readonly string[]): string {
  const shown = ids.slice(0, 10).join(", ");
  return ids.length > 10 ? `${shown} and ${ids.length - 10} more` : shown;
}

/** A noun for as many as there are. */
export function plural(count: number, word: string): string {
  return count === 1 ? word : `${word}s`;
}

/** A text that is somebody else's, no longer than one likes to read. */
export function quote(text: string): string {
  if (text === "") return "empty";
  const characters = Array.from(text);
  const shown = characters.length > 80 ? `${characters.slice(0, 80).join("")}...` : text;
  return JSON.stringify(shown);
}

/** The properties in which two objects differ. */
export function differing(one: object, other: object): string[] {
  const values = (object: object) => object as Record<string, unknown>;
  return Object.keys({ ...one, ...other }).filter(
    (name) => !isDeepStrictEqual(values(one)[name], values(other)[name]),
  );
}

/** Where an open problem of Synapse is told. */
export function synapseIssue(number: number): string {
  return `https://github.com/element-hq/synapse/issues/${number}`;
}

/**
 * A text as it can be printed: ids, names and the words of a server are somebody else's. What would break a line, turn it
 * round, hide in it or colour it is escaped: control and format characters, other blanks than the usual one, and the engine's
 * own markup.
 */
export function printable(text: string): string {
  const isBlank = String.raw`(?! )\p{Zs}`;
  const hidden = new RegExp(String.raw`[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|${isBlank}|(?<=<)\{(?=%)`, "gu");
  return text.replace(
    hidden,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

const units = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

/** A time in words, in the largest unit that it is a whole number of. */
export function duration(seconds: number): string {
  const [unit, size] = units.find((one) => seconds % one[1] === 0) ?? ["second", 1];
  const count = seconds / size;
  return `${count} ${plural(count, unit)}`;
}
