import type { SynapseRoomShutdownArgs } from "./room-shutdown-args";

/** What the arguments are where a program does not declare them. The room has no default, and is always named. */
export const defaults = {
  roomAlias: undefined,
  expect: undefined,
  block: false,
  purge: true,
  forcePurge: false,
  newRoomUserId: undefined,
  roomName: undefined,
  message: undefined,
  runOn: "create",
  onDelete: undefined,
  unblockOnDelete: false,
  allowUnknownRoom: false,
  quarantineMedia: false,
  archiveFile: undefined,
  wait: true,
  waitTimeoutSeconds: 3600,
  maxAttempts: 1,
  purgeAfterSeconds: undefined,
  triggers: undefined,
  adoptDeleteId: undefined,
} satisfies {
  [Name in Exclude<keyof SynapseRoomShutdownArgs, "roomId">]-?:
    Exclude<SynapseRoomShutdownArgs[Name], PromiseLike<unknown>> | undefined;
};
