import assert from "node:assert/strict";
import { FaultProxy } from "../support/network/fault-proxy";
import { faults, requests } from "../support/cases/fault-matrix";
import type { TestHomeserver } from "../support/synapse/homeserver";
import { Scenario, connectionTo, succeeded } from "../support/engine/scenario";
import { sharedHomeserver } from "../support/synapse/shared";

describe("faults at the delete call and at the status, with the real engine", () => {
  let homeserver: TestHomeserver;
  let proxy: FaultProxy;
  let scenario: Scenario;
  before(async () => {
    homeserver = await sharedHomeserver();
    proxy = await FaultProxy.start(homeserver.url);
  });
  after(() => proxy.stop());
  afterEach(() => {
    scenario.remove();
  });

  for (const where of ["the delete call", "the task's status"]) {
    for (const [name, fault] of Object.entries(faults)) {
      it(`${name} at ${where}`, async () => {
        const request = requests[where];
        assert.ok(request);
        const { roomId } = await homeserver.createRoom({ members: 2 });
        const connection = connectionTo({ url: proxy.url, adminToken: homeserver.adminToken });
        const config = { ...connection, "synapse:requestTimeoutSeconds": { value: "1" } };
        scenario = await Scenario.create(config, { room: { roomId, block: true } });
        proxy.reset({ ...request, fault });
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
