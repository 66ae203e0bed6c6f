import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { SynapseRoomShutdownArgs } from "pulumi-synapse";
import { readArchive } from "../support/archive/archive";
import { findEngine } from "../support/engine/engine";
import { connectionTo, program } from "../support/engine/scenario";
import { TestStack } from "../support/engine/stack";
import { root } from "../support/machine/paths";
import type { TestHomeserver } from "../support/synapse/homeserver";
import { sharedHomeserver } from "../support/synapse/shared";

const ci = join(root, "examples", "ci");

/** What a job runs before and after the operation that writes archives, and what it keeps. */
interface Job {
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly kept: readonly string[];
  readonly excluded: readonly string[];
}

interface Step {
  readonly run?: string;
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly with?: { readonly path?: string };
}

const runsOf = (steps: readonly Step[]) =>
  steps.flatMap(({ run }) => (run === undefined || run === "npm ci" ? [] : [run]));

function gitHubJob(file: string, operation: string): Job {
  const { jobs } = parse(readFileSync(join(ci, file), "utf8")) as {
    jobs: Record<string, { steps: Step[] }>;
  };
  const steps = jobs[operation]?.steps ?? [];
  const at = steps.findIndex(({ id }) => id === operation);
  const upload = steps.find(({ uses = "" }) => uses.startsWith("actions/upload-artifact"));
  assert.equal(upload?.if, "always()");
  const patterns = (upload.with?.path ?? "").trim().split("\n");
  return {
    before: runsOf(steps.slice(0, at)),
    after: runsOf(steps.slice(at + 1)),
    kept: patterns.filter((pattern) => !pattern.startsWith("!")),
    excluded: patterns.filter((pattern) => pattern.startsWith("!")).map((one) => one.slice(1)),
  };
}

function gitLabJob(operation: string): Job {
  const jobs = parse(readFileSync(join(ci, "gitlab-ci.yml"), "utf8")) as Record<
    string,
    { script?: string[]; artifacts?: { when: string; paths: string[]; exclude?: string[] } }
  >;
  const script = jobs[operation]?.script ?? [];
  const at = script.findIndex((line) => line.startsWith(`pulumi ${operation}`));
  const artifacts = jobs[".apply"]?.artifacts;
  assert.equal(artifacts?.when, "always");
  return {
    before: script.slice(0, at),
    after: script.slice(at + 1),
    kept: artifacts.paths,
    excluded: artifacts.exclude ?? [],
  };
}

const systems = {
  GitHub: {
    up: () => gitHubJob("moderation.yml", "up"),
    destroy: () => gitHubJob("destroy.yml", "destroy"),
  },
  GitLab: { up: () => gitLabJob("up"), destroy: () => gitLabJob("destroy") },
};

