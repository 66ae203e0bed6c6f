import assert from "node:assert/strict";
import type { TestHomeserver } from "../support/synapse/homeserver";
import { Scenario, connectionTo, succeeded } from "../support/engine/scenario";
import { sharedHomeserver } from "../support/synapse/shared";

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

  it("runs the shutdown again for changed triggers, although the last one has done all that is declared", async () => {
    const room = await homeserver.createRoom({ members: 2 });
    const declared = { roomId: room.roomId, purge: false };
    scenario = await Scenario.create(connectionTo(homeserver), {
      room: { ...declared, triggers: [{ wave: 1 }] },
    });
    succeeded(await scenario.up());
    const { deleteId } = scenario.outputs("room");
    assert.match(succeeded(await scenario.up()), /2 unchanged/);

    scenario.declare({ room: { ...declared, triggers: [{ wave: 2 }] } });
    succeeded(await scenario.up());
    const tasks = await homeserver.shutdownTasks(room.roomId);
    assert.deepEqual(
      tasks.map(({ id }) => id),
      [deleteId, scenario.outputs("room")["deleteId"]],
    );
  });

  it("says at preview what a replacement does with runOn both, and does that", async () => {
    const room = await homeserver.createRoom();
    const declared = {
      roomId: room.roomId,
      purge: false,
      runOn: "both",
      onDelete: { purge: true },
    } as const;
    scenario = await Scenario.create(connectionTo(homeserver), {
      room: { ...declared, triggers: [1] },
    });
    succeeded(await scenario.up());
    scenario.declare({ room: { ...declared, triggers: [2] } });
    const preview = succeeded(await scenario.preview());
    assert.match(
      preview,
      /planned: a replacement \(triggers\): the delete shuts !\S+ down, since it runs on delete, then the create shuts/,
    );
    succeeded(await scenario.up());
    assert.equal((await homeserver.roomDetails(room.roomId)).status, 404);
    assert.equal((await homeserver.shutdownTasks(room.roomId)).length, 3);
  });
});
