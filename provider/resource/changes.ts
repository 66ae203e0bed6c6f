import type { RoomShutdownProperty } from "../program/room-shutdown";

/**
 * What a change of a property means.
 * - `replace`: another shutdown. `replace where known`: it is absent where a preview could not find it out.
 * - `update`: the update hook runs, to do something or to record it.
 * - `update before delete`: an update only for a shutdown that is still to run on delete: the delete hook gets the outputs,
 *   so they have to be recorded. Otherwise it changes nothing that has happened.
 * - `nothing`: it is not compared.
 * - `outcome`: it is no input, but what has come of them.
 */
export type Meaning =
  "replace" | "replace where known" | "update" | "update before delete" | "nothing" | "outcome";

/** What a change of each property means. That one is an outcome, and no input, is told here, too. */
export const meanings = {
  roomId: "replace where known",
  serverName: "replace where known",
  triggers: "replace",
  roomAlias: "update",
  block: "update",
  purge: "update",
  forcePurge: "update",
  newRoomUserId: "update",
  roomName: "update",
  message: "update",
  runOn: "update",
  onDelete: "update",
  unblockOnDelete: "update",
  quarantineMedia: "update",
  adoptDeleteId: "update",
  purgeAfterSeconds: "update",
  expect: "update before delete",
  allowUnknownRoom: "update before delete",
  archiveFile: "update before delete",
  wait: "update before delete",
  waitTimeoutSeconds: "update before delete",
  maxAttempts: "update before delete",
  homeserverUrl: "nothing",
  room: "nothing",
  deleteId: "outcome",
  previousDeleteIds: "outcome",
  status: "outcome",
  kickedUsers: "outcome",
  failedToKickUsers: "outcome",
  localAliases: "outcome",
  newRoomId: "outcome",
  blocked: "outcome",
  purged: "outcome",
  purgeDueAt: "outcome",
  quarantinedMedia: "outcome",
  archive: "outcome",
} as const satisfies Record<RoomShutdownProperty, Meaning>;

type Meanings = typeof meanings;

/** A property that is no input: what has come of a shutdown. */
export type OutcomeProperty = {
  [Name in keyof Meanings]: Meanings[Name] extends "outcome" ? Name : never;
}[keyof Meanings];

/** The properties whose change means this. */
export function propertiesThat(...wanted: Meaning[]): RoomShutdownProperty[] {
  const names = Object.keys(meanings) as RoomShutdownProperty[];
  return names.filter((name) => wanted.includes(meanings[name]));
}
