import assert from "node:assert/strict";
import type { ShutdownTask } from "../../provider/synapse/schemas";
import type { TaskWatcher } from "../../provider/homeserver/task-watcher";
import { fakeOperation, notFound, refusal } from "../support/hooks/fake-operation";

const timeoutMs = 3_600_000;
const silent = { timeoutMs, onStatus: () => undefined, onUnreachable: () => undefined };
const active = (deleteId: string): ShutdownTask => ({ deleteId, status: "active" });

describe("the task watcher", () => {
  /** `running` at each poll, the last one for good. */
  function setUp(...polls: string[][]) {
    const fake = fakeOperation();
    let poll = 0;
    fake.client.scheduledShutdowns.callsFake(() =>
      Promise.resolve((polls[Math.min(poll++, polls.length - 1)] ?? []).map(active)),
    );
    const watcher: TaskWatcher = fake.homeserver.watcher;
    return { ...fake, watcher };
  }

  it("asks once for all tasks in flight, and reads each once at its end", async () => {
    const ids = Array.from({ length: 50 }, (_, i) => `delete-${i}`);
    const { watcher, client } = setUp(ids, ids.slice(10), ids.slice(10), []);
    await Promise.all(ids.map((id) => watcher.wait(id, silent)));
    assert.equal(client.scheduledShutdowns.callCount, 4);
    assert.deepEqual(client.scheduledShutdowns.firstCall.args, [{ status: "active" }]);
    assert.deepEqual(client.deleteStatus.args.map(([id]) => id).sort(), [...ids].sort());
  });

  it("asks for all that wait for their turn at once, and reads each only at first and at its end", async () => {
    const { watcher, client } = setUp();
    const ids = Array.from({ length: 50 }, (_, i) => `delete-${i}`);
    let poll = 0;
    const now = () => ["scheduled", "active", "complete"][Math.floor(poll / 5)] ?? "complete";
    client.scheduledShutdowns.callsFake(({ status } = {}) => {
      if (status === "active") poll++;
      return Promise.resolve(status === now() ? ids.map((deleteId) => ({ deleteId, status })) : []);
    });
    client.deleteStatus.callsFake(() => Promise.resolve({ status: now() }));
    await Promise.all(ids.map((id) => watcher.wait(id, silent)));
    assert.equal(poll, 10);
    assert.equal(client.deleteStatus.callCount, 2 * ids.length);
  });

  it("reads a task once at its end, however many wait for it", async () => {
    const { watcher, client } = setUp(["a"], []);
    await Promise.all([1, 2, 3].map(() => watcher.wait("a", silent)));
    assert.equal(client.deleteStatus.callCount, 1);
  });

  it("asks nothing while there is nothing to wait for, and begins anew then", async () => {
    const { watcher, client, clock } = setUp([]);
    await watcher.wait("a", silent);
    const asked = client.scheduledShutdowns.callCount;
    await clock.sleep(60_000);
    assert.equal(client.scheduledShutdowns.callCount, asked);
    await watcher.wait("b", silent);
    assert.equal(client.scheduledShutdowns.callCount, asked + 1);
  });

  it("asks less and less often, and sooner again once something has ended", async () => {
    const polls = 90;
    const { watcher, clock } = setUp(...Array.from({ length: polls }, () => ["a", "b"]), ["a"], []);
    await Promise.all([watcher.wait("a", silent), watcher.wait("b", silent)]);
    assert.equal(clock.sleeps[0], 70);
    assert.equal(Math.max(...clock.sleeps), 2_000);
    const waiting = clock.sleeps.slice(0, polls);
    assert.deepEqual(
      waiting,
      [...waiting].sort((x, y) => x - y),
    );
    let waitedMs = 0;
    for (const ms of waiting) {
      assert.ok(ms <= Math.max(500, 0.04 * waitedMs), `${ms} ms, after ${waitedMs} ms`);
      waitedMs += ms;
    }
    assert.equal(clock.sleeps.at(-1), 500);
  });

  it("asks again as soon as ends come, but not more often than every 70 ms", async () => {
    const { watcher, clock } = setUp(["a", "b", "c", "d"], ["b", "c", "d"], ["c", "d"], ["d"], []);
    await Promise.all(["a", "b", "c", "d"].map((id) => watcher.wait(id, silent)));
    assert.deepEqual(
      clock.sleeps.map((ms) => Math.round(ms)),
      [70, 70, 140, 140, 140],
    );
  });

  it("reads each by its id where the homeserver has no list", async () => {
    const { watcher, client } = setUp();
    client.scheduledShutdowns.rejects(refusal(404));
    client.deleteStatus.onFirstCall().resolves({ status: "shutting_down" });
    await watcher.wait("a", silent);
    assert.equal(client.scheduledShutdowns.callCount, 1);
    assert.equal(client.deleteStatus.callCount, 2);
  });

  it("fails only those that the failure is about", async () => {
    const { watcher, client } = setUp(["a", "b"], []);
    client.deleteStatus.withArgs("a").rejects(notFound("delete id not found"));
    const [a, b] = await Promise.allSettled([watcher.wait("a", silent), watcher.wait("b", silent)]);
    assert.equal(a.status, "rejected");
    assert.equal(b.status, "fulfilled");
  });

  it("fails all where the list is refused", async () => {
    const { watcher, client } = setUp();
    client.scheduledShutdowns.rejects(refusal(401));
    const waits = await Promise.allSettled(["a", "b"].map((id) => watcher.wait(id, silent)));
    assert.deepEqual(
      waits.map(({ status }) => status),
      ["rejected", "rejected"],
    );
  });

  it("ends each wait at its own time", async () => {
    const { watcher, clock } = setUp(["a", "b"]);
    const ends: Record<string, number> = {};
    const wait = async (id: string, ms: number) =>
      watcher.wait(id, { ...silent, timeoutMs: ms }).catch(() => (ends[id] = clock.nowMs()));
    await Promise.all([wait("a", 0), wait("b", 30_000)]);
    assert.deepEqual(ends, { a: 0, b: 30_000 });
  });
});
