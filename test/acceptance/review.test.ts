import assert from "node:assert/strict";
import { SynapseProvider, SynapseRoomShutdown } from "pulumi-synapse";
import type { FaultProxy } from "../support/network/fault-proxy";
import { TestHomeserver } from "../support/synapse/homeserver";
import {
  Scenario,
  connectionTo,
  refused,
  succeeded,
  type Declared,
} from "../support/engine/scenario";
import { behindProxy } from "../support/synapse/shared";
import { TestStack } from "../support/engine/stack";
import { freePort } from "../support/network/ports";

describe("review", () => {
  let homeserver: TestHomeserver;
  let proxy: FaultProxy;
  let scenario: Scenario;
  before(async () => ({ homeserver, proxy } = await behindProxy()));
  beforeEach(() => {
    proxy.reset();
  });
  afterEach(() => {
    scenario.remove();
  });
  const throughProxy = () => connectionTo(homeserver, proxy);

  it("shows in the preview which room it is, with a warning, and asks nothing any more once it is done", async () => {
    const rooms = await Promise.all(
      [1, 2, 3].map((i) => homeserver.createRoom({ members: i, name: `Spam ${i}` })),
    );
    for (const room of rooms) await homeserver.countsMembers(room);
    const declared: Declared = {};
    rooms.forEach(({ roomId }, i) => (declared[`spam-${i}`] = { roomId }));
    scenario = await Scenario.create(throughProxy(), declared);
    const preview = succeeded(await scenario.preview());
    assert.match(preview, /name *: "Spam 2"/);
    assert.match(preview, new RegExp(`creator *: "${rooms[1]?.creator.userId ?? ""}"`));
    assert.doesNotMatch(preview, /joinedMembers/); // An `up` with a plan could not hold to it.
    assert.match(preview, new RegExp(`serverName *: "${homeserver.serverName}"`));
    assert.match(preview, new RegExp(`homeserverUrl *: "${proxy.url}"`));
    assert.match(
      preview,
      new RegExp(
        `"Spam 2" \\(${rooms[1]?.roomId ?? ""}\\): warning: on ${homeserver.serverName}, 2 local members will be removed; the purge can't be undone`,
      ),
    );
    // Whose token it is and which Synapse, and of each room the details and the members.
    assert.equal(proxy.requests.length, 2 * rooms.length + 2, JSON.stringify(proxy.requests));

    succeeded(await scenario.up());
    proxy.reset();
    assert.match(succeeded(await scenario.preview()), /4 unchanged/);
    assert.match(succeeded(await scenario.up()), /4 unchanged/);
    assert.deepEqual(proxy.requests, []);
  });

  it("does not ask for a room that is not known yet, and reviews it at the apply", async () => {
    const [first, second] = [
      await homeserver.createRoom(),
      await homeserver.createRoom({ name: "Later" }),
    ];
    scenario = await Scenario.create(throughProxy(), {});
    scenario.run(async () => {
      const one = new SynapseRoomShutdown("one", { roomId: first.roomId });
      new SynapseRoomShutdown("two", {
        roomId: one.deleteId.apply(() => second.roomId),
        expect: { name: "Later" },
      });
      return Promise.resolve();
    });
    succeeded(await scenario.preview());
    assert.ok(!proxy.requests.some(({ path }) => path.includes(encodeURIComponent(second.roomId))));
    succeeded(await scenario.up());
    assert.deepEqual((scenario.outputs("two")["room"] as { name?: string }).name, "Later");
  });

  describe("roomAlias", () => {
    it("is resolved once, and never followed to another room", async () => {
      const [room, other] = [
        await homeserver.createRoom({ members: 2 }),
        await homeserver.createRoom(),
      ];
      const roomAlias = homeserver.newAlias();
      await homeserver.setAlias(room, roomAlias);
      scenario = await Scenario.create(throughProxy(), { room: { roomAlias, purge: false } });
      assert.match(succeeded(await scenario.preview()), new RegExp(`roomId *: "${room.roomId}"`));
      succeeded(await scenario.up());
      assert.equal((await homeserver.roomDetails(room.roomId)).body["joined_local_members"], 0);
      assert.equal(scenario.resource("room").id, room.roomId);

      await homeserver.removeAlias(roomAlias);
      await homeserver.setAlias(other, roomAlias);
      assert.match(succeeded(await scenario.up()), /2 unchanged/);
      assert.match(
        succeeded(await scenario.refresh()),
        new RegExp(`alias ${roomAlias} points to ${other.roomId} now`),
      );
      assert.match(succeeded(await scenario.up()), /2 unchanged/);
      scenario.declare({ room: { roomAlias, purge: true } });
      succeeded(await scenario.up());
      assert.equal((await homeserver.roomDetails(room.roomId)).status, 404);
      assert.equal((await homeserver.roomDetails(other.roomId)).status, 200);
    });

    it("that points nowhere fails the preview", async () => {
      scenario = await Scenario.create(throughProxy(), {
        room: { roomAlias: homeserver.newAlias() },
      });
      assert.match(refused(await scenario.preview()), /property roomAlias .* points to no room/);
    });

    it("together with roomId is refused", async () => {
      scenario = await Scenario.create(throughProxy(), {
        room: { roomAlias: "#a:b", roomId: "!a:b" },
      });
      assert.match(
        refused(await scenario.preview()),
        /"room": both roomId and roomAlias say which room it is: leave one of them out/,
      );
    });
  });

  describe("roomLookup", () => {
    it("required, the default: a preview without the homeserver fails", async () => {
      const url = `http://127.0.0.1:${await freePort()}`;
      const config = connectionTo(homeserver, { url });
      scenario = await Scenario.create(config, { room: { roomId: "!a:b" } });
      assert.match(
        refused(await scenario.preview()),
        /The room could not be reviewed.*ECONNREFUSED/,
      );
    });

    it("optional: the preview warns and goes on, and the apply reviews", async () => {
      const room = await homeserver.createRoom({ name: "Late" });
      const url = `http://127.0.0.1:${await freePort()}`;
      const optional = { "synapse:roomLookup": { value: "optional" } };
      const declared: Declared = { room: { roomId: room.roomId, expect: { name: "Late" } } };
      scenario = await Scenario.create(
        { ...connectionTo(homeserver, { url }), ...optional },
        declared,
      );
      assert.match(
        succeeded(await scenario.preview()),
        /warning: not reviewed \(synapse:roomLookup is optional\)/,
      );
      assert.match(refused(await scenario.up()), /ECONNREFUSED/);
      assert.equal((await homeserver.roomDetails(room.roomId)).status, 200);

      // Away for the review of the apply, too, and back for the create: it is reviewed there, and the guard holds.
      await scenario.configure(throughProxy());
      const fault = { kind: "answer", forward: false, status: 500 } as const;
      const attempts = [1, 2, 3, 4, 5]; // Of the review of the apply.
      const away = attempts.map((nth) => ({ method: "GET", path: /whoami/, nth, fault }));
      proxy.reset(...away);
      scenario.declare({ room: { roomId: room.roomId, expect: { name: "Other" } } });
      assert.match(refused(await scenario.up()), /was not started.*does not hold: .* it is "Late"/);
      proxy.reset(...away);
      scenario.declare(declared);
      succeeded(await scenario.up());
      assert.equal((scenario.outputs("room")["room"] as { name?: string }).name, "Late");
      assert.match(succeeded(await scenario.up()), /2 unchanged/);
    });
  });

  describe("with several homeservers", () => {
    let second: TestHomeserver;
    before(async () => (second = await TestHomeserver.startOwn({ serverName: "second.test" })));
    after(() => second.stop());

    it("shuts rooms down on two in one program, with tokens from a variable and from a secret", async () => {
      const here = await homeserver.createRoom();
      const [there, more] = [await second.createRoom(), await second.createRoom()];
      const stack = await TestStack.create({
        config: connectionTo(homeserver),
        env: { SECOND_TOKEN: second.adminToken, SYNAPSE_HOMESERVER_URL: homeserver.url },
        program: async () => {
          const homeserverUrl = second.url;
          const fromEnv = new SynapseProvider("second", {
            homeserverUrl,
            accessTokenEnv: "SECOND_TOKEN",
            requestTimeoutSeconds: 20,
          });
          const accessToken = second.adminToken;
          const fromSecret = new SynapseProvider("second-secret", {
            homeserverUrl,
            accessToken,
            protectedRooms: ["!x:y"],
          });
          new SynapseRoomShutdown("here", { roomId: here.roomId });
          new SynapseRoomShutdown("there", { roomId: there.roomId }, { provider: fromEnv });
          new SynapseRoomShutdown("more", { roomId: more.roomId }, { provider: fromSecret });
          return Promise.resolve();
        },
      });
      try {
        let output = "";
        await stack.stack.preview({ diff: true, onOutput: (text) => (output += text) });
        assert.match(output, /synapse:accessToken +: \[secret\]/);
        await stack.stack.up({ onOutput: (text) => (output += text) });
        assert.ok(!output.includes(second.adminToken));
        assert.ok(!stack.stateText().includes(second.adminToken));
        assert.equal((await homeserver.roomDetails(here.roomId)).status, 404);
        for (const { roomId } of [there, more])
          assert.equal((await second.roomDetails(roomId)).status, 404);
        assert.equal(stack.resources().get("there")?.outputs?.["serverName"], "second.test");
        assert.match((await stack.stack.up()).stdout, /6 unchanged/);
        await stack.stack.destroy();
      } finally {
        stack.remove();
      }
      scenario = await Scenario.create({}, {});
    });

    it("plans nothing for another address of the same server, and a replacement for another server", async () => {
      const room = await homeserver.createRoom();
      scenario = await Scenario.create(connectionTo(homeserver), {
        room: { roomId: room.roomId, runOn: "delete" },
      });
      succeeded(await scenario.up());
      await scenario.configure(throughProxy());
      assert.match(succeeded(await scenario.up()), /2 unchanged/);
      assert.equal((await homeserver.roomDetails(room.roomId)).status, 200);

      await scenario.configure(connectionTo(second));
      scenario.declare({ room: { roomId: room.roomId, runOn: "delete", allowUnknownRoom: true } });
      assert.match(
        succeeded(await scenario.preview()),
        /\+-.*\(replace\)[^]*serverName *: "synapse.test" => "second.test"/,
      );
    });
  });
});
