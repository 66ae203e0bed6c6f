import assert from "node:assert/strict";
import { create } from "../../provider/hooks/create";
import { deleteRoom } from "../../provider/hooks/delete";
import { diff } from "../../provider/hooks/diff";
import { read } from "../../provider/hooks/read";
import { update } from "../../provider/hooks/update";
import { unknownValue } from "../../provider/resource/engine-values";
import type { RoomShutdownState } from "../../provider/resource/state";
import {
  fakeOperation,
  notFound,
  refusal,
  reviewedInputs,
  roomHas,
} from "../support/hooks/fake-operation";
import { warningOf } from "../../provider/review/warnings";
import { stateOf, unfinishedState } from "../support/hooks/states";

const inputs = { ...reviewedInputs, purgeAfterSeconds: 100 };
const failed = { status: "failed" };
const sight = {
  identity: { version: "10", untold: [] },
  members: { joined: 1, local: { joined: ["@a:b"], waiting: { invited: 0, knocking: 0 } } },
} as unknown as Parameters<typeof warningOf>[2];

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

  it("does not purge people who have joined it again, whom the preview knew nothing of", async () => {
    const fake = await setUp();
    await isOver(fake);
    roomHas(fake.client, { "@b:synapse.test": "join" });
    await assert.rejects(
      update(fake.operation, fake.state, fake.declared),
      /was not purged, although it is due: 1 local user joined it again \(@b:synapse\.test\)/,
    );
    assert.deepEqual(purges(fake), [false]);
    const found = stateOf(await read(fake.operation, { ...fake.state, runOn: "both" }));
    roomHas(fake.client, { "@b:synapse.test": "leave" });
    const again = await update(fake.operation, found, fake.declared);
    assert.deepEqual(purges(fake), [false, false]);
    assert.ok(String(again.purgeDueAt) > String(fake.state.purgeDueAt));
  });

  it("is done with where the purge has failed and somebody else has purged it", async () => {
    const fake = await setUp();
    await isOver(fake);
    fake.client.deleteStatus.onSecondCall().resolves(failed);
    const state = await unfinishedState(update(fake.operation, fake.state, fake.declared));
    isGone(fake);
    fake.client.scheduledShutdowns.resolves(
      ["delete-1", "delete-2"].map((deleteId) => ({ deleteId, status: "failed" })),
    );
    const end = await update(fake.operation, state, fake.declared);
    assert.deepEqual([end.purged, end.status, end.purgeDueAt], [true, "complete", undefined]);
    assert.equal(isPlanned(fake, end), false);
    const seen = stateOf(await read(fake.operation, state));
    assert.equal(isPlanned(fake, seen), false);
    assert.deepEqual(purges(fake), [false, true]);
  });

  it("is not believed to be through where it could not be seen what the purge has left", async () => {
    const fake = await setUp();
    await isOver(fake);
    fake.client.isRoomBlocked.onSecondCall().rejects(refusal(403, "forbidden"));
    const state = await unfinishedState(update(fake.operation, fake.state, fake.declared));
    assert.deepEqual([state.status, state.purged], ["complete", undefined]);
    await unfinishedState(update(fake.operation, state, fake.declared));
  });

  it("says what a later purgeAfterSeconds means, and what is not known yet", async () => {
    const fake = await setUp({ purgeAfterSeconds: undefined, purge: false });
    fake.lines.length = 0;
    diff(fake.operation, fake.state, inputs);
    assert.match(
      fake.lines.join(),
      /planned: the room is purged by the first .* after another 100 seconds/,
    );
    const unknown = { ...inputs, purgeAfterSeconds: unknownValue as unknown as number };
    assert.match(warningOf(unknown, "s", sight), /after another time that is not known yet/);
  });

  it("is promised by no shutdown on delete, and denied by no replacement", async () => {
    const fake = await setUp({ runOn: "both", onDelete: { purge: false } });
    fake.lines.length = 0;
    await deleteRoom(fake.operation, fake.state);
    assert.doesNotMatch(fake.lines.join("\n"), /to be purged|will purge/);
    const other = await setUp({ triggers: [1] });
    diff(other.operation, other.state, { ...inputs, triggers: [2] });
    other.lines.length = 0;
    await deleteRoom(other.operation, other.state);
    assert.doesNotMatch(other.lines.join("\n"), /nobody will purge/);
  });

  it("begins anew where the state has no time that can be read", async () => {
    const fake = await setUp();
    const broken = { ...fake.state, purgeDueAt: "soon" };
    assert.equal(isPlanned(fake, broken), false);
    diff(fake.operation, broken, { ...inputs, purgeAfterSeconds: 7 });
    const { purgeDueAt } = stateOf(await read(fake.operation, broken));
    assert.match(String(purgeDueAt), /^1970-/);
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
