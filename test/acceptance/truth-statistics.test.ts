import assert from "node:assert/strict";
import type { SynapseRoomShutdownArgs } from "pulumi-synapse";
import { FaultProxy } from "../support/network/fault-proxy";
import { TestHomeserver, type TestRoom } from "../support/synapse/homeserver";
import { expectOk } from "../support/synapse/requests";
import { editWhileDown, misjudged, unsupported } from "../support/synapse/database";
import { reviewLine } from "../support/engine/review-line";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";

/** The provider's words. */
const says = {
  removed: (members: number) =>
    new RegExp(`\\b${members} (joined\\b.*|local members?) will be removed`),
  remote: /\b1 remote member stays? in the room/,
  tooMany: (property: string, most: number, seen: number) =>
    new RegExp(`expect\\.${property}.*allows ${most}, but the room .* has ${seen}`),
  other: (property: string, seen: string) =>
    new RegExp(`expect\\.${property}.*does not hold: of the room .* it is ${seen}`),
  unknown: (property: string) =>
    new RegExp(`expect\\.${property}.*(can't|cannot|could not) be (found out|told|evaluated)`),
  isProtected: /must not be shut down: #\S+ is in synapse:protectedRooms/,
  alive: /is alive again/,
  stillThere: (members: number) => new RegExp(`still there with ${members} (local|joined)`),
};

type Args = Omit<SynapseRoomShutdownArgs, "roomId" | "roomAlias">;

/** Homeservers whose statistics do not tell what a room is like. */
const kinds = {
  "that has no statistics": { config: { stats: { enabled: false } }, misjudges: false },
  "whose statistics are wrong": { config: {}, misjudges: true },
} as const;

