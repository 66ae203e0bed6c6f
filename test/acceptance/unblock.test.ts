import assert from "node:assert/strict";
import { SynapseRoomShutdown } from "pulumi-synapse";
import { Scenario, connectionTo, succeeded } from "../support/engine/scenario";
import { expectOk, request } from "../support/synapse/requests";
import type { TestHomeserver } from "../support/synapse/homeserver";
import { sharedHomeserver } from "../support/synapse/shared";

/** A block is the room's: a delete lifts it only where it is the resource's alone. */
describe("unblockOnDelete", () => {
  let homeserver: TestHomeserver;
  let scenario: Scenario;
  let roomId: string;
  before(async () => (homeserver = await sharedHomeserver()));
  beforeEach(async () => {
    ({ roomId } = await homeserver.createRoom());
    scenario = await Scenario.create(connectionTo(homeserver), {});
  });
  afterEach(() => {
    scenario.remove();
  });

  const lifted = () => ({ roomId, block: true, unblockOnDelete: true });
  const up = async () => {
    scenario.declare({ a: lifted() });
    return succeeded(await scenario.up());
  };
  const block = async () => {
    const path = `/_synapse/admin/v1/rooms/${encodeURIComponent(roomId)}/block`;
    return expectOk(await homeserver.admin("GET", path));
  };

  it("lifts a block of its own, and says nothing of one at the review", async () => {
    assert.doesNotMatch(await up(), /blocked already/);
    assert.match(succeeded(await scenario.destroy()), /no longer blocked \(unblockOnDelete\)/);
    assert.equal(await homeserver.isBlocked(roomId), false);
  });

  it("keeps a block that another admin has set before, and says so at the review", async () => {
    const other = await homeserver.createAdminToken();
    const path = `/_synapse/admin/v1/rooms/${encodeURIComponent(roomId)}/block`;
    expectOk(await request(homeserver.url, other, "PUT", path, { block: true }));
    const { user_id: moderator } = await block();
    assert.match(
      await up(),
      new RegExp(`it is blocked already, by ${String(moderator)}: that block stays`),
    );
    // Synapse remembers who was first.
    assert.deepEqual(await block(), { block: true, user_id: moderator });
    assert.match(
      succeeded(await scenario.destroy()),
      new RegExp(
        `warning: the block stays, in spite of unblockOnDelete, since ${String(moderator)}`,
      ),
    );
    assert.equal(await homeserver.isBlocked(roomId), true);
  });

  it("lifts one that the same admin has set before, as the review has said", async () => {
    await homeserver.setBlock(roomId, true);
    assert.match(await up(), /it is blocked already, by .*: that block, too, is lifted/);
    succeeded(await scenario.destroy());
    assert.equal(await homeserver.isBlocked(roomId), false);
  });

  it("keeps the block where the homeserver has a shutdown that is not its own", async () => {
    await up();
    const other = await homeserver.shutDown(roomId, { block: true });
    await homeserver.shutdownsEnd(roomId);
    assert.match(
      succeeded(await scenario.destroy()),
      new RegExp(`the homeserver has another shutdown of the room \\(delete_id ${other}\\)`),
    );
    assert.equal(await homeserver.isBlocked(roomId), true);
  });

  it("lifts the block after several shutdowns of its own, and after a replacement", async () => {
    const declare = (args: object) => {
      scenario.declare({ a: { ...lifted(), ...args } });
    };
    declare({ purge: false });
    succeeded(await scenario.up());
    declare({ purge: true });
    succeeded(await scenario.up());
    declare({ purge: true, triggers: [2] });
    assert.doesNotMatch(succeeded(await scenario.up()), /blocked already/);
    assert.equal((await homeserver.shutdownTasks(roomId)).length, 3);
    assert.equal(await homeserver.isBlocked(roomId), true);
    succeeded(await scenario.destroy());
    assert.equal(await homeserver.isBlocked(roomId), false);
  });

  it("says that there is nothing to lift where somebody has lifted it", async () => {
    await up();
    await homeserver.setBlock(roomId, false);
    assert.match(succeeded(await scenario.destroy()), /not blocked any more: there is no block/);
  });

  it("leaves the room blocked where the resource moves to another room, and one that depends on it takes over", async () => {
    await up();
    const { roomId: other } = await homeserver.createRoom();
    scenario.run(async () => {
      const a = new SynapseRoomShutdown("a", { ...lifted(), roomId: other });
      new SynapseRoomShutdown("b", { roomId, block: true }, { dependsOn: [a] });
      return Promise.resolve();
    });
    succeeded(await scenario.up());
    assert.equal(scenario.outputs("b")["blocked"], true);
    assert.equal(await homeserver.isBlocked(roomId), true);
    assert.equal((await homeserver.shutdownTasks(roomId)).length, 1);
  });
});
