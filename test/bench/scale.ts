/**
 * Shuts N rooms of one member down, with this provider and in other ways, and measures what that costs: in one run, in
 * turns, each in a process of its own. Prints a table and writes it, with a plot, into docs/measurements.md.
 * `npm run bench -- 1 10` measures only these N, and writes nothing; `large` among them is the one with many members.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withHomeserver } from "../support/engine/with-homeserver";
import { TestHomeserver, type TestUser } from "../support/synapse/homeserver";
import { expectOk } from "../support/synapse/requests";
import { say } from "../support/machine/progress";
import { contenders, inLots, type Cost, type Step, type Target } from "./contenders";
import { plot } from "./plot";
import { ratiosTable } from "./ratios";
import { tables, writeBenchmark, type Measured } from "./report";
import { RequestLog, type Counts } from "./request-log";

/** How often each number of rooms is measured. */
const rounds: Record<number, number> = { 1: 3, 10: 3, 100: 3, 1000: 1 };
/** Who is slow, or breaks down: the script's connections are reset at a thousand. */
const mostRooms: Record<string, number> = {
  "synadm in a loop": 100,
  "a script that polls each": 100,
};
const mostMs = 5 * 60_000;
const roomsPerMember = 10;
const joinConcurrency = 10;

/** One room with many members, of which nearly all of the time is Synapse's: how often, and with how many. */
const large = { members: 500, rounds: 3, contenders: ["pulumi-synapse", "homeserver's floor"] };

interface Order extends Target {
  readonly contender: string;
  readonly logFile: string;
}

/** What a process of its own tells of its run. */
export interface Outcome {
  readonly cost: Cost;
  readonly requests: Partial<Record<Step, Counts>>;
}

/** In a process of its own: one contender, once. */
async function runOne(order: Order): Promise<Outcome> {
  const log = new RequestLog(order.logFile, order.url);
  const requests: Partial<Record<Step, Counts>> = {};
  const contender = contenders[order.contender];
  if (contender === undefined) throw new Error(`there is no contender ${order.contender}`);
  const cost = await contender(order, async (step, work) => {
    const { result, counts } = await log.during(async () => {
      const startMs = performance.now();
      await work();
      return (performance.now() - startMs) / 1000;
    });
    requests[step] = counts;
    return result;
  });
  return { cost, requests };
}

/** A contender may break down under its own load: then it has no numbers, and the others have theirs. */
function inOwnProcess(order: Order): Outcome | undefined {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-synapse-bench-"));
  const file = join(folder, "order.json");
  writeFileSync(file, JSON.stringify(order));
  const { status, error, stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", "tsx", __filename, file],
    {
      encoding: "utf8",
      timeout: mostMs,
    },
  );
  rmSync(folder, { recursive: true });
  if (status === 0) return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Outcome;
  say(error?.message ?? stderr.trim()); // The error is that it took too long.
  return undefined;
}

/** The bare engine only declares resources: one room will do for all of them. */
async function makeOrder(
  homeserver: TestHomeserver,
  contender: string,
  size: number,
): Promise<Order> {
  const isEngine = contender.startsWith("engine");
  const made = await makeRooms(homeserver, isEngine ? 1 : size);
  const rooms = isEngine ? Array.from({ length: size }, () => made[0] ?? "") : made;
  const { url, adminToken, own } = homeserver;
  return { contender, url, adminToken, rooms, logFile: own.logFile };
}

async function makeRooms(homeserver: TestHomeserver, count: number): Promise<string[]> {
  const rooms: string[] = [];
  while (rooms.length < count) {
    const creator = await homeserver.createUser();
    const more = Math.min(roomsPerMember, count - rooms.length);
    for (let i = 0; i < more; i++) {
      const name = `Room number ${rooms.length}`;
      rooms.push((await homeserver.createRoom({ creator, name })).roomId);
    }
  }
  return rooms;
}

async function compare(homeserver: TestHomeserver, sizes: number[]): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const size of sizes) {
    for (let round = 1; round <= (rounds[size] ?? 1); round++) {
      for (const contender of Object.keys(contenders)) {
        if (size > (mostRooms[contender] ?? Infinity)) continue;
        const outcome = inOwnProcess(await makeOrder(homeserver, contender, size));
        measured.push({ contender, size, members: 1, requests: {}, ...outcome });
        const result = outcome === undefined ? "not ended" : `up ${outcome.cost.up.toFixed(1)} s`;
        say(`${size} rooms, round ${round}, ${contender}: ${result}`);
      }
    }
  }
  return measured;
}

const membersOf = (roomId: string) =>
  `/_synapse/admin/v1/rooms/${encodeURIComponent(roomId)}/members`;

async function compareLarge(homeserver: TestHomeserver): Promise<Measured[]> {
  const users: TestUser[] = [];
  await inLots(Array.from({ length: large.members }), joinConcurrency, async () =>
    users.push(await homeserver.createUser()),
  );
  const [creator = await homeserver.createUser(), ...others] = users;
  const measured: Measured[] = [];
  for (let round = 1; round <= large.rounds; round++) {
    for (const contender of large.contenders) {
      const { roomId } = await homeserver.createRoom({ creator, name: "A large room" });
      await inLots(others, joinConcurrency, async (user) =>
        expectOk(await homeserver.join(user, roomId)),
      );
      const { members } = expectOk(await homeserver.admin("GET", membersOf(roomId)));
      assert.equal((members as unknown[]).length, large.members);
      const { url, adminToken, own } = homeserver;
      const order = { contender, url, adminToken, rooms: [roomId], logFile: own.logFile };
      const outcome = inOwnProcess(order);
      measured.push({ contender, size: 1, members: large.members, requests: {}, ...outcome });
      say(
        `${large.members} members, round ${round}, ${contender}: up ${outcome?.cost.up.toFixed(1) ?? "-"} s`,
      );
    }
  }
  return measured;
}

async function main(args: string[]): Promise<void> {
  const [first] = args;
  if (first?.endsWith(".json") === true) {
    const outcome = await runOne(JSON.parse(readFileSync(first, "utf8")) as Order);
    console.log(JSON.stringify(outcome));
    return;
  }
  const wanted = args.length > 0 ? args : [...Object.keys(rounds), "large"];
  const sizes = wanted.filter((one) => one !== "large").map(Number);
  const measured = await withHomeserver(
    () => TestHomeserver.startOwn(),
    async (homeserver) => [
      ...(await compare(homeserver, sizes)),
      ...(wanted.includes("large") ? await compareLarge(homeserver) : []),
    ],
  );
  const report = `${ratiosTable(measured)}\n\n${tables(measured)}`;
  console.log(report);
  if (args.length === 0) await writeBenchmark(report, await plot(measured));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
