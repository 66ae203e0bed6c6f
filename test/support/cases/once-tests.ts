import assert from "node:assert/strict";
import { FaultProxy } from "../network/fault-proxy";
import type { TestHomeserver } from "../synapse/homeserver";
import { killTree, linesOf, start } from "../machine/processes";
import { Scenario, connectionTo, succeeded } from "../engine/scenario";

/** How many requests an `up` makes at least that shuts one room down: the review, the start, the wait and the verification. */
const requestsOfUp = 8;

/**
 * Kills `pulumi`, its program and its host when they send their n-th request of a create, counted round and round, then runs
 * `up` again: one task has run, and its id is in the state. Gives how many tasks the homeserver had when they died: none, or
 * one that was queued, running or done.
 */
export async function killDuringCreate(homeserver: TestHomeserver, nth: number): Promise<string> {
  const room = await homeserver.createRoom({ members: 5 });
  const declared = { killed: { roomId: room.roomId, block: true } };
  const proxy = await FaultProxy.start(homeserver.url);
  const scenario = await Scenario.create(connectionTo(homeserver, proxy), declared);
  try {
    const child = start("engine/up-process.ts", [scenario.folder, JSON.stringify(declared)]);
    await proxy.nthRequest(1 + (nth % requestsOfUp));
    assert.deepEqual([child.exitCode, child.signalCode], [null, null], "it had ended before");
    await killTree(child);
    const atDeath =
      (await homeserver.shutdownTasks(room.roomId)).map(({ status }) => String(status)).join() ||
      "none";
    await scenario.recover();

    succeeded(await scenario.up());
    const tasks = await homeserver.shutdownTasks(room.roomId);
    assert.deepEqual(
      tasks.map(({ id }) => id),
      [scenario.outputs("killed")["deleteId"]],
    );
    assert.equal(scenario.outputs("killed")["status"], "complete");
    assert.equal((await homeserver.roomDetails(room.roomId)).status, 404);
    assert.equal(await homeserver.isBlocked(room.roomId), true);
    return atDeath;
  } finally {
    scenario.remove();
    await proxy.stop();
  }
}

/** Lets many processes shut one room down at the same moment. Gives how many notice rooms were made. */
export async function raceOfProcesses(homeserver: TestHomeserver, count: number): Promise<number> {
  const room = await homeserver.createRoom({ members: 3 });
  const author = await homeserver.createUser();
  const args = JSON.stringify({ roomId: room.roomId, newRoomUserId: author.userId });
  const children = Array.from({ length: count }, () =>
    start("hooks/create-process.ts", [homeserver.url, homeserver.adminToken, args]),
  );
  const outputs = children.map(linesOf);
  for (const output of outputs) assert.equal((await output.next()).value, "ready");
  for (const child of children) child.stdin?.write("go\n");
  const deleteIds = await Promise.all(
    outputs.map(async (output) => (await output.next()).value as string | undefined),
  );

  assert.equal((await homeserver.roomDetails(room.roomId)).status, 404);
  const tasks = (await homeserver.shutdownTasks(room.roomId)).map(({ id }) => id);
  for (const deleteId of deleteIds)
    assert.ok(tasks.includes(deleteId), `${deleteId ?? "nothing"} is no task`);
  return (await homeserver.joinedRooms(author)).length;
}
