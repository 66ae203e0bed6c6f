import type { FoundRoom } from "../program/room-filters";
import { printable, quote } from "../resource/words";
import { quotedForJson, quotedForYaml } from "./quoted";

/** How a list of rooms is written. Each ends with a line break, but for YAML without rooms, which is nothing. */
export const formats = { yaml, json, table } as const;

/** Name of a format. */
export type Format = keyof typeof formats;

/** Items of one list, so that a file to which several are appended is one list. */
function yaml(rooms: readonly FoundRoom[]): string {
  return rooms.map(yamlItem).join("");
}

/** The room, and what it has to be like when it is shut down. What is in the comment is for the reader alone. */
function yamlItem(room: FoundRoom): string {
  const { roomId, name = "", canonicalAlias = "", creator, joinedLocalMembers, untold = [] } = room;
  const expected = Object.entries({
    name: untold.includes("name") ? undefined : quotedForYaml(name),
    canonicalAlias: untold.includes("canonicalAlias") ? undefined : quotedForYaml(canonicalAlias),
    creator: creator === undefined ? undefined : quotedForYaml(creator),
    maxLocalMembers: joinedLocalMembers,
  }).filter(([, value]) => value !== undefined);
  const lines = expected.map(([property, value]) => `    ${property}: ${value ?? ""}`);
  const head = `- roomId: ${quotedForYaml(roomId)} # ${remark(room)}`;
  return [head, "  expect:", ...lines, ""].join("\n");
}

function remark(room: FoundRoom): string {
  const { joinedMembers, joinedLocalMembers = 0, version } = room;
  const others = joinedMembers === undefined ? "" : ` of ${joinedMembers}`;
  const members = `${joinedLocalMembers}${others} members are local`;
  const made = version === undefined ? [] : [`version ${printable(version)}`];
  return [members, ...kindOf(room), ...made].join(", ");
}

function kindOf({ isPublic, isEncrypted, type }: FoundRoom): string[] {
  return [
    ...(isPublic === true ? ["public"] : []),
    ...(isEncrypted === true ? ["encrypted"] : []),
    ...(type === undefined ? [] : [`type ${printable(quote(type))}`]),
  ];
}

function json(rooms: readonly FoundRoom[]): string {
  if (rooms.length === 0) return "[]\n";
  const items = rooms.map((room) => {
    const properties = Object.entries(room).map(
      ([property, value]) => `    ${quotedForJson(property)}: ${jsonValue(value)}`,
    );
    return `  {\n${properties.join(",\n")}\n  }`;
  });
  return `[\n${items.join(",\n")}\n]\n`;
}

function jsonValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jsonValue).join(", ")}]`;
  return typeof value === "string" ? quotedForJson(value) : JSON.stringify(value);
}

/** For reading: long names are cut off. */
function table(rooms: readonly FoundRoom[]): string {
  const rows = rooms.map((room) => [
    room.roomId,
    room.name === undefined ? "" : quote(room.name),
    room.creator ?? "",
    String(room.joinedLocalMembers ?? ""),
    String(room.joinedMembers ?? ""),
    kindOf(room).join(" "),
  ]);
  const all = [["room", "name", "creator", "local", "joined", "kind"], ...rows].map((row) =>
    row.map(printable),
  );
  const widths = (all[0] ?? []).map((_, column) =>
    Math.max(...all.map((row) => Array.from(row[column] ?? "").length)),
  );
  return all.map((row) => `${line(row, widths)}\n`).join("");
}

function line(row: readonly string[], widths: readonly number[]): string {
  const padded = row.map((cell, column) => {
    return cell + " ".repeat((widths[column] ?? 0) - Array.from(cell).length);
  });
  return padded.join("  ").trimEnd();
}
