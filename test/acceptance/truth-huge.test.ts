import assert from "node:assert/strict";
import type { ConfigMap } from "@pulumi/pulumi/automation";
import type { SynapseRoomShutdownArgs } from "pulumi-synapse";
import { FaultProxy } from "../support/network/fault-proxy";
import { TestHomeserver, type TestRoom, type TestUser } from "../support/synapse/homeserver";
import { expectOk } from "../support/synapse/requests";
import {
  bloated,
  bloatedDetails,
  editWhileDown,
  partiallyJoined,
  seed,
} from "../support/synapse/database";
import { reviewLine } from "../support/engine/review-line";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";

/** The provider's words. */
const says = {
  removed: (members: number) =>
    new RegExp(`\\b${members} (joined\\b.*|local members?) will be removed`),
  tooMany: (seen: number) => new RegExp(`allows 1, but the room .* has ${seen}`),
  invitedUnknown: /invited.*(can't|cannot|could not) be (told|seen|counted|found out)/,
  stillIn: /could not be removed|(is|are) still (joined|in the room)/,
  tooLarge: /the answer is larger than/,
  noAnswer: /no answer|maxContentLength/,
};

type Args = Omit<SynapseRoomShutdownArgs, "roomId" | "roomAlias">;

/** Rooms whose whole state no request gets. The members who can't be removed are the last ones. */
interface Rooms {
  /** 80 MB of a topic. */
  readonly topic: TestRoom;
  /** 80 MB of a display name: even the members' state is too large. */
  readonly members: TestRoom;
  /** Partially joined: Synapse waits for the rest of the members. */
  readonly partial: TestRoom;
  /** Partially joined, and everybody can be removed. */
  readonly willing: TestRoom;
  /** Its details are too large. */
  readonly details: TestRoom;
}

describe("the truth about huge and partially joined rooms", () => {
  let homeserver: TestHomeserver;
  let proxy: FaultProxy;
  let rooms: Rooms;
  let scenario: Scenario | undefined;
  before(async () => {
    homeserver = await TestHomeserver.startOwn();
    proxy = await FaultProxy.start(homeserver.url);
    const [topic, members, partial] = [await stuckRoom(), await stuckRoom(), await stuckRoom()];
    const [willing, details] = [
      await homeserver.createRoom({ members: 2 }),
      await homeserver.createRoom(),
    ];
    rooms = { topic, members, partial, willing, details };
    expectOk(await homeserver.setState(topic, "m.room.topic", { topic: seed }));
    expectOk(await nameHimself(members, seed));
    await editWhileDown(
      homeserver,
      bloated(topic.roomId, "m.room.topic"),
      bloated(members.roomId, "m.room.member"),
      bloatedDetails(details.roomId),
      partiallyJoined(partial.roomId),
      partiallyJoined(willing.roomId),
    );
  });
  after(async () => {
    await proxy.stop();
    await homeserver.stop();
  });
  beforeEach(() => {
    proxy.reset();
  });
  afterEach(() => {
    scenario?.remove();
    scenario = undefined;
  });

  const stuckRoom = async (): Promise<TestRoom> => {
    const room = await homeserver.createRoom({ members: 2 });
    const stuck = await homeserver.createUser("unremovable");
    expectOk(await homeserver.join(stuck, room.roomId));
    return { ...room, members: [...room.members, stuck] };
  };
  /** The last member of the room gives himself a name in it. */
  const nameHimself = async ({ roomId, members }: TestRoom, displayname: string) => {
    const member = members.at(-1) as TestUser;
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/state/m.room.member/${member.userId}`;
    return homeserver.as(member, "PUT", path, { membership: "join", displayname });
  };
  const declare = async ({ roomId }: TestRoom, args: Args, more: ConfigMap = {}) => {
    // Whoever waits for an answer that never comes does not wait long.
    const config = { "synapse:requestTimeoutSeconds": { value: "3" }, ...more };
    const connection = connectionTo({ url: proxy.url, adminToken: homeserver.adminToken });
    scenario ??= await Scenario.create({ ...connection, ...config }, {});
    scenario.declare({ room: { roomId, ...args } });
    return scenario;
  };
  const joined = async ({ roomId, members }: TestRoom) => {
    const ids = await Promise.all(members.map((user) => homeserver.joinedRooms(user)));
    return members.filter((_, index) => ids[index]?.includes(roomId)).map(({ userId }) => userId);
  };

  for (const [kind, what] of [
    ["topic", "80 MB of state"],
    ["members", "80 MB of members' state"],
    ["partial", "the state of few of its members"],
  ] as const) {
    describe(`with ${what}`, () => {
      it("the preview says how many are in it, and guards hold to that", async () => {
        const stack = await declare(rooms[kind], {});
        const line = reviewLine(succeeded(await stack.preview()), rooms[kind].roomId);
        assert.match(line, says.removed(3));
        if (kind !== "topic") assert.match(line, says.invitedUnknown);
        await declare(rooms[kind], { expect: { maxLocalMembers: 1 } });
        assert.match(refused(await stack.preview()), says.tooMany(3));
      });

      it("the up says who is left, a refresh finds him, and nothing is asked again and again", async () => {
        const stuck = rooms[kind].members.at(-1)?.userId ?? "";
        const stack = await declare(rooms[kind], { purge: false });
        const output = refused(await stack.up());
        assert.match(output, says.stillIn);
        assert.ok(output.includes(stuck), output);
        assert.doesNotMatch(output, says.noAnswer);
        assert.deepEqual(stack.outputs("room")["failedToKickUsers"], [stuck]);
        assert.deepEqual(await joined(rooms[kind]), [stuck]);
        succeeded(await stack.refresh());
        assert.deepEqual(stack.outputs("room")["failedToKickUsers"], [stuck]);
        assert.ok(stateRequests() <= 2, `the state was asked for ${stateRequests()} times`);
      });
    });
  }

  it("a room that is partially joined is shut down and purged", async () => {
    const stack = await declare(rooms.willing, {});
    succeeded(await stack.up());
    assert.deepEqual(await joined(rooms.willing), []);
    assert.equal(stack.outputs("room")["purged"], true);
  });

  /** On a busy machine, 64 MiB take a while. */
  const patient = { "synapse:requestTimeoutSeconds": { value: "60" } };

  it("an answer that is too large is called so, and asked for once", async () => {
    const stack = await declare(rooms.details, {}, patient);
    const output = refused(await stack.preview());
    assert.match(output, says.tooLarge);
    assert.doesNotMatch(output, says.noAnswer);
    assert.equal(proxy.requests.filter(isDetails).length, 1);
  });

  it("an answer that is too large does not count as a homeserver that can't be reached", async () => {
    const optional = { "synapse:roomLookup": { value: "optional" } };
    const stack = await declare(rooms.details, {}, { ...patient, ...optional });
    assert.match(refused(await stack.preview()), says.tooLarge);
  });

  /** Requests for the whole state, or for that of the members. */
  const stateRequests = () =>
    proxy.requests.filter(({ path }) => /\/state(\?type=m\.room\.member)?$/.test(path)).length;
  const isDetails = ({ path }: { path: string }) => /\/admin\/v1\/rooms\/[^/]+$/.test(path);
});
