import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import fc from "fast-check";
import { historyOf } from "../../provider/homeserver/history";
import { contentOf } from "../../provider/shutdown/archive-content";
import { writeWhole } from "../../provider/shutdown/archive-file";
import { ArchiveLines } from "../../provider/shutdown/archive-lines";
import { SynapseRequestError } from "../../provider/synapse/errors";
import { takeApart } from "../../provider/synapse/json-text";
import { historyPageSchema } from "../../provider/synapse/verbatim";
import { ArchiveFolder } from "../support/archive/archive";
import { fakeOperation } from "../support/hooks/fake-operation";

const runs = 2_000;
const blanks = fc.stringMatching(/^[ \t\r\n]{0,3}$/);

describe("events to the letter", () => {
  it(`are taken out of any JSON as they are written (${runs} runs)`, () => {
    fc.assert(
      fc.property(fc.array(fc.json()), fc.object(), fc.object(), blanks, (items, a, b, blank) => {
        if (Object.hasOwn(a, "chunk") || Object.hasOwn(b, "chunk")) return;
        const inner = (object: object) => JSON.stringify(object).slice(1, -1);
        const list = (some: string[]) => `"chunk"${blank}:${blank}[${some.join(`,${blank}`)}]`;
        const textWith = (some: string[]) =>
          `{${[inner(a), list(some), inner(b)].filter((part) => part !== "").join(`${blank},`)}}`;
        const { elements, rest } = takeApart(textWith(items), "chunk");
        const trimmed = (some: string[]) => some.map((item) => item.trim());
        assert.deepEqual(trimmed(elements), trimmed(items));
        assert.deepEqual(rest, JSON.parse(textWith([])));
      }),
      { numRuns: runs },
    );
  });

  it(`come out of nothing else, whatever it is (${runs} runs)`, () => {
    const page = '{"chunk":[{"event_id":"$1","a":"\\"]}"},{"event_id":"$2"}],"end":"x"}';
    const cut = fc.nat(page.length - 1).map((length) => page.slice(0, length));
    fc.assert(
      fc.property(fc.oneof(cut, fc.json(), fc.string()), (text) => {
        assert.equal(historyPageSchema.safeParse(text).success, false);
      }),
      { numRuns: runs },
    );
  });

  it("keep what JavaScript can't hold, on one line", () => {
    const event =
      '{"event_id":"$1","2":1e400,"1":12345678901234567890,"f":1.0,\r\n"s":"\u2028\\n"}';
    const page = historyPageSchema.parse(`{"chunk":[${event}],"end":null}`);
    assert.deepEqual(page, {
      events: [event.replace("\r\n", " ")],
      ids: ["$1"],
      end: undefined,
    });
  });
});

