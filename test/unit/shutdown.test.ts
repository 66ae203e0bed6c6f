import assert from "node:assert/strict";
import { create } from "../../provider/hooks/create";
import { deleteRoom } from "../../provider/hooks/delete";
import type { RoomShutdownState } from "../../provider/resource/state";
import { update } from "../../provider/hooks/update";
import {
  fakeOperation,
  notFound,
  refusal,
  reviewedInputs,
  roomHas,
} from "../support/hooks/fake-operation";
import { unfinished } from "../support/hooks/states";

const inputs = { ...reviewedInputs, block: true };

describe("shutdown", () => {
  it("sends only the options that are set", async () => {
    const { operation, client } = fakeOperation();
    await create(operation, inputs);
    assert.deepEqual(client.deleteRoom.firstCall.args, [
      inputs.roomId,
      { block: true, purge: true, forcePurge: false },
    ]);
  });

  it("waits longer and longer, through unknown words, and ends in time", async () => {
    const { operation, client, clock } = fakeOperation();
    client.deleteStatus.resolves({ status: "pondering" });
    const error = await unfinished(create(operation, inputs));
    assert.equal(clock.nowMs(), 60_000);
    assert.deepEqual(
      clock.sleeps.slice(0, -1),
      [...clock.sleeps.slice(0, -1)].sort((a, b) => a - b),
    );
    assert.match(
      error.message,
      /\(delete_id delete-1\) has not ended within 60 seconds.*goes on at the homeserver/,
    );
    assert.equal(error.state.deleteId, "delete-1");
    assert.equal(error.state.status, "pondering");
  });

  it("resumes an unfinished shutdown in update, without a second delete call", async () => {
    const { operation, client } = fakeOperation();
    client.deleteStatus.onFirstCall().rejects(new Error("connection lost"));
    const error = await unfinished(create(operation, inputs));
    assert.equal(error.state.status, undefined);
    const outputs = await update(operation, error.state, inputs);
    assert.equal(client.deleteRoom.callCount, 1);
    assert.equal(outputs.deleteId, "delete-1");
    assert.equal(outputs.status, "complete");
    assert.deepEqual(outputs.kickedUsers, ["@a:synapse.test"]);
    assert.equal(outputs.serverName, "synapse.test");
  });

  it("fails with the id where the task failed, and update runs it again", async () => {
    const { operation, client } = fakeOperation();
    client.deleteStatus.onFirstCall().resolves({ status: "failed" });
    const error = await unfinished(create(operation, inputs));
    assert.match(error.message, /\(delete_id delete-1\) ended as "failed"/);
    client.deleteRoom.resolves({ deleteId: "delete-2" });
    const outputs = await update(operation, error.state, inputs);
    assert.equal(outputs.deleteId, "delete-2");
    assert.equal(outputs.status, "complete");
  });

  const gaps: Record<string, (fake: ReturnType<typeof fakeOperation>) => unknown> = {
    "1 of its local users could not be removed: @b:synapse.test. .*forcePurge": ({ client }) => {
      client.deleteStatus.resolves({
        status: "complete",
        result: {
          kickedUsers: [],
          failedToKickUsers: ["@b:synapse.test", "@left:synapse.test"],
          localAliases: [],
        },
      });
      roomHas(client, { "@b:synapse.test": "join", "@left:synapse.test": "leave" });
    },
    "still has the room": ({ client }) => {
      roomHas(client, {});
    },
    "is not blocked": ({ client }) => client.isRoomBlocked.resolves(false),
  };
  for (const [gap, prepare] of Object.entries(gaps)) {
    it(`does not believe "complete" where: ${gap}`, async () => {
      const fake = fakeOperation();
      prepare(fake);
      const error = await unfinished(create(fake.operation, inputs));
      assert.match(error.message, new RegExp(`reported as complete, but it is not.* ${gap}`));
      assert.equal(error.state.deleteId, "delete-1");
    });
  }

  it("blocks a room whose shutdown was taken over without the block", async () => {
    const { operation, client } = fakeOperation();
    client.isRoomBlocked.onFirstCall().resolves(false);
    assert.equal((await create(operation, inputs)).blocked, true);
    assert.deepEqual(client.setRoomBlock.args, [[inputs.roomId, true]]);
  });

  it("lays onDelete over the options in delete", async () => {
    const { operation, client } = fakeOperation();
    const state: RoomShutdownState = {
      ...inputs,
      runOn: "delete",
      purge: false,
      onDelete: { purge: true, forcePurge: true },
    };
    await deleteRoom(operation, state);
    assert.deepEqual(client.deleteRoom.firstCall.args[1], {
      block: true,
      purge: true,
      forcePurge: true,
    });
  });

  it("keeps nothing of an option that is no longer declared", async () => {
    const { operation, client } = fakeOperation();
    client.deleteStatus.resolves({
      status: "complete",
      result: {
        kickedUsers: ["@a:b"],
        failedToKickUsers: [],
        localAliases: [],
        newRoomId: "!notice",
      },
    });
    const done = await create(operation, {
      ...inputs,
      newRoomUserId: "@a:synapse.test",
      message: "Closed",
    });
    const outputs = await update(operation, done, inputs);
    assert.equal("message" in outputs, false);
    assert.equal("newRoomUserId" in outputs, false);
    assert.deepEqual(outputs.kickedUsers, done.kickedUsers);
  });
});

