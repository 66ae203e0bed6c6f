import assert from "node:assert/strict";
import type { FaultProxy } from "../support/network/fault-proxy";
import { faults, requests } from "../support/cases/fault-matrix";
import type { TestHomeserver } from "../support/synapse/homeserver";
import { Scenario, connectionTo, succeeded } from "../support/engine/scenario";
import { behindProxy } from "../support/synapse/shared";

describe("faults at the delete call and at the status, with the real engine", () => {
  let homeserver: TestHomeserver;
  let proxy: FaultProxy;
  let scenario: Scenario;
  before(async () => ({ homeserver, proxy } = await behindProxy()));
  afterEach(() => {
    scenario.remove();
  });

  for (const where of ["the delete call", "the task's status"] as const) {
    for (const [name, fault] of Object.entries(faults)) {
      it(`${name} at ${where}`, async () => {
        const { roomId } = await homeserver.createRoom({ members: 2 });
        const connection = connectionTo(homeserver, proxy);
        const config = { ...connection, "synapse:requestTimeoutSeconds": { value: "1" } };
        scenario = await Scenario.create(config, { room: { roomId, block: true } });
        proxy.reset({ ...requests[where], fault });
        const first = await scenario.up();
        const known = scenario.has("room") ? scenario.outputs("room")["deleteId"] : undefined;
        if (first.failed) succeeded(await scenario.up());
        assert.equal(proxy.faultsDone, 1, "the fault did not happen");
        const tasks = (await homeserver.shutdownTasks(roomId)).map(({ id }) => id);
        const { deleteId, status } = scenario.outputs("room");
        assert.deepEqual(tasks, [deleteId], first.output);
        assert.ok(known === undefined || known === deleteId, "an id was lost");
        assert.equal(status, "complete");
        assert.equal((await homeserver.roomDetails(roomId)).status, 404);
        assert.ok(
          !first.output.includes(homeserver.adminToken) &&
            !scenario.stateText().includes(homeserver.adminToken),
        );
      });
    }
  }
});
