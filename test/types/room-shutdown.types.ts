/** What a program may write, and what it gets: checked by `npm run typecheck`, never run. */
import type * as pulumi from "@pulumi/pulumi";
import { SynapseProvider, SynapseRoomShutdown, type SynapseRoomShutdownArgs } from "pulumi-synapse";

declare const later: pulumi.Output<string>;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

const all: SynapseRoomShutdownArgs = {
  roomId: later,
  block: true,
  purge: later.apply(() => true),
  newRoomUserId: "@a:b",
  runOn: "both",
  onDelete: { purge: true, message: later },
  expect: { name: "", maxJoinedMembers: 1 },
  triggers: [1, "a", { b: later }],
  waitTimeoutSeconds: 60,
};
const provider = new SynapseProvider("eu", {
  homeserverUrl: "https://a.b",
  protectedRooms: [later],
});
const shutdown = new SynapseRoomShutdown("room", all, { provider, protect: true });

true satisfies Same<typeof shutdown.roomId, pulumi.Output<string>>;
true satisfies Same<typeof shutdown.block, pulumi.Output<boolean>>;
true satisfies Same<typeof shutdown.deleteId, pulumi.Output<string | undefined>>;
true satisfies Same<typeof shutdown.kickedUsers, pulumi.Output<string[] | undefined>>;
true satisfies Same<typeof shutdown.quarantinedMedia, pulumi.Output<number | undefined>>;
shutdown.room.apply((room) => room?.joinedMembers);

declare const something: unknown;
if (SynapseRoomShutdown.isInstance(something)) something.deleteId.apply((id) => id);
if (SynapseProvider.isInstance(something)) something.urn.apply((urn) => urn);

// @ts-expect-error no such argument
new SynapseRoomShutdown("room", { roomId: "!a:b", prune: true });
// @ts-expect-error not one of the three
new SynapseRoomShutdown("room", { roomId: "!a:b", runOn: "update" });
// @ts-expect-error not a boolean
new SynapseRoomShutdown("room", { roomId: "!a:b", block: "yes" });
// @ts-expect-error the six options only
new SynapseRoomShutdown("room", { roomId: "!a:b", runOn: "delete", onDelete: { roomId: "!a:b" } });
// @ts-expect-error a provider needs to know where the homeserver is
new SynapseProvider("eu", {});
// @ts-expect-error a provider needs arguments
new SynapseProvider("eu");
// @ts-expect-error outputs can't be set
shutdown.deleteId = later;
