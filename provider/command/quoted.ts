/** A text between double quotes, as JSON reads it. What would break a line, turn it round or hide in it is escaped. */
export function quotedForJson(text: string): string {
  return quoted(text, (character) =>
    Array.from({ length: character.length }, (_, i) => hex("\\u", character.charCodeAt(i), 4)).join(
      "",
    ),
  );
}

/** The same as YAML reads it, which has an escape of its own for characters that take two units. */
export function quotedForYaml(text: string): string {
  return quoted(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0xffff ? hex("\\U", code, 8) : hex("\\u", code, 4);
  });
}

/** A room's name is somebody else's: nothing of it may get out of the quotes, and what is read must be the same to the letter. */
function quoted(text: string, escape: (character: string) => string): string {
  return JSON.stringify(text).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, escape);
}

function hex(prefix: string, code: number, digits: number): string {
  return prefix + code.toString(16).padStart(digits, "0");
}
