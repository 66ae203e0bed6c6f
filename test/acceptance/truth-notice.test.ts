import assert from "node:assert/strict";
import type { ConfigMap } from "@pulumi/pulumi/automation";
import { check } from "../../provider/hooks/check";
import { create } from "../../provider/hooks/create";
import { complete, type RoomShutdownInputs } from "../../provider/resource/arguments";
import type { SynapseRoomShutdownArgs } from "pulumi-synapse";
import { FaultProxy } from "../support/network/fault-proxy";
import { realOperation } from "../support/hooks/real-operation";
import type { TestHomeserver, TestRoom, TestUser } from "../support/synapse/homeserver";
import { expectOk } from "../support/synapse/requests";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";
import { ownHomeserver } from "../support/synapse/shared";

interface Fault {
  /** What makes a user such an owner: method, path and body of an admin request. */
  readonly spoil?: (user: TestUser) => [string, string, object];
  readonly says: RegExp;
}

const deactivated: Fault = {
  spoil: ({ userId }) => ["POST", `v1/deactivate/${encodeURIComponent(userId)}`, {}],
  says: /newRoomUserId.*deactivated/,
};

const suspended: Fault = {
  spoil: ({ userId }) => ["PUT", `v1/suspend/${encodeURIComponent(userId)}`, { suspend: true }],
  says: /newRoomUserId.*suspended/,
};

const nobody: Fault = {
  says: /newRoomUserId.*(does not exist|no such user|does not know|is nobody)/,
};

/** What can be the matter with the owner of a notice room, and the provider's words for it. */
const faults: Record<string, Fault> = {
  nobody,
  deactivated,
  suspended,
  locked: {
    spoil: ({ userId }) => ["PUT", `v2/users/${encodeURIComponent(userId)}`, { locked: true }],
    says: /newRoomUserId.*locked/,
  },
  "shadow-banned": {
    spoil: ({ userId }) => ["POST", `v1/users/${encodeURIComponent(userId)}/shadow_ban`, {}],
    says: /newRoomUserId.*shadow-?banned/,
  },
};

