import assert from "node:assert/strict";
import { SynapseRoomShutdown, type SynapseRoomShutdownArgs } from "pulumi-synapse";
import type { TestHomeserver, TestRoom, TestUser } from "../support/synapse/homeserver";
import { expectOk } from "../support/synapse/requests";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";
import { federatingHomeservers } from "../support/synapse/shared";

describe("after the shutdown", () => {
  let local: TestHomeserver;
  let remote: TestHomeserver;
  let scenario: Scenario;
  let admin: string;
  before(async () => {
    ({ local, remote } = await federatingHomeservers());
    admin = (await local.createUser()).userId;
  });
  afterEach(() => {
    scenario.remove();
  });

  /** A room of another homeserver with a local member, who can join it again from there. */
  async function remoteRoom(): Promise<TestRoom & { member: TestUser }> {
    const [room, member] = await Promise.all([remote.createRoom(), local.createUser()]);
    expectOk(await local.join(member, room.roomId, remote));
    return { ...room, member };
  }
  const joinedLocalMembers = async (roomId: string) =>
    (await local.roomDetails(roomId)).body["joined_local_members"];
  const tasks = async (roomId: string) => (await local.shutdownTasks(roomId)).length;
  const up = async (args: SynapseRoomShutdownArgs) => {
    scenario = await Scenario.create(connectionTo(local), { room: args });
    return succeeded(await scenario.up());
  };

  it("stays with the room of its alias where that is alive again, wherever the alias points by now", async () => {
    const [old, good] = [await remoteRoom(), await local.createRoom({ members: 3 })];
    const roomAlias = local.newAlias();
    const point = (roomId: string, creator: TestUser) =>
      local.setAlias({ roomId, creator, members: [] }, roomAlias);
    await point(old.roomId, old.member);
    await up({ roomAlias, purge: false });
    await local.removeAlias(roomAlias);
    await point(good.roomId, good.creator);
    expectOk(await local.join(old.member, old.roomId, remote));

    succeeded(await scenario.refresh());
    assert.match(
      succeeded(await scenario.preview()),
      /planned: runs the shutdown .* local users are in the room: @/,
    );
    succeeded(await scenario.up());
    assert.equal(await joinedLocalMembers(old.roomId), 0);
    assert.equal(await joinedLocalMembers(good.roomId), 3);
    assert.equal(scenario.resource("room").id, old.roomId);
  });

  it("runs again for changed triggers in the room of its alias, which went with the purge", async () => {
    const room = await local.createRoom();
    const roomAlias = local.newAlias();
    await local.setAlias(room, roomAlias);
    await up({ roomAlias, triggers: [1] });
    scenario.declare({ room: { roomAlias, triggers: [2] } });
    succeeded(await scenario.up());
    assert.equal(await tasks(room.roomId), 2);
    assert.equal(scenario.resource("room").id, room.roomId);
  });

  it("refuses to run again in the notice room that its alias leads to by now", async () => {
    const room = await local.createRoom({ members: 2 });
    const roomAlias = local.newAlias();
    await local.setAlias(room, roomAlias);
    const declared = { roomAlias, purge: false, newRoomUserId: admin };
    await up({ ...declared, triggers: [1] });
    const notice = scenario.outputs("room")["newRoomId"] as string;
    scenario.declare({ room: { ...declared, triggers: [2] } });
    assert.match(
      refused(await scenario.up()),
      new RegExp(
        `points to ${notice} now\\. When .* reviewed before, it pointed to ${room.roomId}\\. .* declare its roomId`,
      ),
    );
    if (await local.listsTasks()) {
      scenario.declare({ other: declared });
      assert.match(
        refused(await scenario.preview()),
        /points to .*, the notice room that the shutdown of .* has made/,
      );
    }
    assert.equal(await tasks(notice), 0);
    assert.equal(await joinedLocalMembers(notice), 3);
  });

  it("does not forget a room that is alive again and to be shut down on delete", async () => {
    const room = await remoteRoom();
    await up({ roomId: room.roomId, purge: false, runOn: "both" });
    expectOk(await local.join(room.member, room.roomId, remote));
    succeeded(await scenario.refresh());
    succeeded(await scenario.destroy());
    assert.equal(await joinedLocalMembers(room.roomId), 0);
    assert.equal(await tasks(room.roomId), 2);
  });

  it("does not take its adopted shutdown for a new one where the room is alive again", async () => {
    const room = await remoteRoom();
    const adoptDeleteId = await local.shutDown(room.roomId, { purge: false });
    await local.shutdownsEnd(room.roomId);
    const declared = { roomId: room.roomId, purge: false, adoptDeleteId };
    await up({ ...declared, triggers: [1] });
    expectOk(await local.join(room.member, room.roomId, remote));
    succeeded(await scenario.refresh());
    succeeded(await scenario.up());
    assert.equal(await joinedLocalMembers(room.roomId), 0);
    assert.equal(await tasks(room.roomId), 2);

    scenario.declare({ room: { ...declared, triggers: [2] } });
    succeeded(await scenario.up());
    assert.equal(await tasks(room.roomId), 3);
    assert.notEqual(scenario.outputs("room")["deleteId"], adoptDeleteId);
  });

  it("makes no second notice room where nobody is to be moved any more", async () => {
    const room = await local.createRoom({ members: 2 });
    const declared = {
      roomId: room.roomId,
      purge: false,
      newRoomUserId: admin,
      runOn: "both",
    } as const;
    await up({ ...declared, triggers: [1] });
    scenario.declare({ room: { ...declared, triggers: [2] } });
    succeeded(await scenario.up());
    succeeded(await scenario.destroy());
    const notices = (await local.shutdownTasks(room.roomId)).map(
      ({ result }) => (result as Record<string, unknown>)["new_room_id"],
    );
    assert.ok(notices.length >= 2);
    assert.equal(notices.filter((notice) => notice !== null).length, 1);
  });

  it("runs nothing again where only the names of the resources have moved", async () => {
    const [a, b, c] = await Promise.all([
      local.createRoom(),
      local.createRoom(),
      local.createRoom(),
    ]);
    const declare = (...rooms: TestRoom[]) =>
      Object.fromEntries(
        rooms.map(({ roomId }, i) => [`room-${i}`, { roomId, purge: false, newRoomUserId: admin }]),
      );
    scenario = await Scenario.create(connectionTo(local), declare(a, b, c));
    succeeded(await scenario.up());
    scenario.declare(declare(b, c));
    succeeded(await scenario.up());
    assert.deepEqual(await Promise.all([a, b, c].map(({ roomId }) => tasks(roomId))), [1, 1, 1]);
  });

  it("keeps the block of a resource that is only renamed, or declared once more", async () => {
    const { roomId } = await local.createRoom();
    const declared = { roomId, block: true, unblockOnDelete: true };
    await up(declared);
    scenario.declare({ renamed: declared });
    assert.match(
      succeeded(await scenario.up()),
      /the block stays, since the program still declares it/,
    );
    assert.equal(await local.isBlocked(roomId), true);
    succeeded(await scenario.destroy());
    assert.equal(await local.isBlocked(roomId), false);
  });

  it("reviews, blocks and shuts down a room that is known by an invite only, and bears with one after a purge", async () => {
    const invited = await local.createUser();
    const room = await remote.createRoom({ name: "Invite spam" });
    const invite = async ({ roomId, creator }: TestRoom, { userId }: TestUser) =>
      remote.as(creator, "POST", `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/invite`, {
        user_id: userId,
      });
    expectOk(await invite(room, invited));
    assert.equal((await local.roomDetails(room.roomId)).body["joined_members"], null);
    await up({ roomId: room.roomId, block: true });
    assert.equal(await local.isBlocked(room.roomId), true);
    assert.equal(scenario.outputs("room")["status"], "complete");
    assert.equal((await invite(room, await local.createUser())).status, 403);

    const purged = await remoteRoom();
    scenario.declare({ room: { roomId: purged.roomId } });
    succeeded(await scenario.up());
    expectOk(await invite(purged, invited));
    succeeded(await scenario.refresh());
    succeeded(await scenario.up());
    assert.equal((await local.roomDetails(purged.roomId)).status, 404);
  });

  it("says that media can't be found any more where somebody else has purged the room", async () => {
    const room = await local.createRoom();
    await local.shutDown(room.roomId, {});
    await local.shutdownsEnd(room.roomId);
    assert.match(
      await up({ roomId: room.roomId, quarantineMedia: true }),
      /warning: the homeserver no longer has the room, so whether its media was quarantined before can't be found out/,
    );
    assert.equal(scenario.outputs("room")["quarantinedMedia"], undefined);
  });

  it("leaves alone with ignoreChanges what a refresh has found, and fails nothing by it", async () => {
    const { roomId } = await local.createRoom();
    scenario = await Scenario.create(connectionTo(local), {});
    scenario.run(async () => {
      new SynapseRoomShutdown(
        "room",
        { roomId, block: true, unblockOnDelete: true },
        { ignoreChanges: ["block"] },
      );
      return Promise.resolve();
    });
    succeeded(await scenario.up());
    await local.setBlock(roomId, false);
    succeeded(await scenario.refresh());
    succeeded(await scenario.up());
    assert.equal(await local.isBlocked(roomId), false);
    assert.match(succeeded(await scenario.up()), /2 unchanged/);
  });

  it("runs again for changed triggers with retainOnDelete, too, and after the end of one that goes on", async () => {
    const room = await local.createRoom();
    const held = await local.createHeldRoom();
    scenario = await Scenario.create(connectionTo(local), {});
    const declare = (wave: number) => {
      scenario.run(async () => {
        const triggers = [wave];
        new SynapseRoomShutdown(
          "kept",
          { roomId: room.roomId, purge: false, triggers },
          { retainOnDelete: true },
        );
        new SynapseRoomShutdown("held", {
          roomId: held.roomId,
          purge: false,
          wait: false,
          triggers,
        });
        return Promise.resolve();
      });
    };
    declare(1);
    succeeded(await scenario.up());
    declare(2);
    succeeded(await scenario.up({ meanwhile: { says: /held creating/, act: held.letGo } }));
    assert.equal(await tasks(room.roomId), 2);
    assert.equal(await tasks(held.roomId), 2);
  });

  it("says of a shutdown that is taken over what contradicts the program, though nobody waited for it", async () => {
    const { roomId, letGo } = await local.createHeldRoom();
    await local.shutDown(roomId, { purge: true });
    await up({ roomId, purge: false, wait: false });
    letGo();
    await local.shutdownsEnd(roomId);
    assert.match(
      succeeded(await scenario.refresh()),
      /warning: the shutdown is complete, but it is purged, although/,
    );
  });
});
