import assert from "node:assert/strict";
import type { FoundRoom } from "pulumi-synapse";
import { findRooms } from "../../provider/rooms/find-rooms";
import { FaultProxy } from "../support/network/fault-proxy";
import { editWhileDown } from "../support/synapse/database";
import { TestHomeserver } from "../support/synapse/homeserver";
import { manyRooms, sharesOf, spammerOf } from "../support/synapse/many-rooms";

describe("a search among 10,000 rooms", () => {
  let homeserver: TestHomeserver;
  let proxy: FaultProxy;
  const { spam, empty } = sharesOf({ count: 10_000 });
  before(async () => {
    homeserver = await TestHomeserver.startOwn();
    await editWhileDown(
      homeserver,
      manyRooms({ count: 10_000, serverName: homeserver.serverName }),
    );
    proxy = await FaultProxy.start(homeserver.url);
  });
  after(async () => {
    await proxy.stop();
    await homeserver.stop();
  });
  beforeEach(() => {
    proxy.reset();
  });

  const find = (args: object): Promise<FoundRoom[]> => {
    const env = { SYNAPSE_HOMESERVER_URL: proxy.url, SYNAPSE_ACCESS_TOKEN: homeserver.adminToken };
    return findRooms(args, { config: { get: () => undefined }, env, say: () => undefined });
  };
  const requests = (path: RegExp) => proxy.requests.filter((seen) => path.test(seen.path)).length;

  it("takes one request for each page, and one for each room that is found", async () => {
    const found = await find({ creator: spammerOf(homeserver), atMost: spam });
    assert.equal(found.length, spam);
    assert.equal(requests(/\/rooms\?/), 11);
    assert.equal(requests(/\/members$/), spam);
    assert.ok(proxy.requests.length <= 11 + spam + 3);
  });

  it("asks no room for its members where too many are found without", async () => {
    await assert.rejects(
      find({ nameContains: "room NUMBER", atMost: 50 }),
      /^\S+ 9500 rooms match/,
    );
    assert.equal(requests(/\/members$/), 0);
  });

  it("counts the members of those alone that all else leaves", async () => {
    const args = { hasLocalMembers: false, creator: `@user99:${homeserver.serverName}` };
    const found = await find({ ...args, atMost: empty });
    assert.equal(found.length, 20);
    assert.ok(found.every(({ joinedLocalMembers }) => joinedLocalMembers === 0));
    assert.equal(requests(/\/members$/), 20);
  });

  it("reads only public rooms where these are looked for", async () => {
    await assert.rejects(find({ isPublic: true, atMost: 1 }), /^\S+ 5000 rooms match/);
    assert.equal(requests(/\/rooms\?.*public_rooms=true/), 6);
    assert.equal(requests(/\/rooms\?/), 6);
  });
});
