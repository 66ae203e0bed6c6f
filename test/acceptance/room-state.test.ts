import assert from "node:assert/strict";
import type { SynapseRoomShutdownArgs } from "pulumi-synapse";
import { FaultProxy } from "../support/network/fault-proxy";
import type { TestHomeserver, TestUser } from "../support/synapse/homeserver";
import { expectOk } from "../support/synapse/requests";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";
import { federatingHomeservers } from "../support/synapse/shared";

/** A room that was shut down, and what somebody else has done to it since. */
interface Case {
  readonly roomId: string;
  readonly member: TestUser;
}

/** What can be seen of a room. */
interface Seen {
  readonly status: 200 | 404;
  readonly members: number;
  readonly blocked: boolean;
  readonly tasks: number;
}

interface Row {
  readonly args: Omit<SynapseRoomShutdownArgs, "roomId" | "roomAlias">;
  /** What somebody else does after the shutdown. */
  readonly meanwhile?: (room: Case) => Promise<unknown>;
  /** The outputs after a refresh, or that the resource is gone from the state. */
  readonly refreshed: Record<string, unknown> | "gone";
  /** What the preview after that refresh says of the resource. Absent: nothing. */
  readonly planned?: RegExp;
  /** The room after the `up` that follows. */
  readonly afterUp: Seen;
  /** The room after a destroy without a refresh, with `runOn` "create" and with "both". */
  readonly destroyed: Seen;
  readonly destroyedBoth: Seen;
}

