import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { root } from "../support/machine/paths";
import { isRunning } from "../support/machine/processes";
import type { FaultProxy } from "../support/network/fault-proxy";
import type { TestHomeserver, TestRoom, TestUser } from "../support/synapse/homeserver";
import { behindProxy } from "../support/synapse/shared";

const program = join(root, "dist", "command", "main.js");

/** What a run of the command has come to. */
interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command, with these variables besides PATH and no others. */
async function command(env: Record<string, string>, ...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out, err };
}

describe("pulumi-synapse rooms", () => {
  let homeserver: TestHomeserver;
  let proxy: FaultProxy;
  let spammer: TestUser;
  let rooms: TestRoom[];
  let env: Record<string, string>;
  const names = ["Cheap watches", 'x"\n- roomId: "!lobby:b"\n\u202Ekcehc', "# no comment"];

  before(async () => {
    ({ homeserver, proxy } = await behindProxy());
    spammer = await homeserver.createUser();
    rooms = [];
    for (const name of names) {
      const room = await homeserver.createRoom({ creator: spammer, name });
      rooms.push(room);
      const told = async () => (await homeserver.roomDetails(room.roomId)).body;
      while ((await told())["joined_members"] !== 1 || (await told())["name"] !== name)
        await sleep(20);
    }
    env = { SYNAPSE_HOMESERVER_URL: proxy.url, SYNAPSE_ACCESS_TOKEN: homeserver.adminToken };
  });
  beforeEach(() => {
    proxy.reset();
  });

  const found = () => ["rooms", "--creator", spammer.userId, "--at-most", "3"];
  const ids = (list: unknown) => (list as { roomId: string }[]).map(({ roomId }) => roomId);
  const sorted = () => ids(rooms).sort();
  const refusedWith = (code: number, { code: was, out, err }: Ended, words: RegExp) => {
    assert.equal(was, code, err);
    assert.equal(out, "");
    assert.match(err, words);
    assert.doesNotMatch(err, /\n\s+at /); // No stack.
  };

  it("writes YAML that is one list, however often it is appended, and says the rest elsewhere", async () => {
    const first = await command(env, ...found());
    const second = await command(env, ...found(), "--format", "yaml");
    assert.equal(first.code, 0, first.err);
    assert.equal(second.out, first.out);
    assert.match(first.err, /^3 rooms found\.\n$/);
    const list = parse(first.out + second.out) as { expect: object }[];
    assert.deepEqual(ids(list), [...sorted(), ...sorted()]);
    for (const { roomId } of rooms) {
      const name = names[ids(rooms).indexOf(roomId)];
      const expect = { name, canonicalAlias: "", creator: spammer.userId, maxLocalMembers: 1 };
      assert.deepEqual(list[sorted().indexOf(roomId)], { roomId, expect });
    }
  });

  it("writes JSON, and a table of a line for each room", async () => {
    const json = await command(env, ...found(), "--format=json");
    assert.deepEqual(ids(JSON.parse(json.out)), sorted());
    const table = await command(env, ...found(), "--format=table");
    const [, ...lines] = table.out.trimEnd().split("\n");
    assert.deepEqual(
      lines.map((line) => line.split(" ")[0]),
      sorted(),
    );
  });

  it("takes every filter as a flag", async () => {
    const { out, err } = await command(
      env,
      ...found(),
      ...["--creator-server", homeserver.serverName, "--name-contains", "WATCH"],
      ...["--name-matches", "/^cheap/i", "--has-local-members", "true", "--max-local-members=1"],
      ...["--min-joined-members", "1", "--is-public", "false", "--is-encrypted", "false"],
      ...["--type", "", "--joined-by", spammer.userId, "--format", "json"],
    );
    assert.deepEqual(ids(JSON.parse(out || "[]")), [rooms[0]?.roomId], err);
    const other = await command(env, ...found(), "--name-matches", "^cheap", "--format", "json");
    assert.equal(other.out, "[]\n");
    const none = await command(env, ...found(), "--is-public=true");
    assert.deepEqual(none, { code: 0, out: "", err: "0 rooms found.\n" });
  });

  it("leaves protected rooms out, and says so", async () => {
    const [kept = "", ...others] = sorted();
    const { out, err } = await command(env, ...found(), "--protected-room", kept);
    assert.deepEqual(ids(parse(out)), others);
    assert.match(err, /^1 room left out, which synapse:protectedRooms protects: /);
  });

  it("reads the token from a file or a program, and the URL from a flag", async () => {
    const folder = mkdtempSync(join(tmpdir(), "pulumi-synapse-command-"));
    const file = join(folder, "token");
    writeFileSync(file, homeserver.adminToken);
    for (const given of [
      { SYNAPSE_ACCESS_TOKEN_FILE: file },
      { SYNAPSE_ACCESS_TOKEN_COMMAND: JSON.stringify(["cat", file]) },
    ]) {
      const args = ["--homeserver-url", proxy.url, "--format", "json"];
      const { out, err } = await command(given, ...found(), ...args);
      assert.equal(ids(JSON.parse(out || "[]")).length, 3, err);
    }
    rmSync(folder, { recursive: true });
  });

  for (const token of [
    ["--access-token", "syt_secret"],
    ["--access-token=syt_secret"],
    ["--token=syt_secret"],
  ]) {
    it(`refuses ${token[0]?.split("=")[0] ?? ""}, and says why without showing it`, async () => {
      const ended = await command(env, ...found(), ...token);
      refusedWith(2, ended, /can't be given as an argument: .*list of processes/);
      assert.ok(!ended.err.includes("syt_secret"));
      assert.deepEqual(proxy.requests, []);
    });
  }

  it("asks nothing for what can't be looked for: 2", async () => {
    for (const [args, words] of [
      [[], /Usage: pulumi-synapse/],
      [["spaces"], /unknown command/],
      [["rooms", "--creator", "@a:b"], /required option '--at-most/],
      [["rooms", "--at-most", "5"], /no filter is set/],
      [["rooms", "--at-most", "0", "--creator", "@a:b"], /^--at-most must be a whole number/],
      [["rooms", "--at-most", "many", "--creator", "@a:b"], /It must be a whole number/],
      [[...found(), "--creater=@a:b"], /unknown option '--creater'/],
      [[...found(), "--format", "xml"], /Allowed choices are yaml, json, table/],
      [[...found(), "--is-public", "yes"], /It must be true or false/],
      [[...found(), "--name-matches", "("], /must be a JavaScript pattern/],
      [[...found(), "--name-matches", "/a/g"], /^--name-matches has the flag g/],
      [[...found(), "--creator-server", "@a:b"], /^--creator-server must be the name of a server/],
      [[...found(), "--protected-room", "lobby"], /synapse:protectedRooms must be/],
      [[...found(), "--homeserver-url", "http://example.org"], /set --allow-insecure-http/],
      [[...found(), "more"], /too many arguments/],
    ] as [string[], RegExp][]) {
      refusedWith(2, await command(env, ...args), words);
    }
    const missing = await command({}, ...found());
    refusedWith(2, missing, /Set it in the environment variable SYNAPSE_HOMESERVER_URL\./);
    assert.doesNotMatch(missing.err, /synapse:|pulumi config/);
    assert.deepEqual(proxy.requests, []);
  });

  it("writes nothing where more rooms match: 3", async () => {
    const ended = await command(env, "rooms", "--creator", spammer.userId, "--at-most", "2");
    refusedWith(3, ended, /^3 rooms match, but atMost allows 2: .*"Cheap watches"/);
    assert.equal(ended.err.trimEnd().split("\n").length, 1);
  });

  it("writes nothing where the homeserver can't be asked: 1", async () => {
    const wrong = { ...env, SYNAPSE_ACCESS_TOKEN: "syt_c2VjcmV0" };
    const ended = await command(wrong, ...found());
    refusedWith(1, ended, /^GET \S+ on \S+: 401 .*set a valid one\./);
    assert.ok(!ended.err.includes("c2VjcmV0"));
    const fault = { kind: "answer", forward: false, status: 500, body: "{}" } as const;
    proxy.reset({ method: "GET", path: /\/members$/, nth: 3, lasts: true, fault });
    refusedWith(1, await command(env, ...found()), /^GET \S+\/members on \S+: 500/);
  });

  it("ends quietly, but not well, where nobody reads its list", async () => {
    const child = spawn(process.execPath, [program, ...found()], {
      env: { PATH: process.env["PATH"], ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.destroy();
    let err = "";
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    const [code] = (await once(child, "close")) as [number];
    assert.equal(code, 1);
    assert.doesNotMatch(err, /EPIPE|Error|\n\s+at /);
  });

  for (const when of ["before", "during"] as const) {
    it(`ends quietly where nobody reads anything any more, closed ${when} the search`, async () => {
      const [kept = ""] = sorted();
      const args = [program, ...found(), "--protected-room", kept]; // It has something to say.
      const closed = new Promise<void>((resolve) => {
        const act = () => {
          for (const stream of [child.stdout, child.stderr]) stream.destroy();
          resolve();
          return Promise.resolve();
        };
        const fault = { kind: "meanwhile", act } as const;
        proxy.reset({ method: "GET", path: /v1\/rooms\?/, nth: 1, fault });
      });
      const child = spawn(process.execPath, args, {
        env: { PATH: process.env["PATH"], ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      if (when === "before") for (const stream of [child.stdout, child.stderr]) stream.destroy();
      const ended = once(child, "exit");
      await closed;
      assert.deepEqual(await ended, [1, null]);
    });
  }

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    it(`ends by ${signal}, and with it the program that gives the token`, async () => {
      const folder = mkdtempSync(join(tmpdir(), "pulumi-synapse-command-"));
      const begun = join(folder, "begun");
      const slow = ["sh", "-c", `echo $$ >'${begun}.new'; mv '${begun}.new' '${begun}'; sleep 50`];
      const child = spawn(process.execPath, [program, ...found()], {
        env: {
          PATH: process.env["PATH"],
          SYNAPSE_HOMESERVER_URL: proxy.url,
          SYNAPSE_ACCESS_TOKEN_COMMAND: JSON.stringify(slow),
        },
        stdio: "ignore",
      });
      const ended = once(child, "exit");
      while (!existsSync(begun)) await sleep(20);
      const tokenProgram = Number(readFileSync(begun, "utf8"));
      assert.ok(isRunning(tokenProgram));
      child.kill(signal);
      assert.deepEqual(await ended, [null, signal]);
      while (isRunning(tokenProgram)) await sleep(20);
      rmSync(folder, { recursive: true });
    });
  }

  it("explains itself, and tells its version", async () => {
    const help = await command({}, "rooms", "--help");
    assert.equal(help.code, 0);
    for (const part of ["--in-space", "--at-most", "Exit codes: 0", "SYNAPSE_ACCESS_TOKEN_COMMAND"])
      assert.ok(help.out.includes(part), part);
    const version = await command({}, "--version");
    assert.match(version.out, /^\d+\.\d+\.\d+\n$/);
  });
});
