import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import {
  SynapseProvider,
  SynapseRoomShutdown,
  getRooms,
  getRoomsOutput,
  type FoundRoom,
  type GetRoomsArgs,
  type RoomFilters,
} from "pulumi-synapse";
import { editWhileDown, misjudged } from "../support/synapse/database";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";
import { FaultProxy } from "../support/network/fault-proxy";
import { TestHomeserver, type TestRoom } from "../support/synapse/homeserver";
import { expectOk } from "../support/synapse/requests";
import { federatingHomeservers } from "../support/synapse/shared";

const atMost = 5000;

describe("getRooms", () => {
  let local: TestHomeserver;
  let remote: TestHomeserver;
  let proxy: FaultProxy;
  let scenario: Scenario;
  let rooms: Record<
    | "watches"
    | "secretive"
    | "left"
    | "space"
    | "inner"
    | "child"
    | "grandchild"
    | "removedChild"
    | "foreign"
    | "leftForeign",
    TestRoom
  >;

  /** What the homeserver's list, whose statistics lag behind, has to tell before a test can begin. */
  const lists = async ({ roomId }: TestRoom, wanted: Record<string, unknown>) => {
    const told = async () => (await local.roomDetails(roomId)).body;
    while (
      Object.entries(await told()).filter(([key, value]) => wanted[key] === value).length <
      Object.keys(wanted).length
    ) {
      await sleep(20);
    }
  };
  const addChild = async (space: TestRoom, child: TestRoom, content: object) =>
    expectOk(
      await local.setState(space, `m.space.child/${encodeURIComponent(child.roomId)}`, content),
    );

  before(async () => {
    ({ local, remote } = await federatingHomeservers());
    const space = { creation_content: { type: "m.space" } };
    const [
      watches,
      secretive,
      left,
      outer,
      inner,
      child,
      grandchild,
      removedChild,
      foreign,
      leftForeign,
    ] = await Promise.all([
      local.createRoom({ name: "Cheap WATCHES", members: 3, visibility: "public" }),
      local.createRoom({ name: "Тайна" }),
      local.createRoom({ name: "Cheap watches, too" }),
      local.createRoom({ name: "Outer", ...space }),
      local.createRoom({ name: "Inner", ...space }),
      local.createRoom({ name: "Child" }),
      local.createRoom({ name: "Grandchild" }),
      local.createRoom({ name: "Not a child any more" }),
      remote.createRoom({ name: "Foreign", members: 2 }),
      remote.createRoom({ name: "Foreign, and left" }),
    ]);
    rooms = {
      watches,
      secretive,
      left,
      space: outer,
      inner,
      child,
      grandchild,
      removedChild,
      foreign,
      leftForeign,
    };
    expectOk(
      await local.setState(secretive, "m.room.encryption", { algorithm: "m.megolm.v1.aes-sha2" }),
    );
    const via = { via: [local.serverName] };
    await addChild(outer, inner, via);
    await addChild(outer, child, via);
    await addChild(outer, removedChild, via);
    await addChild(outer, removedChild, {});
    await addChild(inner, grandchild, via);
    await addChild(inner, outer, via); // A circle.
    const guest = await local.createUser();
    for (const { roomId } of [foreign, leftForeign])
      expectOk(await local.join(guest, roomId, remote));
    expectOk(await local.leave(left.creator, left.roomId));
    expectOk(await local.leave(guest, leftForeign.roomId));
    await lists(watches, { joined_members: 3, name: "Cheap WATCHES" });
    await lists(secretive, { encryption: "m.megolm.v1.aes-sha2" });
    await lists(left, { name: null, joined_members: 0 });
    await lists(inner, { room_type: "m.space", joined_members: 1 });
    await lists(outer, { room_type: "m.space", joined_members: 1 });
    await lists(foreign, { joined_members: 3, name: "Foreign" });
    for (const { roomId, name } of [
      { ...child, name: "Child" },
      { ...grandchild, name: "Grandchild" },
    ])
      await lists({ roomId } as TestRoom, { name, joined_members: 1 });
    proxy = await FaultProxy.start(local.url);
    scenario = await Scenario.create(connectionTo(local, proxy), {});
  });
  after(async () => {
    scenario.remove();
    await proxy.stop();
  });

  /** Previews a program that asks, and gives what it was told. */
  const asked = async <T>(ask: () => Promise<T>): Promise<{ told: T; output: string }> => {
    proxy.reset();
    const told: T[] = [];
    scenario.run(async () => {
      told.push(await ask());
      return undefined;
    });
    const output = succeeded(await scenario.preview());
    return { told: told[0] as T, output };
  };
  /** What a program that asks is refused with. */
  const failed = async (ask: () => unknown): Promise<string> => {
    proxy.reset();
    scenario.run(async () => {
      await ask();
      return undefined;
    });
    return refused(await scenario.preview());
  };

  describe("finds by each filter the rooms that match, and no others", () => {
    type Name = keyof typeof rooms;
    const cases: [() => RoomFilters, Name[], Name[]][] = [
      [() => ({ creator: rooms.watches.creator.userId }), ["watches"], ["secretive", "foreign"]],
      [
        () => ({ creatorServer: remote.serverName }),
        ["foreign", "leftForeign"],
        ["watches", "left"],
      ],
      [() => ({ roomServer: remote.serverName }), ["foreign", "leftForeign"], ["watches", "left"]],
      [() => ({ nameContains: "cheap watch" }), ["watches"], ["secretive", "left", "foreign"]],
      [() => ({ nameContains: "тАЙ" }), ["secretive"], ["watches", "left"]],
      [() => ({ nameMatches: /^Cheap\s+WATCHES$/ }), ["watches"], ["secretive", "left"]],
      [() => ({ nameMatches: /^cheap/ }), [], ["watches", "left"]],
      [
        () => ({ hasLocalMembers: false }),
        ["left", "leftForeign"],
        ["watches", "foreign", "child"],
      ],
      [() => ({ hasLocalMembers: true }), ["watches", "foreign", "child"], ["left", "leftForeign"]],
      [() => ({ maxLocalMembers: 1 }), ["foreign", "secretive", "left"], ["watches"]],
      [
        () => ({ minJoinedMembers: 3 }),
        ["watches", "foreign"],
        ["secretive", "left", "leftForeign"],
      ],
      [() => ({ isPublic: true }), ["watches"], ["secretive", "left", "foreign"]],
      [() => ({ isPublic: false }), ["secretive", "left", "foreign"], ["watches"]],
      [() => ({ isEncrypted: true }), ["secretive"], ["watches", "left", "foreign"]],
      [() => ({ isEncrypted: false }), ["watches", "foreign"], ["secretive", "left"]],
      [() => ({ type: "m.space" }), ["space", "inner"], ["watches", "child", "left"]],
      [() => ({ type: "" }), ["watches", "child"], ["space", "inner", "left"]],
      [
        () => ({ inSpace: rooms.space.roomId }),
        ["space", "inner", "child", "grandchild"],
        ["removedChild", "watches"],
      ],
      [() => ({ inSpace: rooms.child.roomId, type: "" }), [], []],
      [
        () => ({ joinedBy: rooms.watches.members[1]?.userId ?? "" }),
        ["watches"],
        ["secretive", "foreign"],
      ],
      [
        () => ({ creatorServer: local.serverName, nameContains: "inner", type: "m.space" }),
        ["inner"],
        ["space", "grandchild"],
      ],
    ];
    const told = new Map<unknown, FoundRoom[] | Error>();
    before(async () => {
      await asked(async () => {
        for (const [filters] of cases) {
          told.set(
            filters,
            await getRooms({ ...filters(), atMost }).catch((error: unknown) => error as Error),
          );
        }
      });
    });
    for (const [filters, matching, others] of cases) {
      const what = /\{(.*)\}/.exec(String(filters))?.[1] ?? "";
      it(what.trim(), () => {
        const found = told.get(filters);
        if (matching.length + others.length === 0) {
          assert.ok(found instanceof Error);
          assert.match(found.message, /that is no space/);
          return;
        }
        if (found instanceof Error || found === undefined) throw found ?? new Error("nothing");
        const ids = found.map(({ roomId }) => roomId);
        assert.deepEqual([...ids].sort(), ids, "sorted");
        assert.equal(new Set(ids).size, ids.length, "each once");
        for (const name of matching)
          assert.ok(ids.includes(rooms[name].roomId), `${name} is found`);
        for (const name of others)
          assert.ok(!ids.includes(rooms[name].roomId), `${name} is not found`);
      });
    }
  });

  it("tells what a room is like, with counts of memberships", async () => {
    const { watches, secretive, left } = rooms;
    const { told } = await asked(async () => ({
      watches: await getRooms({ creator: watches.creator.userId, atMost }),
      secretive: await getRooms({ creator: secretive.creator.userId, atMost }),
      left: await getRooms({ creator: left.creator.userId, atMost }),
    }));
    const version = await local.defaultRoomVersion();
    const creator = watches.creator.userId;
    assert.deepEqual(told.watches, [
      {
        roomId: watches.roomId,
        name: "Cheap WATCHES",
        creator,
        version,
        isPublic: true,
        isEncrypted: false,
        joinedMembers: 3,
        joinedLocalMembers: 3,
      },
    ]);
    assert.equal(told.secretive[0]?.isEncrypted, true);
    assert.deepEqual(told.left, [
      {
        roomId: left.roomId,
        creator: left.creator.userId,
        version,
        isPublic: false,
        joinedLocalMembers: 0,
        untold: ["name", "canonicalAlias", "isEncrypted", "type"],
      },
    ]);
  });

  it("leaves protected rooms out, by id, alias and canonical alias, and says so", async () => {
    const creator = await local.createUser();
    const [byId, byAlias, byCanonical, byIdAndServer, open] = await Promise.all(
      [1, 2, 3, 4, 5].map(() => local.createRoom({ creator })),
    );
    assert.ok(byId && byAlias && byCanonical && byIdAndServer && open);
    const [alias, canonical] = [local.newAlias(), local.newAlias()];
    await local.setAlias(byAlias, alias);
    await local.setAlias(byCanonical, canonical);
    expectOk(await local.setState(byCanonical, "m.room.canonical_alias", { alias: canonical }));
    for (const room of [byId, byAlias, byIdAndServer, open])
      await lists(room, { joined_members: 1 });
    await lists(byCanonical, { canonical_alias: canonical });
    const protectedRooms = JSON.stringify([
      ...[byId.roomId, alias, canonical],
      `${byIdAndServer.roomId}:${local.serverName}`,
    ]);
    await scenario.configure({
      ...connectionTo(local, proxy),
      "synapse:protectedRooms": { value: protectedRooms },
    });
    try {
      const { told, output } = await asked(() => getRooms({ creator: creator.userId, atMost: 1 }));
      assert.deepEqual(
        told.map(({ roomId }) => roomId),
        [open.roomId],
      );
      assert.match(output, /getRooms: 4 rooms left out, which synapse:protectedRooms protects: /);
    } finally {
      await scenario.configure(connectionTo(local, proxy));
      await scenario.preview(); // The key is gone.
    }
  });

  it("says how many rooms there are if they are more than atMost, and shows ten", async () => {
    const creator = await local.createUser();
    const made = await Promise.all(
      Array.from({ length: 12 }, (_, i) => local.createRoom({ creator, name: `Wave ${i}` })),
    );
    for (const room of made) await lists(room, { joined_members: 1 });
    const output = await failed(() => getRooms({ creator: creator.userId, atMost: 11 }));
    assert.match(output, /getRooms: 12 rooms match, but atMost allows 11: /);
    assert.equal(new Set(output.match(/\("Wave \d+"\)/g)).size, 10);
    assert.match(output, /and 2 more/);
    assert.doesNotMatch(output, /\n\s+at /); // No stack.
    assert.equal(proxy.requests.filter(({ path }) => path.endsWith("/members")).length, 0);
    const { told } = await asked(() => getRooms({ creator: creator.userId, atMost: 12 }));
    assert.equal(told.length, 12);
  });

  it("does not believe statistics", async () => {
    const own = await TestHomeserver.startOwn();
    try {
      const creator = await own.createUser();
      const [full, empty] = [
        await own.createRoom({ creator, members: 3 }),
        await own.createRoom({ creator }),
      ];
      expectOk(await own.leave(creator, empty.roomId));
      const waiting = async () => (await own.roomDetails(empty.roomId)).body["joined_members"];
      while ((await waiting()) !== 0) await sleep(20);
      await editWhileDown(own, misjudged(full.roomId, 0), misjudged(empty.roomId, 7));
      const config = await Scenario.create(connectionTo(own), {});
      const told: FoundRoom[][] = [];
      config.run(async () => {
        for (const filters of [
          { hasLocalMembers: false },
          { maxLocalMembers: 2 },
          { minJoinedMembers: 3 },
        ])
          told.push(await getRooms({ creator: creator.userId, ...filters, atMost }));
        return undefined;
      });
      const output = succeeded(await config.preview());
      config.remove();
      assert.deepEqual(
        told.map((found) => found.map(({ roomId }) => roomId)),
        [[empty.roomId], [empty.roomId], [full.roomId]],
      );
      assert.match(
        output,
        /1 room left out, since the homeserver does not tell whether minJoinedMembers holds/,
      );
    } finally {
      await own.stop();
    }
  });

  it("finds rooms without statistics by a user and by a space, and refuses an empty list", async () => {
    const own = await TestHomeserver.startOwn({ config: { stats: { enabled: false } } });
    try {
      const room = await own.createRoom({ name: "Unlisted", members: 2 });
      const space = await own.createRoom({
        creator: room.creator,
        creation_content: { type: "m.space" },
      });
      expectOk(
        await own.setState(space, `m.space.child/${encodeURIComponent(room.roomId)}`, {
          via: [own.serverName],
        }),
      );
      const config = await Scenario.create(connectionTo(own), {});
      const told: FoundRoom[][] = [];
      config.run(async () => {
        const named = { nameContains: "unlisted", atMost };
        told.push(await getRooms({ joinedBy: room.creator.userId, ...named }));
        told.push(await getRooms({ inSpace: space.roomId, ...named }));
        await getRooms(named);
        return undefined;
      });
      const output = refused(await config.preview());
      config.remove();
      for (const [found, ...more] of told) {
        assert.equal(found?.roomId, room.roomId);
        assert.equal(found.name, "Unlisted");
        assert.equal(found.joinedLocalMembers, 2);
        assert.deepEqual(more, []);
      }
      assert.equal(told.length, 2);
      assert.match(output, /lists no room at all\. .*stats: enabled/);
    } finally {
      await own.stop();
    }
  });

  it("asks another homeserver by its provider, whose token goes nowhere else", async () => {
    const { foreign } = rooms;
    const results: FoundRoom[][] = [];
    const token = remote.adminToken;
    const explicit = await Scenario.create({}, {});
    explicit.run(() => {
      const provider = new SynapseProvider("eu", {
        homeserverUrl: pulumi.output(Promise.resolve(remote.url)),
        accessToken: token,
      });
      const args = { creator: foreign.creator.userId, atMost: 1 };
      const output = getRoomsOutput(args, { provider });
      const keep = (found: FoundRoom[]) => results.push(found);
      output.apply(keep);
      return getRooms(args, { provider }).then((found) => {
        keep(found);
        return { found: output };
      });
    });
    const output = succeeded(await explicit.up());
    for (const found of results)
      assert.deepEqual(
        found.map(({ roomId }) => roomId),
        [foreign.roomId],
      );
    assert.equal(results.length, 2);
    assert.ok(!explicit.stateText().includes(token));
    assert.ok(!output.includes(token));
    assert.match(explicit.stateText(), new RegExp(foreign.roomId.slice(1))); // The token does not make it secret.
    explicit.remove();
  });

  it("keeps secret what a secret argument has found, and unknown what is not known yet", async () => {
    const { watches } = rooms;
    proxy.reset();
    const kinds: boolean[] = [];
    scenario.run(async () => {
      const found = getRoomsOutput({
        creator: pulumi.secret(watches.creator.userId),
        nameMatches: /watches/i,
        atMost: 1,
      });
      kinds.push(await pulumi.isSecret(found));
      kinds.push(
        await pulumi.isSecret(getRoomsOutput({ creator: watches.creator.userId, atMost: 1 })),
      );
      return { found };
    });
    succeeded(await scenario.up());
    assert.deepEqual(new Set(kinds), new Set([true, false]));
    assert.ok(!scenario.stateText().includes(watches.roomId));
    const wrong = await failed(() =>
      getRoomsOutput({ creator: pulumi.secret("not-a-user"), atMost: 1 }),
    );
    assert.match(wrong, /creator must be a user id/);
    assert.ok(!wrong.includes("not-a-user"));
  });

  it("leaves unknown what is asked of a homeserver that is not known yet", async () => {
    const { roomId } = await local.createRoom();
    const declare = () => {
      const { deleteId } = new SynapseRoomShutdown("room", { roomId });
      const homeserverUrl = pulumi.interpolate`http://127.0.0.1:1/${deleteId}`;
      return new SynapseProvider("later", { homeserverUrl, accessTokenEnv: "LATER" });
    };
    const args = { creator: "@a:b.c", atMost: 1 };
    const { told } = await asked(() => {
      const found = getRoomsOutput(args, { provider: declare() });
      return Promise.resolve({ found });
    });
    assert.ok(pulumi.Output.isInstance(told.found));
    const output = await failed(() => getRooms(args, { provider: declare() }));
    assert.match(output, /settings of its provider are not known in this preview/);
  });

  it("refuses options that would ask another homeserver than is meant", async () => {
    const other = {};
    for (const [opts, words] of [
      [{ parent: other }, /parent is no option of getRooms/],
      [{ provider: other }, /provider must be a SynapseProvider/],
    ] as [object, RegExp][]) {
      assert.match(await failed(() => getRooms({ creator: "@a:b.c", atMost: 1 }, opts)), words);
      assert.deepEqual(proxy.requests, []);
    }
  });

  it("asks nothing for what can't be looked for", async () => {
    const errors: string[] = [];
    const wrong = [
      {},
      { creator: "@a:b.c" },
      { atMost: 3 },
      { creator: "@a:b.c", atMost: 0 },
      { creator: "spammer", atMost: 1 },
    ];
    await asked(async () => {
      for (const args of wrong) {
        await getRooms(args as GetRoomsArgs).catch((error: unknown) =>
          errors.push((error as Error).message),
        );
      }
    });
    assert.equal(errors.length, wrong.length);
    assert.deepEqual(proxy.requests, []);
    assert.match(
      await failed(() => getRooms({ creator: "x", atMost: -1 })),
      /getRooms: creator must be .* atMost must be /,
    );
    assert.deepEqual(proxy.requests, []);
  });

  it("fails with the client's own words where the homeserver can't be asked", async () => {
    await scenario.configure({
      "synapse:homeserverUrl": { value: proxy.url },
      "synapse:accessToken": { value: "syt_c2VjcmV0", secret: true },
    });
    try {
      const output = await failed(() => getRooms({ creator: "@a:b.c", atMost: 1 }));
      assert.match(output, /getRooms: GET \S+ on \S+: 401 .*set a valid one/);
      assert.ok(!output.includes("c2VjcmV0"));
    } finally {
      await scenario.configure(connectionTo(local, proxy));
    }
  });
});
