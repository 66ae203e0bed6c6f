import assert from "node:assert/strict";
import { create } from "../../provider/hooks/create";
import { resolveInputs } from "../../provider/resource/validate";
import type { SynapseRoomShutdownArgs } from "pulumi-synapse";
import { inputsOf, realOperation } from "../support/hooks/real-operation";
import { TestHomeserver, type TestRoom } from "../support/synapse/homeserver";
import { expectOk } from "../support/synapse/requests";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";

/** The provider's words. */
const says = {
  refused: /must be a room id/,
  unknown: /a room that \S+ does not know/,
  withServer: (roomId: string) =>
    new RegExp(
      `an id of room version 12 with a server behind it.* Leave the server out: ${roomId}`,
    ),
  notThere:
    /was not started\. roomId is a room that \S+ does not know, and an id of room version 12/,
  protectedBy: /must not be shut down: \S+:synapse\.test is in synapse:protectedRooms/,
  otherRoom: /is a shutdown of .*, not of /,
};

type Args = Omit<SynapseRoomShutdownArgs, "roomId" | "roomAlias">;

/** What stands before the colon of ids that Synapse accepts. */
const oddParts = {
  "characters beyond ASCII": "zimmer-ü-💥",
  nothing: "",
  "a blank and what URLs are made of": "a b/c?d#e%2F&f=g+h",
  "control characters": "bell\u0007-red\u001b[31m-line\nend",
  "an override of the writing direction": "gnp\u202egpj",
  quotes: "\"'`${a}\\<>",
  "as many characters as an id of version 12": "A".repeat(43),
};

/** Ids of all kinds. Who accepts which is asked for. */
const ids = [
  ...Object.values(oddParts).map((part) => `!${part}:synapse.test`),
  ...["!", "!:", "!abc", "!a:", "#a:b.test", "@a:b.test", "a:b.test", "", " !a:b.test"],
  ...["!a:b.test", "!a:b.test:8448", "!a:1.2.3.4", "!a:[::1]", "!a:[::1]:8448", "!a:-", "!a:B-1"],
  ...["!a:b_c.test", "!a:b c", "!a:bü.test", "!a:b.", "!a:b..c", "!a:.b", "!a:[1::z]", "!a:[::1"],
  ...["!a:b.test:", "!a:b.test:http", "!a:b:c:8448", "!a:b.test\n", "!a:b.test/", "!a::8448"],
  ...[42, 43, 44].map((length) => `!${"A".repeat(length)}`),
  `!${"-_".repeat(21)}a`,
  `!${"A".repeat(42)}+`,
  `!${"a".repeat(241)}:synapse.test`,
];

