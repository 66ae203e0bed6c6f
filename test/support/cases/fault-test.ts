import assert from "node:assert/strict";
import type { Fault, FaultProxy } from "../network/fault-proxy";
import { impatientMs, type FaultyRequest } from "./fault-matrix";
import type { TestHomeserver } from "../synapse/homeserver";
import { behindProxy } from "../synapse/shared";
import { inputsOf, realOperation, upAtMostTwice } from "../hooks/real-operation";

/** Tests of each of these faults at each of these requests of a create. */
export function testFaults(
  title: string,
  requests: Readonly<Record<string, FaultyRequest>>,
  faults: Readonly<Record<string, Fault>>,
): void {
  describe(title, () => {
    let homeserver: TestHomeserver;
    let proxy: FaultProxy;
    before(async () => ({ homeserver, proxy } = await behindProxy()));

    for (const [where, request] of Object.entries(requests)) {
      for (const [name, fault] of Object.entries(faults)) {
        it(`${name} at ${where}: one task, its id in the state`, () =>
          survives(homeserver, proxy, request, fault));
      }
    }
  });
}

/** One shutdown of a new room with one fault on its way, and at most one further `up`: exactly one task has run. */
async function survives(
  homeserver: TestHomeserver,
  proxy: FaultProxy,
  request: FaultyRequest,
  fault: Fault,
): Promise<void> {
  const { roomId } = await homeserver.createRoom({ members: 2 });
  proxy.reset({ ...request, fault });
  const connection = { url: proxy.url, adminToken: homeserver.adminToken };
  const { state, failure } = await upAtMostTwice(
    () => realOperation(connection, { requestTimeoutMs: impatientMs }),
    inputsOf({ roomId, block: true, quarantineMedia: true }),
  );
  assert.equal(proxy.faultsDone, 1, "the fault did not happen");
  if (fault.kind === "cut") assert.equal(failure, undefined, "it was not the first up");
  assert.equal((await homeserver.roomDetails(roomId)).status, 404);
  assert.equal(await homeserver.isBlocked(roomId), true);
  const tasks = await homeserver.shutdownTasks(roomId);
  assert.deepEqual(
    tasks.map(({ id }) => id),
    [state.deleteId],
    `first up: ${failure?.message ?? "succeeded"}`,
  );
  assert.equal(state.status, "complete");
  assert.equal(state.purged, true);
  assert.equal(state.blocked, true);
  assert.ok(!failure?.message.includes("undefined"), failure?.message);
}
