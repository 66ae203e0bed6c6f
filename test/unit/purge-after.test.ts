import assert from "node:assert/strict";
import { create } from "../../provider/hooks/create";
import { diff } from "../../provider/hooks/diff";
import { read } from "../../provider/hooks/read";
import { update } from "../../provider/hooks/update";
import type { RoomShutdownState } from "../../provider/resource/state";
import { fakeOperation, notFound, reviewedInputs, roomHas } from "../support/hooks/fake-operation";
import { stateOf, unfinishedState } from "../support/hooks/states";

const inputs = { ...reviewedInputs, purgeAfterSeconds: 100 };
const failed = { status: "failed" };

describe("purgeAfterSeconds, on a fake homeserver", () => {
  /** A room that is kept from now on. */
  async function setUp(more: object = {}) {
    const fake = fakeOperation();
    const declared = { ...inputs, ...more };
    roomHas(fake.client, { "@a:synapse.test": "leave" });
    fake.client.deleteRoom.onSecondCall().resolves({ deleteId: "delete-2" });
    fake.client.deleteRoom.onThirdCall().resolves({ deleteId: "delete-3" });
    const state = await create(fake.operation, declared);
    return { ...fake, declared, state };
  }
  type Fake = Awaited<ReturnType<typeof setUp>>;

  const purges = ({ client }: Fake) => client.deleteRoom.args.map(([, { purge }]) => purge);
  const isPlanned = ({ operation, declared }: Fake, state: RoomShutdownState) =>
    diff(operation, state, declared).changes;
  const isOver = ({ clock }: Fake) => clock.sleep(101_000);
  const isGone = ({ client }: Fake) => {
    client.roomDetails.rejects(notFound());
  };

  it("is due from the end of the shutdown on, to the second", async () => {
    const fake = await setUp();
    const { purgeDueAt = "" } = fake.state;
    assert.deepEqual(purges(fake), [false]);
    assert.match(purgeDueAt, /^1970-01-01T00:01:4\dZ$/);
    await fake.clock.sleep(Date.parse(purgeDueAt) - fake.clock.nowMs() - 1);
    assert.equal(isPlanned(fake, fake.state), false);
    await fake.clock.sleep(1);
    assert.equal(isPlanned(fake, fake.state), true);
    assert.ok(fake.lines.at(-1)?.includes(`planned: purges the room, due since ${purgeDueAt} (`));
  });

  it("does nothing where the clock has gone back since the preview", async () => {
    const fake = await setUp();
    const back = fakeOperation();
    roomHas(back.client, { "@a:synapse.test": "leave" });
    assert.deepEqual(await update(back.operation, fake.state, fake.declared), fake.state);
    assert.equal(back.client.deleteRoom.callCount, 0);
  });

  it("keeps the room where its first shutdown has failed and runs again", async () => {
    const fake = fakeOperation();
    roomHas(fake.client, { "@a:synapse.test": "leave" });
    fake.client.deleteStatus.onFirstCall().resolves(failed);
    const state = await unfinishedState(create(fake.operation, inputs));
    assert.equal(state.purgeDueAt, undefined);
    fake.client.deleteRoom.resolves({ deleteId: "delete-2" });
    const again = await update(fake.operation, state, inputs);
    assert.deepEqual(purges({ ...fake, declared: inputs, state }), [false, false]);
    assert.ok(again.purgeDueAt !== undefined);
    assert.deepEqual(again.previousDeleteIds, ["delete-1"]);
  });

  it("purges again where the purge has failed", async () => {
    const fake = await setUp();
    await isOver(fake);
    fake.client.deleteStatus.onSecondCall().resolves(failed);
    const state = await unfinishedState(update(fake.operation, fake.state, fake.declared));
    assert.equal(state.purgeDueAt, fake.state.purgeDueAt);
    assert.equal(isPlanned(fake, state), true);
    fake.client.deleteRoom.onThirdCall().callsFake(() => {
      isGone(fake);
      return Promise.resolve({ deleteId: "delete-3" });
    });
    const end = await update(fake.operation, state, fake.declared);
    assert.deepEqual(purges(fake), [false, true, true]);
    assert.deepEqual([end.deleteId, end.previousDeleteIds], ["delete-3", ["delete-1", "delete-2"]]);
    assert.deepEqual([end.purged, end.purgeDueAt], [true, undefined]);
    assert.equal(isPlanned(fake, end), false);
  });

  it("purges again where somebody has kept the room from being gone", async () => {
    const fake = await setUp();
    await isOver(fake);
    const state = await unfinishedState(update(fake.operation, fake.state, fake.declared));
    assert.deepEqual([state.status, state.purged], ["complete", false]);
    assert.equal(isPlanned(fake, state), true);
  });

  it("takes over the purge of an up that was killed, whether it goes on or has ended", async () => {
    for (const status of ["active", "complete"]) {
      const fake = await setUp();
      await isOver(fake);
      const { roomId } = inputs;
      const task = { deleteId: "of-the-killed", roomId, status };
      const before = { deleteId: "delete-1", roomId, status: "complete" };
      fake.client.scheduledShutdowns.resolves([before, task]);
      fake.client.scheduledShutdowns.withArgs({ status: "active" }).resolves([]);
      fake.client.scheduledShutdowns.withArgs({ status: "scheduled" }).resolves([]);
      isGone(fake);
      const end = await update(fake.operation, fake.state, fake.declared);
      assert.deepEqual(purges(fake), [false], status);
      assert.deepEqual([end.purged, end.purgeDueAt], [true, undefined], status);
      assert.deepEqual([end.deleteId, end.previousDeleteIds], ["of-the-killed", ["delete-1"]]);
    }
  });

  it("is not reset by a refresh, and goes with a room that somebody else has purged", async () => {
    const fake = await setUp();
    const { purgeDueAt } = fake.state;
    await fake.clock.sleep(50_000);
    const kept = await read(fake.operation, fake.state);
    assert.equal(stateOf(kept).purgeDueAt, purgeDueAt);
    assert.ok(kept !== "gone" && kept.inputs.purge);
    isGone(fake);
    const gone = stateOf(await read(fake.operation, fake.state));
    assert.deepEqual([gone.purged, gone.purgeDueAt], [true, undefined]);
    await isOver(fake);
    assert.equal(isPlanned(fake, gone), false);
  });

  it("never purges a room that the homeserver does not know", async () => {
    const fake = fakeOperation();
    fake.client.roomDetails.rejects(notFound());
    const declared = { ...inputs, allowUnknownRoom: true };
    const { room, ...unknown } = declared;
    const state = await create(fake.operation, unknown);
    assert.equal(state.purgeDueAt, undefined);
    await fake.clock.sleep(1_000_000);
    assert.equal(diff(fake.operation, state, unknown).changes, false);
  });

  it("is in the inputs that a newer shutdown of the room is to fit, beside the time", async () => {
    const { operation, client } = fakeOperation();
    roomHas(client, { "@a:synapse.test": "leave" });
    await create(operation, inputs);
    await assert.rejects(create(operation, { ...inputs, purgeAfterSeconds: undefined } as never), {
      message: /other options \(purge\)/,
    });
  });
});
