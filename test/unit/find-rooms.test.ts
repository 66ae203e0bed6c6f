import assert from "node:assert/strict";
import type { Homeserver } from "../../provider/homeserver/homeserver";
import { parseArguments } from "../../provider/rooms/arguments";
import { inLots } from "../../provider/rooms/in-lots";
import { Progress } from "../../provider/rooms/progress";
import { listedRooms } from "../../provider/rooms/room-list";
import { SynapseRequestError } from "../../provider/synapse/errors";
import type { RoomListQuery, RoomPage } from "../../provider/synapse/room-list";

const creator = "@a:example.org";

describe("the arguments of a search for rooms", () => {
  for (const [given, ...messages] of [
    [undefined, /what is looked for must be given/],
    [{}, /atMost must be a whole number, 1 to 10000/],
    [{ atMost: 5 }, /^no filter is set.*creator, creatorServer/],
    [{ atMost: 5, creator: undefined }, /^no filter is set/],
    [{ creator }, /atMost must be a whole number/],
    ...[0, -1, 1.5, 10_001, NaN, Infinity, "5", null].map(
      (atMost) => [{ creator, atMost }, /^atMost must be a whole number, 1 to 10000/] as const,
    ),
    [{ creator: "a", atMost: 1 }, /^creator must be a user id, @user:server/],
    [{ creator: ["@a:b"], atMost: 1 }, /^creator must be a user id.*but is a list/],
    [{ creatorServer: creator, atMost: 1 }, /^creatorServer must be the name of a server/],
    [{ creatorServer: "", atMost: 1 }, /^creatorServer must be/],
    [{ roomServer: "!a:example.org", atMost: 1 }, /^roomServer must be the name of a server/],
    [{ nameContains: "", atMost: 1 }, /^nameContains must be a part of a name, but is empty/],
    [{ nameContains: /a/, atMost: 1 }, /^nameContains must be a part of a name/],
    [{ nameMatches: "a", atMost: 1 }, /^nameMatches must be a RegExp.*another text/],
    [{ nameMatches: {}, atMost: 1 }, /^nameMatches must be a RegExp/],
    [{ nameMatches: /a/g, atMost: 1 }, /^nameMatches has the flag g or y/],
    [{ nameMatches: /a/iy, atMost: 1 }, /^nameMatches has the flag g or y/],
    [{ hasLocalMembers: "false", atMost: 1 }, /^hasLocalMembers must be true or false/],
    [{ maxLocalMembers: -1, atMost: 1 }, /^maxLocalMembers must be a whole number, 0 or more/],
    [{ minJoinedMembers: 0, atMost: 1 }, /^minJoinedMembers must be a whole number, 1 or more/],
    [{ isPublic: 1, atMost: 1 }, /^isPublic must be true or false/],
    [{ isEncrypted: null, atMost: 1 }, /^isEncrypted must be true or false, but is null/],
    [{ type: null, atMost: 1 }, /^type must be a type/],
    [{ inSpace: "#space:example.org", atMost: 1 }, /^inSpace must be a room id/],
    [{ joinedBy: "!a:b", atMost: 1 }, /^joinedBy must be a user id/],
    [{ creater: creator, atMost: 1 }, /^creater is no filter: there are creator, /],
    [{ creator, creatorServer: "example.com", atMost: 1 }, /another server than creatorServer/],
    [{ hasLocalMembers: true, maxLocalMembers: 0, atMost: 1 }, /contradicts maxLocalMembers/],
    [{ hasLocalMembers: false, minJoinedMembers: 1, atMost: 1 }, /minJoinedMembers can't be told/],
    [{ maxLocalMembers: 0, minJoinedMembers: 1, atMost: 1 }, /minJoinedMembers can't be told/],
    [{ creator: "a", isPublic: 3 }, /creator must/, /isPublic must/, /atMost must/],
  ] as [unknown, ...RegExp[]][]) {
    it(`refuse ${String(given && JSON.stringify(given))} ${messages.join(" ")}`, () => {
      const { args, faults } = parseArguments(given);
      assert.equal(args, undefined);
      for (const message of messages) assert.match(faults.join(" "), message);
      for (const fault of faults) assert.match(fault, /\.$/);
    });
  }

  it("take every filter, and no local members together with few of them", () => {
    for (const more of [{ hasLocalMembers: false, maxLocalMembers: 5 }, { minJoinedMembers: 2 }]) {
      const given = {
        creator,
        creatorServer: "example.org",
        roomServer: "[::1]:8448",
        nameContains: "a",
        nameMatches: /a/iu,
        isPublic: false,
        isEncrypted: true,
        type: "",
        inSpace: "!a:b",
        joinedBy: creator,
        atMost: 10_000,
        ...more,
      };
      assert.deepEqual(parseArguments(given), { args: given, faults: [] });
    }
  });
});

/** A homeserver whose rooms come and go between the pages. */
function homeserverWith(
  rooms: string[],
  between: (rooms: string[], request: number) => string[] = (same) => same,
) {
  const queries: RoomListQuery[] = [];
  let now = rooms;
  const listRooms = (query: RoomListQuery): Promise<RoomPage> => {
    queries.push(query);
    now = between(now, queries.length).sort();
    const { from, limit } = query;
    const page = now.slice(from, from + limit).map((roomId) => ({ roomId }));
    return Promise.resolve({ rooms: page, total: now.length, hasMore: from + limit < now.length });
  };
  return { queries, homeserver: { url: "https://a.b", listRooms } as unknown as Homeserver };
}

const clock = { nowMs: () => 0, date: () => new Date(0), sleep: () => Promise.resolve() };
const quiet = new Progress(clock, () => undefined);

async function listed(homeserver: Homeserver): Promise<string[]> {
  const ids: string[] = [];
  for await (const { roomId } of listedRooms(homeserver, {}, quiet)) ids.push(roomId);
  return ids;
}

const numbered = (count: number, prefix = "!") =>
  Array.from({ length: count }, (_, i) => `${prefix}${String(i).padStart(6, "0")}:b`);

describe("the list of rooms", () => {
  it("is read with one request for each page", async () => {
    for (const [count, requests] of [
      [1, 1],
      [1000, 1],
      [1001, 2],
      [10_000, 11],
    ] as const) {
      const { homeserver, queries } = homeserverWith(numbered(count));
      assert.deepEqual(await listed(homeserver), numbered(count));
      assert.equal(queries.length, requests);
    }
  });

  for (const [what, change] of [
    ["are made before the place that was reached", (all) => [...numbered(700, "!!"), ...all]],
    ["are made behind it", (all) => [...all, ...numbered(1500, "!z")]],
    ["are removed from before it", (all) => all.slice(900)],
    ["are all removed that were seen", (all) => all.slice(1000)],
    ["are removed and made", (all) => [...numbered(300, "!!"), ...all.slice(800)]],
    ["are removed behind it", (all) => all.slice(0, 1500)],
    ["are removed but for a few", (all) => all.slice(0, 5)],
  ] as [string, (rooms: string[]) => string[]][]) {
    it(`has every room that stays, once, if rooms ${what}`, async () => {
      const all = numbered(4000);
      const { homeserver } = homeserverWith(all, (rooms, n) => (n === 2 ? change(rooms) : rooms));
      const ids = await listed(homeserver);
      assert.equal(new Set(ids).size, ids.length);
      const stay = change(all).filter((id) => all.includes(id));
      assert.deepEqual(
        stay.filter((id) => !ids.includes(id)),
        [],
      );
    });
  }

  it("has every room that stays, if rooms are removed all the time", async () => {
    const all = numbered(20_000);
    const { homeserver } = homeserverWith(all, (rooms) => rooms.slice(10));
    const ids = new Set(await listed(homeserver));
    assert.deepEqual(
      all.slice(2000).filter((id) => !ids.has(id)),
      [],
    );
  });

  it("is given up if it has no end", async () => {
    const rooms = [{ roomId: "!a:b" }, { roomId: "!b:b" }];
    for (const page of [rooms, [], rooms.slice(1)]) {
      const listRooms = () => Promise.resolve({ rooms: page, total: 5000, hasMore: true });
      const homeserver = { url: "https://a.b", listRooms } as unknown as Homeserver;
      await assert.rejects(listed(homeserver), /on https:\/\/a\.b does not come to an end/);
    }
  });

  it("is read in smaller parts if one is too large", async () => {
    const { homeserver, queries } = homeserverWith(numbered(1500));
    const failure = { method: "GET", path: "/", origin: "https://a.b", reason: "too large" };
    const narrow = {
      url: homeserver.url,
      listRooms: (query: RoomListQuery) =>
        query.limit > 200
          ? Promise.reject(new SynapseRequestError({ ...failure, isTooLarge: true }))
          : homeserver.listRooms(query),
    } as unknown as Homeserver;
    assert.deepEqual(await listed(narrow), numbered(1500));
    assert.ok(queries.every(({ limit }) => limit === 100));
  });

  it("that is empty is refused", async () => {
    await assert.rejects(listed(homeserverWith([]).homeserver), /lists no room at all.*joinedBy/);
  });
});

describe("a search for rooms", () => {
  it("says how it goes on at most every ten seconds", () => {
    let nowMs = 0;
    const said: string[] = [];
    const progress = new Progress({ ...clock, nowMs: () => nowMs }, (line) => said.push(line));
    for (; nowMs <= 35_000; nowMs += 500) progress.at(`at ${nowMs}`);
    assert.deepEqual(said, ["at 10000", "at 20000", "at 30000"]);
  });

  it("asks for ten rooms at once, keeps their order, and stops at a failure", async () => {
    let [running, most, done] = [0, 0, 0];
    const work = async (item: number) => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
      if (item === 500) throw new Error("no answer");
      done++;
      return item;
    };
    const items = Array.from({ length: 300 }, (_, i) => i);
    assert.deepEqual(await inLots(items, work), items);
    assert.equal(most, 10);
    done = 0;
    await assert.rejects(inLots([500, ...items], work), /no answer/);
    assert.ok(done < 30);
    assert.deepEqual(await inLots([], work), []);
  });
});