describe("the truth about a homeserver", () => {
  let remote: TestHomeserver;
  before(async () => (remote = await TestHomeserver.startOwn({ federates: true })));
  after(() => remote.stop());

  for (const [kind, { config, misjudges }] of Object.entries(kinds)) {
    describe(kind, () => {
      let local: TestHomeserver;
      let proxy: FaultProxy;
      let scenario: Scenario | undefined;
      before(async () => {
        local = await TestHomeserver.startOwn({ federates: true, config });
        proxy = await FaultProxy.start(local.url);
      });
      after(async () => {
        await proxy.stop();
        await local.stop();
      });
      beforeEach(() => {
        proxy.reset();
      });
      afterEach(() => {
        scenario?.remove();
        scenario = undefined;
      });

      /** A room of the other homeserver with three members of this one. */
      const createRoom = async (): Promise<TestRoom> => {
        const room = await remote.createRoom({ name: "Watches" });
        const members = await Promise.all([1, 2, 3].map(() => local.createUser()));
        await joinAll({ ...room, members });
        return { ...room, members };
      };
      const joinAll = async ({ roomId, members }: TestRoom) => {
        for (const user of members) expectOk(await local.join(user, roomId, remote));
        if (misjudges) await editWhileDown(local, misjudged(roomId, 0));
      };
      const joined = async ({ roomId, members }: TestRoom) => {
        const rooms = await Promise.all(members.map((user) => local.joinedRooms(user)));
        return rooms.filter((ids) => ids.includes(roomId)).length;
      };
      const declare = async ({ roomId }: TestRoom, args: Args = {}) => {
        const connection = connectionTo({ url: proxy.url, adminToken: local.adminToken });
        scenario ??= await Scenario.create(connection, {});
        scenario.declare({ room: { roomId, ...args } });
        return scenario;
      };
      const shutDown = async ({ roomId }: TestRoom) => {
        await local.shutDown(roomId, { purge: false });
        await local.shutdownsEnd(roomId);
      };

      it("the preview says how many will be removed, and they are", async () => {
        const room = await createRoom();
        const { preview, up } = bound(await declare(room, { purge: false }));
        const line = reviewLine(succeeded(await preview()), room.roomId);
        assert.match(line, says.removed(3));
        assert.match(line, says.remote);
        succeeded(await up());
        assert.equal(await joined(room), 0);
      });

      for (const [property, seen] of [
        ["maxLocalMembers", 3],
        ["maxJoinedMembers", 4],
      ] as const) {
        it(`expect.${property} counts those who are in the room`, async () => {
          const room = await createRoom();
          const { preview, up } = bound(await declare(room, { expect: { [property]: 1 } }));
          assert.match(refused(await preview()), says.tooMany(property, 1, seen));
          assert.match(refused(await up()), says.tooMany(property, 1, seen));
          assert.equal(await joined(room), 3);
          assert.deepEqual(await local.shutdownTasks(room.roomId), []);

          await declare(room, { expect: { [property]: seen } });
          succeeded(await up());
          assert.equal(await joined(room), 0);
        });
      }

      it("a guard whose request fails does not hold", async () => {
        const room = await createRoom();
        const { preview } = bound(await declare(room, { expect: { maxLocalMembers: 3 } }));
        const fault = {
          kind: "answer",
          forward: false,
          status: 500,
          body: '{"errcode":"M_UNKNOWN","error":"Internal server error"}',
        } as const;
        const path = /\/rooms\/[^/]+\/(members|state)/;
        proxy.reset({ method: "GET", path, nth: 1, lasts: true, fault });
        assert.match(refused(await preview()), /500/);
        proxy.reset();
        succeeded(await preview());
      });

      it("a refresh finds those who have joined again, and the next up removes them", async () => {
        const room = await createRoom();
        const { up, refresh } = bound(await declare(room, { purge: false }));
        succeeded(await up());
        await joinAll(room);
        const refreshed = succeeded(await refresh());
        assert.match(refreshed, says.alive);
        for (const { userId } of room.members) assert.ok(refreshed.includes(userId), userId);
        succeeded(await up());
        assert.equal(await joined(room), 0);
      });

      it("a shutdown of before does not count for those who have joined since", async () => {
        const room = await createRoom();
        await shutDown(room);
        await joinAll(room);
        const { up } = bound(await declare(room, { purge: false }));
        succeeded(await up());
        assert.equal(await joined(room), 0);
        assert.equal((await local.shutdownTasks(room.roomId)).length, 2);
      });

      it("a delete_id of which there is no record is not taken over while somebody is in the room", async () => {
        const room = await createRoom();
        const { up } = bound(await declare(room, { purge: false, adoptDeleteId: "neverWasThere" }));
        assert.match(refused(await up()), says.stillThere(3));
        assert.equal(await joined(room), 3);
      });

      it("a shutdown whose record has expired is not complete while somebody is in the room", async () => {
        const room = await createRoom();
        const { up } = bound(await declare(room, { purge: false, wait: false }));
        succeeded(await up());
        await local.shutdownsEnd(room.roomId);
        await joinAll(room);
        await local.process?.expireTasks(room.roomId);
        await declare(room, { purge: false, wait: true });
        assert.match(succeeded(await up()), says.stillThere(3));
        assert.equal(await joined(room), 0);
        assert.equal((await local.shutdownTasks(room.roomId)).length, 1);
      });

      it("a shutdown that runs again moves those who have joined again to a notice room", async () => {
        const room = await createRoom();
        const { userId } = await local.createUser();
        const args = { purge: false, newRoomUserId: userId };
        const { up } = bound(await declare(room, args));
        succeeded(await up());
        const first = String(scenario?.outputs("room")["newRoomId"]);
        await joinAll(room);
        await declare(room, { ...args, triggers: ["again"] });
        succeeded(await up());
        assert.equal(await joined(room), 0);
        const second = String(scenario?.outputs("room")["newRoomId"]);
        assert.notEqual(second, first);
        assert.equal(await joined({ ...room, roomId: second }), 3);
      });

      if (!misjudges) {
        it("expect.name and expect.canonicalAlias go by the room's state", async () => {
          const room = await createRoom();
          const alias = `#watches-${Math.random().toString(36).slice(2)}:${remote.serverName}`;
          await remote.setAlias(room, alias);
          expectOk(await remote.setState(room, "m.room.canonical_alias", { alias }));
          const is = (expect: NonNullable<Args["expect"]>) =>
            declare(room, { purge: false, expect });
          // What the other homeserver sends takes a moment.
          while (!JSON.stringify(await local.roomState(room.roomId)).includes(alias));

          for (const name of ["", "Something else"]) {
            const { preview } = bound(await is({ name }));
            assert.match(refused(await preview()), says.other("name", '"Watches"'));
          }
          const { preview, up } = bound(await is({ canonicalAlias: "" }));
          assert.match(
            refused(await preview()),
            says.other("canonicalAlias", JSON.stringify(alias)),
          );
          await is({ name: "Watches", canonicalAlias: alias });
          succeeded(await preview());
          succeeded(await up());
          assert.equal(await joined(room), 0);
        });

        it("shows the name in the preview, and nothing as known that is not", async () => {
          const room = await createRoom();
          const { preview } = bound(await declare(room));
          const shown = succeeded(await preview());
          assert.match(shown, /name *: "Watches"/);
          // Synapse says so of every room whose statistics it does not have.
          assert.doesNotMatch(shown, /federatable *: false/);
          assert.doesNotMatch(shown, /joined(Local)?Members *: 0/);
        });

        it("protectedRooms knows a room by its canonical alias, wherever the alias leads by now", async () => {
          const room = await local.createRoom();
          const alias = `#staff-${Math.random().toString(36).slice(2)}:${local.serverName}`;
          await local.setAlias(room, alias);
          expectOk(await local.setState(room, "m.room.canonical_alias", { alias }));
          await local.removeAlias(alias);
          const stack = await declare(room);
          await stack.configure({
            ...connectionTo({ url: proxy.url, adminToken: local.adminToken }),
            "synapse:protectedRooms": { value: JSON.stringify([alias]) },
          });
          assert.match(refused(await stack.preview()), says.isProtected);
        });

        it("a name that nothing tells is not an empty one", async () => {
          const room = await local.createRoom({ name: "Watches" });
          await editWhileDown(local, unsupported(room.roomId));
          for (const name of ["", "Watches"]) {
            const { preview } = bound(await declare(room, { expect: { name } }));
            assert.match(refused(await preview()), says.unknown("name"));
          }
        });
      }
    });
  }
});

/** The operations of a scenario, to be called by name. */
function bound(scenario: Scenario) {
  return {
    preview: () => scenario.preview(),
    up: () => scenario.up(),
    refresh: () => scenario.refresh(),
  };
}
