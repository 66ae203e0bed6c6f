import { isIPv6 } from "node:net";

// What Matrix calls rooms, users and aliases: https://spec.matrix.org/latest/appendices/#identifier-grammar
// Rooms are older than the grammar, so what counts for their ids is what Synapse itself takes (RoomID.is_valid).

const maxIdBytes = 255;

const serverName = String.raw`(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?`;
const userIdPattern = new RegExp(String.raw`^@[^:\s\p{Cc}]+:${serverName}$`, "u");
const roomAliasPattern = new RegExp(String.raw`^#[^:\s\p{Cc}]+:${serverName}$`, "u");

const isId = (pattern: RegExp, text: string) =>
  pattern.test(text) && Buffer.byteLength(text, "utf8") <= maxIdBytes;

/** What is wrong with a room id, or undefined if Synapse accepts it. Rooms of version 12 have no server in their id. */
export function roomIdFault(text: string): string | undefined {
  if (!text.startsWith("!")) return 'it does not begin with "!"';
  if (/\p{Cs}/u.test(text)) return "half of a character is missing in it";
  const colon = text.indexOf(":");
  if (colon >= 0) return serverFault(text.slice(colon + 1));
  if (/^![A-Za-z0-9_-]{43}$/.test(text)) return undefined;
  return "it has neither a server after a colon, nor 43 characters as in room version 12";
}

/**
 * The id of a room of version 12 that a room id has before its server, or undefined. Those rooms have no server in their id, so
 * it was added; but another server software may have made such an id for an older room.
 */
export function idBeforeServer(roomId: string): string | undefined {
  return /^(![A-Za-z0-9_-]{43}):/.exec(roomId)?.[1];
}

/** As Synapse parses a server name: a port is what follows the last colon that is not part of an IPv6 address. */
function serverFault(server: string): string | undefined {
  const [, host = "", port] = /^(\[[^\]]*\]|[^:]*)(?::([^]*))?$/.exec(server) ?? [];
  const isAddress = host.startsWith("[") && isIPv6(host.slice(1, -1));
  const isName = /^[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*$/.test(host);
  if (!isAddress && !isName) return "what follows its first colon is no server name";
  if (port !== undefined && !isPort(port)) return "the port of its server is no number";
  return undefined;
}

/** Whatever Python's int() takes is a port to Synapse. */
function isPort(text: string): boolean {
  return /^\s*[+-]?\p{Nd}+(?:_\p{Nd}+)*\s*$/u.test(text);
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
