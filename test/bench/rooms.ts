/**
 * Finds the 100 rooms of one user among 10,000, with this package and in other ways, and measures what that costs: in turns, each in
 * a process of its own. Prints the table of docs/rooms.md.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { editWhileDown } from "../support/synapse/database";
import { TestHomeserver } from "../support/synapse/homeserver";
import { manyRooms, sharesOf, spammerOf } from "../support/synapse/many-rooms";
import { root } from "../support/machine/paths";
import { say } from "../support/machine/progress";
import { installSynadm, synadmConfig } from "./contenders";
import { RequestLog } from "./request-log";

const count = 10_000;
const rounds = 3;

/** A process that finds rooms: it prints their number last, and at its end the most memory that it has had, in KiB. */
interface Contender {
  readonly command: readonly string[];
  readonly finds: number;
}

interface Measured {
  readonly seconds: number;
  readonly requests: number;
  readonly megabytes: number;
}

const peak = `process.on("exit", () => console.error("peak " + process.resourceUsage().maxRSS));`;
const node = (script: string) => [process.execPath, "-e", `${peak}\n${script}`];

function getRooms(filters: object): readonly string[] {
  return node(`
    require("pulumi-synapse").getRooms(${JSON.stringify({ ...filters, atMost: count })})
      .then((rooms) => console.log(rooms.length));`);
}

function command(creator: string): readonly string[] {
  const argv = [
    "node",
    "pulumi-synapse",
    "rooms",
    "--creator",
    creator,
    "--at-most",
    String(count),
  ];
  const script = `${peak}
    process.argv = ${JSON.stringify(argv)};
    require("./dist/command/main.js");`;
  return ["bash", "-c", `"$0" -e "$1" | grep -c "^- roomId"`, process.execPath, script];
}

/** Page after page of 1,000, filtered by itself. */
const bareLoop = (creator: string) =>
  node(`(async () => {
    const headers = { Authorization: "Bearer " + process.env.SYNAPSE_ACCESS_TOKEN };
    const found = [];
    for (let from = 0; from !== undefined;) {
      const url = process.env.SYNAPSE_HOMESERVER_URL + "/_synapse/admin/v1/rooms?limit=1000&from=" + from;
      const page = await (await fetch(url, { headers })).json();
      found.push(...page.rooms.filter(({ creator }) => creator === ${JSON.stringify(creator)}));
      from = page.next_batch;
    }
    console.log(found.length);
  })();`);

/** As a moderator would: synadm prints the whole list, one page of 10,000 or ten of 1,000, and jq or the like does the rest. */
function synadm(python: string, config: string, creator: string, pages: number): string[] {
  const limit = String(count / pages);
  const list = `import resource, sys
sys.argv = ["synadm", "-c", sys.argv[1], "--batch", "-o", "json", "room", "list", "-l", sys.argv[2], "-f", sys.argv[3]]
from synadm.cli import root
try: root()
finally: print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)`;
  const script = `for page in $(seq 0 ${pages - 1}); do "$0" -c "$1" "$2" ${limit} $((page * ${limit})); done | grep -c "$3"`;
  return ["bash", "-c", script, python, list, config, `"creator": "${creator}"`];
}

async function measure(
  { url, adminToken, own }: TestHomeserver,
  { command: [program = "", ...args], finds }: Contender,
): Promise<Measured> {
  const log = new RequestLog(own.logFile, url);
  const { result, counts } = await log.during(() => {
    const startMs = performance.now();
    const { stdout, stderr } = spawnSync(program, args, {
      cwd: root,
      encoding: "utf8",
      maxBuffer: 2 ** 28,
      env: {
        PATH: process.env["PATH"],
        SYNAPSE_HOMESERVER_URL: url,
        SYNAPSE_ACCESS_TOKEN: adminToken,
      },
    });
    const seconds = (performance.now() - startMs) / 1000;
    const told = Number(stdout.trim().split("\n").at(-1));
    if (told !== finds)
      throw new Error(`${told} rooms instead of ${finds}: ${stderr}${stdout.slice(-500)}`);
    const peaks = [...stderr.matchAll(/peak (\d+)/g)].map(([, kilobytes]) => Number(kilobytes));
    return Promise.resolve({ seconds, megabytes: Math.max(...peaks) / 1024 });
  });
  return { ...result, requests: Object.values(counts).reduce((sum, one) => sum + one, 0) };
}

function row(contender: string, runs: Measured[]): string {
  const median = (of: (run: Measured) => number) =>
    runs.map(of).sort((a, b) => a - b)[Math.floor(runs.length / 2)] ?? 0;
  const cells = [
    contender,
    median(({ seconds }) => seconds).toFixed(1),
    median(({ requests }) => requests).toFixed(0),
    median(({ megabytes }) => megabytes).toFixed(0),
  ];
  return `| ${cells.join(" | ")} |`;
}

async function compare(homeserver: TestHomeserver, folder: string): Promise<void> {
  const { serverName, url, adminToken } = homeserver;
  const startMs = performance.now();
  await editWhileDown(homeserver, manyRooms({ count, serverName }));
  say(`${count} rooms made in ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
  const python = join(await installSynadm(), "bin", "python");
  const config = join(folder, "synadm.yaml");
  writeFileSync(config, JSON.stringify(synadmConfig(url, adminToken)));
  const creator = spammerOf({ serverName });
  const { spam, empty } = sharesOf({ count });
  const contenders: Record<string, Contender> = {
    "`getRooms`, by creator": { command: getRooms({ creator }), finds: spam },
    "`pulumi-synapse rooms`, by creator": { command: command(creator), finds: spam },
    "a bare loop, by creator": { command: bareLoop(creator), finds: spam },
    "`synadm room list`, 10 pages, and `grep`": {
      command: synadm(python, config, creator, 10),
      finds: spam,
    },
    "`synadm room list`, 1 page, and `grep`": {
      command: synadm(python, config, creator, 1),
      finds: spam,
    },
    "`getRooms`, without local members": {
      command: getRooms({ hasLocalMembers: false }),
      finds: empty,
    },
  };
  const measured = new Map(Object.keys(contenders).map((name) => [name, [] as Measured[]]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, runs] of measured) {
      const contender = contenders[name];
      if (contender !== undefined) runs.push(await measure(homeserver, contender));
      say(`${name}: ${runs.at(-1)?.seconds.toFixed(1) ?? ""} s`);
    }
  }
  console.log("| 10,000 rooms | seconds | requests | peak MB |\n| --- | --- | --- | --- |");
  for (const [name, runs] of measured) console.log(row(name, runs));
}

async function main(): Promise<void> {
  const homeserver = await TestHomeserver.startOwn();
  const folder = mkdtempSync(join(tmpdir(), "pulumi-synapse-rooms-"));
  try {
    await compare(homeserver, folder);
  } finally {
    rmSync(folder, { recursive: true });
    await homeserver.stop();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
