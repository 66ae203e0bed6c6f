import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { SynapseRoomShutdownArgs } from "pulumi-synapse";
import type { HeldRoom, TestHomeserver, TestRoom } from "../support/synapse/homeserver";
import { expectOk } from "../support/synapse/requests";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";
import { federatingHomeservers, ownHomeserver } from "../support/synapse/shared";

type Args = Omit<SynapseRoomShutdownArgs, "roomId" | "roomAlias">;

/** How many tasks the homeserver runs at once. */
const mostAtOnce = 5;

const runsAgain = (members: number) =>
  new RegExp(
    `planned: runs the shutdown .*since the homeserver has no record of the last one any more, and the room is still there with ${members} local members?`,
  );

describe("a shutdown whose record has expired", () => {
  let homeserver: TestHomeserver;
  let scenario: Scenario;
  let room: TestRoom;
  before(async () => (homeserver = await ownHomeserver()));
  beforeEach(async () => (room = await homeserver.createRoom({ members: 2 })));
  afterEach(() => {
    scenario.remove();
  });

  const declare = (args: Args) => {
    scenario.declare({ room: { roomId: room.roomId, ...args } });
  };
  const begin = async (args: Args) => {
    scenario = await Scenario.create(connectionTo(homeserver), {});
    declare(args);
  };
  const outputs = () => scenario.outputs("room");
  const tasks = () => homeserver.shutdownTasks(room.roomId);
  const isThere = async () => (await homeserver.roomDetails(room.roomId)).status === 200;
  const membersOf = async (roomId: string) => {
    const path = `/_synapse/admin/v1/rooms/${encodeURIComponent(roomId)}/members`;
    return (expectOk(await homeserver.admin("GET", path))["members"] as string[]).sort();
  };
  const members = () => membersOf(room.roomId);
  const ids = () => room.members.map(({ userId }) => userId).sort();

  const hold = async () => {
    const held = await homeserver.createHeldRoom();
    await homeserver.shutDown(held.roomId, {});
    while ((await homeserver.shutdownTasks(held.roomId))[0]?.["status"] !== "active")
      await sleep(20);
    return held;
  };
  const letGo = async ({ roomId, letGo: go }: HeldRoom) => {
    go();
    await homeserver.shutdownsEnd(roomId);
  };

  /** Whatever starts a shutdown of the room meanwhile: it never runs, and no record of it is left. */
  async function neverRunning<T>(start: () => Promise<T>): Promise<T> {
    const held: HeldRoom[] = [];
    for (let count = 0; count < mostAtOnce; count++) held.push(await hold());
    const started = await start();
    assert.equal((await tasks()).at(-1)?.["status"], "scheduled");
    await homeserver.own.expireTasks(room.roomId);
    for (const one of held) await letGo(one);
    return started;
  }

  it("is complete at a refresh where the room shows that it was done, and so at the next up", async () => {
    for (const isRefreshed of [true, false]) {
      const { letGo: go, ...held } = await homeserver.createHeldRoom();
      room = held;
      await begin({ wait: false });
      succeeded(await scenario.up());
      const before = outputs();
      go();
      await homeserver.shutdownsEnd(room.roomId);
      await homeserver.own.expireTasks(room.roomId);
      declare(isRefreshed ? { wait: false } : {});
      const said = succeeded(isRefreshed ? await scenario.refresh() : await scenario.up());
      assert.match(
        said,
        /no record of the shutdown any more, but it has nothing left to do in the room/,
      );
      assert.doesNotMatch(said, /users? removed/);
      const { status, purged, deleteId } = outputs();
      assert.deepEqual([status, purged, deleteId], ["complete", true, before["deleteId"]]);
      assert.match(succeeded(await scenario.up()), /2 unchanged/);
      assert.deepEqual(await tasks(), []);
    }
  });

  it("is warned of at a refresh where the room was to be kept, and somebody has purged it", async () => {
    await begin({
      wait: false,
      purge: false,
      newRoomUserId: (await homeserver.createUser()).userId,
    });
    succeeded(await scenario.up());
    await homeserver.shutdownsEnd(room.roomId);
    await homeserver.shutDown(room.roomId, { purge: true });
    await homeserver.shutdownsEnd(room.roomId);
    await homeserver.own.expireTasks(room.roomId);
    const said = succeeded(await scenario.refresh());
    assert.match(said, /warning: .* it is purged, although it was to be kept/);
    assert.doesNotMatch(said, /as declared|no notice room was made/);
    const { status, purged } = outputs();
    assert.deepEqual([status, purged], ["complete", true]);
  });

  it("is run again by the up after the refresh that has found it, which the preview says", async () => {
    await begin({ wait: false });
    await neverRunning(async () => succeeded(await scenario.up()));
    const lost = outputs()["deleteId"];
    assert.match(
      succeeded(await scenario.refresh()),
      /no record of the shutdown any more, and the room is still there with 2 local members/,
    );
    const { status, failedToKickUsers } = outputs();
    assert.equal(status, "no-record");
    assert.deepEqual([...(failedToKickUsers as string[])].sort(), ids());
    assert.match(succeeded(await scenario.preview()), runsAgain(2));
    assert.deepEqual(await members(), ids());

    succeeded(await scenario.up());
    await homeserver.shutdownsEnd(room.roomId);
    succeeded(await scenario.refresh());
    assert.equal(await isThere(), false);
    const { deleteId, ...after } = outputs();
    assert.deepEqual([after["status"], after["purged"]], ["complete", true]);
    assert.deepEqual(after["previousDeleteIds"], [lost]);
    assert.deepEqual(
      (await tasks()).map(({ id }) => id),
      [deleteId],
    );
    assert.match(succeeded(await scenario.up()), /2 unchanged/);
  });

  it("is run again without a refresh, too, unless a guard does not hold", async () => {
    await begin({ wait: false });
    await neverRunning(async () => succeeded(await scenario.up()));
    declare({ expect: { maxLocalMembers: 2 } });
    assert.match(
      succeeded(await scenario.preview()),
      /planned: waits for the shutdown that was started \(delete_id \S+\), .*runs it again if it was not done/,
    );
    const late = await homeserver.createUser();
    expectOk(await homeserver.join(late, room.roomId));
    assert.match(refused(await scenario.up()), /was not started.*maxLocalMembers allows 2/);
    assert.deepEqual(await tasks(), []);

    expectOk(await homeserver.leave(late, room.roomId));
    succeeded(await scenario.up());
    assert.equal(await isThere(), false);
    assert.equal((await tasks()).length, 1);
    assert.equal(outputs()["status"], "complete");
  });

  it("is run again where it has failed, and moves those who are in the room to a notice room", async () => {
    const stuck = await homeserver.createUser("unremovable");
    const owner = await homeserver.createUser();
    expectOk(await homeserver.join(stuck, room.roomId));
    const args = { newRoomUserId: owner.userId };
    await begin({ ...args, wait: false });
    await neverRunning(async () => succeeded(await scenario.up()));
    succeeded(await scenario.refresh());
    declare({ ...args, maxAttempts: 2 });
    assert.match(succeeded(await scenario.preview()), runsAgain(3));
    assert.match(refused(await scenario.up()), /ended as "failed"/);
    const [noticeRoom = ""] = await homeserver.joinedRooms(owner);
    assert.deepEqual(await membersOf(noticeRoom), [...ids(), owner.userId].sort());

    declare({ ...args, wait: false });
    succeeded(await scenario.up());
    await homeserver.shutdownsEnd(room.roomId);
    await homeserver.own.expireTasks(room.roomId);
    succeeded(await scenario.refresh());
    assert.equal(outputs()["status"], "no-record");
    declare({ ...args, maxAttempts: 2, forcePurge: true });
    assert.match(succeeded(await scenario.preview()), runsAgain(1));
    succeeded(await scenario.up());
    assert.equal(await isThere(), false);
  });

  it("is run again after adoptDeleteId, whose shutdown is tried no more", async () => {
    const adoptDeleteId = await neverRunning(async () => {
      const deleteId = await homeserver.shutDown(room.roomId, {});
      await begin({ adoptDeleteId: deleteId, wait: false });
      succeeded(await scenario.up());
      return deleteId;
    });
    succeeded(await scenario.refresh());
    assert.match(succeeded(await scenario.preview()), runsAgain(2));
    declare({ adoptDeleteId });
    succeeded(await scenario.up());
    assert.equal(await isThere(), false);
    assert.deepEqual(outputs()["previousDeleteIds"], [adoptDeleteId]);
    assert.equal((await tasks()).length, 1);
  });

  it("does not keep the shutdown on delete from running, and a delete without one says what is not known", async () => {
    await begin({ wait: false, purge: false, runOn: "both", onDelete: { purge: true } });
    await neverRunning(async () => succeeded(await scenario.up()));
    succeeded(await scenario.destroy());
    await homeserver.shutdownsEnd(room.roomId);
    assert.equal(await isThere(), false);

    scenario.remove();
    room = await homeserver.createRoom({ members: 2 });
    await begin({ wait: false });
    await neverRunning(async () => succeeded(await scenario.up()));
    succeeded(await scenario.refresh());
    assert.match(
      succeeded(await scenario.destroy()),
      /nothing is undone: the homeserver has no record of its last shutdown any more/,
    );
    assert.deepEqual(await members(), ids());
  });

  describe("which was to purge a room that was kept", () => {
    const due = { purgeAfterSeconds: 1 };
    let remote: TestHomeserver;
    before(async () => ({ local: homeserver, remote } = await federatingHomeservers()));

    beforeEach(async () => {
      // A room that nobody is left in can't be joined again.
      expectOk(await remote.join(await remote.createUser(), room.roomId, homeserver));
      await begin(due);
      succeeded(await scenario.up());
      const dueMs = Date.parse(String(outputs()["purgeDueAt"]));
      while (Date.now() < dueMs) await sleep(dueMs - Date.now());
      declare({ ...due, wait: false });
      await neverRunning(async () => succeeded(await scenario.up()));
      assert.equal(await isThere(), true);
    });

    it("is run again, and purges it", async () => {
      const { purgeDueAt } = outputs();
      succeeded(await scenario.refresh());
      assert.deepEqual([outputs()["status"], outputs()["purgeDueAt"]], ["no-record", purgeDueAt]);
      assert.match(succeeded(await scenario.preview()), /planned: runs the shutdown .*no record/);
      declare(due);
      succeeded(await scenario.up());
      assert.equal(await isThere(), false);
      assert.equal(outputs()["purged"], true);
    });

    it("does not purge it with people in it who have joined again, but gives them its whole time", async () => {
      expectOk(await homeserver.join(room.creator, room.roomId, remote));
      declare(due);
      assert.match(
        refused(await scenario.up()),
        /was not purged, although it is due: 1 local user/,
      );
      assert.equal((await members()).includes(room.creator.userId), true);
      assert.deepEqual(await tasks(), []);

      succeeded(await scenario.refresh());
      const { purgeDueAt } = outputs();
      assert.match(succeeded(await scenario.preview()), runsAgain(1));
      succeeded(await scenario.up());
      assert.equal(await isThere(), true);
      assert.deepEqual(await homeserver.joinedRooms(room.creator), []);
      assert.ok(String(outputs()["purgeDueAt"]) > String(purgeDueAt));
    });
  });
});
