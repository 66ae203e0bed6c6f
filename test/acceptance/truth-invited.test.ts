import assert from "node:assert/strict";
import type { SynapseRoomShutdownArgs } from "pulumi-synapse";
import type { TestHomeserver, TestRoom, TestUser } from "../support/synapse/homeserver";
import { expectOk } from "../support/synapse/requests";
import { reviewLine } from "../support/engine/review-line";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";
import { federatingHomeservers, ownHomeserver } from "../support/synapse/shared";

/** The provider's words. */
const says = {
  joined: /\b1 joined/,
  invited: (users: number) => new RegExp(`\\b${users} invited`),
  knocking: /\b1 knocking/,
  removed: /local users? will be removed/,
  invitedUnknown: /invited.*(can't|cannot|could not) be (told|seen|counted|found out)/,
  stillIn: /could not be removed|(is|are) still (joined|invited|in the room)/,
  moved: /removed, but not joined/,
  unknown: /expect\.\w+.*(can't|cannot|could not) be (found out|told|evaluated)/,
};

type Args = Omit<SynapseRoomShutdownArgs, "roomId" | "roomAlias">;

describe("the truth about those who have not joined", () => {
  let scenario: Scenario | undefined;
  afterEach(() => {
    scenario?.remove();
    scenario = undefined;
  });

  const declare = async (homeserver: TestHomeserver, { roomId }: TestRoom, args: Args = {}) => {
    scenario ??= await Scenario.create(connectionTo(homeserver), {});
    scenario.declare({ room: { roomId, ...args } });
    return scenario;
  };
  const invite = async (homeserver: TestHomeserver, room: TestRoom, { userId }: TestUser) => {
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room.roomId)}/invite`;
    expectOk(await homeserver.as(room.creator, "POST", path, { user_id: userId }));
  };
  /** Whether the user still sees the room, or the invite to it. */
  const sees = async (homeserver: TestHomeserver, user: TestUser, roomId: string) => {
    const { rooms = {} } = expectOk(
      await homeserver.as(user, "GET", "/_matrix/client/v3/sync?timeout=0"),
    ) as { rooms?: { join?: object; invite?: object; knock?: object } };
    return roomId in { ...rooms.join, ...rooms.invite, ...rooms.knock };
  };

  describe("on this homeserver", () => {
    let homeserver: TestHomeserver;
    before(async () => (homeserver = await ownHomeserver()));

    it("the preview counts those who are invited and those who knock, and they are removed", async () => {
      const room = await homeserver.createRoom();
      const [invited, knocking] = [await homeserver.createUser(), await homeserver.createUser()];
      await invite(homeserver, room, invited);
      expectOk(await homeserver.setState(room, "m.room.join_rules", { join_rule: "knock" }));
      const knock = `/_matrix/client/v3/knock/${encodeURIComponent(room.roomId)}`;
      expectOk(await homeserver.as(knocking, "POST", knock, {}));

      const stack = await declare(homeserver, room, { purge: false });
      const line = reviewLine(succeeded(await stack.preview()), room.roomId);
      assert.match(line, says.joined);
      assert.match(line, says.invited(1));
      assert.match(line, says.knocking);
      assert.match(line, says.removed);
      // The guards count who has joined.
      await declare(homeserver, room, { purge: false, expect: { maxLocalMembers: 1 } });
      succeeded(await stack.up());
      const kicked = stack.outputs("room")["kickedUsers"] as string[];
      const users = [room.creator, invited, knocking];
      assert.deepEqual([...kicked].sort(), users.map(({ userId }) => userId).sort());
      for (const user of users) assert.equal(await sees(homeserver, user, room.roomId), false);
    });

    it("one who was banned or has left is not counted", async () => {
      const room = await homeserver.createRoom({ members: 2 });
      const [gone, banned] = [room.members[1] as TestUser, await homeserver.createUser()];
      expectOk(await homeserver.leave(gone, room.roomId));
      const ban = `/_matrix/client/v3/rooms/${encodeURIComponent(room.roomId)}/ban`;
      expectOk(await homeserver.as(room.creator, "POST", ban, { user_id: banned.userId }));
      const stack = await declare(homeserver, room, { purge: false });
      const line = reviewLine(succeeded(await stack.preview()), room.roomId);
      assert.match(line, /\b1 (joined\b.*|local members? )/);
      assert.doesNotMatch(line, /\b2 /);
      succeeded(await stack.up());
      assert.deepEqual(stack.outputs("room")["kickedUsers"], [room.creator.userId]);
    });

    for (const [what, others] of [
      ["while somebody else is left behind, too", true],
      ["when nobody is left who has joined: no request shows him any more", false],
    ] as const) {
      it(`one whose invite can't be taken back is still invited, ${what}`, async () => {
        const room = await homeserver.createRoom();
        const stuck = [await homeserver.createUser("unremovable")];
        await invite(homeserver, room, stuck[0] as TestUser);
        if (others) {
          const other = await homeserver.createUser("unremovable");
          expectOk(await homeserver.join(other, room.roomId));
          stuck.push(other);
        }
        const ids = stuck.map(({ userId }) => userId).sort();
        const stack = await declare(homeserver, room, { purge: false });
        for (const when of ["at first", "again"]) {
          const output = refused(await stack.up());
          assert.match(output, says.stillIn);
          assert.doesNotMatch(output, says.moved);
          for (const id of ids) assert.ok(output.includes(id), output);
          const failed = () => stack.outputs("room")["failedToKickUsers"] as string[];
          assert.deepEqual([...failed()].sort(), ids, when);
          succeeded(await stack.refresh());
          assert.deepEqual([...failed()].sort(), ids, `${when}, after a refresh`);
        }
        for (const user of stuck) assert.ok(await sees(homeserver, user, room.roomId));
      });
    }

    it("with those who have joined gone before, the preview does not say that nobody will be removed", async () => {
      const room = await homeserver.createRoom();
      const invited = await homeserver.createUser();
      await invite(homeserver, room, invited);
      expectOk(await homeserver.leave(room.creator, room.roomId));
      const stack = await declare(homeserver, room, { purge: false });
      const line = reviewLine(succeeded(await stack.preview()), room.roomId);
      assert.match(line, says.invitedUnknown);
      succeeded(await stack.up());
      assert.deepEqual(stack.outputs("room")["kickedUsers"], [invited.userId]);
      assert.equal(await sees(homeserver, invited, room.roomId), false);
    });
  });

  describe("beside another homeserver", () => {
    let local: TestHomeserver;
    let remote: TestHomeserver;
    before(async () => ({ local, remote } = await federatingHomeservers()));

    it("its invited users are not counted: they can't be removed from here", async () => {
      const room = await local.createRoom();
      for (const user of [await local.createUser(), await remote.createUser()])
        await invite(local, room, user);
      const stack = await declare(local, room, { purge: false });
      const line = reviewLine(succeeded(await stack.preview()), room.roomId);
      assert.match(line, says.joined);
      assert.match(line, says.invited(1));
      succeeded(await stack.up());
      assert.equal((stack.outputs("room")["kickedUsers"] as string[]).length, 2);
    });

    it("of a room that is known by an invite only, the preview says that the invited can't be told", async () => {
      const room = await remote.createRoom();
      const invited = await local.createUser();
      await invite(remote, room, invited);
      const stack = await declare(local, room, { purge: false, expect: { maxLocalMembers: 0 } });
      const preview = succeeded(await stack.preview());
      assert.match(reviewLine(preview, room.roomId), says.invitedUnknown);
      succeeded(await stack.up());
      assert.deepEqual(stack.outputs("room")["kickedUsers"], [invited.userId]);
      assert.equal(await sees(local, invited, room.roomId), false);
    });

    it("of a room that is known by an invite only, nothing tells a name or who made it", async () => {
      const room = await remote.createRoom({ name: "Elsewhere" });
      await invite(remote, room, await local.createUser());
      const stack = await declare(local, room);
      for (const expect of [{ name: "" }, { creator: "" }, { canonicalAlias: "" }]) {
        await declare(local, room, { expect });
        assert.match(refused(await stack.preview()), says.unknown);
      }
    });
  });
});
