import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cached } from "./cache";
import { slowly } from "./progress";
import { run } from "./run";

/** The Synapse that the tests run against. */
export const synapseVersion = "1.163.2";

const startTimeoutMs = 60_000;

/** A Synapse of our own: SQLite, loopback only, a data folder of its own. */
export class SynapseProcess {
  private child: ChildProcess | undefined;

  constructor(
    private readonly python: string,
    private readonly folder: string,
    private readonly port: number,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Where the server writes what it does, each request among it. */
  get logFile(): string {
    return join(this.folder, "homeserver.log");
  }

  private get configArgs(): string[] {
    return ["-c", join(this.folder, "homeserver.yaml"), "-c", join(this.folder, "test.yaml")];
  }

  /** Starts the server on its data and waits until it answers. */
  async start(): Promise<void> {
    const output = openSync(join(this.folder, "output.log"), "a");
    const child = spawn(this.python, ["-m", "synapse.app.homeserver", ...this.configArgs], {
      cwd: this.folder,
      env: { ...process.env, PYTHONPATH: __dirname },
      stdio: ["ignore", output, output],
    });
    this.child = child;
    process.once("exit", () => child.kill("SIGKILL"));
    const deadlineMs = Date.now() + startTimeoutMs;
    while (!(await this.isHealthy())) {
      if (child.exitCode !== null || Date.now() > deadlineMs) {
        throw new Error(
          `Synapse has not come up:\n${readFileSync(join(this.folder, "output.log"), "utf8").slice(-3000)}`,
        );
      }
      await sleep(50);
    }
  }

  /**
   * Waits until a new database has had its background updates. One of them lists every room for a second, and a purge
   * in that second fails: https://github.com/element-hq/synapse/issues/19822.
   */
  async finishUpdates(): Promise<void> {
    const deadlineMs = Date.now() + startTimeoutMs;
    while (!readFileSync(this.logFile, "utf8").includes("No more background updates to do.")) {
      if (Date.now() > deadlineMs) throw new Error("the background updates of Synapse's database have not ended");
      await sleep(50);
    }
  }

  /** Stops the server, by default as an init system would, and waits until it has ended. The data stays. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    const impatient = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(impatient);
  }

  /** Stops the server and removes its data. */
  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Removes the records of a room's shutdowns, as Synapse does after seven days. */
  async expireTasks(roomId: string): Promise<void> {
    const statement = "DELETE FROM scheduled_tasks WHERE resource_id = ?";
    const script = `import sqlite3, sys
with sqlite3.connect(sys.argv[1], timeout=30) as db:
    db.execute(${JSON.stringify(statement)}, (sys.argv[2],))`;
    await run(this.python, ["-c", script, join(this.folder, "homeserver.db"), roomId]);
  }

  /** Registers a server admin and gives an access token. */
  async registerAdmin(name: string): Promise<string> {
    const password = randomBytes(12).toString("hex");
    // As a module: the scripts of a venv that was moved into the cache name a folder that is gone.
    const script = ["-m", "synapse._scripts.register_new_matrix_user", ...this.configArgs.slice(0, 2)];
    await run(this.python, [...script, "-u", name, "-p", password, "--admin", this.url]);
    const response = await fetch(`${this.url}/_matrix/client/v3/login`, {
      method: "POST",
      body: JSON.stringify({
        type: "m.login.password",
        identifier: { type: "m.id.user", user: name },
        password,
      }),
    });
    const { access_token } = (await response.json()) as { access_token?: string };
    if (access_token === undefined) throw new Error(`the admin can't log in: ${response.status}`);
    return access_token;
  }

  private async isHealthy(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/health`)).ok;
    } catch {
      return false; // Not listening yet.
    }
  }
}

/** How the Synapse of a test differs from others. */
export interface SynapseOptions {
  /** Default: "synapse.test", which nobody else can reach. */
  readonly serverName?: string;
  readonly version?: string;
  /** Whether other homeservers of this machine can reach it. Its server name is then an address. */
  readonly federates?: boolean;
}

/** Installs Synapse where the cache has none, and starts one on a free port. */
export async function startSynapse(options: SynapseOptions = {}): Promise<SynapseProcess> {
  const { version = synapseVersion, federates = false } = options;
  const python = await findSynapse(version);
  const folder = mkdtempSync(join(tmpdir(), "pulumi-synapse-homeserver-"));
  const port = await freePort();
  const federationPort = federates ? await freePort() : undefined;
  const { serverName = federates ? `127.0.0.1:${federationPort ?? 0}` : "synapse.test" } = options;
  const generate = ["-m", "synapse.app.homeserver", "--generate-config", "--server-name", serverName];
  const config = ["--config-path", join(folder, "homeserver.yaml"), "--data-directory", folder];
  await run(python, [...generate, "--report-stats", "no", ...config], { cwd: folder });
  if (federationPort !== undefined) await makeCertificate(folder);
  // YAML is a superset of JSON; a second file wins over the first.
  const settings = {
    ...testConfig(folder, port),
    ...(federationPort === undefined ? {} : federationConfig(folder, port, federationPort)),
  };
  writeFileSync(join(folder, "test.yaml"), JSON.stringify(settings, null, 2));
  const synapse = new SynapseProcess(python, folder, port);
  await synapse.start();
  await synapse.finishUpdates();
  return synapse;
}

async function makeCertificate(folder: string): Promise<void> {
  const key = ["-newkey", "rsa:2048", "-nodes", "-keyout", "tls.key", "-out", "tls.pem", "-subj", "/CN=127.0.0.1"];
  await run("openssl", ["req", "-x509", ...key], { cwd: folder });
}

/** The Python that has this Synapse, installed where the cache has none. */
export async function findSynapse(version = synapseVersion): Promise<string> {
  return join(await cached(`synapse-${version}`, (folder) => install(folder, version)), "bin", "python");
}

async function install(folder: string, version: string): Promise<void> {
  await slowly(`installing Synapse ${version} from PyPI`, async () => {
    await run("python3", ["-m", "venv", folder]);
    await run(join(folder, "bin", "python"), ["-m", "pip", "install", "--quiet", `matrix-synapse==${version}`]);
  });
}

const listener = (port: number, name: "client" | "federation") => ({
  port,
  type: "http",
  bind_addresses: ["127.0.0.1"],
  resources: [{ names: [name] }],
});

/** Homeservers of one machine trust each other's certificates, whoever made them. */
function federationConfig(folder: string, port: number, federationPort: number): object {
  return {
    listeners: [listener(port, "client"), { ...listener(federationPort, "federation"), tls: true }],
    tls_certificate_path: join(folder, "tls.pem"),
    tls_private_key_path: join(folder, "tls.key"),
    federation_verify_certificates: false,
    ip_range_blacklist: [],
  };
}

function testConfig(folder: string, port: number): object {
  const unlimited = { per_second: 10_000, burst_count: 10_000 };
  return {
    listeners: [listener(port, "client")],
    database: { name: "sqlite3", args: { database: join(folder, "homeserver.db") } },
    modules: [{ module: "synapse_users.SynapseUsers", config: {} }],
    trusted_key_servers: [],
    bcrypt_rounds: 4,
    presence: { enabled: false },
    background_updates: { sleep_enabled: false },
    rc_message: unlimited,
    rc_registration: unlimited,
    rc_login: { address: unlimited, account: unlimited, failed_attempts: unlimited },
    rc_joins: { local: unlimited, remote: unlimited },
    rc_joins_per_room: unlimited,
    rc_invites: { per_room: unlimited, per_user: unlimited, per_issuer: unlimited },
    rc_room_creation: unlimited,
  };
}

/** A port of loopback that nothing listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