describe("the truth about room ids", () => {
  let homeserver: TestHomeserver;
  let scenario: Scenario | undefined;
  const rooms = new Map<string, TestRoom>();
  before(async () => {
    // Each of them twice: for the create hook and for the delete hook.
    const parts = Object.entries(oddParts).flatMap(([what, part]) => [
      { key: `${what}, on create`, opaque: part },
      { key: `${what}, on delete`, opaque: `${part}2`.slice(-43) },
    ]);
    const module = "odd_room_ids.OddRoomIds";
    const config = { opaque_parts: parts.map(({ opaque }) => opaque) };
    homeserver = await TestHomeserver.startOwn({ config: { modules: [{ module, config }] } });
    for (const { key, opaque } of parts) {
      const room = await homeserver.createRoom({ members: 2, room_version: "11", name: "Odd" });
      assert.equal(room.roomId, `!${opaque}:synapse.test`);
      rooms.set(key, room);
    }
  });
  after(() => homeserver.stop());
  afterEach(() => {
    scenario?.remove();
    scenario = undefined;
  });

  /** Declares rooms, each by the name of what is odd about it, and gives the stack. */
  const declare = async (rooms: Record<string, SynapseRoomShutdownArgs>) => {
    scenario ??= await Scenario.create(connectionTo(homeserver), {});
    scenario.declare(rooms);
    return scenario;
  };
  const roomFor = (key: string) => rooms.get(key) as TestRoom;
  const joined = async ({ roomId, members }: TestRoom) => {
    const all = await Promise.all(members.map((user) => homeserver.joinedRooms(user)));
    return all.filter((joinedIds) => joinedIds.includes(roomId)).length;
  };
  /**
   * What an operation printed: no character of an id that a terminal obeys is printed as it is. The engine itself does so with
   * the id of a resource, and with the value of a property that a failure names.
   */
  const shown = (output: string, ...roomIds: string[]) => {
    let ours = output;
    for (const roomId of roomIds) ours = ours.replaceAll(`[id=${roomId}]`, "");
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(ours, /[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e]|-line\n\s*end/);
    return output;
  };
  /** The shutdowns of the room. It can't be asked for by its id where that is not ASCII. */
  const tasksOf = async (roomId: string) => {
    const path = "/_synapse/admin/v1/scheduled_tasks?action_name=shutdown_and_purge_room";
    const { scheduled_tasks: tasks } = expectOk(await homeserver.admin("GET", path)) as {
      scheduled_tasks: { id: string; resource_id: string }[];
    };
    return tasks.filter(({ resource_id }) => resource_id === roomId).map(({ id }) => id);
  };

  describe("with all of these", () => {
    /** Something of each of them, by what is odd. */
    const ofEach = async <T>(make: (what: string) => T | Promise<T>) => {
      const kinds = Object.keys(oddParts).map(async (what) => [what, await make(what)] as const);
      return Object.fromEntries(await Promise.all(kinds)) as Record<string, T>;
    };
    const all = Object.keys(oddParts).length;
    const unchanged = new RegExp(`${all + 1} unchanged`);

    it("works in every hook of a shutdown on create", async () => {
      const odd = await ofEach((what) => roomFor(`${what}, on create`));
      const media = await ofEach((what) => homeserver.sendMedia(roomFor(`${what}, on create`)));
      const userIds = await ofEach(async () => (await homeserver.createUser()).userId);
      const declareAll = async (args: Args) =>
        declare(
          await ofEach((what) => ({
            roomId: roomFor(`${what}, on create`).roomId,
            ...{ block: true, newRoomUserId: userIds[what] ?? "", quarantineMedia: true },
            ...args,
          })),
        );
      const roomIds = Object.values(odd).map(({ roomId }) => roomId);
      const stack = await declareAll({ purge: false, expect: { name: "Odd", maxLocalMembers: 2 } });
      shown(succeeded(await stack.preview()), ...roomIds);
      shown(succeeded(await stack.up()), ...roomIds);
      const notices = await ofEach((what) => String(stack.outputs(what)["newRoomId"]));
      for (const [what, room] of Object.entries(odd)) {
        assert.equal(await joined(room), 0, what);
        assert.equal(await joined({ ...room, roomId: notices[what] ?? "" }), 2, what);
        assert.deepEqual(await tasksOf(room.roomId), [stack.outputs(what)["deleteId"]], what);
        assert.equal(await homeserver.canDownload(room.creator, media[what] ?? ""), false, what);
        assert.equal(await homeserver.isBlocked(room.roomId), true, what);
      }
      assert.match(shown(succeeded(await stack.refresh()), ...roomIds), unchanged);

      for (const roomId of roomIds) await homeserver.setBlock(roomId, false);
      shown(succeeded(await stack.refresh()), ...roomIds);
      shown(succeeded(await stack.up()), ...roomIds);
      for (const roomId of roomIds) assert.equal(await homeserver.isBlocked(roomId), true, roomId);

      await declareAll({ purge: true });
      shown(succeeded(await stack.preview()), ...roomIds);
      shown(succeeded(await stack.up()), ...roomIds);
      for (const [what, { roomId }] of Object.entries(odd)) {
        assert.equal((await homeserver.roomDetails(roomId)).status, 404, what);
        assert.equal((await tasksOf(roomId)).length, 2, what);
        assert.equal(stack.outputs(what)["newRoomId"], notices[what], what);
      }
      assert.match(shown(succeeded(await stack.refresh()), ...roomIds), unchanged);
      shown(succeeded(await stack.destroy()), ...roomIds);
    });

    it("works in every hook of a shutdown on delete, and as what was there before", async () => {
      const odd = await ofEach((what) => roomFor(`${what}, on delete`));
      const roomIds = Object.values(odd).map(({ roomId }) => roomId);
      const { userId } = await homeserver.createUser();
      const declareAll = async (args: (roomId: string) => Args | Promise<Args>) =>
        declare(
          await ofEach(async (what) => {
            const { roomId } = roomFor(`${what}, on delete`);
            return { roomId, newRoomUserId: userId, ...(await args(roomId)) };
          }),
        );
      const stack = await declareAll(() => ({ runOn: "delete" }));
      shown(succeeded(await stack.up()), ...roomIds);
      for (const [what, room] of Object.entries(odd)) assert.equal(await joined(room), 2, what);
      shown(succeeded(await stack.destroy()), ...roomIds);
      const deleteIds = await ofEach(async (what) => {
        const { roomId } = roomFor(`${what}, on delete`);
        assert.equal((await homeserver.roomDetails(roomId)).status, 404, what);
        return tasksOf(roomId);
      });

      // They are known to have been shut down, and the shutdowns can be taken over.
      await declareAll(async (roomId) => ({ adoptDeleteId: (await tasksOf(roomId))[0] ?? "" }));
      shown(succeeded(await stack.up()), ...roomIds);
      for (const [what, { roomId }] of Object.entries(odd)) {
        assert.deepEqual([stack.outputs(what)["deleteId"]], deleteIds[what]);
        assert.deepEqual(await tasksOf(roomId), deleteIds[what], what);
      }
    });

    // How a room is asked for that is not there differs in whether the id is ASCII.
    for (const what of ["characters beyond ASCII", "control characters"] as const) {
      it(`of a room that was never there works in check and create: ${what}`, async () => {
        const roomId = `!never-${oddParts[what]}:elsewhere.test`;
        const stack = await declare({ room: { roomId, block: true } });
        assert.match(shown(refused(await stack.preview()), roomId), says.unknown);
        await declare({ room: { roomId, block: true, allowUnknownRoom: true } });
        shown(succeeded(await stack.up()), roomId);
        assert.equal(await homeserver.isBlocked(roomId), true);
        assert.match(shown(succeeded(await stack.refresh()), roomId), /2 unchanged/);
      });

      it(`of another room than a delete_id's is told apart: ${what}`, async () => {
        const other = await homeserver.createRoom();
        const adoptDeleteId = await homeserver.shutDown(other.roomId, {});
        await homeserver.shutdownsEnd(other.roomId);
        const roomId = `!other-${oddParts[what]}:elsewhere.test`;
        const stack = await declare({ room: { roomId, allowUnknownRoom: true, adoptDeleteId } });
        assert.match(shown(refused(await stack.up()), roomId), says.otherRoom);
      });
    }
  });

  describe("of version 12, with a server behind it", () => {
    /** A room of this version that stays as it is, and its id with the server. */
    const make = async () => {
      const room = await homeserver.createRoom({ members: 2 });
      return { room, roomId: `${room.roomId}:${homeserver.serverName}` };
    };
    const untouched = async (room: TestRoom, withServer: string) => {
      assert.equal(await joined(room), 2);
      for (const roomId of [room.roomId, withServer]) {
        assert.equal(await homeserver.isBlocked(roomId), false, roomId);
        assert.deepEqual(await tasksOf(roomId), [], roomId);
      }
    };

    for (const runOn of ["create", "delete"] as const) {
      it(`is refused at the review, whatever allowUnknownRoom says: runOn ${runOn}`, async () => {
        const { room, roomId } = await make();
        const stack = await declare({
          room: { roomId, block: true, allowUnknownRoom: true, runOn },
        });
        assert.match(refused(await stack.preview()), says.withServer(room.roomId));
        assert.match(refused(await stack.up()), says.withServer(room.roomId));
        await untouched(room, roomId);
        await declare({ room: { roomId: room.roomId, block: true } });
        succeeded(await stack.up());
        assert.equal(await joined(room), 0);
      });
    }

    it("is refused right before the shutdown, where the review was of something else", async () => {
      const { room, roomId } = await make();
      const inputs = inputsOf({ roomId, block: true, allowUnknownRoom: true });
      const { serverName, url: homeserverUrl } = homeserver;
      const reviewed = { ...inputs, serverName, homeserverUrl };
      await assert.rejects(create(realOperation(homeserver), reviewed), says.notThere);
      await untouched(room, roomId);
    });

    it("protects the room that it means", async () => {
      const { room, roomId } = await make();
      const protectedRooms = { "synapse:protectedRooms": { value: JSON.stringify([roomId]) } };
      scenario = await Scenario.create({ ...connectionTo(homeserver), ...protectedRooms }, {});
      const stack = await declare({ room: { roomId: room.roomId } });
      assert.match(refused(await stack.up()), says.protectedBy);
      await untouched(room, roomId);
    });
  });

  it("in synapse:protectedRooms is refused where no room can have it", async () => {
    const room = await homeserver.createRoom({ members: 2 });
    const protectedRooms = { "synapse:protectedRooms": { value: JSON.stringify(["!lobby"]) } };
    scenario = await Scenario.create({ ...connectionTo(homeserver), ...protectedRooms }, {});
    const stack = await declare({ room: { roomId: room.roomId } });
    assert.match(
      refused(await stack.up()),
      /protectedRooms must be a list of room ids and aliases/,
    );
    assert.equal(await joined(room), 2);
  });

  it("in synapse:protectedRooms protects its room, however odd", async () => {
    const room = await homeserver.createRoom({ members: 2 });
    const { roomId } = roomFor("quotes, on create");
    const entries = JSON.stringify([room.roomId, "!a b/c:synapse.test", roomId]);
    const protectedRooms = { "synapse:protectedRooms": { value: entries } };
    scenario = await Scenario.create({ ...connectionTo(homeserver), ...protectedRooms }, {});
    const stack = await declare({ room: { roomId: room.roomId } });
    assert.match(refused(await stack.up()), /must not be shut down/);
    assert.equal(await joined(room), 2);
  });

  for (const id of ids) {
    it(`${JSON.stringify(id).slice(0, 60)} is accepted where Synapse accepts it, and refused with the reason where not`, async () => {
      const path = `/_synapse/admin/v1/rooms/${encodeURIComponent(id)}/block`;
      const { status, body } = await homeserver.admin("GET", path);
      const { faults } = resolveInputs({ roomId: id });
      assert.equal(faults.length, status === 200 ? 0 : 1, JSON.stringify({ body, faults }));
      for (const { property, reason } of faults)
        assert.match(`property ${property} ${reason}`, says.refused);
    });
  }
});
