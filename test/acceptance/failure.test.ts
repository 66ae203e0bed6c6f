import assert from "node:assert/strict";
import type { TestHomeserver, TestUser } from "../support/synapse/homeserver";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";
import { ownHomeserver } from "../support/synapse/shared";

describe("failure", () => {
  let homeserver: TestHomeserver;
  let scenario: Scenario | undefined;
  before(async () => (homeserver = await ownHomeserver()));
  afterEach(() => scenario?.remove());

  it("keeps the id when the time runs out, and the next up goes on waiting for the same task", async () => {
    const room = await homeserver.createHeldRoom();
    const declared = { held: { roomId: room.roomId, waitTimeoutSeconds: 5 } };
    scenario = await Scenario.create(connectionTo(homeserver), declared);
    assert.match(
      refused(await scenario.up()),
      /has not ended within 5 seconds.*goes on at the homeserver/,
    );
    const { deleteId, status, __provider } = scenario.outputs("held");
    const [task] = await homeserver.shutdownTasks(room.roomId);
    assert.equal(deleteId, task?.["id"]);
    assert.equal(status, "active");
    assert.match(String(__provider), /^exports.handler/);
    succeeded(await scenario.refresh());
    assert.equal(scenario.outputs("held")["deleteId"], deleteId);

    scenario.declare({ held: { roomId: room.roomId, waitTimeoutSeconds: 600 } });
    succeeded(await scenario.up({ meanwhile: { says: /held updating/, act: room.letGo } }));
    assert.equal(scenario.outputs("held")["status"], "complete");
    assert.equal(scenario.outputs("held")["deleteId"], deleteId);
    assert.equal((await homeserver.shutdownTasks(room.roomId)).length, 1);
    assert.equal((await homeserver.roomDetails(room.roomId)).status, 404);
  });

  describe("of the task", () => {
    let stuck: TestUser;
    let roomId: string;
    before(async () => {
      const room = await homeserver.createRoom({ members: 2 });
      roomId = room.roomId;
      stuck = await homeserver.createUser("unremovable");
      await homeserver.join(stuck, roomId);
    });

    it("says who can't be removed and what to do, and a destroy of what is left works", async () => {
      scenario = await Scenario.create(connectionTo(homeserver), { stuck: { roomId } });
      const output = refused(await scenario.up());
      assert.match(output, /ended as "failed"\. .*could not be removed.*forcePurge/);
      assert.match(output, await homeserver.explained(/still joined/));
      const { deleteId, status, failedToKickUsers } = scenario.outputs("stuck");
      assert.equal(deleteId, (await homeserver.shutdownTasks(roomId))[0]?.["id"]);
      assert.equal(status, "failed");
      assert.deepEqual(failedToKickUsers, [stuck.userId]);
      succeeded(await scenario.destroy());
      assert.equal(scenario.has("stuck"), false);
    });

    it("does not believe complete while somebody is left behind", async () => {
      scenario = await Scenario.create(connectionTo(homeserver), {
        stuck: { roomId, purge: false },
      });
      assert.match(
        refused(await scenario.up()),
        /is reported as complete, but it is not\. 1 of its local users could not/,
      );
      assert.equal(scenario.outputs("stuck")["status"], "complete");
    });

    it("runs it again, and in the end with forcePurge", async () => {
      scenario = await Scenario.create(connectionTo(homeserver), {
        stuck: { roomId, maxAttempts: 2 },
      });
      const before = (await homeserver.shutdownTasks(roomId)).length;
      assert.match(refused(await scenario.up()), /attempt 1 of 2 failed, running it again/);
      assert.equal((await homeserver.shutdownTasks(roomId)).length, before + 2);

      scenario.declare({ stuck: { roomId, forcePurge: true } });
      succeeded(await scenario.up());
      assert.equal((await homeserver.roomDetails(roomId)).status, 404);
      assert.equal(scenario.outputs("stuck")["purged"], true);
    });
  });

  it("explains a message that is too long, sent behind the provider's back", async () => {
    const room = await homeserver.createHeldRoom();
    const author = await homeserver.createUser();
    scenario = await Scenario.create(connectionTo(homeserver), {
      long: { roomId: room.roomId, newRoomUserId: author.userId, maxAttempts: 3 },
    });
    await homeserver.admin(
      "DELETE",
      `/_synapse/admin/v2/rooms/${encodeURIComponent(room.roomId)}`,
      {
        new_room_user_id: author.userId,
        message: "x".repeat(70_000),
      },
    );
    const meanwhile = { says: /takes over the shutdown/, act: room.letGo };
    const output = refused(await scenario.up({ meanwhile }));
    assert.match(
      output,
      await homeserver.explained(/too large.*The message for the notice room is too long/),
    );
    assert.equal(
      (await homeserver.shutdownTasks(room.roomId)).length,
      1,
      "a second run would make a second notice room",
    );
    succeeded(await scenario.destroy());
  });
});
