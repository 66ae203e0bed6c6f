import assert from "node:assert/strict";
import { create } from "../../provider/hooks/create";
import { deleteRoom } from "../../provider/hooks/delete";
import { read } from "../../provider/hooks/read";
import { update } from "../../provider/hooks/update";
import {
  fakeOperation,
  notFound,
  refusal,
  reviewedInputs as inputs,
  roomHas,
} from "../support/hooks/fake-operation";
import { changes, done, stateOf, unfinishedState, endWithSuspended } from "../support/hooks/states";

describe("update", () => {
  it("does not shut down again for a block where a user could only not be joined to the notice room", async () => {
    const { operation, client } = fakeOperation();
    const notice = { ...inputs, purge: false, newRoomUserId: "@a:synapse.test" };
    roomHas(client, {});
    client.deleteStatus.resolves(endWithSuspended);
    roomHas(client, { "@suspended:b": "leave" });
    const state = await create(operation, notice);
    assert.deepEqual(state.failedToKickUsers, []);
    await update(operation, state, { ...notice, block: true });
    assert.equal(client.deleteRoom.callCount, 1);
    assert.deepEqual(client.setRoomBlock.args, [[inputs.roomId, true]]);
  });

  it("keeps a change for later while a shutdown goes on that nobody waits for, and applies it then", async () => {
    const { operation, client } = fakeOperation();
    client.deleteStatus.resolves({ status: "active" });
    const state = await create(operation, { ...inputs, wait: false });
    const news = { ...inputs, wait: false, block: true };
    const later = await update(operation, state, news);
    assert.equal(later.block, false);
    assert.equal(changes(later, news), true);
    client.deleteStatus.resolves({ status: "complete" });
    const after = await update(operation, stateOf(await read(operation, later)), news);
    assert.equal(after.block, true);
    assert.deepEqual(client.setRoomBlock.args, [[inputs.roomId, true]]);
    assert.equal(client.deleteRoom.callCount, 1);
  });

  it("keeps a change for later where the shutdown that it resumes does not end in time", async () => {
    const { operation, client } = fakeOperation();
    client.deleteStatus.resolves({ status: "active" });
    const blocked = { ...inputs, block: true };
    const first = await unfinishedState(create(operation, blocked));
    const second = await unfinishedState(update(operation, first, inputs));
    assert.equal(second.block, true);
    client.deleteStatus.resolves({ status: "complete" });
    assert.equal((await update(operation, second, inputs)).block, false);
    assert.deepEqual(client.setRoomBlock.args, [[inputs.roomId, false]]);
  });

  it("lifts the block where the shutdown runs again without it", async () => {
    const { operation, client } = fakeOperation();
    const failed = { ...done, block: true, blocked: true, status: "failed" };
    await update(operation, failed, inputs);
    assert.deepEqual(client.setRoomBlock.args, [[inputs.roomId, false]]);
    assert.equal(client.deleteRoom.callCount, 1);
  });

  it("does not hold a change against later ones that was only recorded", async () => {
    const { operation, client } = fakeOperation();
    client.roomDetails.rejects(notFound());
    const news = { ...inputs, newRoomUserId: "@a:synapse.test", purge: false };
    const recorded = await update(operation, done, news);
    assert.equal(
      (await update(operation, recorded, { ...news, runOn: "both" })).status,
      "complete",
    );
    assert.equal(client.deleteRoom.callCount, 0);
  });

  it("does not forget an unfinished shutdown when runOn becomes delete", async () => {
    const { operation, client } = fakeOperation();
    client.deleteStatus.onFirstCall().rejects(refusal(401, "expired"));
    const state = await unfinishedState(create(operation, inputs));
    assert.equal(state.status, undefined);
    const outputs = await update(operation, state, { ...inputs, runOn: "delete" });
    assert.deepEqual([outputs.deleteId, outputs.status], ["delete-1", "complete"]);
  });

  it("adds up who was removed, and makes no second notice room that nobody needs", async () => {
    const { operation, client } = fakeOperation();
    client.roomMembers.resolves([]);
    const notice = { newRoomUserId: "@a:synapse.test", roomName: "Closed" };
    const state = { ...done, ...notice, purge: false, purged: false, newRoomId: "!notice" };
    const outputs = await update(operation, state, { ...inputs, ...notice });
    assert.deepEqual(client.deleteRoom.args, [
      [inputs.roomId, { block: false, purge: true, forcePurge: false }],
    ]);
    assert.equal(outputs.newRoomId, "!notice");
    assert.deepEqual(outputs.kickedUsers, ["@first:synapse.test", "@a:synapse.test"]);
  });
});

