import assert from "node:assert/strict";
import type { TestHomeserver } from "../support/homeserver";
import { Scenario, connectionTo, succeeded } from "../support/scenario";
import { sharedHomeserver } from "../support/shared";

describe("update", () => {
  let homeserver: TestHomeserver;
  let scenario: Scenario | undefined;
  before(async () => (homeserver = await sharedHomeserver()));
  afterEach(() => scenario?.remove());

  it("sets a changed block, purges when purge is turned on, and keeps every output", async () => {
    const { roomId } = await homeserver.createRoom({ members: 2 });
    scenario = await Scenario.create(connectionTo(homeserver), { room: { roomId, purge: false } });
    succeeded(await scenario.up());
    const first = scenario.outputs("room");

    scenario.declare({ room: { roomId, purge: false, block: true } });
    succeeded(await scenario.up());
    assert.equal(await homeserver.isBlocked(roomId), true);
    assert.deepEqual(scenario.outputs("room"), { ...first, block: true, blocked: true });
    assert.equal((await homeserver.shutdownTasks(roomId)).length, 1);

    scenario.declare({ room: { roomId, block: true } });
    succeeded(await scenario.up());
    assert.equal((await homeserver.roomDetails(roomId)).status, 404);
    assert.notEqual(scenario.outputs("room")["deleteId"], first["deleteId"]);
    assert.equal(scenario.outputs("room")["purged"], true);
  });

  it("replaces the resource for another room and leaves the first one as it is", async () => {
    const first = await homeserver.createRoom();
    const second = await homeserver.createRoom();
    scenario = await Scenario.create(connectionTo(homeserver), { room: { roomId: first.roomId } });
    succeeded(await scenario.up());
    scenario.declare({ room: { roomId: second.roomId } });
    assert.match(succeeded(await scenario.preview()), /\+-.*\(replace\)/);
    succeeded(await scenario.up());
    assert.equal((await homeserver.roomDetails(second.roomId)).status, 404);
    assert.equal((await homeserver.shutdownTasks(first.roomId)).length, 1);
    assert.equal(scenario.resource("room").id, second.roomId);
  });

  it("runs the shutdown when runOn goes from delete to create", async () => {
    const { roomId } = await homeserver.createRoom();
    scenario = await Scenario.create(connectionTo(homeserver), { room: { roomId, runOn: "delete" } });
    succeeded(await scenario.up());
    scenario.declare({ room: { roomId } });
    succeeded(await scenario.up());
    assert.equal((await homeserver.roomDetails(roomId)).status, 404);
    assert.equal(scenario.outputs("room")["status"], "complete");
  });
});