describe("the archives of a job", () => {
  let homeserver: TestHomeserver;
  let stack: TestStack;
  before(async () => (homeserver = await sharedHomeserver()));
  afterEach(() => {
    stack.remove();
  });

  const file = (name: string) => join(stack.folder, name);
  const isThere = async (roomId: string) => (await homeserver.roomDetails(roomId)).status === 200;

  /** A checkout of a project with a stack that declares shutdowns. */
  const checkOut = async (declared: Record<string, SynapseRoomShutdownArgs>) => {
    stack = await TestStack.create({
      program: program(declared),
      config: connectionTo(homeserver),
    });
    stack.withoutSummaries();
    for (const folder of ["ci", "bin", "archives", ".hidden"]) mkdirSync(file(folder));
    cpSync(join(ci, "archives.mjs"), file("ci/archives.mjs"));
  };

  /**
   * Runs lines of a job. What the engine's preview says comes from the real engine, but from one that was started for the
   * program of the test: the engine alone can't run a program here, since that takes a part of it that is not on npm.
   */
  const run = async (lines: readonly string[], andThen = "") => {
    assert.ok(lines.length > 0);
    const { command } = await findEngine();
    const shim = `#!/bin/sh\n[ "$1" != preview ] && exec "${command}" "$@"\necho "$@" >> asked\ncat preview.json${andThen}\n`;
    writeFileSync(file("bin/pulumi"), shim);
    chmodSync(file("bin/pulumi"), 0o755);
    const { status, stdout, stderr } = spawnSync(
      "bash",
      ["--norc", "-eo", "pipefail", "-c", lines.join("\n")],
      {
        cwd: stack.folder,
        encoding: "utf8",
        env: {
          PATH: `${file("bin")}:${process.env["PATH"] ?? ""}`,
          PULUMI_HOME: file("home"),
          PULUMI_CONFIG_PASSPHRASE: "",
          PULUMI_SKIP_UPDATE_CHECK: "1",
          STACK: "test",
        },
      },
    );
    return { status, output: stdout + stderr };
  };

  /** What `pulumi preview --refresh --json` says of the program. */
  const preview = async () => {
    const { workspace } = stack.stack;
    const engine = workspace.pulumiCommand as unknown as {
      run: (args: string[], ...more: unknown[]) => Promise<unknown>;
    };
    const real = engine.run.bind(engine);
    engine.run = (args, ...more) =>
      real(args[0] === "preview" ? [...args, "--refresh", "--json"] : args, ...more);
    try {
      const { stdout } = await stack.stack.preview({ color: "never" });
      writeFileSync(file("preview.json"), stdout);
    } finally {
      engine.run = real;
    }
  };

  /** The files that the patterns of an artifact find: one in a folder of that name is there to be left out. */
  const filesOf = ({ kept, excluded }: Job) => {
    const [pattern = ""] = excluded;
    mkdirSync(file("lib/node_modules"), { recursive: true });
    writeFileSync(file("lib/node_modules/data.jsonl"), "");
    const script = `for f in ${kept.join(" ")}; do [[ $f == ${pattern} ]] || echo "$f"; done`;
    const options = ["-O", "globstar", "-O", "nullglob", "-c", script];
    const found = execFileSync("bash", options, { cwd: stack.folder, encoding: "utf8" });
    return found.split("\n").filter((name) => name !== "");
  };

  it("say why where the preview fails, and nothing else of it", async () => {
    await checkOut({});
    const diagnostics = [{ severity: "error", message: "404 Room not found\n" }];
    const config = { "synapse:homeserverUrl": homeserver.url };
    writeFileSync(file("preview.json"), JSON.stringify({ config, diagnostics }));
    const { before } = systems.GitLab.up();
    const { status, output } = await run([...before, "touch reached"], "; exit 255");
    assert.equal(status, 1);
    assert.match(output, /^pulumi preview --refresh --json has failed:\n {2}404 Room not found\n$/);
    assert.equal(existsSync(file("reached")), false);
  });

  for (const [system, jobs] of Object.entries(systems)) {
    it(`are kept from a folder below, and compared with the stack: ${system}`, async () => {
      const { roomId } = await homeserver.createRoom({ members: 2 });
      const archiveFile = "archives/evidence.jsonl.gz";
      await checkOut({ spam: { roomId, archiveFile } });
      const job = jobs.up();
      await preview();
      const before = await run(job.before);
      assert.equal(before.status, 0, before.output);
      assert.match(readFileSync(file("asked"), "utf8"), /^preview --refresh --json --stack test\n/);
      assert.equal(await isThere(roomId), true);
      await stack.stack.up();
      assert.equal(await isThere(roomId), false);
      assert.deepEqual(filesOf(job), [archiveFile]);
      assert.equal(readArchive(file(archiveFile)).header["roomId"], roomId);

      const after = await run(job.after);
      assert.equal(after.status, 0, after.output);
      assert.match(after.output, /^[0-9a-f]{64} {2}archives\/evidence\.jsonl\.gz$/m);
      appendFileSync(file(archiveFile), "more");
      const changed = await run(job.after);
      assert.equal(changed.status, 1);
      assert.match(changed.output, /evidence\.jsonl\.gz has the sha256 [0-9a-f]{64}, and not/);
      rmSync(file(archiveFile));
      const lost = await run(job.after);
      assert.equal(lost.status, 1);
      assert.match(lost.output, /archives\/evidence\.jsonl\.gz is not on this runner/);

      // The next run, on another runner: this archive is in the artifact of the last one.
      await preview();
      for (const next of [await run(job.before), await run(job.after)]) {
        assert.equal(next.status, 0, next.output);
      }
    });

    it(`are refused before the up where they would go with the runner: ${system}`, async () => {
      const places = {
        "../evidence.jsonl": "is outside of the repository",
        "/tmp/other.jsonl": "is outside of the repository",
        "evidence.txt": "is not called *.jsonl or *.jsonl.gz",
        ".hidden/evidence.jsonl": "is hidden",
        "archives/what?.jsonl": "has a character that artifacts can't have",
        "new/evidence.jsonl": "is in a folder that this checkout does not have",
      };
      const rooms = await Promise.all(Object.keys(places).map(() => homeserver.createRoom()));
      const declared = Object.keys(places).map((archiveFile, i) => {
        return [`spam-${i}`, { roomId: rooms[i]?.roomId ?? "", archiveFile }] as const;
      });
      await checkOut(Object.fromEntries(declared));
      await preview();
      const { status, output } = await run([...jobs.up().before, "touch reached"]);
      assert.equal(status, 1, output);
      assert.equal(existsSync(file("reached")), false);
      assert.match(output, /Nothing was started\. The artifact of this job would not keep/);
      for (const [place, why] of Object.entries(places)) {
        assert.ok(output.includes(`  ${place} ${why}`), output);
      }
      for (const { roomId } of rooms) assert.equal(await isThere(roomId), true);
    });

    it(`of shutdowns on delete, too: ${system}`, async () => {
      const { roomId } = await homeserver.createRoom({ members: 2 });
      const job = jobs.destroy();
      const declare = (archiveFile: string) =>
        program({ spam: { roomId, archiveFile, runOn: "delete" } });
      await checkOut({});
      stack.edit(declare("../evidence.jsonl"));
      await stack.stack.up();
      const refused = await run([...job.before, "touch reached"]);
      assert.equal(refused.status, 1, refused.output);
      assert.match(refused.output, /\.\.\/evidence\.jsonl is outside of the repository/);
      assert.equal(existsSync(file("reached")), false);

      const archiveFile = "archives/evidence.jsonl";
      stack.edit(declare(archiveFile));
      await stack.stack.up();
      const before = await run(job.before);
      assert.equal(before.status, 0, before.output);
      assert.equal(await isThere(roomId), true);
      await stack.stack.destroy();
      assert.equal(await isThere(roomId), false);
      assert.deepEqual(filesOf(job), [archiveFile]);
      assert.deepEqual(await run(job.after), { status: 0, output: "" });
      rmSync(file(archiveFile));
      assert.match((await run(job.after)).output, /spam is deleted, and archives\/\S+ is not here/);
    });
  }
});
