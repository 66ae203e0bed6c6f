import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { SynapseRoomShutdownArgs } from "pulumi-synapse";
import type { FaultProxy } from "../support/network/fault-proxy";
import type { TestHomeserver, TestRoom, TestUser } from "../support/synapse/homeserver";
import { expectOk } from "../support/synapse/requests";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";
import { behindProxy, federatingHomeservers } from "../support/synapse/shared";

const long = 30 * 24 * 3600;
/** The time of a shutdown that has ended is over soon. */
const over = 1;

describe("purgeAfterSeconds", () => {
  let homeserver: TestHomeserver;
  let proxy: FaultProxy;
  let scenario: Scenario;
  before(async () => ({ homeserver, proxy } = await behindProxy()));
  afterEach(() => {
    scenario.remove();
  });

  const isThere = async ({ roomId }: TestRoom) =>
    (await homeserver.roomDetails(roomId)).status === 200;
  const outputs = () => scenario.outputs("room");
  const declare = (room: TestRoom, args: Omit<SynapseRoomShutdownArgs, "roomId">) => {
    scenario.declare({ room: { roomId: room.roomId, ...args } });
  };

  const until = async (ms: number) => {
    while (Date.now() < ms) await sleep(ms - Date.now());
  };
  /** Waits for what `over` means. */
  const isOver = () => until(Date.parse(String(outputs()["purgeDueAt"])) - (long - over) * 1000);

  /** A room that is kept: shut down, and to be purged in a month. */
  async function kept(args: Omit<SynapseRoomShutdownArgs, "roomId"> = {}): Promise<TestRoom> {
    const room = await homeserver.createRoom({ members: 2, name: "Cheap watches" });
    scenario = await Scenario.create(connectionTo(homeserver, proxy), {
      room: { roomId: room.roomId, block: true, purgeAfterSeconds: long, ...args },
    });
    const startMs = Date.now();
    succeeded(await scenario.up());
    const dueMs = Date.parse(String(outputs()["purgeDueAt"]));
    assert.ok(dueMs >= startMs + long * 1000 && dueMs <= Date.now() + (long + 1) * 1000);
    assert.match(String(outputs()["purgeDueAt"]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.equal(await isThere(room), true);
    return room;
  }

  it("keeps the room, says at the review when it is purged, and until then asks nothing", async () => {
    const room = await homeserver.createRoom({ members: 2 });
    scenario = await Scenario.create(connectionTo(homeserver, proxy), {
      room: { roomId: room.roomId, block: true, purgeAfterSeconds: long },
    });
    assert.match(
      succeeded(await scenario.preview({ diff: false })),
      /2 local members will be removed; it is purged by the first `pulumi up` after another 30 days, which can't be undone/,
    );
    assert.match(
      succeeded(await scenario.up()),
      /done in \S+ s: 2 local users removed, blocked, to be purged by the first `pulumi up` after \S+Z \(delete_id/,
    );
    const { purgeDueAt, purged, blocked, status } = outputs();
    assert.deepEqual(
      { purged, blocked, status },
      { purged: false, blocked: true, status: "complete" },
    );
    assert.equal(await isThere(room), true);
    assert.equal(await homeserver.isBlocked(room.roomId), true);
    assert.deepEqual(await homeserver.joinedRooms(room.creator), []);

    proxy.reset();
    assert.match(succeeded(await scenario.preview()), /2 unchanged/);
    assert.match(succeeded(await scenario.up()), /2 unchanged/);
    assert.deepEqual(proxy.requests, []);
    succeeded(await scenario.refresh());
    assert.match(succeeded(await scenario.preview()), /2 unchanged/);
    assert.equal(outputs()["purgeDueAt"], purgeDueAt);
    assert.equal((await homeserver.shutdownTasks(room.roomId)).length, 1);
  });

  it("purges it by the first up after its time, and keeps both ids", async () => {
    const room = await homeserver.createRoom({ members: 2 });
    const { roomId } = room;
    scenario = await Scenario.create(connectionTo(homeserver), {
      room: { roomId, purgeAfterSeconds: 2 },
    });
    succeeded(await scenario.up());
    const first = outputs();
    const dueMs = Date.parse(String(first["purgeDueAt"]));
    await until(dueMs);
    assert.equal(await isThere(room), true);

    const due = `planned: purges the room, due since ${String(first["purgeDueAt"])}`;
    assert.ok(succeeded(await scenario.preview({ diff: false })).includes(due));
    assert.match(succeeded(await scenario.up()), /done in \S+ s: 2 local users removed, purged/);
    assert.equal(await isThere(room), false);
    assert.deepEqual(
      await homeserver.own.query("SELECT event_id FROM events WHERE room_id = ?", roomId),
      [],
    );
    const tasks = await homeserver.shutdownTasks(roomId);
    const { deleteId, previousDeleteIds, purged, purgeDueAt } = outputs();
    assert.deepEqual(
      tasks.map(({ id }) => id),
      [first["deleteId"], deleteId],
    );
    assert.deepEqual(previousDeleteIds, [first["deleteId"]]);
    assert.deepEqual({ purged, purgeDueAt }, { purged: true, purgeDueAt: undefined });
    assert.match(succeeded(await scenario.up()), /2 unchanged/);
  });

  it("moves with a change, from the same end; without it the next up purges, and with purge false nothing does", async () => {
    const room = await kept();
    const endMs = Date.parse(String(outputs()["purgeDueAt"])) - long * 1000;
    declare(room, { block: true, purgeAfterSeconds: 3600 });
    assert.match(
      succeeded(await scenario.preview({ diff: false })),
      /planned: the room is purged by the first `pulumi up` after \S+Z/,
    );
    succeeded(await scenario.up());
    assert.equal(Date.parse(String(outputs()["purgeDueAt"])), endMs + 3600 * 1000);
    declare(room, { block: true, purge: false });
    assert.match(succeeded(await scenario.preview({ diff: false })), /planned: the room is kept/);
    succeeded(await scenario.up());
    assert.equal(outputs()["purgeDueAt"], undefined);
    assert.match(succeeded(await scenario.up()), /2 unchanged/);
    assert.equal(await isThere(room), true);

    declare(room, { block: true, purgeAfterSeconds: long });
    succeeded(await scenario.up());
    assert.ok(Date.parse(String(outputs()["purgeDueAt"])) >= endMs + long * 1000);
    declare(room, { block: true });
    succeeded(await scenario.up());
    assert.equal(await isThere(room), false);
    assert.equal(outputs()["purged"], true);
  });

  it("is not purged where a guard does not hold by then, and is by the up after that", async () => {
    const room = await kept();
    const protect = { "synapse:protectedRooms": { value: JSON.stringify([room.roomId]) } };
    await scenario.configure(protect);
    await isOver();
    declare(room, { block: true, purgeAfterSeconds: over });
    assert.match(refused(await scenario.up()), /was not started.*must not be shut down/);
    assert.equal(await isThere(room), true);
    await scenario.configure({ "synapse:protectedRooms": { value: "[]" } });
    succeeded(await scenario.up());
    assert.equal(await isThere(room), false);
  });

  it("a destroy before its time says that nobody will purge it", async () => {
    const room = await kept();
    assert.match(
      succeeded(await scenario.destroy()),
      /the room is kept, and nobody will purge it now \(it was to be purged after \S+Z\)/,
    );
    assert.equal(await isThere(room), true);
  });

  for (const way of ["an up", "a refresh"]) {
    it(`finds at ${way} that somebody else has purged it, and runs nothing`, async () => {
      const room = await kept();
      const path = `/_synapse/admin/v1/rooms/${encodeURIComponent(room.roomId)}`;
      expectOk(await homeserver.admin("DELETE", path, { purge: true }));
      await isOver();
      declare(room, { block: true, purgeAfterSeconds: over });
      if (way === "a refresh") succeeded(await scenario.refresh());
      const output = succeeded(await scenario.up());
      if (way === "an up") assert.match(output, /somebody else has purged it: no shutdown runs/);
      assert.deepEqual([outputs()["purged"], outputs()["purgeDueAt"]], [true, undefined]);
      assert.equal((await homeserver.shutdownTasks(room.roomId)).length, 1);
      assert.match(succeeded(await scenario.up()), /2 unchanged/);
    });
  }

  it("a room in which people are again is alive, and gets its whole time after the next shutdown", async () => {
    const { local, remote } = await federatingHomeservers();
    const [room, member] = await Promise.all([remote.createRoom(), local.createUser()]);
    const join = () => local.join(member, room.roomId, remote).then(expectOk);
    await join();
    scenario = await Scenario.create(connectionTo(local), {
      room: { roomId: room.roomId, purgeAfterSeconds: long },
    });
    succeeded(await scenario.up());
    const first = outputs();
    await join();
    assert.match(succeeded(await scenario.refresh()), /is alive again/);
    succeeded(await scenario.up());
    assert.deepEqual(await local.joinedRooms(member), []);
    assert.equal((await local.roomDetails(room.roomId)).status, 200);
    assert.ok(String(outputs()["purgeDueAt"]) > String(first["purgeDueAt"]));
  });

  it("changed triggers shut it down again, with its whole time, and keep the id", async () => {
    const room = await kept({ triggers: [1] });
    const first = outputs();
    declare(room, { block: true, purgeAfterSeconds: long, triggers: [2] });
    succeeded(await scenario.up());
    assert.equal(await isThere(room), true);
    assert.deepEqual(outputs()["previousDeleteIds"], [first["deleteId"]]);
    assert.notEqual(outputs()["deleteId"], first["deleteId"]);
    assert.ok(String(outputs()["purgeDueAt"]) > String(first["purgeDueAt"]));
  });

  it("takes over a shutdown that keeps the room", async () => {
    const room = await homeserver.createRoom();
    const keeps = await homeserver.shutDown(room.roomId, { purge: false });
    scenario = await Scenario.create(connectionTo(homeserver), {
      room: { roomId: room.roomId, adoptDeleteId: keeps, purgeAfterSeconds: long },
    });
    succeeded(await scenario.up());
    assert.equal(outputs()["deleteId"], keeps);
    assert.ok(outputs()["purgeDueAt"] !== undefined);
    assert.equal(await isThere(room), true);
  });

  it("without wait, the next ups see the end, and purge it", async () => {
    const room = await homeserver.createRoom();
    const args = { roomId: room.roomId, wait: false };
    scenario = await Scenario.create(connectionTo(homeserver), {
      room: { ...args, purgeAfterSeconds: long },
    });
    succeeded(await scenario.up());
    await homeserver.shutdownsEnd(room.roomId);
    succeeded(await scenario.up());
    assert.ok(outputs()["purgeDueAt"] !== undefined);
    await isOver();
    scenario.declare({ room: { ...args, purgeAfterSeconds: over } });
    succeeded(await scenario.up());
    await homeserver.shutdownsEnd(room.roomId);
    succeeded(await scenario.up());
    assert.equal(await isThere(room), false);
    assert.deepEqual([outputs()["purged"], outputs()["purgeDueAt"]], [true, undefined]);
    assert.match(succeeded(await scenario.up()), /2 unchanged/);
  });

  it("with runOn both, the delete hook purges at once", async () => {
    const room = await kept({ runOn: "both" });
    succeeded(await scenario.destroy());
    assert.equal(await isThere(room), false);
  });

  for (const [what, args, leaves] of [
    ["with it, a client that was away learns that it has left", { purgeAfterSeconds: long }, true],
    ["without it, it never does", {}, false],
  ] as const) {
    it(what, async () => {
      const room = await homeserver.createRoom();
      const since = (await sync(room.creator)).next_batch;
      scenario = await Scenario.create(connectionTo(homeserver), {
        room: { roomId: room.roomId, ...args },
      });
      succeeded(await scenario.up());
      const { leave = {} } = (await sync(room.creator, since)).rooms ?? {};
      assert.equal(room.roomId in leave, leaves);
    });
  }

  async function sync(user: TestUser, since?: string) {
    const query = since === undefined ? "" : `&since=${encodeURIComponent(since)}`;
    const answer = await homeserver.as(user, "GET", `/_matrix/client/v3/sync?timeout=0${query}`);
    return expectOk(answer) as { next_batch: string; rooms?: { leave?: Record<string, unknown> } };
  }

  for (const [what, args] of Object.entries({
    "purge false": { purgeAfterSeconds: 5, purge: false },
    "runOn delete": { purgeAfterSeconds: 5, runOn: "delete" },
    zero: { purgeAfterSeconds: 0 },
    "part of a second": { purgeAfterSeconds: 1.5 },
    "more than ten years": { purgeAfterSeconds: 315_360_001 },
  } as const)) {
    it(`is refused with ${what}`, async () => {
      scenario = await Scenario.create(connectionTo(homeserver), {
        room: { roomId: "!room:synapse.test", ...args },
      });
      assert.match(
        refused(await scenario.preview()),
        /purgeAfterSeconds .*(needs purge|1 to 315360000)/,
      );
    });
  }
});
