import assert from "node:assert/strict";
import type { TestHomeserver } from "../support/synapse/homeserver";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";
import { ownHomeserver, sharedHomeserver } from "../support/synapse/shared";

describe("create", () => {
  let homeserver: TestHomeserver;
  let scenario: Scenario | undefined;
  before(async () => (homeserver = await sharedHomeserver()));
  afterEach(() => scenario?.remove());

  it("removes everybody, purges and blocks the room, and a second up does nothing", async () => {
    const room = await homeserver.createRoom({ members: 3, name: "Spam" });
    const [, member] = room.members;
    assert.ok(member);
    scenario = await Scenario.create(connectionTo(homeserver), {
      spam: { roomId: room.roomId, block: true },
    });

    const preview = succeeded(await scenario.preview());
    assert.match(preview, /\+ pulumi-nodejs:dynamic\/synapse:SynapseRoomShutdown: \(create\)/);
    assert.match(preview, /purge +: true/);
    assert.equal(
      (await homeserver.roomDetails(room.roomId)).status,
      200,
      "a preview must not touch the room",
    );
    assert.deepEqual(await homeserver.shutdownTasks(room.roomId), []);

    succeeded(await scenario.up());
    assert.equal((await homeserver.roomDetails(room.roomId)).status, 404);
    assert.equal(await homeserver.isBlocked(room.roomId), true);
    assert.deepEqual(await homeserver.joinedRooms(member), []);
    const join = await homeserver.join(member, room.roomId);
    assert.equal(join.status, 403);
    assert.match(String(join.body["error"]), /blocked/);

    const [task, ...more] = await homeserver.shutdownTasks(room.roomId);
    assert.deepEqual(more, []);
    const outputs = scenario.outputs("spam");
    assert.equal(outputs["deleteId"], task?.["id"]);
    assert.equal(outputs["status"], "complete");
    assert.equal(outputs["serverName"], homeserver.serverName);
    assert.equal(outputs["homeserverUrl"], homeserver.url);
    assert.equal(outputs["blocked"], true);
    assert.equal(outputs["purged"], true);
    assert.equal(outputs["failedToKickUsers"], undefined);
    assert.deepEqual(
      new Set(outputs["kickedUsers"] as string[]),
      new Set(room.members.map(({ userId }) => userId)),
    );
    assert.deepEqual(outputs["room"], {
      name: "Spam",
      creator: room.creator.userId,
      version: await homeserver.defaultRoomVersion(),
      federatable: true,
      public: false,
      joinedMembers: 3,
      joinedLocalMembers: 3,
    });
    assert.equal(scenario.resource("spam").id, room.roomId);
    assert.ok(
      !scenario.stateText().includes(homeserver.adminToken),
      "the token must not be in the state",
    );

    const before = scenario.outputs("spam");
    assert.match(succeeded(await scenario.up()), /2 unchanged/);
    assert.match(succeeded(await scenario.refresh()), /2 unchanged/);
    assert.deepEqual(scenario.outputs("spam"), before);
    assert.equal((await homeserver.shutdownTasks(room.roomId)).length, 1);

    assert.match(succeeded(await scenario.destroy()), /nothing is undone/);
    assert.equal(await homeserver.isBlocked(room.roomId), true);
    assert.equal((await homeserver.shutdownTasks(room.roomId)).length, 1);
  });

  it("moves the members to a notice room with name and message", async () => {
    const room = await homeserver.createRoom({ members: 2 });
    const [, member] = room.members;
    assert.ok(member);
    const author = await homeserver.createUser();
    scenario = await Scenario.create(connectionTo(homeserver), {
      moved: {
        roomId: room.roomId,
        newRoomUserId: author.userId,
        roomName: "Closed",
        message: "Ask the moderators: ✉",
      },
    });
    succeeded(await scenario.up());

    const { newRoomId } = scenario.outputs("moved");
    assert.deepEqual(await homeserver.joinedRooms(member), [newRoomId]);
    const notice = `/_matrix/client/v3/rooms/${encodeURIComponent(String(newRoomId))}`;
    const name = await homeserver.as(member, "GET", `${notice}/state/m.room.name`);
    assert.equal(name.body["name"], "Closed");
    const messages = await homeserver.as(member, "GET", `${notice}/messages?dir=b&limit=20`);
    const bodies = (messages.body["chunk"] as { content: { body?: string } }[]).map(
      ({ content }) => content.body,
    );
    assert.ok(bodies.includes("Ask the moderators: ✉"));
  });

  it("keeps a room that is not to be purged, without its members", async () => {
    const room = await homeserver.createRoom({ members: 2 });
    scenario = await Scenario.create(connectionTo(homeserver), {
      kept: { roomId: room.roomId, purge: false },
    });
    succeeded(await scenario.up());
    const details = await homeserver.roomDetails(room.roomId);
    assert.equal(details.status, 200);
    assert.equal(details.body["joined_local_members"], 0);
    assert.equal(await homeserver.isBlocked(room.roomId), false);
    assert.equal(scenario.outputs("kept")["purged"], false);
    assert.equal(scenario.outputs("kept")["blocked"], false);
  });

  // The second form came with room version 12; a homeserver that is older does not take it for a room id.
  for (const { form, typo } of [
    { form: "with a server name", typo: (serverName: string) => `!typo:${serverName}` },
    { form: "of room version 12", typo: () => `!${"typo".repeat(10)}abc` },
  ]) {
    it(`refuses a room that the server does not know, unless that is allowed: an id ${form}`, async () => {
      const roomId = typo(homeserver.serverName);
      if (!roomId.includes(":") && !(await homeserver.knowsRoomVersion("12"))) {
        scenario = await Scenario.create(connectionTo(homeserver), {
          typo: { roomId, block: true },
        });
        assert.match(refused(await scenario.up()), /could not be reviewed.*is not a legal room ID/);
        assert.equal(scenario.has("typo"), false);
        return;
      }
      scenario = await Scenario.create(connectionTo(homeserver), { typo: { roomId, block: true } });
      assert.match(
        refused(await scenario.up()),
        /is a room that synapse.test does not know.*set allowUnknownRoom/,
      );
      assert.deepEqual(await homeserver.shutdownTasks(roomId), []);
      assert.equal(await homeserver.isBlocked(roomId), false);
      assert.equal(scenario.has("typo"), false);

      scenario.declare({ typo: { roomId, block: true, allowUnknownRoom: true } });
      succeeded(await scenario.up());
      assert.equal(await homeserver.isBlocked(roomId), true);
      assert.equal(scenario.outputs("typo")["room"], undefined);
    });
  }

  it("does not wait where the program says so, and a refresh shows how it went on", async () => {
    const own = await ownHomeserver();
    const room = await own.createHeldRoom({ members: 5 });
    scenario = await Scenario.create(connectionTo(own), {
      later: { roomId: room.roomId, wait: false },
    });
    succeeded(await scenario.up());
    const { deleteId } = scenario.outputs("later");
    assert.equal(scenario.outputs("later")["purged"], undefined, "nothing was verified yet");
    room.letGo();
    await own.shutdownsEnd(room.roomId);
    const [task] = await own.shutdownTasks(room.roomId);
    assert.deepEqual([task?.["id"], task?.["status"]], [deleteId, "complete"]);
    succeeded(await scenario.refresh());
    assert.equal(scenario.outputs("later")["status"], "complete");
    assert.equal(scenario.outputs("later")["purged"], true);
  });
});