describe("a shutdown with a notice room", () => {
  const notice = { ...inputs, newRoomUserId: "@a:synapse.test" };

  it("starts after a random time, and takes over what others have started meanwhile", async () => {
    const { operation, client, clock } = fakeOperation();
    client.scheduledShutdowns.callsFake(() =>
      Promise.resolve(
        clock.nowMs() > 0
          ? [{ deleteId: "other", roomId: inputs.roomId, status: "scheduled" }]
          : [],
      ),
    );
    client.deleteStatus.resolves({ status: "failed" });
    assert.equal(
      (await unfinished(create(operation, { ...notice, waitTimeoutSeconds: 1 }))).state.deleteId,
      "other",
    );
    assert.equal(clock.sleeps[0], 1_500);
    assert.equal(client.deleteRoom.callCount, 0);
  });

  it("does not wait before it takes over what is running", async () => {
    const { operation, client, clock } = fakeOperation();
    client.scheduledShutdowns.resolves([
      { deleteId: "other", roomId: inputs.roomId, status: "active" },
    ]);
    await unfinished(create(operation, { ...notice, waitTimeoutSeconds: 1 }));
    assert.equal(clock.sleeps[0], 70);
  });
});

describe("waiting for a shutdown", () => {
  const away = refusal(undefined);
  const active = { status: "active" };

  it("bears with a homeserver that is away for five minutes after its last answer, and says so once", async () => {
    const { operation, client, clock, lines } = fakeOperation();
    let awayUntilMs = 0;
    const complete = await client.deleteStatus("x");
    client.deleteStatus.callsFake(() => {
      if (awayUntilMs === 0) awayUntilMs = clock.nowMs() + 5 * 60_000;
      return clock.nowMs() < awayUntilMs ? Promise.reject(away) : Promise.resolve(complete);
    });
    const outputs = await create(operation, { ...inputs, waitTimeoutSeconds: 3600 });
    assert.equal(outputs.status, "complete");
    assert.equal(lines.filter((line) => line.includes("does not answer")).length, 1);
  });

  it("gives up on one that stays away, with the id", async () => {
    const { operation, client, clock } = fakeOperation();
    client.deleteStatus.rejects(away);
    const error = await unfinished(create(operation, { ...inputs, waitTimeoutSeconds: 36_000 }));
    assert.match(error.message, /no answer/);
    assert.ok(clock.nowMs() > 5 * 60_000 && clock.nowMs() < 10 * 60_000);
    assert.equal(error.state.deleteId, "delete-1");
  });

  it("does not wait where the answer is a refusal", async () => {
    const { operation, client, clock } = fakeOperation();
    client.deleteStatus.rejects(refusal(401, "expired"));
    assert.match((await unfinished(create(operation, inputs))).message, /401: expired/);
    assert.equal(clock.sleeps.length, 1);
  });

  it("says at most every ten seconds how many members are removed, and only what is new", async () => {
    const { operation, host, client, clock, lines } = fakeOperation();
    const said: number[] = [];
    host.log = (_roomId, line) => {
      lines.push(line);
      if (line.includes("members removed")) said.push(clock.nowMs());
    };
    client.deleteStatus.callsFake(() => {
      const removed = Math.min(40, Math.floor(clock.nowMs() / 1000));
      const kickedUsers = Array.from({ length: removed }, (_, i) => `@${i}:b`);
      return Promise.resolve({
        ...active,
        result: { kickedUsers, failedToKickUsers: [], localAliases: [] },
      });
    });
    const members = [
      ...Array.from({ length: 50 }, (_, i) => [`@${i}:synapse.test`, "join"]),
      ...Array.from({ length: 40 }, (_, i) => [`@${i}:remote.test`, "join"]),
    ];
    roomHas(client, Object.fromEntries(members) as Record<string, string>);
    await unfinished(create(operation, { ...inputs, waitTimeoutSeconds: 120 }));
    assert.ok(said.length >= 3 && said.length <= 5, String(said));
    assert.ok(said.every((ms, i) => ms - (said[i - 1] ?? 0) >= 10_000));
    assert.match(
      lines.find((line) => line.includes("removed")) ?? "",
      /^active, \d+ of 50 local members removed$/,
    );
    assert.match(lines.at(-1) ?? "", /40 of 50/);
  });

  it("says once that a status word is new", async () => {
    const { operation, client, lines } = fakeOperation();
    client.deleteStatus.resolves({ status: "pondering" });
    await unfinished(create(operation, inputs));
    assert.equal(lines.filter((line) => line.includes('says "pondering"')).length, 1);
  });

  it("asks the room where there is no record of the task: gone", async () => {
    const { operation, client } = fakeOperation();
    client.deleteStatus.rejects(notFound());
    const outputs = await create(operation, inputs);
    assert.equal(outputs.status, "complete");
    assert.equal(outputs.purged, true);
  });

  it("asks the room where there is no record of the task: still there", async () => {
    const { operation, client } = fakeOperation();
    client.deleteStatus.rejects(notFound());
    roomHas(client, { "@a:synapse.test": "join", "@b:synapse.test": "join" });
    const error = await unfinished(create(operation, inputs));
    assert.match(error.message, /no record .* still there with 2 local members.*`pulumi up`/);
    assert.equal(error.state.status, "no-record");
    assert.equal(client.deleteRoom.callCount, 1, "a second DELETE was sent");
    await unfinished(update(operation, error.state, inputs));
    assert.equal(client.deleteRoom.callCount, 2);
  });
});

