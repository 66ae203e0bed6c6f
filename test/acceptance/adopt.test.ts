import assert from "node:assert/strict";
import type { TestHomeserver } from "../support/synapse/homeserver";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";
import { ownHomeserver } from "../support/synapse/shared";

describe("adoptDeleteId", () => {
  let homeserver: TestHomeserver;
  let scenario: Scenario | undefined;
  before(async () => (homeserver = await ownHomeserver()));
  afterEach(() => scenario?.remove());

  it("takes over a shutdown that is in progress, and waits for its end", async () => {
    const { roomId, letGo } = await homeserver.createHeldRoom();
    const adoptDeleteId = await homeserver.shutDown(roomId, {});
    scenario = await Scenario.create(connectionTo(homeserver), { room: { roomId, adoptDeleteId } });
    const says = /takes over the shutdown that the homeserver already has/;
    succeeded(await scenario.up({ meanwhile: { says, act: letGo } }));
    const { deleteId, status, purged } = scenario.outputs("room");
    assert.deepEqual([deleteId, status, purged], [adoptDeleteId, "complete", true]);
    assert.equal((await homeserver.shutdownTasks(roomId)).length, 1);
    assert.match(succeeded(await scenario.up()), /2 unchanged/);

    // Once it is in the stack, the argument has done its part.
    scenario.declare({ room: { roomId } });
    assert.match(succeeded(await scenario.preview()), /planned: the change is recorded/);
    succeeded(await scenario.up());
    assert.equal(scenario.outputs("room")["deleteId"], adoptDeleteId);
    assert.equal((await homeserver.shutdownTasks(roomId)).length, 1);
  });

  it("takes over a failed one, says why it failed, and the next up runs it again", async () => {
    const room = await homeserver.createRoom();
    const stuck = await homeserver.createUser("unremovable");
    await homeserver.join(stuck, room.roomId);
    const adoptDeleteId = await homeserver.shutDown(room.roomId, {});
    await homeserver.shutdownsEnd(room.roomId);
    const declared = { roomId: room.roomId, adoptDeleteId };
    scenario = await Scenario.create(connectionTo(homeserver), { room: declared });
    const output = refused(await scenario.up());
    assert.match(output, /ended as "failed"/);
    assert.match(output, await homeserver.explained(/still joined/));
    assert.equal(scenario.outputs("room")["deleteId"], adoptDeleteId);
    assert.equal((await homeserver.shutdownTasks(room.roomId)).length, 1);

    scenario.declare({ room: { ...declared, forcePurge: true } });
    succeeded(await scenario.up());
    assert.notEqual(scenario.outputs("room")["deleteId"], adoptDeleteId);
    assert.equal((await homeserver.roomDetails(room.roomId)).status, 404);
  });

  it("refuses one of another room, and names that room", async () => {
    const [room, other] = [await homeserver.createRoom(), await homeserver.createRoom()];
    const adoptDeleteId = await homeserver.shutDown(other.roomId, {});
    scenario = await Scenario.create(connectionTo(homeserver), {
      room: { roomId: room.roomId, adoptDeleteId },
    });
    const output = refused(await scenario.up());
    const owner = (await homeserver.listsTasks()) ? other.roomId : "another room";
    assert.ok(output.includes(`is a shutdown of ${owner}, not of ${room.roomId}`), output);
    assert.equal(scenario.has("room"), false);
    assert.deepEqual(await homeserver.shutdownTasks(room.roomId), []);
  });

  it("refuses an id without a record while the room is there", async () => {
    const { roomId } = await homeserver.createRoom({ members: 2 });
    scenario = await Scenario.create(connectionTo(homeserver), {
      room: { roomId, adoptDeleteId: "neverWasThere" },
    });
    assert.match(
      refused(await scenario.up()),
      /no record of the shutdown that adoptDeleteId names.*still there with 2 local members/,
    );
    assert.equal(scenario.has("room"), false);
    assert.deepEqual(await homeserver.shutdownTasks(roomId), []);
  });

  it("accepts one whose record has expired if the room is gone, and the program says that its id is right", async () => {
    const { roomId } = await homeserver.createRoom();
    await homeserver.setBlock(roomId, true); // With the shutdown itself, not every version can do it.
    const adoptDeleteId = await homeserver.shutDown(roomId, {});
    await homeserver.shutdownsEnd(roomId);
    await homeserver.own.expireTasks(roomId);
    const declared = { roomId, adoptDeleteId, block: true };
    scenario = await Scenario.create(connectionTo(homeserver), { room: declared });
    assert.match(refused(await scenario.up()), /does not know.*set allowUnknownRoom to true/);

    scenario.declare({ room: { ...declared, allowUnknownRoom: true } });
    succeeded(await scenario.up());
    const { deleteId, status, purged, blocked } = scenario.outputs("room");
    assert.deepEqual([deleteId, status, purged, blocked], [adoptDeleteId, "complete", true, true]);
    assert.deepEqual(await homeserver.shutdownTasks(roomId), []);
  });
});
