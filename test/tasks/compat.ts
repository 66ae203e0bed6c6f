/**
 * Runs the acceptance core on every supported Synapse and counts the requests that a room costs there, and runs the package on
 * every Node and SDK. Writes the table of docs/compatibility.md.
 */
import { spawn, spawnSync } from "node:child_process";
import { writeBlock } from "../support/docs/pages";
import { newestSynapse } from "../support/synapse/install";

const core = ["create", "update", "delete", "failure", "once", "adopt", "drift"].map(
  (name) => `test/acceptance/${name}.test.ts`,
);

/** What is put together, which tests run on it, and the environment that chooses it. */
interface Target {
  readonly what: string;
  readonly files: readonly string[];
  readonly env?: Record<string, string>;
  /** Whether the requests that a room costs are counted, too. */
  readonly counts?: boolean;
}

interface Result {
  readonly what: string;
  readonly passed: number;
  readonly failed: number;
  readonly requests?: number | undefined;
}

const onSqlite = ["1.98.0", "1.121.1", "1.130.0", "1.158.0", newestSynapse];

/** The oldest of those with workers sets no block from there (before 1.124). */
const withWorker = ["1.121.1", newestSynapse];

const targets: readonly Target[] = [
  ...onSqlite.map((version) => ({
    what: `Synapse ${version} on SQLite`,
    files: core,
    env: { TEST_SYNAPSE_VERSION: version },
    counts: true,
  })),
  ...withWorker.map((version) => ({
    what: `Synapse ${version} on PostgreSQL, with Redis and a background worker`,
    files: core,
    env: { TEST_SYNAPSE_VERSION: version, TEST_SYNAPSE_WORKERS: "1" },
    counts: true,
  })),
  { what: "Synapse 1.97.0, which is refused at preview", files: ["test/compat/too-old.test.ts"] },
  ...[
    { pulumi: "3.216.0", nodes: ["20", "22", "24"] },
    { pulumi: "3.270.0", nodes: ["22", "24"] }, // From 3.250 on it wants Node 22.
  ].flatMap(({ pulumi, nodes }) =>
    nodes.map((node) => ({
      what: `@pulumi/pulumi ${pulumi} on Node ${node}`,
      files: ["test/compat/installed.test.ts"],
      env: { TEST_PULUMI_VERSION: pulumi, TEST_NODE_VERSION: node },
    })),
  ),
];

async function main(): Promise<void> {
  const results: Result[] = [];
  for (const target of targets) {
    console.log(`\n# ${target.what}`);
    const requests = target.counts ? requestsPerRoom(target) : undefined;
    results.push({ what: target.what, requests, ...(await runTests(target)) });
  }
  const rows = results.map(({ what, passed, failed, requests }) => [
    what,
    String(passed),
    String(failed),
    requests?.toFixed(2) ?? "",
  ]);
  const heads = ["with", "tests passed", "failed", "requests a room"];
  const table = [heads, heads.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
  console.log(`\n${table}`);
  await writeBlock("docs/compatibility.md", "compatibility", table);
  if (results.some(({ passed, failed }) => failed > 0 || passed === 0)) process.exitCode = 1;
}

function requestsPerRoom({ env }: Target): number {
  const { status, stdout } = spawnSync(
    process.execPath,
    ["--import", "tsx", "test/compat/requests.ts"],
    { env: { ...process.env, ...env }, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
  );
  if (status !== 0) throw new Error("the requests could not be counted");
  const requests = Number(stdout.trim().split("\n").at(-1));
  console.log(`  ${requests.toFixed(2)} requests a room`);
  return requests;
}

/** Runs tests in a process of their own, shows their report and gives its totals. */
async function runTests({ files, env }: Target): Promise<{ passed: number; failed: number }> {
  const child = spawn(process.execPath, [require.resolve("mocha/bin/mocha.js"), ...files], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let report = "";
  child.stdout.on("data", (chunk: Buffer) => {
    report += chunk.toString();
    process.stdout.write(chunk);
  });
  await new Promise((resolve) => child.once("close", resolve));
  const [, passed, failed] = /(\d+) passed, (\d+) failed\s*$/.exec(report) ?? [];
  if (passed === undefined || failed === undefined)
    throw new Error("the tests have not come to their end");
  return { passed: Number(passed), failed: Number(failed) };
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
