import assert from "node:assert/strict";
import { Scenario, connectionTo, succeeded } from "../support/engine/scenario";
import { killTree, start } from "../support/machine/processes";
import { behindProxy } from "../support/synapse/shared";

describe("a kill at the delete call, whose answer nobody gets", () => {
  it("the next up has what the homeserver's record tells, and says what can't be known any more", async () => {
    const { homeserver, proxy } = await behindProxy();
    const room = await homeserver.createRoom({ members: 3 });
    const declared = { killed: { roomId: room.roomId } };
    const scenario = await Scenario.create(connectionTo(homeserver, proxy), declared);
    try {
      const child = start("engine/up-process.ts", [scenario.folder, JSON.stringify(declared)]);
      await new Promise<void>((resolve) => {
        const act = () => killTree(child).then(resolve);
        const fault = { kind: "meanwhile", act } as const;
        proxy.reset({ method: "DELETE", path: /v2\/rooms/, nth: 1, fault });
      });
      while ((await homeserver.shutdownTasks(room.roomId)).length === 0);
      await homeserver.shutdownsEnd(room.roomId);
      await scenario.recover();
      assert.equal((await homeserver.roomDetails(room.roomId)).status, 404);

      assert.match(
        succeeded(await scenario.up()),
        /warning: the homeserver no longer has the room, and no archive tells which one it was/,
      );
      const { deleteId, kickedUsers, purged, room: known } = scenario.outputs("killed");
      assert.deepEqual([purged, known], [true, undefined]);
      assert.equal((kickedUsers as string[]).length, 3);
      const tasks = await homeserver.shutdownTasks(room.roomId);
      assert.deepEqual(
        tasks.map(({ id }) => id),
        [deleteId],
      );
    } finally {
      scenario.remove();
    }
  });
});