/** The provider's other words. */
const says = {
  notStarted: (reason: RegExp) => new RegExp(`was not started.*${reason.source}`),
  unknownOwner:
    /newRoomUserId.*(can't|cannot|could not) be (found out|looked up|read|checked)|could not be reviewed/,
  moved: /removed, but not joined to the notice room/,
};

/** What Synapse tells the members where nothing else is declared: DEFAULT_MESSAGE of its handlers/room.py. */
const defaultMessage =
  "Sharing illegal content on this server is not permitted and rooms in violation will be blocked.";

describe("the truth about notice rooms", () => {
  let homeserver: TestHomeserver;
  let scenario: Scenario | undefined;
  before(async () => (homeserver = await ownHomeserver()));
  afterEach(() => {
    scenario?.remove();
    scenario = undefined;
  });

  const declare = async (
    { roomId }: TestRoom,
    args: Omit<SynapseRoomShutdownArgs, "roomId" | "roomAlias">,
    config: ConfigMap = connectionTo(homeserver),
  ) => {
    scenario ??= await Scenario.create(config, {});
    scenario.declare({ room: { roomId, ...args } });
    return scenario;
  };
  const spoil = async (user: TestUser, { spoil }: Fault) => {
    if (spoil === undefined) return;
    const [method, path, body] = spoil(user);
    expectOk(await homeserver.admin(method, `/_synapse/admin/${path}`, body));
  };
  const untouched = async ({ roomId, members }: TestRoom) => {
    assert.deepEqual(await homeserver.shutdownTasks(roomId), []);
    for (const user of members)
      assert.deepEqual(await homeserver.joinedRooms(user), [roomId], user.userId);
  };

  for (const [what, fault] of Object.entries(faults)) {
    describe(`whose owner is ${what}`, () => {
      const owner = async (): Promise<TestUser> =>
        fault.spoil === undefined
          ? { userId: `@nobody:${homeserver.serverName}`, accessToken: "" }
          : homeserver.createUser();

      it("the preview fails and says so, and so does the up", async () => {
        const room = await homeserver.createRoom({ members: 2 });
        const user = await owner();
        await spoil(user, fault);
        const stack = await declare(room, { newRoomUserId: user.userId });
        for (const run of [await stack.preview(), await stack.up()]) {
          const output = refused(run);
          assert.match(output, fault.says);
          assert.ok(output.includes(user.userId), output);
        }
        await untouched(room);
      });

      if (fault.spoil !== undefined) {
        it("only after the review: the shutdown does not start", async () => {
          const room = await homeserver.createRoom({ members: 2 });
          const user = await owner();
          const operation = realOperation(homeserver);
          const args = { roomId: room.roomId, newRoomUserId: user.userId };
          const { inputs, failures } = await check(operation, {}, args);
          assert.equal(failures, undefined);
          await spoil(user, fault);
          operation.advance(5_001);
          await assert.rejects(
            create(operation, complete(inputs as RoomShutdownInputs)),
            says.notStarted(fault.says),
          );
          await untouched(room);
        });
      }
    });
  }

  describe("that only the delete hook would make, whose owner is deactivated", () => {
    it("the preview fails", async () => {
      const room = await homeserver.createRoom({ members: 2 });
      const user = await homeserver.createUser();
      await spoil(user, deactivated);
      const onDelete = { newRoomUserId: user.userId };
      const stack = await declare(room, { runOn: "delete", onDelete });
      assert.match(refused(await stack.preview()), deactivated.says);
    });

    it("by the time of the destroy: nobody is removed, and the resource stays", async () => {
      const room = await homeserver.createRoom({ members: 2 });
      const user = await homeserver.createUser();
      const stack = await declare(room, { runOn: "delete", newRoomUserId: user.userId });
      succeeded(await stack.up());
      await spoil(user, deactivated);
      assert.match(refused(await stack.destroy()), deactivated.says);
      await untouched(room);
      assert.equal(stack.has("room"), true);
    });
  });

  for (const [status, errcode] of [
    [500, "M_UNKNOWN"],
    [403, "M_FORBIDDEN"],
    [404, "M_UNRECOGNIZED"],
  ] as const) {
    it(`whose owner can't be looked up: ${status} ${errcode} is not taken for nobody, nor for somebody`, async () => {
      const proxy = await FaultProxy.start(homeserver.url);
      const room = await homeserver.createRoom({ members: 2 });
      const { userId } = await homeserver.createUser();
      const body = JSON.stringify({ errcode, error: "no" });
      const fault = { kind: "answer", forward: false, status, body } as const;
      const path = /\/admin\/v2\/users\//;
      proxy.reset({ method: "GET", path, nth: 1, lasts: true, fault });
      const config = connectionTo({ url: proxy.url, adminToken: homeserver.adminToken });
      try {
        const stack = await declare(room, { newRoomUserId: userId }, config);
        const output = refused(await stack.preview());
        assert.match(output, says.unknownOwner);
        assert.match(output, new RegExp(String(status)));
        assert.doesNotMatch(output, nobody.says);
      } finally {
        await proxy.stop();
      }
    });
  }

  it("where nobody says what it tells its members, the preview quotes what Synapse does", async () => {
    const room = await homeserver.createRoom({ members: 2 });
    const { userId } = await homeserver.createUser();
    const stack = await declare(room, { newRoomUserId: userId, purge: false });
    assert.ok(succeeded(await stack.preview()).includes(defaultMessage));
    succeeded(await stack.up());
    const newRoomId = String(stack.outputs("room")["newRoomId"]);
    assert.deepEqual(await messagesIn(newRoomId), [defaultMessage]);
  });

  it("where somebody does, it does not", async () => {
    const room = await homeserver.createRoom({ members: 2 });
    const { userId } = await homeserver.createUser();
    const args = { newRoomUserId: userId, message: "We have moved.", purge: false };
    const stack = await declare(room, args);
    assert.ok(!succeeded(await stack.preview()).includes(defaultMessage));
    // The delete hook's notice room has a message of its own, or has not.
    await declare(room, { ...args, runOn: "both", onDelete: { roomName: "Closed" } });
    assert.ok(!succeeded(await stack.preview()).includes(defaultMessage));
    const { message, ...silent } = args;
    await declare(room, { ...silent, runOn: "both", onDelete: { message } });
    assert.ok(succeeded(await stack.preview()).includes(defaultMessage));
  });

  it("a member who has left the room, but can't be joined to it, was removed", async () => {
    const room = await homeserver.createRoom({ members: 2 });
    const member = room.members[1] as TestUser;
    await spoil(member, suspended);
    const { userId } = await homeserver.createUser();
    const stack = await declare(room, { newRoomUserId: userId, purge: false });
    const output = succeeded(await stack.up());
    assert.match(output, says.moved);
    assert.ok(output.includes(member.userId), output);
    assert.equal(stack.outputs("room")["failedToKickUsers"], undefined);
    assert.match(succeeded(await stack.refresh()), /2 unchanged/);
    assert.match(succeeded(await stack.up()), /2 unchanged/);
  });

  const messagesIn = async (roomId: string) => {
    const filter = encodeURIComponent(JSON.stringify({ types: ["m.room.message"] }));
    const path = `/_synapse/admin/v1/rooms/${encodeURIComponent(roomId)}/messages?dir=b&limit=10&filter=${filter}`;
    const { chunk } = expectOk(await homeserver.admin("GET", path)) as {
      chunk: { content: { body: string } }[];
    };
    return chunk.map(({ content }) => content.body);
  };
});
