import assert from "node:assert/strict";
import sinon from "sinon";
import { takeOverOrStart, type Wanted } from "../../provider/shutdown/take-over-or-start";
import { SynapseRequestError } from "../../provider/synapse/errors";
import type { ShutdownTask } from "../../provider/synapse/schemas";
import { fakeOperation, notFound, refusal, roomHas } from "../support/hooks/fake-operation";

const roomId = "!room:synapse.test";
const options = { block: false, purge: true, forcePurge: false };
const wanted = { intent: "create" as const, roomId, options, guard: () => Promise.resolve() };
const kicked = { kickedUsers: ["@a:b"], failedToKickUsers: [], localAliases: [] };
const task = (deleteId: string, status: string, newRoomId?: string): ShutdownTask => ({
  roomId,
  deleteId,
  status,
  result: { ...kicked, ...(newRoomId === undefined ? {} : { newRoomId }) },
});
describe("starting a shutdown", () => {
  const setUp = () => {
    const fake = fakeOperation();
    const start = async (one: Wanted) => (await takeOverOrStart(fake.homeserver, one)).deleteId;
    return { ...fake, start };
  };

  for (const status of ["scheduled", "active", "shutting_down", "new-word"]) {
    it(`takes over a task that is ${status}`, async () => {
      const { start, client, lines } = setUp();
      client.scheduledShutdowns.resolves([task("old", "failed"), task("running", status)]);
      assert.equal(await start(wanted), "running");
      assert.equal(client.deleteRoom.callCount, 0);
      assert.match(
        lines[0] ?? "",
        new RegExp(`takes over the shutdown .* delete_id running, ${status}`),
      );
    });
  }

  it("takes over a complete task of a room that is gone", async () => {
    const { start, client } = setUp();
    client.roomDetails.onFirstCall().rejects(notFound());
    client.scheduledShutdowns.resolves([task("first", "complete"), task("done", "complete")]);
    assert.equal(await start(wanted), "done");
    assert.equal(client.deleteRoom.callCount, 0);
  });

  it("does not take over a complete task of a room that is still there", async () => {
    const { start, client } = setUp();
    client.scheduledShutdowns.resolves([task("done", "complete")]);
    assert.equal(await start(wanted), "delete-1");
  });

  it("takes over a task that has ended, and its room gone, while it was looked for", async () => {
    const { start, client } = setUp();
    client.roomDetails.onSecondCall().rejects(notFound());
    client.scheduledShutdowns.resolves([task("done", "complete")]);
    assert.equal(await start(wanted), "done");
    assert.equal(client.deleteRoom.callCount, 0);
  });

  it("takes over a complete task of a room that is to be kept and has no local members", async () => {
    const { start, client } = setUp();
    roomHas(client, { "@a:remote.test": "join", "@b:remote.test": "join" });
    client.scheduledShutdowns.resolves([task("done", "complete")]);
    assert.equal(await start({ ...wanted, options: { ...options, purge: false } }), "done");
  });

  it("says how a room that is gone contradicts what is declared", async () => {
    const cases: [ShutdownTask, object, RegExp][] = [
      [
        task("done", "complete"),
        { newRoomUserId: "@a:b" },
        /delete_id done, and no notice room was made/,
      ],
      [
        task("done", "complete", "!n"),
        {},
        /moved to the notice room !n, although newRoomUserId is not declared/,
      ],
      [task("done", "complete"), { purge: false }, /it is purged, although it was to be kept/],
    ];
    for (const [done, changed, expected] of cases) {
      const { start, client } = setUp();
      client.roomDetails.onFirstCall().rejects(notFound());
      client.scheduledShutdowns.resolves([done]);
      await assert.rejects(start({ ...wanted, options: { ...options, ...changed } }), expected);
      assert.equal(client.deleteRoom.callCount, 0);
    }
  });

  it("runs a failed shutdown again, whatever had ended before it", async () => {
    const { start, client } = setUp();
    client.scheduledShutdowns.resolves([task("done", "complete"), task("failed", "failed")]);
    assert.equal(await start({ ...wanted, after: "failed" }), "delete-1");
  });

  it("takes over what has ended well after the one that is to run again, as after a kill", async () => {
    const { start, client } = setUp();
    client.roomDetails.onFirstCall().rejects(notFound());
    client.scheduledShutdowns.resolves([task("failed", "failed"), task("done", "complete")]);
    assert.equal(await start({ ...wanted, after: "failed" }), "done");
    assert.equal(client.deleteRoom.callCount, 0);
  });

  it("takes over the complete task that fits, not just the last one", async () => {
    const { start, client } = setUp();
    client.roomDetails.onFirstCall().rejects(notFound());
    client.scheduledShutdowns.resolves([
      task("fits", "complete", "!notice"),
      task("late", "complete"),
    ]);
    assert.equal(
      await start({ ...wanted, options: { ...options, newRoomUserId: "@a:b" } }),
      "fits",
    );
  });

  it("says that a shutdown may have started even where the homeserver can't be asked", async () => {
    const { start, client } = setUp();
    client.deleteRoom.rejects(refusal(502));
    client.scheduledShutdowns
      .withArgs({ roomId })
      .rejects(refusal(undefined, "no answer (ECONNREFUSED)"));
    await assert.rejects(start(wanted), /was started is not known: the homeserver can't be asked/);
  });

  it("takes over the task that the homeserver says is in progress", async () => {
    const { start, client } = setUp();
    client.deleteRoom.rejects(refusal(400, "Purge already in progress for !room:synapse.test"));
    client.scheduledShutdowns.withArgs({ roomId }).resolves([task("other", "active")]);
    assert.equal(await start(wanted), "other");
  });

  for (const status of [undefined, 408, 500, 502, 503, 504, 520, 524]) {
    it(`finds the task of a DELETE whose answer was lost with ${status ?? "the connection"}`, async () => {
      const { start, client } = setUp();
      client.deleteRoom.rejects(refusal(status));
      client.scheduledShutdowns.resolves([task("old", "complete")]);
      client.scheduledShutdowns.withArgs({ status: "scheduled" }).resolves([]);
      client.scheduledShutdowns.withArgs({ status: "active" }).resolves([]);
      client.scheduledShutdowns
        .withArgs({ roomId })
        .onSecondCall()
        .resolves([task("old", "complete"), task("mine", "complete")]);
      assert.equal(await start(wanted), "mine");
      assert.equal(client.deleteRoom.callCount, 1);
    });
  }

  it("never sends a second DELETE, but says that it does not know", async () => {
    const { start, client } = setUp();
    client.deleteRoom.rejects(refusal(undefined, "no answer (socket hang up)"));
    await assert.rejects(start(wanted), /socket hang up.*is not known.*To find out: `pulumi up`/);
    assert.equal(client.deleteRoom.callCount, 1);
  });

  for (const status of [307, 400, 401, 403, 404]) {
    it(`believes a refusal with ${status}`, async () => {
      const { start, client, clock } = setUp();
      client.deleteRoom.rejects(refusal(status, "refused"));
      await assert.rejects(start(wanted), /refused/);
      assert.equal(clock.nowMs(), 0);
    });
  }

  const limit = (retryAfterMs?: number) => {
    const { method, path, origin, httpStatus, reason } = refusal(429, "Too Many Requests");
    return new SynapseRequestError({ method, path, origin, httpStatus, reason, retryAfterMs });
  };

  it("waits its turn as long as the homeserver asks, says so once, and looks again before it sends again", async () => {
    const { start, client, clock, lines } = setUp();
    const guard = sinon.stub().resolves();
    client.deleteRoom.onFirstCall().rejects(limit(30_000));
    client.deleteRoom.onSecondCall().rejects(limit());
    assert.equal(await start({ ...wanted, guard }), "delete-1");
    assert.deepEqual(clock.sleeps, [30_000, 4_000]);
    assert.deepEqual([client.deleteRoom.callCount, guard.callCount], [3, 3]);
    assert.equal(
      lines.filter((line) => /nothing was started: waits for its turn/.test(line)).length,
      1,
    );
  });

  it("takes over what shows up while it waits its turn, and starts nothing that a guard refuses by then", async () => {
    const { start, client } = setUp();
    client.deleteRoom.rejects(limit());
    client.scheduledShutdowns.withArgs({ roomId }).resolves([task("other", "active")]);
    assert.equal(await start(wanted), "other");
    const late = setUp();
    late.client.deleteRoom.rejects(limit());
    const guard = sinon.stub().resolves().onSecondCall().rejects(new Error("renamed"));
    await assert.rejects(late.start({ ...wanted, guard }), /renamed/);
    assert.deepEqual([client.deleteRoom.callCount, late.client.deleteRoom.callCount], [1, 1]);
  });

  for (const [how, retryAfterMs, atMostMs] of [
    ["goes on for ten minutes", undefined, 600_000],
    ["is longer than that by the homeserver's own word", 7_200_000, 0],
  ] as const) {
    it(`gives up where the limit ${how}, and says that nothing was started`, async () => {
      const { start, client, clock } = setUp();
      client.deleteRoom.rejects(limit(retryAfterMs));
      await assert.rejects(
        start(wanted),
        retryAfterMs === undefined
          ? /No shutdown of !room.* was started/
          : /asks for 7200 seconds.*No shutdown/,
      );
      assert.ok(
        clock.nowMs() <= atMostMs && clock.nowMs() >= atMostMs * 0.9,
        `${clock.nowMs()} ms`,
      );
    });
  }

  describe("after a quarantine", () => {
    const closing = { ...wanted, quarantineMedia: true };

    it("asks again where its answer was lost, and counts what it is told then", async () => {
      const { homeserver, client, clock, lines } = setUp();
      client.quarantineMedia.rejects(refusal(504)).onThirdCall().resolves({ quarantinedMedia: 3 });
      const started = await takeOverOrStart(homeserver, closing);
      assert.deepEqual(started, { deleteId: "delete-1", isAdopted: false, quarantinedMedia: 3 });
      assert.deepEqual(clock.sleeps, [1_000, 4_000]);
      assert.equal(lines.filter((line) => /asks again whether/.test(line)).length, 1);
    });

    it("is not sent before that is known, and the message says how to go on", async () => {
      const { start, client, clock } = setUp();
      client.quarantineMedia.rejects(refusal(504));
      await assert.rejects(
        start(closing),
        /is quarantined by now is not known.* No shutdown was started\. .*504.* set quarantineMedia to false/,
      );
      assert.ok(clock.nowMs() <= 600_000);
      assert.ok(
        client.quarantineMedia.callCount <= 15,
        `${client.quarantineMedia.callCount} times`,
      );
      assert.equal(client.deleteRoom.callCount, 0);
      assert.equal(await start(wanted), "delete-1");
    });

    it("is refused with what is refused, at once", async () => {
      const { start, client, clock } = setUp();
      client.quarantineMedia.rejects(refusal(403));
      await assert.rejects(
        start(closing),
        /could not be quarantined\. No shutdown was started\. .*403/,
      );
      assert.equal(clock.nowMs(), 0);
    });

    it("looks again at what took long, and takes over what began meanwhile", async () => {
      const { start, client, clock } = setUp();
      client.quarantineMedia.callsFake(async () => {
        await clock.sleep(50_000);
        client.scheduledShutdowns.withArgs({ roomId }).resolves([task("other", "active")]);
        return { quarantinedMedia: 1 };
      });
      assert.equal(await start(closing), "other");
      assert.equal(client.deleteRoom.callCount, 0);
    });
  });

  it("asks by room where the homeserver has no scheduled_tasks, and only once for those", async () => {
    const { start, client } = setUp();
    client.scheduledShutdowns.rejects(refusal(404));
    client.deleteStatusesOfRoom.rejects(notFound("No delete task"));
    assert.equal(await start(wanted), "delete-1");
    client.deleteStatusesOfRoom.resolves([task("running", "active")]);
    assert.equal(await start({ ...wanted, intent: "delete" }), "running");
    assert.equal(client.scheduledShutdowns.callCount, 1);
  });

  describe("with block, on a homeserver whose tasks may run where they can't set it", () => {
    const blocking = { ...wanted, options: { ...options, block: true } };
    const setUpOld = (serverVersion: string) => {
      const fake = setUp();
      fake.client.scheduledShutdowns.rejects(refusal(404));
      fake.client.deleteStatusesOfRoom.rejects(notFound("No delete task"));
      fake.client.serverVersion.resolves({ serverVersion });
      fake.client.isRoomBlocked.resolves(false);
      return fake;
    };

    it("sets the block before the shutdown, which is then without it", async () => {
      const { start, client } = setUpOld("1.123.0");
      client.deleteRoom.callsFake(() => {
        assert.deepEqual(client.setRoomBlock.args, [[roomId, true]]);
        return Promise.resolve({ deleteId: "delete-1" });
      });
      await start(blocking);
      assert.deepEqual(client.deleteRoom.args, [[roomId, options]]);
    });

    it("lifts it again where the homeserver refuses the shutdown, but not one that was there before", async () => {
      const { start, client } = setUpOld("1.98.0");
      client.deleteRoom.rejects(refusal(403, "forbidden"));
      await assert.rejects(start(blocking), /forbidden/);
      assert.deepEqual(client.setRoomBlock.args, [
        [roomId, true],
        [roomId, false],
      ]);
      client.setRoomBlock.resetHistory();
      client.isRoomBlocked.resolves(true);
      await assert.rejects(start(blocking), /forbidden/);
      assert.deepEqual(client.setRoomBlock.args, []);
    });

    it("keeps it where the answer was lost, since the shutdown may have been started", async () => {
      const { start, client } = setUpOld("1.98.0");
      client.deleteRoom.rejects(refusal(502));
      await assert.rejects(start(blocking), /was started is not known/);
      assert.deepEqual(client.setRoomBlock.args, [[roomId, true]]);
    });

    it("says that it could not be lifted, and still why the shutdown was refused", async () => {
      const { start, client, lines } = setUpOld("1.98.0");
      client.deleteRoom.rejects(refusal(403, "forbidden"));
      client.setRoomBlock.withArgs(roomId, false).rejects(refusal(502, "away"));
      await assert.rejects(start(blocking), /forbidden/);
      assert.match(
        lines.join("\n"),
        /no shutdown was started, and the block .* could not be lifted\. .*away/,
      );
    });

    it("says what has failed where that comes before the shutdown, and lifts what may have been set", async () => {
      const { start, client, clock } = setUpOld("1.98.0");
      client.setRoomBlock.withArgs(roomId, true).rejects(refusal(502, "away"));
      await assert.rejects(start(blocking), /^SynapseRequestError: .*502: away/);
      assert.equal(client.deleteRoom.callCount + clock.nowMs(), 0);
      assert.deepEqual(client.setRoomBlock.lastCall.args, [roomId, false]);
    });

    it("leaves it to the shutdown from 1.124 on", async () => {
      const { start, client } = setUpOld("1.124.0");
      await start(blocking);
      assert.equal(client.setRoomBlock.callCount, 0);
      assert.deepEqual(client.deleteRoom.args, [[roomId, blocking.options]]);
    });
  });

  it("is shared by all that want the same, and refused to those that want something else", async () => {
    const { start, client } = setUp();
    const ids = await Promise.all(
      Array.from({ length: 20 }, () => start({ ...wanted, options: { ...options } })),
    );
    assert.deepEqual(new Set(ids), new Set(["delete-1"]));
    assert.equal(client.deleteRoom.callCount, 1);
    await assert.rejects(
      start({ ...wanted, options: { ...options, block: true, message: "x" } }),
      /Another resource .* with other options \(block, message\)/,
    );
  });

  it("is tried anew after it was refused", async () => {
    const { start, client } = setUp();
    client.deleteRoom.onFirstCall().rejects(refusal(403, "refused"));
    await assert.rejects(start(wanted), /refused/);
    assert.equal(await start(wanted), "delete-1");
  });

  it("looks at the room itself before a notice room is made, however fresh the review is", async () => {
    const { start, client, homeserver } = setUp();
    await homeserver.room(roomId).details();
    assert.equal(
      await start({ ...wanted, options: { ...options, newRoomUserId: "@a:b" } }),
      "delete-1",
    );
    assert.deepEqual(client.scheduledShutdowns.args, [[{ roomId }]]);
    assert.equal(client.roomDetails.callCount, 2);
  });

  it("believes the review for five seconds, and the shared lists as long", async () => {
    const { start, homeserver, client, clock } = setUp();
    const other = "!other:synapse.test";
    await homeserver.room(roomId).details();
    await homeserver.room(other).details();
    await start(wanted);
    assert.equal(client.roomDetails.callCount, 2);
    const lists = [[{ status: "scheduled" }], [{ status: "active" }]] as const;
    assert.deepEqual(client.scheduledShutdowns.args, [[{}], ...lists]);
    await clock.sleep(5_001);
    roomHas(client, { "@a:synapse.test": "join", "@b:synapse.test": "join" });
    await start({ ...wanted, roomId: other });
    assert.equal(client.roomDetails.callCount, 3);
    assert.deepEqual(client.scheduledShutdowns.args, [[{}], ...lists, ...lists]);
  });

  for (const status of ["scheduled", "active"] as const) {
    it(`takes over a shutdown that is only in the list of the ${status} ones`, async () => {
      const { start, client } = setUp();
      client.scheduledShutdowns.withArgs({ status }).resolves([task("other", status)]);
      assert.equal(await start(wanted), "other");
      assert.equal(client.deleteRoom.callCount, 0);
    });
  }

  it("takes over one that begins between the two requests", async () => {
    const { start, client } = setUp();
    client.scheduledShutdowns.withArgs({ status: "active" }).resolves([]);
    client.scheduledShutdowns.withArgs({ status: "scheduled" }).callsFake(() => {
      client.scheduledShutdowns.withArgs({ status: "active" }).resolves([task("other", "active")]);
      return Promise.resolve([]);
    });
    assert.equal(await start(wanted), "other");
  });

  it("asks for the room alone where one that ran at first has ended since", async () => {
    const { start, client } = setUp();
    client.scheduledShutdowns.withArgs({}).resolves([task("old", "active")]);
    client.scheduledShutdowns.withArgs({ status: "scheduled" }).resolves([]);
    client.scheduledShutdowns.withArgs({ status: "active" }).resolves([]);
    client.scheduledShutdowns.withArgs({ roomId }).resolves([task("old", "failed")]);
    assert.equal(await start(wanted), "delete-1");
    assert.deepEqual(client.scheduledShutdowns.lastCall.args, [{ roomId }]);
  });
});
