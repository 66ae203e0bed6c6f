// What Matrix calls rooms, users and aliases: https://spec.matrix.org/latest/appendices/#identifier-grammar

const maxIdBytes = 255;

const serverName = String.raw`(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?`;
const roomIdPattern = new RegExp(
  String.raw`^!(?:[^:\s\p{Cc}]+:${serverName}|[A-Za-z0-9_-]{43})$`,
  "u",
);
const userIdPattern = new RegExp(String.raw`^@[^:\s\p{Cc}]+:${serverName}$`, "u");
const roomAliasPattern = new RegExp(String.raw`^#[^:\s\p{Cc}]+:${serverName}$`, "u");

const isId = (pattern: RegExp, text: string) =>
  pattern.test(text) && Buffer.byteLength(text, "utf8") <= maxIdBytes;

/** Whether a text is a room id: `!opaque:server`, or `!` and 43 characters (room version 12). */
export function isRoomId(text: string): boolean {
  return isId(roomIdPattern, text);
}

/** Whether a text is a user id: `@user:server`. */
export function isUserId(text: string): boolean {
  return isId(userIdPattern, text);
}

/** Whether a text is a room alias: `#name:server`. */
export function isRoomAlias(text: string): boolean {
  return isId(roomAliasPattern, text);
}

/** Whether a text is a `delete_id` as Synapse gives it. */
export function isDeleteId(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,255}$/.test(text);
}

/** The server of a user id. */
export function serverOf(userId: string): string {
  return userId.slice(userId.indexOf(":") + 1);
}
