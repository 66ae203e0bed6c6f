import assert from "node:assert/strict";
import type { ConfigMap } from "@pulumi/pulumi/automation";
import { check } from "../../provider/hooks/check";
import { create } from "../../provider/hooks/create";
import { complete, type RoomShutdownInputs } from "../../provider/resource/arguments";
import type { SynapseRoomShutdownArgs } from "pulumi-synapse";
import type { FaultProxy } from "../support/network/fault-proxy";
import type { TestHomeserver, TestRoom } from "../support/synapse/homeserver";
import { expectOk } from "../support/synapse/requests";
import { freePort } from "../support/network/ports";
import { realOperation } from "../support/hooks/real-operation";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";
import { behindProxy } from "../support/synapse/shared";

/** A guard: how a program declares it, what breaks it in the real room, and what the provider then says. */
interface Guard {
  readonly args: (room: TestRoom) => Omit<SynapseRoomShutdownArgs, "roomId" | "roomAlias">;
  readonly config?: (room: TestRoom, alias: string) => ConfigMap;
  readonly breakIt: (homeserver: TestHomeserver, room: TestRoom, alias: string) => Promise<unknown>;
  readonly reason: RegExp;
}

const someoneJoins = async (homeserver: TestHomeserver, room: TestRoom) =>
  homeserver.join(await homeserver.createUser(), room.roomId).then(expectOk);

const point = (homeserver: TestHomeserver, room: TestRoom, alias: string) =>
  homeserver.setAlias(room, alias);

const guards: Record<string, Guard> = {
  "expect.name": {
    args: () => ({ expect: { name: "Watches" } }),
    breakIt: (homeserver, room) => homeserver.setState(room, "m.room.name", { name: "Moderators" }),
    reason: /expect\.name.*does not hold: of the room .* it is "Moderators"/,
  },
  "expect.canonicalAlias": {
    args: () => ({ expect: { canonicalAlias: "" } }),
    breakIt: async (homeserver, room, alias) => {
      await point(homeserver, room, alias);
      await homeserver.setState(room, "m.room.canonical_alias", { alias });
    },
    reason: /expect\.canonicalAlias.*does not hold: of the room .* it is "#/,
  },
  "expect.maxJoinedMembers": {
    args: () => ({ expect: { maxJoinedMembers: 2 } }),
    breakIt: someoneJoins,
    reason: /expect\.maxJoinedMembers.*allows 2, but the room .* has 3/,
  },
  "expect.maxLocalMembers": {
    args: () => ({ expect: { maxLocalMembers: 2 } }),
    breakIt: someoneJoins,
    reason: /expect\.maxLocalMembers.*allows 2, but the room .* has 3/,
  },
  "protectedRooms by alias": {
    args: () => ({}),
    config: (_room, alias) => ({ "synapse:protectedRooms": { value: JSON.stringify([alias]) } }),
    breakIt: point,
    reason: /must not be shut down: #.* is in synapse:protectedRooms/,
  },
  allowUnknownRoom: {
    args: () => ({}),
    // The v1 call purges without a task: it leaves no shutdown that could be taken over.
    breakIt: (homeserver, { roomId }) =>
      homeserver
        .admin("DELETE", `/_synapse/admin/v1/rooms/${encodeURIComponent(roomId)}`, {})
        .then(expectOk),
    reason: /a room that \S+ does not know.*set allowUnknownRoom/,
  },
};

