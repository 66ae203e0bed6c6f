import assert from "node:assert/strict";
import { Scenario, connectionTo, succeeded } from "../support/engine/scenario";
import { killTree, start } from "../support/machine/processes";
import type { FaultProxy } from "../support/network/fault-proxy";
import type { TestHomeserver } from "../support/synapse/homeserver";
import { behindProxy } from "../support/synapse/shared";

describe("a kill in the up that purges a room which was kept", () => {
  let homeserver: TestHomeserver;
  let proxy: FaultProxy;
  before(async () => ({ homeserver, proxy } = await behindProxy()));

  for (const [when, arrives] of [
    ["before its delete call arrives", false],
    ["at its delete call, whose answer nobody gets", true],
  ] as const) {
    it(`${when}: the next up has it purged once, and both ids`, async () => {
      const { roomId } = await homeserver.createRoom({ members: 3 });
      const scenario = await Scenario.create(connectionTo(homeserver, proxy), {
        killed: { roomId, block: true, purgeAfterSeconds: 3600 },
      });
      try {
        proxy.reset();
        succeeded(await scenario.up());
        const first = scenario.outputs("killed")["deleteId"];
        const declared = { killed: { roomId, block: true, purgeAfterSeconds: 1 } };
        scenario.declare(declared);
        const child = start("engine/up-process.ts", [scenario.folder, JSON.stringify(declared)]);
        await new Promise<void>((resolve) => {
          const act = async () => {
            await killTree(child);
            resolve();
            if (!arrives) throw new Error("it never arrives");
          };
          proxy.reset({
            method: "DELETE",
            path: /v2\/rooms/,
            nth: 1,
            fault: { kind: "meanwhile", act },
          });
        });
        if (!arrives) assert.equal((await homeserver.roomDetails(roomId)).status, 200);
        await scenario.recover();
        succeeded(await scenario.up());
        const tasks = (await homeserver.shutdownTasks(roomId)).map(({ id }) => id);
        const { deleteId, previousDeleteIds, purged, purgeDueAt } = scenario.outputs("killed");
        assert.deepEqual(tasks, [first, deleteId]);
        assert.deepEqual(previousDeleteIds, [first]);
        assert.deepEqual([purged, purgeDueAt], [true, undefined]);
        assert.equal((await homeserver.roomDetails(roomId)).status, 404);
      } finally {
        scenario.remove();
      }
    });
  }
});
