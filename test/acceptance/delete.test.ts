import assert from "node:assert/strict";
import type { TestHomeserver } from "../support/homeserver";
import { Scenario, connectionTo, succeeded } from "../support/scenario";
import { sharedHomeserver } from "../support/shared";

describe("delete", () => {
  let homeserver: TestHomeserver;
  let scenario: Scenario | undefined;
  before(async () => (homeserver = await sharedHomeserver()));
  afterEach(() => scenario?.remove());

  it('runs the shutdown on destroy with runOn "delete", and nothing before', async () => {
    const room = await homeserver.createRoom({ members: 2 });
    scenario = await Scenario.create(connectionTo(homeserver), {
      ephemeral: { roomId: room.roomId, runOn: "delete", block: true },
    });
    succeeded(await scenario.up());
    assert.equal(scenario.outputs("ephemeral")["status"], "not-run");
    assert.equal(scenario.outputs("ephemeral")["deleteId"], undefined);
    assert.equal((await homeserver.roomDetails(room.roomId)).body["joined_local_members"], 2);
    assert.match(succeeded(await scenario.up()), /2 unchanged/);
    succeeded(await scenario.refresh());
    assert.deepEqual(await homeserver.shutdownTasks(room.roomId), []);

    assert.match(succeeded(await scenario.destroy()), /shutdown started, delete_id/);
    assert.equal((await homeserver.roomDetails(room.roomId)).status, 404);
    assert.equal(await homeserver.isBlocked(room.roomId), true);
    assert.equal((await homeserver.shutdownTasks(room.roomId)).length, 1);
  });

  it('runs both with runOn "both", the second one with the overrides', async () => {
    const room = await homeserver.createRoom({ members: 2 });
    const [, member] = room.members;
    assert.ok(member);
    scenario = await Scenario.create(connectionTo(homeserver), {
      evidence: { roomId: room.roomId, runOn: "both", purge: false, onDelete: { purge: true, block: true } },
    });
    succeeded(await scenario.up());
    assert.equal((await homeserver.roomDetails(room.roomId)).status, 200);
    assert.equal(await homeserver.isBlocked(room.roomId), false);
    assert.deepEqual(await homeserver.joinedRooms(member), []);

    succeeded(await scenario.destroy());
    assert.equal((await homeserver.roomDetails(room.roomId)).status, 404);
    assert.equal(await homeserver.isBlocked(room.roomId), true);
    assert.equal((await homeserver.shutdownTasks(room.roomId)).length, 2);
  });
});