describe("the history of a room", () => {
  const read = async (client: ReturnType<typeof fakeOperation>["client"]) => {
    const found: string[] = [];
    for await (const { events } of historyOf(client, "!a:b", undefined)) found.push(...events);
    return found;
  };
  const failure = (kind: object) =>
    new SynapseRequestError({ method: "GET", path: "/", origin: "", reason: "", ...kind });

  it("goes on after pages without events, but not for ever", async () => {
    const { client } = fakeOperation();
    let count = 0;
    client.historyPage.callsFake(() => {
      const end = ++count > 900 ? {} : { end: String(count) };
      return Promise.resolve({ events: [], ids: [], end: undefined, ...end });
    });
    assert.deepEqual(await read(client), []);
    client.historyPage.callsFake(() =>
      Promise.resolve({ events: [], ids: [], end: String(++count) }),
    );
    await assert.rejects(read(client), /one page without events after the other/);
    assert.ok(count < 3_000);
  });

  it("does not go round in a circle, however long", async () => {
    const { client } = fakeOperation();
    let count = 0;
    client.historyPage.callsFake(() => {
      const id = String(count++ % 50);
      return Promise.resolve({ events: ["{}"], ids: [id], end: `token-${count}` });
    });
    await assert.rejects(read(client), /the same events again and again/);
    assert.equal(count, 51);
  });

  it("asks for fewer events where so many are too long, down to one, and not in vain", async () => {
    const { client } = fakeOperation();
    client.historyPage.callsFake((_room, { limit }) =>
      limit > 1
        ? Promise.reject(failure({ isTooLarge: true }))
        : Promise.resolve({ events: ["{}"], ids: ["$1"], end: undefined }),
    );
    assert.deepEqual(await read(client), ["{}"]);
    const limits = client.historyPage.args.map(([, { limit }]) => limit);
    assert.deepEqual(limits, [1_000, 250, 63, 16, 4, 1]);
    client.historyPage.rejects(failure({ isTooLarge: true }));
    await assert.rejects(read(client), SynapseRequestError);
    client.historyPage.resetHistory();
    client.historyPage.rejects(failure({ isTimeout: true }));
    await assert.rejects(read(client), SynapseRequestError);
    assert.equal(client.historyPage.callCount, 4);
  });

  it("is told at most every ten seconds", async () => {
    const { client, clock, homeserver, lines } = fakeOperation();
    let page = 0;
    client.stateText.resolves([]);
    client.historyPage.callsFake(async () => {
      await clock.sleep(4_000);
      return { events: ["{}"], ids: [String(page)], end: ++page > 6 ? undefined : String(page) };
    });
    const reviewed = { roomId: "!a:b", serverName: "b", homeserverUrl: "http://b" };
    const writing = { startedAt: "", requestedBy: "", after: null };
    const content = contentOf(
      homeserver.room("!a:b"),
      new ArchiveLines(),
      { reviewed, writing },
      clock,
    );
    for await (const text of content) assert.ok(text.endsWith("\n"));
    assert.deepEqual(lines, ["!a:b: 3 events archived", "!a:b: 6 events archived"]);
  });
});

describe("a file that is whole or not there", () => {
  let folder: ArchiveFolder;
  beforeEach(() => (folder = new ArchiveFolder()));
  afterEach(() => {
    folder.remove();
  });
  const text = (...parts: string[]) => Readable.from(parts);

  it("is not overwritten, even if it comes up meanwhile", async () => {
    const path = folder.file("a");
    async function* slow() {
      yield "mine";
      await Promise.resolve();
      writeFileSync(path, "other");
    }
    await assert.rejects(writeWhole(path, slow(), { addsTo: false }), { code: "EEXIST" });
    assert.equal(readFileSync(path, "utf8"), "other");
    assert.deepEqual(folder.names, ["a"]);
  });

  it("is written by one at a time, and what was killed leaves nothing", async () => {
    const path = folder.file("a");
    const partial = (host: string, pid: number) => folder.file(`.a.${host}-${pid}.partial`);
    const dead = 4_194_304; // No process has such a number.
    const left = [partial(hostname(), dead), partial(hostname(), process.pid)];
    const others = [partial("other", dead), partial(hostname(), process.ppid)];
    const old = partial("another", 1);
    for (const file of [...left, ...others, old]) writeFileSync(file, "half");
    utimesSync(old, 0, 0);
    async function* nested() {
      await assert.rejects(writeWhole(path, text("b"), { addsTo: false }), { code: "EEXIST" });
      yield "a";
    }
    await writeWhole(path, nested(), { addsTo: false });
    assert.equal(readFileSync(path, "utf8"), "a");
    const kept = others.map((file) => file.slice(dirname(file).length + 1));
    assert.deepEqual(folder.names.sort(), ["a", ...kept].sort());
  });

  it("is not there if its folder goes away, or what it is made of fails", async () => {
    const path = join(folder.file("sub"), "a");
    mkdirSync(dirname(path));
    async function* removed() {
      yield "a";
      await Promise.resolve();
      rmSync(dirname(path), { recursive: true });
    }
    await assert.rejects(writeWhole(path, removed(), { addsTo: false }), { code: "ENOENT" });
    async function* failing() {
      yield await Promise.resolve("a");
      throw new Error("it fails");
    }
    await assert.rejects(writeWhole(folder.file("b"), failing(), { addsTo: false }), /it fails/);
    assert.deepEqual(readdirSync(folder.path), []);
  });
});