describe("update, where something runs again", () => {
  it("runs what is declared by now, not what an unfinished shutdown that failed was started with", async () => {
    const { operation, client } = fakeOperation();
    client.deleteStatus.resolves({ status: "failed" });
    const active = { ...done, status: "active", maxAttempts: 3 };
    const news = { ...inputs, maxAttempts: 3, purge: false, expect: { maxLocalMembers: 1 } };
    await assert.rejects(
      update(operation, active, news),
      /was not started.*expect.maxLocalMembers allows 1/,
    );
    assert.equal(client.deleteRoom.callCount, 0);
  });

  it("does not block a room whose guards do not hold", async () => {
    const { operation, client } = fakeOperation({ protectedRooms: [inputs.roomId] });
    const recorded = { ...done, runOn: "delete" as const, status: "not-run" };
    const { deleteId, ...state } = recorded;
    await assert.rejects(
      update(operation, state, { ...inputs, block: true }),
      /must not be shut down/,
    );
    assert.equal(client.setRoomBlock.callCount, 0);
  });

  it("keeps the block where a guard does not hold, and lifts it once the shutdown has started", async () => {
    const { operation, client } = fakeOperation();
    const failed = { ...done, block: true, blocked: true, status: "failed" };
    await assert.rejects(
      update(operation, failed, { ...inputs, expect: { maxLocalMembers: 1 } }),
      /was not started/,
    );
    assert.equal(client.setRoomBlock.callCount, 0);
    client.deleteStatus.resolves({ status: "failed" });
    client.setRoomBlock.rejects(refusal(500, "no"));
    const open = await unfinishedState(update(operation, failed, inputs));
    assert.deepEqual([open.block, open.deleteId], [true, "delete-1"]);
    client.setRoomBlock.resolves();
    assert.equal((await unfinishedState(update(operation, open, inputs))).block, false);
  });

  it("quarantines what it was told to, counts no less than before, and keeps the id where that fails", async () => {
    const { operation, client } = fakeOperation();
    const declared = { ...inputs, purge: false, quarantineMedia: true };
    roomHas(client, {});
    client.scheduledShutdowns.resolves([
      { deleteId: "other", roomId: inputs.roomId, status: "complete" },
    ]);
    client.quarantineMedia.rejects(refusal(500, "no"));
    const open = await unfinishedState(create(operation, declared));
    assert.equal(open.deleteId, "other");
    client.quarantineMedia.resolves({ quarantinedMedia: 5 });
    const closed = await update(operation, open, declared);
    assert.equal(closed.quarantinedMedia, 5);
    assert.equal(changes(closed, declared), false);
    client.quarantineMedia.resolves({ quarantinedMedia: 1 });
    assert.equal(
      (await update(operation, { ...closed, status: "failed" }, declared)).quarantinedMedia,
      5,
    );
  });

  it("compares what it resumes with what was declared, whoever has started it", async () => {
    const { operation, client } = fakeOperation();
    client.roomDetails.rejects(notFound());
    const waitless = { ...done, status: "active", purge: false, newRoomUserId: "@a:synapse.test" };
    await assert.rejects(
      update(operation, waitless, { ...inputs, purge: false, newRoomUserId: "@a:synapse.test" }),
      /is complete, but no notice room was made/,
    );
  });

  it("says for the delete hook that deleting has to be tried again", async () => {
    const { operation, client } = fakeOperation();
    client.deleteStatus.resolves({ status: "failed" });
    const state = { ...done, runOn: "delete" as const };
    await assert.rejects(
      deleteRoom(operation, state),
      /To run it again: delete the resource once more \(`pulumi destroy`/,
    );
  });

  it("does not take its own shutdown for a contradiction when the answer was lost", async () => {
    const { operation, client } = fakeOperation();
    client.roomMembers.resolves([]);
    client.deleteRoom.rejects(refusal(502, "bad gateway"));
    client.scheduledShutdowns.withArgs({ roomId: inputs.roomId }).onFirstCall().resolves([]);
    client.scheduledShutdowns
      .withArgs({ roomId: inputs.roomId })
      .resolves([{ deleteId: "mine", status: "active" }]);
    const notice = { newRoomUserId: "@a:synapse.test" };
    const state = { ...done, ...notice, purge: false, purged: false, newRoomId: "!notice" };
    assert.equal((await update(operation, state, { ...inputs, ...notice })).deleteId, "mine");
  });
});
