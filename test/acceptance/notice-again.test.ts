import assert from "node:assert/strict";
import type { SynapseRoomShutdownArgs } from "pulumi-synapse";
import type { TestHomeserver, TestRoom, TestUser } from "../support/synapse/homeserver";
import { expectOk } from "../support/synapse/requests";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";
import { ownHomeserver } from "../support/synapse/shared";

const noRoomMade = /no notice room is made: @unremovable-\S+ could not be removed before/;

describe("a shutdown with a notice room that runs again", () => {
  let homeserver: TestHomeserver;
  let scenario: Scenario;
  let room: TestRoom;
  let stuck: TestUser;
  let owner: TestUser;
  before(async () => (homeserver = await ownHomeserver()));
  beforeEach(async () => {
    room = await homeserver.createRoom({ members: 2 });
    stuck = await homeserver.createUser("unremovable");
    expectOk(await homeserver.join(stuck, room.roomId));
    owner = await homeserver.createUser();
  });
  afterEach(() => {
    scenario.remove();
  });

  const declare = async (args: Omit<SynapseRoomShutdownArgs, "roomId" | "roomAlias">) => {
    const declared = { room: { roomId: room.roomId, newRoomUserId: owner.userId, ...args } };
    scenario = await Scenario.create(connectionTo(homeserver), declared);
  };
  const outputs = () => scenario.outputs("room");
  const tasks = () => homeserver.shutdownTasks(room.roomId);
  /** Their owner has joined each. */
  const noticeRooms = () => homeserver.joinedRooms(owner);
  const membersOf = async (roomId: string) => {
    const path = `/_synapse/admin/v1/rooms/${encodeURIComponent(roomId)}/members`;
    return (expectOk(await homeserver.admin("GET", path))["members"] as string[]).sort();
  };
  const idsOf = (...users: TestUser[]) => users.map(({ userId }) => userId).sort();
  /** There is one notice room, with those in it who could be moved. Gives its id. */
  const hasOneNoticeRoom = async () => {
    const [noticeRoom = "", ...more] = await noticeRooms();
    assert.deepEqual(more, []);
    assert.deepEqual(await membersOf(noticeRoom), idsOf(owner, ...room.members));
    assert.deepEqual(await membersOf(room.roomId), [stuck.userId]);
    return noticeRoom;
  };

  it("makes none for a user who can't be removed, and one for those who have joined again", async () => {
    await declare({ purge: false });
    assert.match(refused(await scenario.up()), /1 of its local users could not be removed/);
    const said: string[] = [];
    for (let again = 0; again < 3; again++) said.push(refused(await scenario.up()));
    assert.equal((await tasks()).length, 4);
    const first = await hasOneNoticeRoom();
    for (const output of said) assert.match(output, noRoomMade);
    assert.equal(outputs()["newRoomId"], first);

    for (const isRefreshed of [false, true]) {
      const before = await noticeRooms();
      expectOk(await homeserver.join(room.creator, room.roomId));
      if (isRefreshed) succeeded(await scenario.refresh());
      refused(await scenario.up());
      const made = (await noticeRooms()).filter((one) => !before.includes(one));
      assert.equal(made.length, 1);
      assert.deepEqual(await membersOf(String(made[0])), idsOf(owner, room.creator));
      assert.equal(outputs()["newRoomId"], made[0]);
      assert.match(refused(await scenario.up()), noRoomMade);
    }
    assert.equal((await noticeRooms()).length, 3);
  });

  it("takes over one that has moved those who had joined again, as that of an up that was killed", async () => {
    await declare({ purge: false });
    refused(await scenario.up());
    expectOk(await homeserver.join(room.creator, room.roomId));
    const killed = { purge: true, force_purge: true, new_room_user_id: owner.userId };
    const deleteId = await homeserver.shutDown(room.roomId, killed);
    await homeserver.shutdownsEnd(room.roomId);
    assert.equal((await noticeRooms()).length, 2);

    const declared = { roomId: room.roomId, newRoomUserId: owner.userId, forcePurge: true };
    scenario.declare({ room: declared });
    succeeded(await scenario.up());
    assert.deepEqual([outputs()["deleteId"], outputs()["purged"]], [deleteId, true]);
    assert.ok((await noticeRooms()).includes(String(outputs()["newRoomId"])));
    assert.equal((await tasks()).length, 2);
    assert.match(succeeded(await scenario.up()), /2 unchanged/);
  });

  it("makes none with maxAttempts, whichever attempt it is", async () => {
    await declare({ maxAttempts: 2 });
    assert.match(refused(await scenario.up()), /ended as "failed"/);
    assert.equal((await tasks()).length, 1);
    assert.match(refused(await scenario.up()), /attempt 1 of 2 failed, running it again/);
    assert.equal((await tasks()).length, 3);
    await hasOneNoticeRoom();
  });

  it("makes none on delete", async () => {
    await declare({ purge: false, runOn: "both" });
    refused(await scenario.up());
    for (let again = 0; again < 2; again++) {
      assert.match(refused(await scenario.destroy()), noRoomMade);
    }
    assert.equal((await tasks()).length, 3);
    await hasOneNoticeRoom();
  });

  it("makes none where a destroy that has failed is repeated", async () => {
    await declare({ purge: false, runOn: "delete" });
    succeeded(await scenario.up());
    assert.doesNotMatch(refused(await scenario.destroy()), noRoomMade);
    for (let again = 0; again < 2; again++) {
      assert.match(refused(await scenario.destroy()), noRoomMade);
    }
    assert.equal((await tasks()).length, 3);
    await hasOneNoticeRoom();
  });

  it("makes none once the record of the last one has expired, and one for those who were removed then", async () => {
    await declare({ purge: false });
    refused(await scenario.up());
    await homeserver.own.expireTasks(room.roomId);
    assert.match(refused(await scenario.up()), noRoomMade);
    await homeserver.own.expireTasks(room.roomId);
    await hasOneNoticeRoom();

    expectOk(await homeserver.join(room.creator, room.roomId));
    succeeded(await scenario.refresh());
    refused(await scenario.up());
    assert.equal((await noticeRooms()).length, 2);
    assert.deepEqual(await membersOf(room.roomId), [stuck.userId]);
  });
});
