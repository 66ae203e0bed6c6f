import assert from "node:assert/strict";
import type { SynapseRoomShutdownArgs } from "pulumi-synapse";
import type { TestHomeserver, TestRoom, TestUser } from "../support/synapse/homeserver";
import { expectOk } from "../support/synapse/requests";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";
import { ownHomeserver } from "../support/synapse/shared";

type Args = Omit<SynapseRoomShutdownArgs, "roomId" | "roomAlias">;

describe("a resource that is replaced to run again", () => {
  let homeserver: TestHomeserver;
  let scenario: Scenario;
  let room: TestRoom;
  let alias: string;
  let owner: TestUser;
  before(async () => (homeserver = await ownHomeserver()));
  beforeEach(async () => {
    room = await homeserver.createRoom({ members: 2, name: "Cheap watches" });
    alias = homeserver.newAlias();
    await homeserver.setAlias(room, alias);
    expectOk(await homeserver.setState(room, "m.room.canonical_alias", { alias }));
    await homeserver.sendMedia(room);
    owner = await homeserver.createUser();
  });
  afterEach(() => {
    scenario.remove();
  });

  const declare = (args: Args) => {
    scenario.declare({ room: { roomId: room.roomId, ...args } });
  };
  const outputs = () => scenario.outputs("room");
  const apply = async (args: Args) => {
    scenario = await Scenario.create(connectionTo(homeserver), {});
    declare(args);
    succeeded(await scenario.up());
    return outputs();
  };
  const tasks = async () => (await homeserver.shutdownTasks(room.roomId)).map(({ id }) => id);
  /** What has happened to the room, and which one it was. */
  const recordOf = (state: Record<string, unknown>) => {
    const { kickedUsers, localAliases, newRoomId, quarantinedMedia } = state;
    const { name, canonicalAlias, creator } = state["room"] as Record<string, unknown>;
    const users = [...(kickedUsers as string[])].sort();
    return { users, localAliases, newRoomId, quarantinedMedia, name, canonicalAlias, creator };
  };
  const assertKept = async (first: Record<string, unknown>) => {
    assert.deepEqual(recordOf(outputs()), recordOf(first));
    const { deleteId, previousDeleteIds } = outputs();
    assert.deepEqual(previousDeleteIds, [first["deleteId"]]);
    assert.deepEqual(await tasks(), [first["deleteId"], deleteId]);
    assert.equal((await homeserver.joinedRooms(owner)).length, 1);
  };

  const ways: Record<string, (args: Args) => Promise<unknown>> = {
    "by triggers": async (args) => {
      declare({ ...args, triggers: [2] });
      succeeded(await scenario.up());
    },
    "by --replace": async () =>
      succeeded(await scenario.up({ replace: [scenario.resource("room").urn] })),
    "by a taint": async () => {
      await scenario.taint("room");
      succeeded(await scenario.up());
    },
  };

  for (const [way, replace] of Object.entries(ways)) {
    for (const purge of [false, true]) {
      it(`keeps its record ${way}, of a room that was ${purge ? "purged" : "kept"}`, async () => {
        const args = { purge, quarantineMedia: true, newRoomUserId: owner.userId };
        const first = await apply(args);
        assert.deepEqual(recordOf(first), {
          users: room.members.map(({ userId }) => userId).sort(),
          localAliases: [alias],
          newRoomId: first["newRoomId"],
          quarantinedMedia: 1,
          name: "Cheap watches",
          canonicalAlias: alias,
          creator: room.creator.userId,
        });
        assert.match(String(first["newRoomId"]), /^!/);
        await replace(args);
        await assertKept(first);

        succeeded(await scenario.refresh());
        const { triggers } = outputs() as { triggers?: unknown[] };
        declare({ ...args, ...(triggers === undefined ? {} : { triggers }), block: true });
        succeeded(await scenario.up());
        await assertKept(first);
      });
    }
  }

  it("keeps it where its shutdown on delete has just run, and it is recorded for the next one", async () => {
    await apply({ runOn: "delete", purge: false });
    succeeded(await scenario.up({ replace: [scenario.resource("room").urn] }));
    const { status, previousDeleteIds, deleteId, kickedUsers } = outputs();
    assert.deepEqual([status, deleteId], ["not-run", undefined]);
    assert.deepEqual(previousDeleteIds, await tasks());
    assert.equal((previousDeleteIds as string[]).length, 1);
    assert.equal((kickedUsers as string[]).length, 2);
  });

  it("tells the notice room that the new run has made, where somebody has joined again", async () => {
    const stuck = await homeserver.createUser("unremovable");
    expectOk(await homeserver.join(stuck, room.roomId)); // Nobody can join a room that nobody is in.
    const args = { purge: false, newRoomUserId: owner.userId };
    scenario = await Scenario.create(connectionTo(homeserver), {});
    const upFor = async (wave: number) => {
      declare({ ...args, triggers: [wave] });
      refused(await scenario.up());
      return outputs()["newRoomId"];
    };
    const first = await upFor(1);
    assert.equal(await upFor(2), first);
    expectOk(await homeserver.join(room.creator, room.roomId));
    const second = await upFor(3);
    assert.notEqual(second, first);
    const noticeRooms = await homeserver.joinedRooms(owner);
    assert.deepEqual(noticeRooms.sort(), [first, second].sort());
    assert.equal((outputs()["kickedUsers"] as string[]).length, 2);
    assert.equal((await tasks()).length, 3);
  });

  it("names the room at the review of the new run, and holds what is expected of it", async () => {
    const args = { purge: false, expect: { name: "Cheap watches", canonicalAlias: alias } };
    await apply({ ...args, triggers: [1] });
    declare({ ...args, triggers: [2] });
    assert.match(
      succeeded(await scenario.preview()),
      /"Cheap watches" \(#\S+, !\S+\): warning: on /,
    );
    succeeded(await scenario.up());
    assert.equal((await tasks()).length, 2);
  });
});
