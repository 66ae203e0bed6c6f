import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { TestHomeserver } from "../support/synapse/homeserver";
import { Scenario, connectionTo, succeeded } from "../support/engine/scenario";

describe("a homeserver that is restarted in the middle of a shutdown", () => {
  let homeserver: TestHomeserver;
  let scenario: Scenario;
  before(async () => {
    homeserver = await TestHomeserver.startOwn();
  });
  after(() => homeserver.stop());
  afterEach(() => {
    scenario.remove();
  });

  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    it(`${signal}: the same up completes, with one task`, async () => {
      const room = await homeserver.createHeldRoom({ members: 50 });
      scenario = await Scenario.create(connectionTo(homeserver), {
        room: { roomId: room.roomId, block: true },
      });
      const up = scenario.up();
      for (;;) {
        const [task] = await homeserver.shutdownTasks(room.roomId);
        const result = task?.["result"] as { kicked_users?: string[] } | null | undefined;
        if ((result?.kicked_users?.length ?? 0) >= 5) break;
        await sleep(20);
      }
      await homeserver.own.stop(signal);
      await homeserver.own.start();
      room.letGo();
      succeeded(await up);
      const [task, ...more] = await homeserver.shutdownTasks(room.roomId);
      assert.deepEqual(more, []);
      assert.equal(scenario.outputs("room")["deleteId"], task?.["id"]);
      assert.equal(scenario.outputs("room")["status"], "complete");
      assert.equal((await homeserver.roomDetails(room.roomId)).status, 404);
      assert.equal(await homeserver.isBlocked(room.roomId), true);
    });
  }
});
