import type { SynapseRoomShutdownArgs } from "pulumi-synapse";

const roomId = "!room:synapse.test";

/** Arguments that the compiler would refuse. */
export const badArgs = (args: object) => args as SynapseRoomShutdownArgs;

/** What can't be right: the arguments, the property that the failure names, and what it says. */
export const invalidArgs: Record<
  string,
  { args: SynapseRoomShutdownArgs; property: string; reason: RegExp }
> = {
  unknownKey: {
    args: badArgs({ roomId, prune: true }),
    property: "prune",
    reason: /is not an argument of SynapseRoomShutdown; allowed are /,
  },
  alias: {
    args: { roomId: "#alias:synapse.test" },
    property: "roomId",
    reason: /must be a room id.*This is an alias/,
  },
  user: { args: { roomId: "@user:synapse.test" }, property: "roomId", reason: /must be a room id/ },
  empty: { args: { roomId: "" }, property: "roomId", reason: /must be a room id/ },
  newline: {
    args: { roomId: "!room:synapse.test\n" },
    property: "", // The engine would print the value as it is.
    reason: /roomId must be a room id/,
  },
  roomIdType: {
    args: badArgs({ roomId: 5 }),
    property: "roomId",
    reason: /must be a room id.*but is another number/,
  },
  blockType: {
    args: badArgs({ roomId, block: "yes" }),
    property: "block",
    reason: /must be true or false, but is another text/,
  },
  purgeType: {
    args: badArgs({ roomId, purge: 1 }),
    property: "purge",
    reason: /must be true or false, but is another number/,
  },
  forcePurge: {
    args: { roomId, purge: false, forcePurge: true },
    property: "forcePurge",
    reason: /forcePurge needs purge/,
  },
  roomName: {
    args: { roomId, roomName: "Closed" },
    property: "roomName",
    reason: /only made with newRoomUserId/,
  },
  message: {
    args: { roomId, message: "Closed" },
    property: "message",
    reason: /only made with newRoomUserId/,
  },
  longMessage: {
    args: { roomId, newRoomUserId: "@a:synapse.test", message: "ü".repeat(30_001) },
    property: "message",
    reason: /has 60002 bytes as UTF-8; at most 60000/,
  },
  newRoomUserId: {
    args: { roomId, newRoomUserId: "admin" },
    property: "newRoomUserId",
    reason: /must be a user id, @user:server/,
  },
  emptyUser: {
    args: { roomId, newRoomUserId: "" },
    property: "newRoomUserId",
    reason: /must be a user id, @user:server/,
  },
  runOn: {
    args: badArgs({ roomId, runOn: "update" }),
    property: "runOn",
    reason: /must be "create", "delete" or "both", but is another text/,
  },
  onDelete: {
    args: { roomId, onDelete: { block: true } },
    property: "onDelete",
    reason: /set runOn to "delete" or "both"/,
  },
  onDeleteKey: {
    args: badArgs({ roomId, runOn: "delete", onDelete: { roomId } }),
    property: "", // Of a nested property the engine would print that it has no value.
    reason: /onDelete\.roomId is not part of onDelete/,
  },
  onDeleteType: {
    args: badArgs({ roomId, runOn: "delete", onDelete: { block: 0 } }),
    property: "",
    reason: /onDelete\.block must be true or false/,
  },
  onDeleteName: {
    args: { roomId, runOn: "delete", onDelete: { roomName: "x" } },
    property: "",
    reason: /onDelete\.roomName is for the notice room, which is only made with/,
  },
  noAttempts: {
    args: { roomId, maxAttempts: 0 },
    property: "maxAttempts",
    reason: /a whole number, 1 to 10, but is another number/,
  },
  manyAttempts: { args: { roomId, maxAttempts: 11 }, property: "maxAttempts", reason: /1 to 10/ },
  noSeconds: {
    args: { roomId, waitTimeoutSeconds: 0 },
    property: "waitTimeoutSeconds",
    reason: /1 to 604800, but is another number/,
  },
  halfSecond: {
    args: { roomId, waitTimeoutSeconds: 1.5 },
    property: "waitTimeoutSeconds",
    reason: /whole number of seconds/,
  },
  manySeconds: {
    args: { roomId, waitTimeoutSeconds: 604_801 },
    property: "waitTimeoutSeconds",
    reason: /1 to 604800/,
  },
  unblockWithoutBlock: {
    args: { roomId, unblockOnDelete: true },
    property: "unblockOnDelete",
    reason:
      /lifts the block of a shutdown that ran on create: set block to true and runOn to "create"/,
  },
  unblockAndRun: {
    args: { roomId, block: true, unblockOnDelete: true, runOn: "both" },
    property: "unblockOnDelete",
    reason: /set block to true and runOn to "create"/,
  },
  quarantineType: {
    args: badArgs({ roomId, quarantineMedia: "yes" }),
    property: "quarantineMedia",
    reason: /must be true or false/,
  },
  triggersType: {
    args: badArgs({ roomId, triggers: "1" }),
    property: "triggers",
    reason: /must be a list of any values, but is another text/,
  },
  adoptDeleteId: {
    args: { roomId, adoptDeleteId: "../rooms" },
    property: "adoptDeleteId",
    reason: /must be a delete_id as Synapse gives it, letters and digits, but is another text/,
  },
  adoptAndDelete: {
    args: { roomId, adoptDeleteId: "AbC", runOn: "delete" },
    property: "adoptDeleteId",
    reason: /has no effect, since nothing runs on create/,
  },
  attemptsWithoutWait: {
    args: { roomId, wait: false, maxAttempts: 2 },
    property: "maxAttempts",
    reason: /needs wait: nobody sees that a shutdown has failed/,
  },
  expectedCreator: {
    args: { roomId, expect: { creator: "bob" } },
    property: "",
    reason: /expect\.creator must be a user id, @user:server, or "" for none, but is another text/,
  },
  expectedAlias: {
    args: { roomId, expect: { canonicalAlias: "nonsense" } },
    property: "",
    reason:
      /expect\.canonicalAlias must be a room alias, #name:server, or "" for none, but is another text/,
  },
};
