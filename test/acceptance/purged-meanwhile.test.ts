import assert from "node:assert/strict";
import { check } from "../../provider/hooks/check";
import { create } from "../../provider/hooks/create";
import { read } from "../../provider/hooks/read";
import { update } from "../../provider/hooks/update";
import { complete, type RoomShutdownInputs } from "../../provider/resource/arguments";
import { findRooms } from "../../provider/rooms/find-rooms";
import { Scenario, connectionTo, succeeded } from "../support/engine/scenario";
import { inputsOf, realOperation } from "../support/hooks/real-operation";
import { stateOf } from "../support/hooks/states";
import { FaultProxy } from "../support/network/fault-proxy";
import { TestHomeserver, type TestRoom } from "../support/synapse/homeserver";
import { behindProxy } from "../support/synapse/shared";

/** It is no fault all the same, since the shutdown has removed somebody. */
const unknown = /does not know this room/;
const members = { method: "GET", path: /\/(members|state\?type=m\.room\.member)$/, nth: 1 };

/** Between two questions about a room, somebody else purges it. */
describe("a room that is purged between two answers about it", () => {
  let homeserver: TestHomeserver;
  let proxy: FaultProxy;
  let room: TestRoom;
  before(async () => ({ homeserver, proxy } = await behindProxy()));
  beforeEach(async () => (room = await homeserver.createRoom({ members: 2 })));

  const operation = (of = homeserver, through = proxy) =>
    realOperation({ url: through.url, adminToken: of.adminToken });
  /** Purges it when this request comes, before the homeserver sees that. */
  const purgeAt = (request: typeof members, { roomId } = room, of = homeserver) => ({
    ...request,
    fault: {
      kind: "meanwhile" as const,
      act: async () => {
        await of.shutDown(roomId, {});
        await of.shutdownsEnd(roomId);
      },
    },
  });
  const isMet = (of = proxy) => {
    assert.equal(of.faultsDone, 1, "it was not purged meanwhile");
  };
  const kept = async () => {
    const inputs = inputsOf({ roomId: room.roomId, purge: false });
    return { inputs, state: await create(operation(), inputs) };
  };

  it("at its review: is a room that the homeserver does not know", async () => {
    proxy.reset(purgeAt(members));
    const declared = { room: { roomId: room.roomId } };
    const scenario = await Scenario.create(connectionTo(homeserver, proxy), declared);
    try {
      assert.match(succeeded(await scenario.preview({ diff: false })), unknown);
    } finally {
      scenario.remove();
    }
    isMet();
  });

  it("right before its shutdown: no guard on its members fails", async () => {
    const apply = operation();
    const args = { roomId: room.roomId, expect: { maxLocalMembers: 5 } };
    const { inputs, failures } = await check(apply, {}, args);
    assert.equal(failures, undefined);
    apply.advance(60_000); // What the review has seen is too old by now.
    proxy.reset(purgeAt(members));
    const { status, purged } = await create(apply, complete(inputs as RoomShutdownInputs));
    assert.deepEqual([status, purged], ["complete", true]);
    isMet();
  });

  it("at the verification and at a refresh: it is purged", async () => {
    const { inputs, state } = await kept();
    assert.equal(state.purged, false);
    proxy.reset(purgeAt({ ...members, path: /\/members$/ }));
    assert.equal(stateOf(await read(operation(), state)).purged, true);
    isMet();
    assert.equal((await update(operation(), state, inputs)).purged, true);
  });

  it("once the record of its shutdown is gone: nothing of it remains", async () => {
    const inputs = inputsOf({ roomId: room.roomId });
    const { state } = await kept();
    const forgotten = { ...state, ...inputs, deleteId: "forgotten", status: "active" };
    const resumed = { ...forgotten, roomId: room.roomId };
    proxy.reset(purgeAt({ ...members, path: /\/members$/ }));
    const { status, purged } = await update(operation(), resumed, inputs);
    assert.deepEqual([status, purged], ["complete", true]);
    isMet();
  });

  it("in a search: nothing is below a space that is gone", async () => {
    const space = await homeserver.createRoom({ creation_content: { type: "m.space" } });
    await homeserver.countsMembers(space);
    proxy.reset(purgeAt({ ...members, path: /state\?type=m\.space\.child$/ }, space));
    const env = {
      SYNAPSE_HOMESERVER_URL: proxy.url,
      SYNAPSE_ACCESS_TOKEN: homeserver.adminToken,
    };
    const config = { get: () => undefined };
    const found = await findRooms(
      { inSpace: space.roomId, atMost: 10 },
      { config, env, say: () => undefined },
    );
    assert.deepEqual(
      found.filter(({ roomId }) => roomId !== space.roomId),
      [],
    );
    isMet();
  });

  it("where its state is asked for what the statistics do not tell", async () => {
    const own = await TestHomeserver.startOwn({ config: { stats: { enabled: false } } });
    const before = await FaultProxy.start(own.url);
    try {
      const untold = await own.createRoom();
      before.reset(purgeAt({ ...members, path: /state\?type=m\.room\.create$/ }, untold, own));
      const preview = operation(own, before);
      const { failures } = await check(preview, {}, { roomId: untold.roomId });
      assert.equal(failures, undefined);
      assert.match(preview.lines.join(), unknown);
      isMet(before);
    } finally {
      await before.stop();
      await own.stop();
    }
  });
});
