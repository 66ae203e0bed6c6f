import assert from "node:assert/strict";
import type { SynapseRoomShutdownArgs } from "pulumi-synapse";
import { TestHomeserver, type TestRoom } from "../support/synapse/homeserver";
import { expectOk } from "../support/synapse/requests";
import {
  editWhileDown,
  unsupported,
  withoutJoinOf,
  withoutRoom,
} from "../support/synapse/database";
import { reviewLine } from "../support/engine/review-line";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";

/** The provider's words. */
const says = {
  removed: (members: number) =>
    new RegExp(`\\b${members} (joined\\b.*|local members?) will be removed`),
  tooMany: (seen: number) => new RegExp(`allows 1, but the room .* has ${seen}`),
  stillIn: /could not be removed|(is|are) still (joined|in the room)/,
  moved: /notice room/,
  purgedWith: /Synapse could not remove .*, and the homeserver no longer has the room/,
};

type Args = Omit<SynapseRoomShutdownArgs, "roomId" | "roomAlias">;

describe("the truth about a room that the homeserver can't read any more", () => {
  let homeserver: TestHomeserver;
  let scenario: Scenario | undefined;
  before(async () => (homeserver = await TestHomeserver.startOwn()));
  after(() => homeserver.stop());
  afterEach(() => {
    scenario?.remove();
    scenario = undefined;
  });

  const declare = async ({ roomId }: TestRoom, args: Args) => {
    scenario ??= await Scenario.create(connectionTo(homeserver), {});
    scenario.declare({ room: { roomId, ...args } });
    return scenario;
  };
  const joined = async ({ roomId, members }: TestRoom) => {
    const rooms = await Promise.all(members.map((user) => homeserver.joinedRooms(user)));
    return rooms.filter((ids) => ids.includes(roomId)).length;
  };
  const ids = ({ members }: TestRoom) => members.map(({ userId }) => userId).sort();
  const failedToKick = () => [...(outputs()["failedToKickUsers"] as string[])].sort();
  const outputs = () => scenario?.outputs("room") ?? {};
  const namesAll = (output: string, room: TestRoom) => {
    for (const id of ids(room)) assert.ok(output.includes(id), `${id} is not in:\n${output}`);
  };

  describe("since it no longer supports its version", () => {
    let rooms: TestRoom[];
    before(async () => {
      rooms = await Promise.all(
        [1, 2, 3, 4, 5].map(() => homeserver.createRoom({ members: 2, name: "Old" })),
      );
      await editWhileDown(homeserver, ...rooms.map(({ roomId }) => unsupported(roomId)));
    });
    const nextRoom = () => {
      const room = rooms.pop();
      if (room === undefined) throw new Error("make more rooms");
      return room;
    };

    it("the preview says how many are in it, and guards hold to that", async () => {
      const room = nextRoom();
      const stack = await declare(room, {});
      assert.match(reviewLine(succeeded(await stack.preview()), room.roomId), says.removed(2));
      await declare(room, { expect: { maxLocalMembers: 1 } });
      assert.match(refused(await stack.preview()), says.tooMany(2));
    });

    it("without a purge, the up fails and says who is still joined, and so does the next one", async () => {
      const room = nextRoom();
      const stack = await declare(room, { purge: false });
      for (const again of [false, true]) {
        const output = refused(await stack.up());
        assert.match(output, says.stillIn);
        namesAll(output, room);
        assert.doesNotMatch(output, says.moved);
        assert.deepEqual(failedToKick(), ids(room), again ? "again" : "at first");
        assert.equal(await joined(room), 2);
        succeeded(await stack.refresh());
        assert.deepEqual(failedToKick(), ids(room), "after a refresh");
        assert.equal(outputs()["purged"], false);
      }
    });

    it("with a notice room to which nobody was moved, too", async () => {
      const room = nextRoom();
      const { userId } = await homeserver.createUser();
      const stack = await declare(room, { purge: false, newRoomUserId: userId });
      const output = refused(await stack.up());
      assert.match(output, says.stillIn);
      namesAll(output, room);
      assert.doesNotMatch(output, /removed, but not joined/);
      assert.deepEqual(failedToKick(), ids(room));
      assert.equal(await joined(room), 2);
    });

    it("with a purge, the up fails, and forcePurge purges it with them in it and says so", async () => {
      const room = nextRoom();
      const stack = await declare(room, {});
      assert.match(refused(await stack.up()), says.stillIn);
      assert.deepEqual(failedToKick(), ids(room));
      assert.equal(await joined(room), 2);
      await declare(room, { forcePurge: true });
      const output = succeeded(await stack.up());
      assert.match(output, says.purgedWith);
      namesAll(output, room);
      assert.doesNotMatch(output, says.moved);
      assert.equal((await homeserver.roomDetails(room.roomId)).status, 404);
      assert.equal(outputs()["purged"], true);
      assert.deepEqual(failedToKick(), ids(room));
      assert.match(succeeded(await stack.refresh()), /unchanged/);
      assert.match(succeeded(await stack.up()), /2 unchanged/);
    });

    it("a shutdown that belongs to the delete hook keeps the resource until nobody is left", async () => {
      const room = nextRoom();
      const stack = await declare(room, { purge: false, runOn: "delete" });
      succeeded(await stack.up());
      const output = refused(await stack.destroy());
      assert.match(output, says.stillIn);
      namesAll(output, room);
      assert.doesNotMatch(output, says.moved);
      assert.equal(stack.has("room"), true);
    });
  });

  it("since the event is lost that a member has joined with: he is still in it", async () => {
    const room = await homeserver.createRoom({ members: 2 });
    await editWhileDown(homeserver, withoutJoinOf(room.members[1]?.userId ?? "", room.roomId));
    const stack = await declare(room, { purge: false });
    const output = refused(await stack.up());
    namesAll(output, room);
    assert.doesNotMatch(output, says.moved);
    assert.deepEqual(failedToKick(), ids(room));
    assert.equal(await joined(room), 2);
  });

  it("since all have left: what was reviewed by its name can still be purged later", async () => {
    const room = await homeserver.createRoom({ members: 2, name: "Watches" });
    const expect = { name: "Watches", creator: room.creator.userId, maxLocalMembers: 2 };
    const stack = await declare(room, { purge: false, expect });
    succeeded(await stack.up());
    assert.equal((await homeserver.roomDetails(room.roomId)).body["name"], null);
    await declare(room, { purge: true, expect });
    succeeded(await stack.up());
    assert.equal((await homeserver.roomDetails(room.roomId)).status, 404);
  });

  describe("since it is lost itself", () => {
    it("it is not purged by a shutdown that did not purge", async () => {
      const room = await homeserver.createRoom({ members: 2 });
      await editWhileDown(homeserver, withoutRoom(room.roomId));
      assert.equal((await homeserver.roomDetails(room.roomId)).status, 404);
      const stack = await declare(room, { purge: false, allowUnknownRoom: true });
      await stack.up();
      assert.equal(await joined(room), 2);
      assert.notEqual(outputs()["purged"], true);
      await stack.refresh();
      assert.notEqual(outputs()["purged"], true);
    });

    it("a purge that Synapse refuses since somebody is joined is not done", async () => {
      const room = await homeserver.createRoom({ members: 2 });
      await editWhileDown(homeserver, withoutRoom(room.roomId));
      const stack = await declare(room, { allowUnknownRoom: true });
      assert.match(refused(await stack.up()), /still joined/);
      assert.notEqual(outputs()["purged"], true);
      succeeded(await stack.refresh());
      assert.notEqual(outputs()["purged"], true);
      await declare(room, { allowUnknownRoom: true, forcePurge: true });
      succeeded(await stack.up());
      assert.equal(await joined(room), 0);
      assert.equal(outputs()["purged"], true);
    });
  });

  it("a room that was never there is not purged by a shutdown that did not purge", async () => {
    const room = { roomId: `!never-there:${homeserver.serverName}` } as TestRoom;
    const stack = await declare(room, { purge: false, block: true, allowUnknownRoom: true });
    succeeded(await stack.up());
    assert.notEqual(outputs()["purged"], true);
    assert.equal(outputs()["blocked"], true);
    assert.match(succeeded(await stack.refresh()), /unchanged/);
    assert.match(succeeded(await stack.up()), /2 unchanged/);
  });

  it("forcePurge with somebody who can't be removed and no notice room says that he was not removed", async () => {
    const room = await homeserver.createRoom({ members: 2 });
    const stuck = await homeserver.createUser("unremovable");
    expectOk(await homeserver.join(stuck, room.roomId));
    const stack = await declare(room, { forcePurge: true });
    const output = succeeded(await stack.up());
    assert.match(output, says.purgedWith);
    assert.ok(output.includes(stuck.userId), output);
    assert.doesNotMatch(output, says.moved);
    assert.deepEqual(failedToKick(), [stuck.userId]);
    assert.equal(outputs()["purged"], true);
    assert.match(succeeded(await stack.up()), /2 unchanged/);
  });
});