describe("a failed task", () => {
  const failed = (result = {}) => ({
    status: "failed",
    result: { kickedUsers: [], failedToKickUsers: [], localAliases: [], ...result },
  });

  it("runs up to maxAttempts times, with pauses, saying so", async () => {
    const { operation, client, clock, lines } = fakeOperation();
    ["delete-1", "delete-2", "delete-3"].forEach((deleteId, call) =>
      client.deleteRoom.onCall(call).resolves({ deleteId }),
    );
    client.deleteStatus.resolves(failed());
    const error = await unfinished(create(operation, { ...inputs, maxAttempts: 3 }));
    assert.equal(client.deleteRoom.callCount, 3);
    assert.equal(error.state.deleteId, "delete-3");
    assert.ok(clock.nowMs() >= 3_000);
    assert.match(
      lines.join("\n"),
      /attempt 1 of 3 failed, running it again.*attempt 2 of 3 failed/s,
    );
  });

  it("ends well where a later attempt does", async () => {
    const { operation, client } = fakeOperation();
    client.deleteStatus.onFirstCall().resolves(failed());
    client.deleteRoom.onSecondCall().resolves({ deleteId: "delete-2" });
    const outputs = await create(operation, { ...inputs, maxAttempts: 2 });
    assert.deepEqual([outputs.deleteId, outputs.status], ["delete-2", "complete"]);
  });

  it("does not run again once a notice room was made", async () => {
    const { operation, client } = fakeOperation();
    client.deleteStatus.resolves(failed({ newRoomId: "!notice" }));
    await unfinished(
      create(operation, { ...inputs, maxAttempts: 5, newRoomUserId: "@a:synapse.test" }),
    );
    assert.equal(client.deleteRoom.callCount, 1);
  });

  for (const [text, expected] of Object.entries({
    "Users are still joined to this room":
      /says: Users are still joined.*forcePurge.*issues\/17019/,
    "413: event too large": /says: 413: event too large.*message .* too long/,
    "400: User must be our own: @a:b": /newRoomUserId must be a user of this homeserver/,
    "violates foreign key constraint": /issues\/19822/,
    "canceling statement due to statement timeout": /issues\/17800/,
    "something else": /says: something else\. Its log says more/,
  })) {
    it(`is explained: ${text}`, async () => {
      const { operation, client } = fakeOperation();
      client.deleteStatus.resolves(failed());
      client.scheduledShutdowns.onCall(0).resolves([]);
      client.scheduledShutdowns.resolves([{ deleteId: "delete-1", status: "failed", error: text }]);
      assert.match((await unfinished(create(operation, inputs))).message, expected);
    });
  }

  it("is told also where asking why fails", async () => {
    const { operation, client } = fakeOperation();
    client.deleteStatus.resolves(failed());
    const busy = refusal(503, "busy");
    client.scheduledShutdowns.withArgs({ roomId: inputs.roomId }).rejects(busy);
    assert.match(
      (await unfinished(create(operation, inputs))).message,
      /ended as "failed".*Asking it failed: .*503: busy/,
    );
  });

  it("is explained by what can be seen where the homeserver does not say why", async () => {
    const { operation, client } = fakeOperation();
    client.deleteStatus.resolves(failed({ failedToKickUsers: ["@b:synapse.test"] }));
    client.scheduledShutdowns
      .withArgs({ roomId: inputs.roomId })
      .resolves([{ deleteId: "delete-1", ...failed({ failedToKickUsers: ["@b:synapse.test"] }) }]);
    assert.match(
      (await unfinished(create(operation, inputs))).message,
      /does not say why, but .*@b:synapse.test/,
    );
  });
});
