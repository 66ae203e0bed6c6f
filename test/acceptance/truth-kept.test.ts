import assert from "node:assert/strict";
import { join } from "node:path";
import type { SynapseRoomShutdownArgs } from "pulumi-synapse";
import { readArchive } from "../support/archive/archive";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";
import { FaultProxy } from "../support/network/fault-proxy";
import type { TestHomeserver } from "../support/synapse/homeserver";
import { sharedHomeserver } from "../support/synapse/shared";

/** A room that was to be kept, and that somebody purges before its own shutdown is checked. */
describe("the truth about a room that is kept", () => {
  let homeserver: TestHomeserver;
  let proxy: FaultProxy;
  let scenario: Scenario;
  let roomId: string;
  before(async () => {
    homeserver = await sharedHomeserver();
    proxy = await FaultProxy.start(homeserver.url);
  });
  beforeEach(async () => {
    ({ roomId } = await homeserver.createRoom());
    scenario = await Scenario.create(connectionTo(homeserver, proxy), {});
  });
  afterEach(() => {
    scenario.remove();
  });
  after(() => proxy.stop());

  const declare = (args: Partial<SynapseRoomShutdownArgs>) => {
    scenario.declare({ room: { roomId, ...args } });
  };
  const purge = async () => {
    await homeserver.shutdownsEnd(roomId);
    await homeserver.shutDown(roomId, { purge: true });
    await homeserver.shutdownsEnd(roomId);
  };
  /** Somebody purges the room once its own shutdown is through, before that is seen. */
  const purgedMeanwhile = () => {
    const fault = { kind: "meanwhile", act: purge } as const;
    proxy.reset({ method: "GET", path: /\/delete_status\//, nth: 1, fault });
  };
  const isLost = /is complete, but it is purged, although it was to be kept: another shutdown/;

  for (const [what, args] of [
    ["purge is false", { purge: false }],
    ["its time is not over", { purgeAfterSeconds: 86_400 }],
  ] as const) {
    it(`fails where ${what}, and the next up accepts it`, async () => {
      declare(args);
      purgedMeanwhile();
      const output = refused(await scenario.up());
      assert.equal(proxy.faultsDone, 1);
      assert.match(output, isLost);
      assert.match(output, /That can't be changed any more\. To accept it: `pulumi up`/);
      assert.doesNotMatch(output, /done in/);
      const { purged, deleteId } = scenario.outputs("room");
      assert.equal(purged, true);
      const tasks = await homeserver.shutdownTasks(roomId);
      assert.equal(tasks.length, 2);
      assert.ok(tasks.some((task) => task["id"] === deleteId));

      succeeded(await scenario.up());
      assert.match(succeeded(await scenario.up()), /2 unchanged/);
      assert.equal((await homeserver.shutdownTasks(roomId)).length, 2);
    });
  }

  it("says where the archive of what is lost is", async () => {
    declare({ purge: false, archiveFile: "kept.jsonl" });
    purgedMeanwhile();
    assert.match(refused(await scenario.up()), /What it held is in "kept\.jsonl"/);
    assert.equal(proxy.faultsDone, 1);
    readArchive(join(scenario.folder, "kept.jsonl"));
  });

  it("fails the delete whose shutdown was to keep it, and the next one accepts it", async () => {
    declare({ purge: false, runOn: "delete" });
    succeeded(await scenario.up());
    purgedMeanwhile();
    const output = refused(await scenario.destroy());
    assert.equal(proxy.faultsDone, 1);
    assert.match(output, isLost);
    assert.match(output, /To accept it: delete the resource once more/);
    assert.equal(scenario.has("room"), true);
    proxy.reset();
    assert.match(succeeded(await scenario.destroy()), /no longer has the room.*: no shutdown runs/);
    assert.equal((await homeserver.shutdownTasks(roomId)).length, 2);
  });

  it("is done where the homeserver never had the room", async () => {
    const unknown = `!neverKnown${Date.now()}:${homeserver.serverName}`;
    declare({ roomId: unknown, purge: false, block: true, allowUnknownRoom: true });
    proxy.reset();
    succeeded(await scenario.up());
    assert.equal(scenario.outputs("room")["purged"], false);
    assert.equal(await homeserver.isBlocked(unknown), true);
  });
});