describe("what a room's state means", () => {
  let local: TestHomeserver;
  let remote: TestHomeserver;
  before(async () => {
    // Rooms live on at another homeserver: from there, members can join them again.
    ({ local, remote } = await federatingHomeservers());
  });

  const join = async ({ roomId, member }: Case) =>
    expectOk(await local.join(member, roomId, remote));
  const leave = async ({ roomId, member }: Case) => expectOk(await local.leave(member, roomId));
  const unblock = async ({ roomId }: Case) => local.setBlock(roomId, false);
  const block = async ({ roomId }: Case) => local.setBlock(roomId, true);

  const purged: Seen = { status: 404, members: 0, blocked: false, tasks: 1 };
  const kept: Seen = { ...purged, status: 200 };
  const twice = { tasks: 2 };
  const rows: Record<string, Row> = {
    "details 404, blocked: purged and blocked": {
      args: { block: true },
      refreshed: { status: "complete", purged: true, blocked: true },
      afterUp: { ...purged, blocked: true },
      destroyed: { ...purged, blocked: true },
      destroyedBoth: { ...purged, blocked: true },
    },
    "details 404, not blocked: as the state says": {
      args: {},
      refreshed: { status: "complete", purged: true, blocked: false },
      afterUp: purged,
      destroyed: purged,
      destroyedBoth: purged,
    },
    "details 404, the block was lifted": {
      args: { block: true },
      meanwhile: unblock,
      refreshed: { status: "complete", purged: true, blocked: false, block: true },
      planned: /~ block *: false => true/,
      afterUp: { ...purged, blocked: true },
      destroyed: purged,
      destroyedBoth: { ...purged, blocked: true },
    },
    "details 200, no local members: shut down, not purged": {
      args: { purge: false },
      refreshed: { status: "complete", purged: false, blocked: false },
      afterUp: kept,
      destroyed: kept,
      destroyedBoth: kept,
    },
    "details 200, no local members, the block was lifted": {
      args: { purge: false, block: true },
      meanwhile: unblock,
      refreshed: { purged: false, blocked: false, block: true },
      planned: /~ block *: false => true/,
      afterUp: { ...kept, blocked: true },
      destroyed: kept,
      destroyedBoth: { ...kept, blocked: true },
    },
    "details 200, no local members, although it was purged": {
      args: {},
      meanwhile: async (room) => {
        await join(room);
        await leave(room);
      },
      refreshed: { status: "complete", purged: false, purge: true },
      planned: /~ purge *: false => true/,
      afterUp: { ...purged, ...twice },
      destroyed: kept,
      destroyedBoth: { ...purged, ...twice },
    },
    "details 200, local members, not blocked: alive, after a shutdown without a purge": {
      args: { purge: false },
      meanwhile: join,
      refreshed: "gone",
      planned: /\+ pulumi-nodejs.*\(create\)/,
      afterUp: { ...kept, ...twice },
      destroyed: { ...kept, members: 1 },
      destroyedBoth: { ...kept, ...twice },
    },
    "details 200, local members, not blocked: alive, after a purge and a lifted block": {
      args: { block: true },
      meanwhile: async (room) => {
        await unblock(room);
        await join(room);
      },
      refreshed: "gone",
      planned: /\+ pulumi-nodejs.*\(create\)/,
      afterUp: { ...purged, ...twice, blocked: true },
      destroyed: { ...kept, members: 1 },
      destroyedBoth: { ...purged, ...twice, blocked: true },
    },
    "details 200, local members, blocked": {
      args: { purge: false, block: true },
      meanwhile: async (room) => {
        await unblock(room);
        await join(room);
        await block(room);
      },
      refreshed: { status: "complete", purged: false, blocked: true },
      planned:
        /planned: runs the shutdown \(v2 delete call, a new delete_id\), since local users are in the room: @/,
      afterUp: { ...kept, ...twice, blocked: true },
      destroyed: { ...kept, members: 1, blocked: true },
      destroyedBoth: { ...kept, ...twice, blocked: true },
    },
  };
  const names = Object.keys(rows);

  async function see(roomId: string): Promise<Seen> {
    const { status } = await local.roomDetails(roomId);
    assert.ok(status === 200 || status === 404);
    const state =
      status === 404
        ? []
        : (expectOk(await local.roomState(roomId))["state"] as Record<string, unknown>[]);
    const isLocalMember = ({ type, state_key, content }: Record<string, unknown>) =>
      type === "m.room.member" &&
      String(state_key).endsWith(`:${local.serverName}`) &&
      (content as Record<string, unknown>)["membership"] === "join";
    return {
      status,
      members: state.filter(isLocalMember).length,
      blocked: await local.isBlocked(roomId),
      tasks: (await local.shutdownTasks(roomId)).length,
    };
  }

  /** All rows in one stack: shut down, and then changed by somebody else. */
  async function arrange(
    runOn: "create" | "both",
  ): Promise<{ scenario: Scenario; cases: Map<string, Case> }> {
    const cases = new Map<string, Case>();
    for (const name of names) {
      const [{ roomId }, member] = await Promise.all([remote.createRoom(), local.createUser()]);
      const room = { roomId, member };
      await join(room);
      cases.set(name, room);
    }
    const declared = Object.fromEntries(
      names.map((name) => [
        name,
        { roomId: cases.get(name)?.roomId ?? "", ...rows[name]?.args, runOn },
      ]),
    );
    const scenario = await Scenario.create(connectionTo(local), declared);
    succeeded(await scenario.up());
    for (const [name, room] of cases) {
      const { status, members, tasks } = await see(room.roomId);
      assert.deepEqual(
        { status, members, tasks },
        { status: rows[name]?.args.purge === false ? 200 : 404, members: 0, tasks: 1 },
      );
      await rows[name]?.meanwhile?.(room);
    }
    return { scenario, cases };
  }

  async function seeAll(cases: Map<string, Case>): Promise<Map<string, Seen>> {
    const seen = new Map<string, Seen>();
    for (const [name, { roomId }] of cases) seen.set(name, await see(roomId));
    return seen;
  }

  describe("refresh, and the up after it", () => {
    let scenario: Scenario;
    let blindUp: string;
    let refreshed: Map<string, Record<string, unknown> | "gone">;
    let preview: string;
    let cases: Map<string, Case>;
    let untouched: Map<string, Seen>;
    let afterUp: Map<string, Seen>;
    let deleteIds: Map<string, unknown>;
    let unchanged: string;
    before(async () => {
      ({ scenario, cases } = await arrange("create"));
      const before = await seeAll(cases);
      deleteIds = new Map(names.map((name) => [name, scenario.outputs(name)["deleteId"]]));
      blindUp = succeeded(await scenario.up());
      succeeded(await scenario.refresh());
      succeeded(await scenario.refresh());
      untouched = await seeAll(cases);
      assert.deepEqual(untouched, before);
      refreshed = new Map(
        names.map((name) => [name, scenario.has(name) ? scenario.outputs(name) : "gone"]),
      );
      preview = succeeded(await scenario.preview());
      succeeded(await scenario.up());
      afterUp = await seeAll(cases);
      unchanged = succeeded(await scenario.up());
    });
    after(() => {
      scenario.remove();
    });

    it("changes nothing without a refresh, or by one", () => {
      assert.match(blindUp, new RegExp(`${names.length + 1} unchanged`));
    });

    for (const name of names) {
      const row = rows[name] as Row;
      it(`refresh: ${name}`, () => {
        const outputs = refreshed.get(name);
        if (row.refreshed === "gone" || outputs === "gone" || outputs === undefined) {
          assert.equal(outputs, row.refreshed);
          return;
        }
        const found = Object.fromEntries(
          Object.keys(row.refreshed).map((key) => [key, outputs[key]]),
        );
        assert.deepEqual(found, row.refreshed);
        assert.equal(outputs["deleteId"], deleteIds.get(name));
      });

      it(`preview: ${name}`, () => {
        const roomId = cases.get(name)?.roomId ?? "";
        const said = `${blockOf(preview, name)}\n${linesOf(preview, roomId)}`;
        if (row.planned === undefined) assert.equal(said.trim(), "");
        else assert.match(said, row.planned);
      });

      it(`up: ${name}`, () => {
        assert.deepEqual(afterUp.get(name), row.afterUp);
        const isAnother = scenario.outputs(name)["deleteId"] !== deleteIds.get(name);
        assert.equal(isAnother, row.afterUp.tasks > 1);
      });
    }

    it("is as declared after that", () => {
      assert.match(unchanged, new RegExp(`${names.length + 1} unchanged`));
    });
  });

  for (const [runOn, expected] of [
    ["create", "destroyed"],
    ["both", "destroyedBoth"],
  ] as const) {
    describe(`destroy, runOn ${runOn}`, () => {
      let destroyed: Map<string, Seen>;
      before(async () => {
        const { scenario, cases } = await arrange(runOn);
        succeeded(await scenario.destroy());
        destroyed = await seeAll(cases);
        scenario.remove();
      });

      for (const name of names) {
        it(`destroy: ${name}`, () => {
          assert.deepEqual(destroyed.get(name), rows[name]?.[expected]);
        });
      }
    });
  }

  describe("an answer that is none", () => {
    let proxy: FaultProxy;
    let scenario: Scenario;
    before(async () => {
      proxy = await FaultProxy.start(local.url);
      const { roomId } = await local.createRoom();
      const config = connectionTo(local, proxy);
      scenario = await Scenario.create(config, { room: { roomId } });
      succeeded(await scenario.up());
    });
    after(async () => {
      scenario.remove();
      await proxy.stop();
    });

    for (const [status, errcode] of [
      [401, "M_UNKNOWN_TOKEN"],
      [403, "M_FORBIDDEN"],
      [404, "M_UNRECOGNIZED"],
      [404, undefined],
      [500, "M_UNKNOWN"],
    ] as const) {
      it(`never means that the room is gone or alive: ${status} ${errcode ?? "without a code"}`, async () => {
        const before = scenario.outputs("room");
        const body =
          errcode === undefined
            ? "<html>Not found</html>"
            : JSON.stringify({ errcode, error: "no" });
        const fault = { kind: "answer", forward: false, status, body } as const;
        const path = /admin\/v1\/rooms\/[^/]+$/;
        proxy.reset({ method: "GET", path, nth: 1, lasts: true, fault }); // It is tried again.
        assert.match(refused(await scenario.refresh()), new RegExp(String(status)));
        assert.deepEqual(scenario.outputs("room"), before);
        proxy.reset();
      });
    }
  });
});

/** What a preview shows of the changes of one resource. */
function blockOf(preview: string, name: string): string {
  const blocks = preview.split(/\n(?=\s*[~+-]+ pulumi)/);
  return blocks.find((block) => block.includes(`::${name}]`)) ?? "";
}

function linesOf(preview: string, roomId: string): string {
  return preview
    .split("\n")
    .filter((line) => line.includes(`${roomId}: planned:`))
    .join("\n");
}