describe("guards", () => {
  let homeserver: TestHomeserver;
  let proxy: FaultProxy;
  let scenario: Scenario;
  before(async () => ({ homeserver, proxy } = await behindProxy()));
  afterEach(() => {
    scenario.remove();
  });

  for (const [name, guard] of Object.entries(guards)) {
    const setUp = async () => {
      const room = await homeserver.createRoom({ members: 2, name: "Watches" });
      const alias = homeserver.newAlias();
      const config: ConfigMap = {
        ...connectionTo(homeserver, proxy),
        ...guard.config?.(room, alias),
      };
      scenario = await Scenario.create(config, {
        room: { roomId: room.roomId, ...guard.args(room) },
      });
      proxy.reset();
      const protectedRooms = JSON.parse(
        config["synapse:protectedRooms"]?.value ?? "[]",
      ) as string[];
      return { room, protectedRooms, breakIt: () => guard.breakIt(homeserver, room, alias) };
    };
    const nothingRan = async ({ roomId }: TestRoom) => {
      assert.deepEqual(await homeserver.shutdownTasks(roomId), []);
      assert.equal(scenario.has("room"), false);
    };

    it(`${name}, violated at preview: the preview fails`, async () => {
      const { room, breakIt } = await setUp();
      await breakIt();
      assert.match(refused(await scenario.preview()), guard.reason);
      await nothingRan(room);
    });

    it(`${name}, violated after the preview: the apply fails`, async () => {
      const { room, breakIt } = await setUp();
      succeeded(await scenario.preview());
      await breakIt();
      assert.match(refused(await scenario.up()), guard.reason);
      await nothingRan(room);
    });

    it(`${name}, violated seconds after the apply's own review: the shutdown does not start`, async () => {
      const { room, breakIt, protectedRooms } = await setUp();
      const host = realOperation(homeserver, { protectedRooms });
      const { inputs, failures } = await check(
        host,
        {},
        { roomId: room.roomId, ...guard.args(room) },
      );
      assert.equal(failures, undefined);
      await breakIt();
      host.advance(5_001);
      const message = new RegExp(
        `was not started.*${guard.reason.source.replaceAll("property ", "")}`,
      );
      await assert.rejects(create(host, complete(inputs as RoomShutdownInputs)), message);
      await nothingRan(room);
    });

    it(`${name}, held: the shutdown runs`, async () => {
      const { room } = await setUp();
      succeeded(await scenario.preview());
      succeeded(await scenario.up());
      assert.equal((await homeserver.roomDetails(room.roomId)).status, 404);
    });
  }

  it("protectedRooms by an alias that can't be resolved: nothing is shut down, and entry and setting are named", async () => {
    const room = await homeserver.createRoom();
    const alias = `#lobby:127.0.0.1:${await freePort()}`; // A server that does not answer.
    const config = { "synapse:protectedRooms": { value: JSON.stringify([alias]) } };
    scenario = await Scenario.create(
      { ...connectionTo(homeserver), ...config },
      {
        room: { roomId: room.roomId },
      },
    );
    assert.match(
      refused(await scenario.preview()),
      new RegExp(
        `which room ${alias} is, that is in synapse:protectedRooms, can't be found out.* 502 M_UNKNOWN: Failed to fetch alias`,
      ),
    );
    assert.match(refused(await scenario.up()), /in synapse:protectedRooms, can't be found out/);
    assert.deepEqual(await homeserver.shutdownTasks(room.roomId), []);
  });

  it("protectedRooms by aliases: each is resolved once at the review, however many rooms there are, and one that leads nowhere is named", async () => {
    const rooms = await Promise.all(Array.from({ length: 10 }, () => homeserver.createRoom()));
    const aliases = await Promise.all(
      Array.from({ length: 3 }, async () => {
        const alias = homeserver.newAlias();
        await point(homeserver, await homeserver.createRoom(), alias);
        return alias;
      }),
    );
    const nowhere = homeserver.newAlias();
    const entries = JSON.stringify([...aliases, nowhere]);
    const config = { "synapse:protectedRooms": { value: entries } };
    scenario = await Scenario.create(
      { ...connectionTo(homeserver, proxy), ...config },
      Object.fromEntries(rooms.map(({ roomId }, index) => [`room-${index}`, { roomId }])),
    );
    proxy.reset();
    const output = succeeded(await scenario.preview());
    const asked = proxy.requests.filter(({ path }) => path.includes("/directory/room/"));
    assert.equal(asked.length, aliases.length + 1);
    const warnings = output.match(/\S+: warning: is in synapse:protectedRooms and points to no/g);
    assert.deepEqual(
      warnings?.map((line) => line.split(": ")[0]),
      [nowhere],
    );
  });

  it("protectedRooms by id, expect.creator and a foreign newRoomUserId, all said at once", async () => {
    const room = await homeserver.createRoom();
    const config = {
      ...connectionTo(homeserver),
      "synapse:protectedRooms": { value: JSON.stringify([room.roomId]) },
    };
    scenario = await Scenario.create(config, {
      room: {
        roomId: room.roomId,
        newRoomUserId: "@admin:elsewhere.test",
        expect: { creator: "@other:synapse.test" },
      },
    });
    const output = refused(await scenario.preview());
    assert.match(
      output,
      /property roomId .*must not be shut down: !\S+ is in synapse:protectedRooms/,
    );
    assert.match(output, /property newRoomUserId .*must be a user of this homeserver, @user:\S+\./);
    assert.match(
      output,
      /has a problem: expect\.creator does not hold: of the room .* it is "@user-/,
    );
  });
});
