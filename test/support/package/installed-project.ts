import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "../machine/paths";
import { findEngine } from "../engine/engine";
import { TestHomeserver } from "../synapse/homeserver";

/** A program of this repository's dependencies. */
export const bin = (name: string) => join(root, "node_modules", ".bin", name);

/** A kind of module that a user may write, with its way to import. */
export interface ProgramKind {
  readonly file: string;
  readonly module: "node16" | "nodenext";
  readonly automation: string;
}

export const commonJs: ProgramKind = {
  file: "program.cts",
  module: "node16",
  automation: "@pulumi/pulumi/automation",
};
export const esm: ProgramKind = {
  file: "program.mts",
  module: "nodenext",
  automation: "@pulumi/pulumi/automation/index.js",
};

const program = (automation: string) => `
import { SynapseRoomShutdown } from "pulumi-synapse";
import { LocalWorkspace, PulumiCommand } from "${automation}";

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
  const second = await stack.up();
  console.log(JSON.stringify({
    node: process.version,
    create: changeSummary.create,
    status: outputs["status"]?.value,
    purged: outputs["purged"]?.value,
    same: second.summary.resourceChanges?.same,
  }));
  await stack.destroy();
}

void main();
`;

/** The package as it is published. */
export class PackedPackage {
  private constructor(
    readonly folder: string,
    readonly tarball: string,
    readonly files: readonly string[],
  ) {}

  static pack(): PackedPackage {
    const folder = mkdtempSync(join(tmpdir(), "pulumi-synapse-package-"));
    const args = ["pack", "--json", "--pack-destination", folder];
    const output = execFileSync("npm", args, { cwd: root, encoding: "utf8" });
    const [packed] = JSON.parse(output.slice(output.indexOf("["))) as {
      filename: string;
      files: { path: string }[];
    }[];
    assert.ok(packed);
    return new PackedPackage(
      folder,
      join(folder, packed.filename),
      packed.files.map(({ path }) => path).sort(),
    );
  }

  /** A project outside of this repository that has it installed beside other packages: by a command, for a Node. */
  install(
    name: string,
    [command = "", ...args]: readonly string[],
    others: Record<string, string>,
    node = process.execPath,
  ): InstalledProject {
    const folder = join(this.folder, name);
    mkdirSync(folder);
    const dependencies = { ...others, "pulumi-synapse": `file:${this.tarball}` };
    writeFileSync(
      join(folder, "package.json"),
      JSON.stringify({ name: "installed", private: true, dependencies }),
    );
    const path = `${dirname(node)}:${process.env["PATH"] ?? ""}`;
    execFileSync(command, args, {
      cwd: folder,
      stdio: "pipe",
      env: { ...process.env, PATH: path },
    });
    return new InstalledProject(folder, node);
  }

  /** Where its files can be read. */
  unpack(): string {
    execFileSync("tar", ["-xzf", this.tarball, "-C", this.folder]);
    return join(this.folder, "package");
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The package and a homeserver for the tests of one `describe`: made before them, removed after them. */
export function packedWithHomeserver(): { packed: PackedPackage; homeserver: TestHomeserver } {
  const shared = {} as { packed: PackedPackage; homeserver: TestHomeserver };
  before(async () => {
    shared.packed = PackedPackage.pack();
    shared.homeserver = await TestHomeserver.startOwn();
  });
  after(async () => {
    await shared.homeserver.stop();
    shared.packed.remove();
  });
  return shared;
}

/** A user's project: types, preview, up, a second up and destroy, all over the Automation API. */
export class InstalledProject {
  constructor(
    private readonly folder: string,
    private readonly node: string,
  ) {}

  /** Runs the package's command as `npx` does, and gives its output. */
  command(...args: string[]): string {
    const file = join(this.folder, "node_modules", ".bin", "pulumi-synapse");
    return execFileSync(file, args, { encoding: "utf8" });
  }

  /**
   * What Node says of an error that nobody catches and that is thrown in the package, since it was called as its types forbid: the
   * file of provider/, the number of the line, and the line itself.
   */
  uncaughtError(): { file: string; line: number; shown: string } {
    const faulty = 'new (require("pulumi-synapse").SynapseRoomShutdown)("room", null);';
    const args = ["--enable-source-maps", "--eval", faulty];
    const { stderr } = spawnSync(this.node, args, { cwd: this.folder, encoding: "utf8" });
    const place = /pulumi-synapse\/provider\/(\S+\.ts):(\d+)\n(.*)\n *\^/;
    const [, file = "", line = "", shown = ""] = place.exec(stderr) ?? [];
    assert.notEqual(file, "", stderr);
    return { file, line: Number(line), shown };
  }

  /** Shuts a room down with a program of this kind, and checks what became of the room. */
  async shutsDown(homeserver: TestHomeserver, kind: ProgramKind): Promise<void> {
    const work = join(this.folder, kind.module);
    mkdirSync(work);
    writeFileSync(join(work, kind.file), program(kind.automation));
    const types = ["--typeRoots", join(root, "node_modules", "@types"), "--types", "node"];
    const strict = [
      "--ignoreConfig",
      "--strict",
      "--skipLibCheck",
      "--target",
      "es2022",
      "--module",
      kind.module,
    ];
    const tsc = spawnSync(
      bin("tsc"),
      [...strict, ...types, "--outDir", work, join(work, kind.file)],
      {
        encoding: "utf8",
      },
    );
    assert.equal(tsc.status, 0, tsc.stdout);
    const { roomId } = await homeserver.createRoom();
    const engine = join((await findEngine()).command, "..", "..");
    const launcher = join(this.folder, "node_modules", "@pulumi", "pulumi");
    // The host of the dynamic provider is run by the node of PATH.
    const path = [launcher, dirname(this.node), process.env["PATH"]].join(":");
    const args = [
      join(work, kind.file.replace("ts", "js")),
      roomId,
      homeserver.url,
      homeserver.adminToken,
      engine,
    ];
    const output = execFileSync(this.node, args, {
      cwd: work,
      encoding: "utf8",
      env: { ...process.env, PATH: path },
    });
    const told = JSON.parse(output.trim().split("\n").at(-1) ?? "") as Record<string, unknown>;
    const version = execFileSync(this.node, ["--version"], { encoding: "utf8" }).trim();
    assert.deepEqual(told, { node: version, create: 2, status: "complete", purged: true, same: 2 });
    assert.equal((await homeserver.roomDetails(roomId)).status, 404);
    assert.equal(await homeserver.isBlocked(roomId), true);
    assert.equal((await homeserver.shutdownTasks(roomId)).length, 1);
  }
}
