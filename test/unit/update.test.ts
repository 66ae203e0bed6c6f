import assert from "node:assert/strict";
import { create } from "../../provider/hooks/create";
import { deleteRoom } from "../../provider/hooks/delete";
import { diff } from "../../provider/resource/changes";
import { read, type Found } from "../../provider/hooks/read";
import { ShutdownUnfinishedError, type RoomShutdownState } from "../../provider/resource/state";
import { update } from "../../provider/hooks/update";
import { SynapseRequestError } from "../../provider/synapse/errors";
import { fakeHost, notFound, reviewedInputs as inputs } from "../support/hooks/fake-host";

const done: RoomShutdownState = {
  ...inputs,
  deleteId: "delete-0",
  status: "complete",
  kickedUsers: ["@first:synapse.test"],
  failedToKickUsers: [],
  localAliases: [],
  blocked: false,
  purged: true,
};
const changes = (state: object, news: object) =>
  diff(state as Record<string, unknown>, news as Record<string, unknown>).changes;
const kept = { joinedMembers: 0, joinedLocalMembers: 0 };
const stateOf = (found: Found): RoomShutdownState =>
  found === "gone" ? assert.fail("it is gone") : found.state;
const partial = async (operation: Promise<unknown>): Promise<RoomShutdownState> => {
  const error = await operation.then(
    () => assert.fail("it succeeded"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ShutdownUnfinishedError, String(error));
  return error.properties;
};

describe("a resource that is not as declared", () => {
  // After a refresh the engine no longer knows that the last operation has failed.
  for (const [name, state] of Object.entries({
    failed: { ...done, status: "failed" },
    "still active": { ...done, status: "active" },
    "without a status": { ...done, status: undefined },
    "not checked": { ...done, blocked: undefined, purged: undefined },
    "not purged": { ...done, purged: false },
    "with somebody left": { ...done, purge: false, purged: false, failedToKickUsers: ["@a:b"] },
  })) {
    it(`is a change: ${name}`, () => {
      assert.equal(changes(state, { ...inputs, purge: state.purge }), true);
    });
  }

  it("is a change: not blocked", () => {
    assert.equal(changes({ ...done, block: true }, { ...inputs, block: true }), true);
  });

  it("is no change where nobody waits for it, or where it runs on delete", () => {
    assert.equal(changes({ ...done, status: "active" }, { ...inputs, wait: false }), false);
    const runOn = "delete";
    assert.equal(
      changes({ ...done, runOn, deleteId: undefined, status: "not-run" }, { ...inputs, runOn }),
      false,
    );
  });
});

describe("update", () => {
  it("does not shut down again for a block where a user could only not be joined to the notice room", async () => {
    const { host, client } = fakeHost();
    const notice = { ...inputs, purge: false, newRoomUserId: "@a:synapse.test" };
    client.roomDetails.resolves(kept);
    client.deleteStatus.resolves({
      status: "complete",
      result: {
        kickedUsers: [],
        failedToKickUsers: ["@suspended:b"],
        localAliases: [],
        newRoomId: "!notice",
      },
    });
    client.roomMemberships.resolves(new Map([["@suspended:b", "leave"]]));
    const state = await create(host, notice);
    assert.deepEqual(state.failedToKickUsers, []);
    await update(host, state, { ...notice, block: true });
    assert.equal(client.deleteRoom.callCount, 1);
    assert.deepEqual(client.setRoomBlock.args, [[inputs.roomId, true]]);
  });

  it("keeps a change for later while a shutdown goes on that nobody waits for, and applies it then", async () => {
    const { host, client } = fakeHost();
    client.deleteStatus.resolves({ status: "active" });
    const state = await create(host, { ...inputs, wait: false });
    const news = { ...inputs, wait: false, block: true };
    const later = await update(host, state, news);
    assert.equal(later.block, false);
    assert.equal(changes(later, news), true);
    client.deleteStatus.resolves({ status: "complete" });
    const after = await update(host, stateOf(await read(host, later)), news);
    assert.equal(after.block, true);
    assert.deepEqual(client.setRoomBlock.args, [[inputs.roomId, true]]);
    assert.equal(client.deleteRoom.callCount, 1);
  });

  it("keeps a change for later where the shutdown that it resumes does not end in time", async () => {
    const { host, client } = fakeHost();
    client.deleteStatus.resolves({ status: "active" });
    const blocked = { ...inputs, block: true };
    const first = await partial(create(host, blocked));
    const second = await partial(update(host, first, inputs));
    assert.equal(second.block, true);
    client.deleteStatus.resolves({ status: "complete" });
    assert.equal((await update(host, second, inputs)).block, false);
    assert.deepEqual(client.setRoomBlock.args, [[inputs.roomId, false]]);
  });

  it("lifts the block where the shutdown runs again without it", async () => {
    const { host, client } = fakeHost();
    const failed = { ...done, block: true, blocked: true, status: "failed" };
    await update(host, failed, inputs);
    assert.deepEqual(client.setRoomBlock.args, [[inputs.roomId, false]]);
    assert.equal(client.deleteRoom.callCount, 1);
  });

  it("does not hold a change against later ones that was only recorded", async () => {
    const { host, client } = fakeHost();
    client.roomDetails.rejects(
      new SynapseRequestError({ ...where, httpStatus: 404, errcode: "M_NOT_FOUND", reason: "" }),
    );
    const news = { ...inputs, newRoomUserId: "@a:synapse.test", purge: false };
    const recorded = await update(host, done, news);
    assert.equal((await update(host, recorded, { ...news, runOn: "both" })).status, "complete");
    assert.equal(client.deleteRoom.callCount, 0);
  });

  it("does not forget an unfinished shutdown when runOn becomes delete", async () => {
    const { host, client } = fakeHost();
    client.deleteStatus
      .onFirstCall()
      .rejects(new SynapseRequestError({ ...where, httpStatus: 401, reason: "expired" }));
    const state = await partial(create(host, inputs));
    assert.equal(state.status, undefined);
    const outputs = await update(host, state, { ...inputs, runOn: "delete" });
    assert.deepEqual([outputs.deleteId, outputs.status], ["delete-1", "complete"]);
  });

  it("adds up who was removed, and makes no second notice room that nobody needs", async () => {
    const { host, client } = fakeHost();
    client.roomDetails.onFirstCall().resolves(kept);
    const notice = { newRoomUserId: "@a:synapse.test", roomName: "Closed" };
    const state = { ...done, ...notice, purge: false, purged: false, newRoomId: "!notice" };
    const outputs = await update(host, state, { ...inputs, ...notice });
    assert.deepEqual(client.deleteRoom.args, [
      [inputs.roomId, { block: false, purge: true, forcePurge: false }],
    ]);
    assert.equal(outputs.newRoomId, "!notice");
    assert.deepEqual(outputs.kickedUsers, ["@first:synapse.test", "@a:synapse.test"]);
  });
});

describe("update, where something runs again", () => {
  it("runs what is declared by now, not what an unfinished shutdown that failed was started with", async () => {
    const { host, client } = fakeHost();
    client.deleteStatus.resolves({ status: "failed" });
    const active = { ...done, status: "active", maxAttempts: 3 };
    const news = { ...inputs, maxAttempts: 3, purge: false, expect: { maxLocalMembers: 1 } };
    await assert.rejects(
      update(host, active, news),
      /was not started.*expect.maxLocalMembers allows 1/,
    );
    assert.equal(client.deleteRoom.callCount, 0);
  });

  it("does not block a room whose guards do not hold", async () => {
    const { host, client } = fakeHost({ protectedRooms: [inputs.roomId] });
    const recorded = { ...done, runOn: "delete" as const, status: "not-run" };
    const { deleteId, ...state } = recorded;
    await assert.rejects(update(host, state, { ...inputs, block: true }), /must not be shut down/);
    assert.equal(client.setRoomBlock.callCount, 0);
  });

  it("keeps the block where a guard does not hold, and lifts it once the shutdown has started", async () => {
    const { host, client } = fakeHost();
    const failed = { ...done, block: true, blocked: true, status: "failed" };
    await assert.rejects(
      update(host, failed, { ...inputs, expect: { maxLocalMembers: 1 } }),
      /was not started/,
    );
    assert.equal(client.setRoomBlock.callCount, 0);
    client.deleteStatus.resolves({ status: "failed" });
    client.setRoomBlock.rejects(
      new SynapseRequestError({ ...where, httpStatus: 500, reason: "no" }),
    );
    const open = await partial(update(host, failed, inputs));
    assert.deepEqual([open.block, open.deleteId], [true, "delete-1"]);
    client.setRoomBlock.resolves();
    assert.equal((await partial(update(host, open, inputs))).block, false);
  });

  it("quarantines what it was told to, counts no less than before, and keeps the id where that fails", async () => {
    const { host, client } = fakeHost();
    const declared = { ...inputs, purge: false, quarantineMedia: true };
    client.roomDetails.resolves(kept);
    client.scheduledShutdowns.resolves([
      { deleteId: "other", roomId: inputs.roomId, status: "complete" },
    ]);
    client.quarantineMedia.rejects(
      new SynapseRequestError({ ...where, httpStatus: 500, reason: "no" }),
    );
    const open = await partial(create(host, declared));
    assert.equal(open.deleteId, "other");
    client.quarantineMedia.resolves({ quarantinedMedia: 5 });
    const closed = await update(host, open, declared);
    assert.equal(closed.quarantinedMedia, 5);
    assert.equal(changes(closed, declared), false);
    client.quarantineMedia.resolves({ quarantinedMedia: 1 });
    assert.equal(
      (await update(host, { ...closed, status: "failed" }, declared)).quarantinedMedia,
      5,
    );
  });

  it("compares what it resumes with what was declared, whoever has started it", async () => {
    const { host, client } = fakeHost();
    client.roomDetails.rejects(notFound());
    const waitless = { ...done, status: "active", purge: false, newRoomUserId: "@a:synapse.test" };
    await assert.rejects(
      update(host, waitless, { ...inputs, purge: false, newRoomUserId: "@a:synapse.test" }),
      /is complete, but no notice room was made/,
    );
  });

  it("says for the delete hook that deleting has to be tried again", async () => {
    const { host, client } = fakeHost();
    client.deleteStatus.resolves({ status: "failed" });
    const state = { ...done, runOn: "delete" as const };
    await assert.rejects(
      deleteRoom(host, state),
      /To run it again: delete the resource once more \(`pulumi destroy`/,
    );
  });

  it("does not take its own shutdown for a contradiction when the answer was lost", async () => {
    const { host, client } = fakeHost();
    client.roomDetails.onFirstCall().resolves(kept);
    client.deleteRoom.rejects(
      new SynapseRequestError({ ...where, httpStatus: 502, reason: "bad gateway" }),
    );
    client.scheduledShutdowns.withArgs({ roomId: inputs.roomId }).onFirstCall().resolves([]);
    client.scheduledShutdowns
      .withArgs({ roomId: inputs.roomId })
      .resolves([{ deleteId: "mine", status: "active" }]);
    const notice = { newRoomUserId: "@a:synapse.test" };
    const state = { ...done, ...notice, purge: false, purged: false, newRoomId: "!notice" };
    assert.equal((await update(host, state, { ...inputs, ...notice })).deleteId, "mine");
  });
});

describe("read", () => {
  it("counts as left only who is still in the room", async () => {
    const { host, client } = fakeHost();
    client.roomDetails.resolves(kept);
    client.roomMemberships.resolves(new Map([["@suspended:b", "leave"]]));
    client.deleteStatus.resolves({
      status: "complete",
      result: {
        kickedUsers: [],
        failedToKickUsers: ["@suspended:b"],
        localAliases: [],
        newRoomId: "!notice",
      },
    });
    const waitless = { ...inputs, wait: false, purge: false, newRoomUserId: "@a:synapse.test" };
    const state = stateOf(await read(host, { ...done, ...waitless, status: "active" }));
    assert.deepEqual(state.failedToKickUsers, []);
    assert.equal(changes(state, waitless), false);
  });

  it("does not fail where only the alias can't be looked up", async () => {
    const { host, client, lines } = fakeHost();
    client.resolveAlias.rejects(
      new SynapseRequestError({ ...where, httpStatus: 502, reason: "Failed to fetch alias" }),
    );
    assert.equal(
      stateOf(await read(host, { ...done, roomAlias: "#a:elsewhere" })).status,
      "complete",
    );
    assert.match(lines.join(), /alias #a:elsewhere .* can't be found out/);
  });
});

const where = { method: "GET", path: "/", origin: "http://synapse" };

describe("a resource of another homeserver", () => {
  const other = () => {
    const fake = fakeHost({ homeserverUrl: "http://other" });
    fake.client.whoami.resolves({ userId: "@admin:other.test" });
    return fake;
  };
  const refusal = /was reviewed on the homeserver synapse.test .* is other.test\. Nothing was done/;

  it("is not updated, deleted or read there", async () => {
    const { host, client } = other();
    const active = { ...done, status: "active" };
    await assert.rejects(update(host, active, inputs), refusal);
    await assert.rejects(deleteRoom(host, { ...done, runOn: "both" }), refusal);
    await assert.rejects(read(host, active), refusal);
    assert.equal(
      client.deleteRoom.callCount + client.setRoomBlock.callCount + client.deleteStatus.callCount,
      0,
    );
  });

  it("is noticed at the same address, too, where a tunnel leads elsewhere", async () => {
    const { host, client } = fakeHost();
    client.whoami.resolves({ userId: "@admin:other.test" });
    await assert.rejects(deleteRoom(host, { ...done, runOn: "delete" }), refusal);
  });

  it("is the same one at another address", async () => {
    const { host } = fakeHost({ homeserverUrl: "http://address.test" });
    assert.equal(stateOf(await read(host, { ...done, status: "active" })).status, "complete");
  });
});

describe("a shutdown that is taken over", () => {
  const active = {
    status: "active",
    result: { kickedUsers: [], failedToKickUsers: [], localAliases: [] },
  };

  it("gets its block at once where nobody waits", async () => {
    const { host, client } = fakeHost();
    client.scheduledShutdowns.resolves([{ deleteId: "other", roomId: inputs.roomId, ...active }]);
    client.deleteStatus.resolves(active);
    await create(host, { ...inputs, block: true, wait: false });
    assert.deepEqual(client.setRoomBlock.args, [[inputs.roomId, true]]);
  });

  it("is waited for by the delete hook, which believes nothing less than what is declared", async () => {
    const { host, client } = fakeHost();
    client.scheduledShutdowns.resolves([{ deleteId: "other", roomId: inputs.roomId, ...active }]);
    client.roomDetails.resolves(kept);
    await partial(deleteRoom(host, { ...done, runOn: "delete", wait: false }));
  });

  it("fails where it contradicts what is declared", async () => {
    const { host, client } = fakeHost();
    client.scheduledShutdowns
      .onFirstCall()
      .resolves([{ deleteId: "other", roomId: inputs.roomId, ...active }]);
    client.roomDetails.rejects(
      new SynapseRequestError({ ...where, httpStatus: 404, errcode: "M_NOT_FOUND", reason: "" }),
    );
    await assert.rejects(
      create(host, { ...inputs, purge: false }),
      /is purged, although purge is false: it was started by somebody else/,
    );
  });
});

describe("delete with runOn create", () => {
  for (const [state, expected] of [
    [done, /the room stays purged \(runOn/],
    [{ ...done, blocked: true, purged: false }, /stays shut down and blocked/],
    [{ ...done, status: "failed" }, /its last shutdown ended as "failed"/],
    [{ ...done, status: "active" }, /can't be cancelled and goes on .*delete-0, active/],
  ] as const) {
    it(`says what stays: ${expected.source}`, async () => {
      const { host, client, lines } = fakeHost();
      await deleteRoom(host, state);
      assert.match(lines[0] ?? "", expected);
      assert.equal(client.deleteRoom.callCount, 0);
    });
  }
});
