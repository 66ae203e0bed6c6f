import { spawn, type ChildProcess } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ensureDebian } from "../machine/debian";
import { freePort } from "../network/ports";
import { end } from "../machine/processes";
import { run } from "../machine/run";

const redis = "/usr/bin/redis-server";
const postgresFolder = "/usr/lib/postgresql";
const loopback = "127.0.0.1";

/** PostgreSQL and Redis of a homeserver with workers, from Debian's packages, with data of their own. */
export class Backends {
  private constructor(
    private readonly folder: string,
    private readonly children: readonly ChildProcess[],
    readonly postgresPort: number,
    readonly redisPort: number,
  ) {}

  static async start(): Promise<Backends> {
    await ensureDebian(postgresFolder, "postgresql");
    await ensureDebian(redis, "redis-server");
    const folder = mkdtempSync(join(tmpdir(), "pulumi-synapse-backends-"));
    const owner = await postgresOwner();
    if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
    const [postgresPort, redisPort] = [await freePort(), await freePort()];
    const bin = postgresBin();
    const data = join(folder, "data");
    const encoding = ["--locale=C", "--encoding=UTF8", "--auth=trust", "--username=synapse"];
    await run(join(bin, "initdb"), ["--pgdata", data, ...encoding, "--no-sync"], {
      cwd: folder,
      ...owner,
    });
    const listen = [
      "-c",
      `listen_addresses=${loopback}`,
      "-c",
      `unix_socket_directories=${folder}`,
      "-c",
      "fsync=off",
    ];
    const postgresArgs = ["-D", data, "-p", String(postgresPort), ...listen];
    const redisArgs = [
      "--port",
      String(redisPort),
      "--bind",
      loopback,
      "--save",
      "",
      "--dir",
      folder,
    ];
    const children = [
      spawn(join(bin, "postgres"), postgresArgs, { cwd: folder, stdio: "ignore", ...owner }),
      spawn(redis, redisArgs, { cwd: folder, stdio: "ignore" }),
    ];
    process.once("exit", () => {
      for (const child of children) child.kill("SIGKILL");
    });
    const backends = new Backends(folder, children, postgresPort, redisPort);
    await backends.createDatabase(join(bin, "createdb"));
    return backends;
  }

  /** Stops both and removes their data. */
  async stop(): Promise<void> {
    // PostgreSQL's fast shutdown: it does not wait for its clients.
    await Promise.all(this.children.map((child) => end(child, "SIGINT")));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async createDatabase(createdb: string): Promise<void> {
    const address = [
      "--host",
      loopback,
      "--port",
      String(this.postgresPort),
      "--username",
      "synapse",
    ];
    for (let attempt = 1; ; attempt++) {
      try {
        await run(createdb, [...address, "--maintenance-db=postgres", "synapse"]);
        return;
      } catch (error) {
        if (attempt === 100 || this.children[0]?.exitCode !== null) throw error;
        await sleep(100); // Not listening yet.
      }
    }
  }
}

/** PostgreSQL refuses to run as root: then it runs as the user that Debian's package makes. */
async function postgresOwner(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(["-u", "-g"].map((flag) => run("id", [flag, "postgres"])));
  return { uid: Number(uid), gid: Number(gid) };
}

function postgresBin(): string {
  const versions = existsSync(postgresFolder)
    ? readdirSync(postgresFolder).sort((a, b) => Number(b) - Number(a))
    : [];
  return join(postgresFolder, versions[0] ?? "", "bin");
}
