import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findEngine } from "../support/engine";
import { TestHomeserver } from "../support/homeserver";
import { startSynapse } from "../support/synapse-process";

const root = join(__dirname, "..", "..");
const bin = (name: string) => join(root, "node_modules", ".bin", name);
const pulumiVersion = "3.248.0";

/** How each package manager installs what package.json names. */
const managers: Record<string, string[]> = {
  npm: ["npm", "install", "--no-audit", "--no-fund"],
  pnpm: [bin("pnpm"), "install", "--ignore-scripts"],
  yarn: [bin("yarn"), "install", "--non-interactive", "--ignore-scripts", "--no-lockfile"],
};

/** The same program in each kind of module that a user may write. */
const programs: Record<string, { file: string; module: string; head: string }> = {
  "TypeScript, CommonJS": {
    file: "program.cts",
    module: "node16",
    head: 'import { SynapseRoomShutdown } from "pulumi-synapse";\nimport { LocalWorkspace, PulumiCommand } from "@pulumi/pulumi/automation";',
  },
  "TypeScript, ESM": {
    file: "program.mts",
    module: "nodenext",
    head: 'import { SynapseRoomShutdown } from "pulumi-synapse";\nimport { LocalWorkspace, PulumiCommand } from "@pulumi/pulumi/automation/index.js";',
  },
};

const body = `
async function main(): Promise<void> {
  const [roomId = "", url = "", token = "", engine = ""] = process.argv.slice(2);
  const stack = await LocalWorkspace.createOrSelectStack(
    {
      stackName: "test",
      projectName: "installed",
      program: async () => {
        const shutdown = new SynapseRoomShutdown("room", { roomId, block: true });
        return { status: shutdown.status, purged: shutdown.purged };
      },
    },
    {
      workDir: process.cwd(),
      pulumiHome: process.cwd() + "/home",
      pulumiCommand: await PulumiCommand.get({ root: engine, skipVersionCheck: true }),
      projectSettings: { name: "installed", runtime: "nodejs", backend: { url: "file://" + process.cwd() } },
      envVars: { PULUMI_CONFIG_PASSPHRASE: "", PULUMI_SKIP_UPDATE_CHECK: "1" },
    },
  );
  await stack.setAllConfig({
    "synapse:homeserverUrl": { value: url },
    "synapse:accessToken": { value: token, secret: true },
  });
  const { changeSummary } = await stack.preview();
  const { outputs } = await stack.up();
  console.log(JSON.stringify({ create: changeSummary.create, status: outputs["status"]?.value, purged: outputs["purged"]?.value }));
}

void main();
`;

describe("the package", () => {
  let folder: string;
  let tarball: string;
  let files: string[];
  let homeserver: TestHomeserver;
  let engine: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "pulumi-synapse-package-"));
    const output = execFileSync("npm", ["pack", "--json", "--pack-destination", folder], {
      cwd: root,
      encoding: "utf8",
    });
    const [packed] = JSON.parse(output.slice(output.indexOf("["))) as { filename: string; files: { path: string }[] }[];
    assert.ok(packed);
    tarball = join(folder, packed.filename);
    files = packed.files.map(({ path }) => path).sort();
    homeserver = await TestHomeserver.of(await startSynapse());
    engine = join((await findEngine()).command, "..", "..");
  });
  after(async () => {
    await homeserver.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("has no file that users don't need", () => {
    const others = files.filter((path) => !/^dist\/[a-z/-]+\.(js|js\.map|d\.ts)$/.test(path));
    assert.deepEqual(others, ["CHANGELOG.md", "LICENSE", "README.md", "package.json"]);
    for (const path of ["dist/index.js", "dist/index.d.ts", "dist/provider.js", "dist/hooks/lifecycle.js"]) {
      assert.ok(files.includes(path), path);
    }
  });

  it("has nothing that publint finds wrong", () => {
    execFileSync(bin("publint"), ["run", tarball, "--strict"], { encoding: "utf8", stdio: "pipe" });
  });

  it("has types that are right for every way to import it", () => {
    // Node 20.19 is the oldest: how versions before 12 looked for a subpath does not matter.
    execFileSync(bin("attw"), [tarball, "--profile", "node16"], { encoding: "utf8", stdio: "pipe" });
  });

  for (const [manager, [command = "", ...args]] of Object.entries(managers)) {
    describe(`installed with ${manager}`, () => {
      let project: string;
      before(() => {
        project = join(folder, manager);
        mkdirSync(project);
        const dependencies = { "@pulumi/pulumi": pulumiVersion, "pulumi-synapse": `file:${tarball}` };
        writeFileSync(
          join(project, "package.json"),
          JSON.stringify({ name: "installed", private: true, dependencies }),
        );
        execFileSync(command, args, { cwd: project, stdio: "pipe" });
      });

      for (const [kind, { file, module, head }] of Object.entries(programs)) {
        it(`works from ${kind}: types, preview, up`, async () => {
          const work = join(project, module);
          mkdirSync(work);
          writeFileSync(join(work, file), `${head}\n${body}`);
          const types = ["--typeRoots", join(root, "node_modules", "@types"), "--types", "node"];
          const strict = ["--ignoreConfig", "--strict", "--skipLibCheck", "--target", "es2022", "--module", module];
          const tsc = spawnSync(bin("tsc"), [...strict, ...types, "--outDir", work, join(work, file)], {
            encoding: "utf8",
          });
          assert.equal(tsc.status, 0, tsc.stdout);
          const { roomId } = await homeserver.createRoom();
          const compiled = join(work, file.replace("ts", "js"));
          const launcher = join(project, "node_modules", "@pulumi", "pulumi");
          const output = execFileSync(
            process.execPath,
            [compiled, roomId, homeserver.url, homeserver.adminToken, engine],
            {
              cwd: work,
              encoding: "utf8",
              env: { ...process.env, PATH: `${launcher}:${process.env["PATH"] ?? ""}` },
            },
          );
          const told = JSON.parse(output.trim().split("\n").at(-1) ?? "") as Record<string, unknown>;
          assert.deepEqual(told, { create: 2, status: "complete", purged: true });
          assert.equal((await homeserver.roomDetails(roomId)).status, 404);
          assert.equal(await homeserver.isBlocked(roomId), true);
        });
      }
    });
  }
});
