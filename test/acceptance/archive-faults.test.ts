import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { create } from "../../provider/hooks/create";
import { ShutdownUnfinishedError } from "../../provider/shutdown/followed-shutdown";
import { ArchiveFolder } from "../support/archive/archive";
import { inputsOf, realOperation, type RealOperation } from "../support/hooks/real-operation";
import type { Fault, FaultProxy, Rule } from "../support/network/fault-proxy";
import type { TestHomeserver, TestRoom } from "../support/synapse/homeserver";
import { behindProxy, ownHomeserver } from "../support/synapse/shared";

const content = "what was said in the room";

describe("an archive that does not succeed", () => {
  let homeserver: TestHomeserver;
  let proxy: FaultProxy;
  let folder: ArchiveFolder;
  let room: TestRoom;
  before(async () => ({ homeserver, proxy } = await behindProxy(ownHomeserver)));
  beforeEach(async () => {
    proxy.reset();
    folder = new ArchiveFolder();
    room = await homeserver.createRoom({ members: 2 });
    await homeserver.sendMessage(room, { msgtype: "m.text", body: content });
  });
  afterEach(() => {
    folder.remove();
  });

  const begin = () =>
    realOperation(
      { url: proxy.url, adminToken: homeserver.adminToken },
      { requestTimeoutMs: 1_000, retryDelayFactorMs: 1 },
    );
  const up = (archiveFile: string, more = {}, operation: RealOperation = begin()) =>
    create(operation, inputsOf({ roomId: room.roomId, archiveFile, ...more }));
  const messages = (fault: Fault, ...nths: number[]): Rule[] =>
    nths.map((nth) => ({ method: "GET", path: /\/messages\?/, nth, fault }));
  const answer = (body: string, status = 200): Fault => ({
    kind: "answer",
    forward: false,
    status,
    body,
  });
  const page = (events: object[], end?: string) => answer(JSON.stringify({ chunk: events, end }));

  /** That the create fails with these words, and nothing was shut down, and nothing new is in the folder. */
  const refuses = async (words: RegExp, archiveFile = folder.file("room.jsonl"), more = {}) => {
    const before = folder.names;
    const operation = begin();
    await assert.rejects(up(archiveFile, more, operation), (error: Error) => {
      assert.match(error.message, words);
      assert.ok(error.message.includes("No shutdown was started."), error.message);
      assert.ok(!`${error.message}${operation.lines.join()}`.includes(content));
      assert.ok(!(error instanceof ShutdownUnfinishedError));
      return true;
    });
    assert.deepEqual(await homeserver.shutdownTasks(room.roomId), []);
    assert.equal((await homeserver.roomDetails(room.roomId)).status, 200);
    assert.deepEqual(folder.names, before);
  };

  it("for a server that gives the same page for ever", async () => {
    const event = { event_id: "$one", content: { body: content } };
    proxy.reset(...messages(page([event], "a"), 1, 2));
    await refuses(/the homeserver gives the same events again and again/);
    proxy.reset(...messages(page([], "a"), 1, 2));
    await refuses(/the homeserver gives the same page again and again/);
    proxy.reset(...messages(page([event, event], "a"), 1));
    await refuses(/the homeserver gives the same events again and again/);
  });

  it("for a server that gives nothing of a room with members", async () => {
    proxy.reset(...messages(page([]), 1));
    await refuses(/gives no event of the room, although it has members/);
  });

  it("for pages that are none, without a word of what is in them", async () => {
    for (const body of [`{"chunk":[{"body":"${content}"}]}`, `["${content}"]`, content]) {
      proxy.reset(...messages(answer(body), 1));
      await refuses(/the answer is not what Synapse answers.*not shown, since it is a room's/);
    }
  });

  it("for a server that fails or goes away in the middle", async () => {
    const internal = answer('{"errcode":"M_UNKNOWN","error":"Internal"}', 500);
    const second = { method: "GET", path: /\/messages\?/, nth: 2, lasts: true };
    proxy.reset({ ...second, fault: internal });
    await refuses(/GET .*\/messages on .*500 M_UNKNOWN: Internal/);
    proxy.reset({ ...second, fault: { kind: "reset", forward: false } });
    await refuses(/GET .*\/messages on .*no answer/);
    proxy.reset(...messages({ kind: "delay", ms: 1_500 }, 1, 2, 3, 4));
    await refuses(/GET .*\/messages on .*no answer.*requestTimeoutSeconds/);
  });

  it("for a state that does not come", async () => {
    const fault: Fault = { kind: "delay", ms: 1_500 };
    proxy.reset({ method: "GET", path: /\/state$/, nth: 1, fault });
    await refuses(/GET .*\/state on .*requestTimeoutSeconds/);
  });

  it("for a room that goes away meanwhile", async () => {
    const purge = async () => {
      await homeserver.shutDown(room.roomId, { purge: true });
      await homeserver.shutdownsEnd(room.roomId);
    };
    proxy.reset(...messages({ kind: "meanwhile", act: purge }, 1));
    await assert.rejects(up(folder.file("room.jsonl")), /does not have the room any more, so some/);
    assert.deepEqual(folder.names, []);
  });

  it("for a place where no file can be", async () => {
    await refuses(/its folder does not exist/, folder.file("none/room.jsonl"));
    writeFileSync(folder.file("file"), "");
    await refuses(/its folder is no folder/, folder.file("file/room.jsonl"));
    mkdirSync(folder.file("folder"));
    await refuses(/what has this name is no ordinary file/, folder.file("folder"));
    symlinkSync("nowhere", folder.file("link"));
    await refuses(/what has this name is no ordinary file/, folder.file("link"));
    await refuses(/its name is too long/, folder.file("n".repeat(255)));
  });

  it("for a folder that may not be read or written", async () => {
    chmodSync(folder.path, 0o555);
    await withoutRights(() => refuses(/may not read and write its folder/));
    chmodSync(folder.path, 0o700);
  });

  it("for a disk that is full, and a file that gets too long", async () => {
    await homeserver.sendMessage(room, { msgtype: "m.text", body: "x".repeat(50_000) });
    await withSmallDisk(folder.path, () =>
      refuses(/the disk is full|takes no file of this length/),
    );
  });

  it("for a file that exists already, whatever it is", async () => {
    const taken = folder.file("room.jsonl");
    for (const text of ["", "mine\n", "x".repeat(2 ** 21), '{"kind":"header"}\n']) {
      writeFileSync(taken, text);
      await refuses(/a file of this name exists already/);
      assert.equal(readFileSync(taken, "utf8"), text);
    }
    writeFileSync(folder.file("room.gz"), "no gzip");
    await refuses(/a file of this name exists already/, folder.file("room.gz"));
  });

  for (const name of ["room.jsonl", "room.jsonl.gz"]) {
    it(`for ${name} of another room, of a shutdown that has been, and one that is not whole`, async () => {
      const file = folder.file(name);
      await up(file, { purge: false });
      const whole = readFileSync(file);
      const text = (name.endsWith(".gz") ? gunzipSync(whole) : whole).toString("utf8");
      const pack = (some: string) => (name.endsWith(".gz") ? gzipSync(some) : Buffer.from(some));
      // A new resource knows nothing of it, and its shutdown has been.
      await assert.rejects(up(file, { triggers: [1] }), /exists already/);
      assert.deepEqual(readFileSync(file), whole);

      room = await homeserver.createRoom();
      await refuses(/exists already/, file);
      const own = text.replace(/"roomId":"[^"]+"/, `"roomId":"${room.roomId}"`);
      const lines = own.split("\n");
      for (const half of [own, own.slice(0, -1), lines.slice(0, -2).join("\n")]) {
        writeFileSync(file, pack(half)); // Changed, or cut off.
        await refuses(/exists already/, file);
      }
      writeFileSync(file, whole.subarray(0, -5));
      await refuses(/exists already/, file);
    });
  }
});

/** Does something without the rights of root, who may do everything. */
async function withoutRights(act: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.("nobody");
  try {
    await act();
  } finally {
    if (isRoot) process.seteuid?.("root");
  }
}

/** Does something while a folder is on a disk of 32 kB or, for who may not mount one, while no file can get longer. */
async function withSmallDisk(path: string, act: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0;
  const limit = (size: string) => {
    execFileSync("prlimit", [`--pid=${process.pid}`, `--fsize=${size}:`]);
  };
  if (isRoot) execFileSync("mount", ["-t", "tmpfs", "-o", "size=32k", "tmpfs", path]);
  else limit("32768");
  try {
    await act();
  } finally {
    if (isRoot) execFileSync("umount", [path]);
    else limit("unlimited");
  }
}
