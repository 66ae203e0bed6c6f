/** Runs the acceptance core on every supported Synapse, and the package on every Node and SDK. Writes README's table. */
import { spawn } from "node:child_process";
import { formatted, readReadme, replaceBlock, writeReadme } from "../support/docs/readme";
import { newestSynapse } from "../support/synapse/install";

const core = ["create", "update", "delete", "failure", "once", "adopt", "drift"].map(
  (name) => `test/acceptance/${name}.test.ts`,
);

/** What is put together, which tests run on it, and the environment that chooses it. */
interface Target {
  readonly what: string;
  readonly files: readonly string[];
  readonly env?: Record<string, string>;
}

const targets: readonly Target[] = [
  ...["1.98.0", "1.121.1", "1.130.0", newestSynapse].map((version) => ({
    what: `Synapse ${version} on SQLite`,
    files: core,
    env: { TEST_SYNAPSE_VERSION: version },
  })),
  {
    what: `Synapse ${newestSynapse} on PostgreSQL, with Redis and a background worker`,
    files: core,
    env: { TEST_SYNAPSE_WORKERS: "1" },
  },
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
  const results: { what: string; passed: number; failed: number }[] = [];
  for (const target of targets) {
    console.log(`\n# ${target.what}`);
    results.push({ what: target.what, ...(await runTests(target)) });
  }
  const rows = results.map(({ what, passed, failed }) => [what, String(passed), String(failed)]);
  const table = [["with", "tests passed", "failed"], ["---", "---", "---"], ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
  console.log(`\n${table}`);
  writeReadme(await formatted(replaceBlock(readReadme(), "compatibility", table)));
  if (results.some(({ passed, failed }) => failed > 0 || passed === 0)) process.exitCode = 1;
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
