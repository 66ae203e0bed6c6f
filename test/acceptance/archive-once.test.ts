import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { check } from "../../provider/hooks/check";
import { create } from "../../provider/hooks/create";
import { ArchiveFolder, readArchive, sha256Of } from "../support/archive/archive";
import { inputsOf, realOperation, type RealOperation } from "../support/hooks/real-operation";
import { ensureDebian } from "../support/machine/debian";
import { root } from "../support/machine/paths";
import type { Fault, FaultProxy } from "../support/network/fault-proxy";
import type { TestHomeserver, TestRoom } from "../support/synapse/homeserver";
import { expectOk } from "../support/synapse/requests";
import { behindProxy, ownHomeserver } from "../support/synapse/shared";

describe("an archive and the shutdown that it is for", () => {
  let homeserver: TestHomeserver;
  let proxy: FaultProxy;
  let folder: ArchiveFolder;
  let file: string;
  before(async () => ({ homeserver, proxy } = await behindProxy(ownHomeserver)));
  beforeEach(() => {
    proxy.reset();
    folder = new ArchiveFolder();
    file = folder.file("room.jsonl");
  });
  afterEach(() => {
    folder.remove();
  });

  const begin = (requestTimeoutMs = 10_000) =>
    realOperation({ url: proxy.url, adminToken: homeserver.adminToken }, { requestTimeoutMs });
  const up = ({ roomId }: Pick<TestRoom, "roomId">, more = {}, operation = begin()) =>
    create(operation, inputsOf({ roomId, archiveFile: file, ...more }));
  const say = (room: TestRoom, body: string) =>
    homeserver.sendMessage(room, { msgtype: "m.text", body });
  const warnings = ({ lines }: RealOperation) =>
    lines.filter((line) => /: warning: .*archive /.test(line));
  const refusal: Fault = {
    kind: "answer",
    forward: false,
    status: 403,
    body: '{"errcode":"M_FORBIDDEN","error":"Shutdown of this room is forbidden"}',
  };
  const deleteCall = { method: "DELETE", path: /v2\/rooms/, nth: 1 };

  it("comes after the guards, and before the media and the delete call", async () => {
    const room = await homeserver.createRoom();
    await assert.rejects(up(room, { expect: { name: "Other" } }), /expect\.name does not hold/);
    assert.ok(!proxy.requests.some(({ path }) => path.includes("/messages")));
    assert.deepEqual(folder.names, []);
    proxy.reset();
    await up(room, { quarantineMedia: true });
    const steps = [/\/state$/, /\/messages\?/, /media\/quarantine$/, /v2\/rooms\/[^/]+$/];
    const order = steps.map((step) => proxy.requests.findIndex(({ path }) => step.test(path)));
    assert.ok(
      order.every((place, index) => place > (order[index - 1] ?? 0)),
      String(order),
    );
  });

  it("holds the shutdown to its guards once more, if it has taken its time", async () => {
    const room = await homeserver.createRoom({ members: 2 });
    const operation = begin();
    const act = async () => {
      expectOk(await homeserver.join(await homeserver.createUser(), room.roomId));
      operation.advance(6_000);
    };
    const fault: Fault = { kind: "meanwhile", act };
    proxy.reset({ method: "GET", path: /\/messages\?/, nth: 1, fault });
    const guarded = up(room, { expect: { maxLocalMembers: 2 } }, operation);
    await assert.rejects(guarded, /maxLocalMembers allows 2, but the room .* has 3/);
    assert.deepEqual(await homeserver.shutdownTasks(room.roomId), []);
    readArchive(file);
  });

  for (const name of ["room.jsonl", "room.jsonl.gz"]) {
    it(`is kept as ${name} where the shutdown was refused, and the next try adds what came since`, async () => {
      file = folder.file(name);
      const room = await homeserver.createRoom();
      await say(room, "before");
      for (const more of ["since", "and since then"]) {
        proxy.reset({ ...deleteCall, fault: refusal });
        await assert.rejects(up(room, { purge: false }), /Shutdown of this room is forbidden/);
        await say(room, more);
      }
      const { archive } = await up(room, { purge: false });
      const { bodies, lines } = readArchive(file);
      assert.deepEqual(bodies, ["before", "since", "and since then"]);
      assert.equal(lines.filter(({ kind }) => kind === "continued").length, 2);
      assert.equal(archive?.sha256, sha256Of(file));
      assert.deepEqual(folder.names, [name]);
    });
  }

  it("stays to the byte where nothing has come since, even what was redacted", async () => {
    const room = await homeserver.createRoom();
    const said = await say(room, "what is redacted later");
    proxy.reset({ ...deleteCall, fault: refusal });
    await assert.rejects(up(room), /forbidden/);
    const text = readFileSync(file);
    proxy.reset({ ...deleteCall, fault: refusal });
    await assert.rejects(up(room), /forbidden/);
    assert.deepEqual(readFileSync(file), text);
    await homeserver.redact(room, said);
    await up(room);
    assert.deepEqual(readArchive(file).bodies, ["what is redacted later"]);
  });

  it("is found again by who takes over a shutdown of its own", async () => {
    const room = await homeserver.createRoom();
    await say(room, "evidence");
    const first = await up(room);
    // As after a kill: the state of the first one is lost.
    const operation = begin();
    const second = await up(room, {}, operation);
    assert.deepEqual([second.deleteId, second.archive], [first.deleteId, first.archive]);
    assert.deepEqual(warnings(operation), []);
  });

  it("holds what is still there of a room whose shutdown somebody else has started, and says so", async () => {
    const room = await homeserver.createHeldRoom();
    await say(room, "still there");
    const deleteId = await homeserver.shutDown(room.roomId, { purge: true });
    const operation = begin();
    const created = up(room, {}, operation);
    while (!folder.names.includes("room.jsonl")) await new Promise(setImmediate);
    room.letGo();
    const state = await created;
    assert.equal(state.deleteId, deleteId);
    const { bodies, header } = readArchive(file);
    assert.deepEqual([bodies, header["during"]], [["still there"], deleteId]);
    assert.equal(state.archive?.sha256, sha256Of(file));
    assert.match(warnings(operation).join(), /the archive may not be complete, since the shutdown/);
  });

  it("can't be had of a room that is gone, or where its file is taken: a warning, and no output", async () => {
    const room = await homeserver.createRoom();
    await homeserver.shutDown(room.roomId, { purge: true });
    await homeserver.shutdownsEnd(room.roomId);
    const operation = begin();
    assert.equal((await up(room, {}, operation)).archive, undefined);
    assert.match(warnings(operation).join(), /goes on: the homeserver does not have the room any/);
    assert.deepEqual(folder.names, []);

    writeFileSync(file, "mine");
    const again = begin();
    assert.equal((await up(room, {}, again)).archive, undefined);
    assert.match(warnings(again).join(), /goes on: a file of this name exists already/);
    assert.equal(readFileSync(file, "utf8"), "mine");
  });

  it("is none of a room that the homeserver does not know", async () => {
    const roomId = `!unknown:${homeserver.serverName}`;
    const operation = begin();
    const { archive } = await up({ roomId }, { allowUnknownRoom: true, block: true }, operation);
    assert.equal(archive, undefined);
    assert.match(
      warnings(operation).join(),
      /no archive is written, since the homeserver does not/,
    );
    assert.deepEqual(folder.names, []);
  });

  it("takes fewer events at once from a slow server, and none is missing", async () => {
    const room = await homeserver.createRoom();
    const bodies = Array.from({ length: 200 }, (_, index) => String(index));
    for (const body of bodies) await say(room, body);
    const slow = (nth: number) => ({
      method: "GET",
      path: /\/messages\?/,
      nth,
      fault: { kind: "delay", ms: 3_000 } as const,
    });
    proxy.reset(slow(1), slow(2));
    await up(room, {}, begin(2_000));
    assert.deepEqual(readArchive(file).bodies, bodies);
    const pages = proxy.requests.filter(({ path }) => path.includes("limit=63"));
    assert.ok(pages.length >= 4, String(pages.length));
  });

  it("is written once by resources that want the same, and not by two at the same time", async () => {
    const room = await homeserver.createRoom();
    const operation = begin();
    const twice = await Promise.all([up(room, {}, operation), up(room, {}, operation)]);
    assert.deepEqual(twice[0].archive, twice[1].archive);
    rmSync(file);
    const rooms = [await homeserver.createRoom(), await homeserver.createRoom()];
    const results = await Promise.allSettled(rooms.map((one) => up(one)));
    const failed = results.flatMap((result) => (result.status === "rejected" ? [result] : []));
    assert.equal(failed.length, 1);
    assert.match(
      String(failed[0]?.reason),
      /another archive is being written there|exists already/,
    );
    readArchive(file);
    assert.deepEqual(folder.names, ["room.jsonl"]);
  });

  it("is told what is in its way here by the review", async () => {
    const { roomId } = await homeserver.createRoom();
    const says = async (archiveFile: string) => {
      const operation = begin();
      await check(operation, {}, { roomId, archiveFile });
      return operation.lines.join();
    };
    assert.match(await says(folder.file("none/room")), /fails here: its folder does not exist/);
    assert.match(await says(folder.path), /fails here: what has this name is no ordinary file/);
    writeFileSync(file, "");
    assert.match(await says(file), /exists already: it is kept, and is an error at the apply/);
  });

  it("is read by the commands of docs/archive.md", async () => {
    await ensureDebian("/usr/bin/jq", "jq");
    file = folder.file("evidence.jsonl");
    const room = await homeserver.createRoom({ members: 2 });
    await say(room, "one\nand two");
    const media = await homeserver.sendMedia(room);
    await up(room);
    writeFileSync(`${file}.gz`, gzipSync(readFileSync(file)));
    const page = readFileSync(join(root, "docs", "archive.md"), "utf8");
    const blocks = [...page.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block]) => block ?? "");
    const run = (command: string) =>
      execFileSync("bash", ["-eo", "pipefail", "-c", command], { cwd: folder.path }).toString();
    const [read, whole, ...more] = blocks.map((block) => block.trim().split("\n").map(run));
    assert.ok(read && whole && more.length === 0);
    const [header = "", messages = "", senders = "", uris, members = ""] = read;
    const { userId } = room.creator;
    assert.equal((JSON.parse(header) as Record<string, unknown>)["roomId"], room.roomId);
    assert.equal(messages, `${userId}\tone\\nand two\n${userId}\ta.json\n`);
    assert.ok(senders.trim().split("\n")[0]?.endsWith(` ${userId}`));
    assert.equal(uris, `${media}\n`);
    assert.deepEqual(
      members.trim().split("\n").sort(),
      room.members.map((one) => one.userId).sort(),
    );
    assert.deepEqual(whole, ["whole\n"]);
  });
});
