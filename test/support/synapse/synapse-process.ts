import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Backends } from "./backends";
import { holdUser } from "./held-users";
import { freePort } from "../network/ports";
import { end } from "../machine/processes";
import { run } from "../machine/run";
import { findSynapse, hasWorkers, synapseVersion } from "./install";
import { testConfig, workerConfig, type SynapsePorts } from "./synapse-config";

const startTimeoutMs = 60_000;

/** What runs: nothing of it outlives the tests. */
const started = new Set<ChildProcess>();
const folders = new Set<string>();
process.once("exit", () => {
  for (const child of started) child.kill("SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

/** A Synapse of our own: loopback only, with a data folder of its own; on SQLite, or with backends and one worker. */
export class SynapseProcess {
  private children: ChildProcess[] = [];

  constructor(
    private readonly python: string,
    private readonly folder: string,
    private readonly ports: SynapsePorts,
    private readonly backends?: Backends,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.ports.client}`;
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
    this.children = [];
    await this.startProcess("homeserver", this.configArgs, this.ports.client);
    if (this.ports.workers === undefined) return;
    const args = [...this.configArgs, "-c", join(this.folder, "worker.yaml")];
    await this.startProcess("generic_worker", args, this.ports.workers.health);
  }

  /**
   * Waits until a new database has had its background updates. One of them lists every room for a second, and a purge
   * in that second fails: https://github.com/element-hq/synapse/issues/19822.
   */
  async finishUpdates(): Promise<void> {
    const deadlineMs = Date.now() + startTimeoutMs;
    while (!readFileSync(this.logFile, "utf8").includes("No more background updates to do.")) {
      if (Date.now() > deadlineMs)
        throw new Error("the background updates of Synapse's database have not ended");
      await sleep(50);
    }
  }

  /** Stops the server, by default as an init system would, and waits until it has ended. The data stays. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    await Promise.all(this.children.map((child) => end(child, signal)));
  }

  /** Stops the server and removes its data. */
  async remove(): Promise<void> {
    await this.stop();
    await this.backends?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Makes a user's leaves wait, or a room's shutdowns be forbidden. Gives what lets the user or the room go. */
  hold(id: string): () => void {
    return holdUser(this.folder, id);
  }

  /** The records of a room's shutdowns in the database, queued ones too. For versions that do not list them by API. */
  async storedTasks(roomId: string): Promise<Record<string, unknown>[]> {
    const columns = ["id", "action", "status", "resource_id", "result", "error"];
    const statement = `SELECT ${columns.join(", ")} FROM scheduled_tasks WHERE resource_id = ? ORDER BY timestamp`;
    const rows = await this.query(statement, roomId);
    return rows.map((row) => {
      const task = Object.fromEntries(columns.map((column, index) => [column, row[index]]));
      return { ...task, result: JSON.parse(String(task["result"])) as unknown };
    });
  }

  /** Removes the records of a room's shutdowns, as Synapse does after seven days. */
  async expireTasks(roomId: string): Promise<void> {
    await this.query("DELETE FROM scheduled_tasks WHERE resource_id = ?", roomId);
  }

  /** Registers a server admin and gives an access token. */
  async registerAdmin(name: string): Promise<string> {
    const password = randomBytes(12).toString("hex");
    // As a module: the scripts of a venv that was moved into the cache name a folder that is gone.
    const script = [
      "-m",
      "synapse._scripts.register_new_matrix_user",
      ...this.configArgs.slice(0, 2),
    ];
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

  private async startProcess(
    app: "homeserver" | "generic_worker",
    args: string[],
    port: number,
  ): Promise<void> {
    const output = openSync(join(this.folder, "output.log"), "a");
    const child = spawn(this.python, ["-m", `synapse.app.${app}`, ...args], {
      cwd: this.folder,
      env: { ...process.env, PYTHONPATH: __dirname },
      stdio: ["ignore", output, output],
    });
    this.children.push(child);
    child.unref(); // A test run whose setup has failed must come to its end.
    started.add(child);
    child.once("exit", () => started.delete(child));
    const deadlineMs = Date.now() + startTimeoutMs;
    while (!(await isHealthy(port))) {
      if (child.exitCode !== null || Date.now() > deadlineMs) {
        throw new Error(
          `Synapse has not come up:\n${readFileSync(join(this.folder, "output.log"), "utf8").slice(-3000)}`,
        );
      }
      await sleep(50);
    }
  }

  /**
   * Runs a statement in the database, each `?` a parameter, and gives its rows. What the server knows by heart it does not
   * read again: to change that, stop it before and start it afterwards.
   */
  async query(statement: string, ...parameters: string[]): Promise<unknown[][]> {
    const script = `import json, sys
database = json.load(open("test.yaml"))["database"]
if database["name"] == "sqlite3":
    import sqlite3
    db = sqlite3.connect(database["args"]["database"], timeout=30)
    cursor = db.execute(sys.argv[1], sys.argv[2:])
else:
    import psycopg2
    args = {key: value for key, value in database["args"].items() if not key.startswith("cp_")}
    db = psycopg2.connect(**args)
    cursor = db.cursor()
    cursor.execute(sys.argv[1].replace("?", "%s"), sys.argv[2:])
print(json.dumps(cursor.fetchall() if cursor.description else []))
db.commit()`;
    const args = ["-c", script, statement, ...parameters];
    return JSON.parse(await run(this.python, args, { cwd: this.folder })) as unknown[][];
  }
}

async function isHealthy(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/health`)).ok;
  } catch {
    return false; // Not listening yet.
  }
}

/** How the Synapse of a test differs from others. */
export interface SynapseOptions {
  /** Default: "synapse.test", which nobody else can reach. */
  readonly serverName?: string;
  readonly version?: string;
  /** Whether other homeservers of this machine can reach it. Its server name is then an address. */
  readonly federates?: boolean;
  /** Settings of Synapse that win over those of all tests. */
  readonly config?: object;
}

/** Installs Synapse where the cache has none, and starts one on free ports. */
export async function startSynapse(options: SynapseOptions = {}): Promise<SynapseProcess> {
  const { version = synapseVersion, federates = false, config: own = {} } = options;
  const python = await findSynapse(version);
  const folder = mkdtempSync(join(tmpdir(), "pulumi-synapse-homeserver-"));
  folders.add(folder);
  const ports: SynapsePorts = {
    client: await freePort(),
    ...(federates ? { federation: await freePort() } : {}),
    ...(hasWorkers ? { workers: { replication: await freePort(), health: await freePort() } } : {}),
  };
  const { serverName = federates ? `127.0.0.1:${ports.federation ?? 0}` : "synapse.test" } =
    options;
  const generate = [
    "-m",
    "synapse.app.homeserver",
    "--generate-config",
    "--server-name",
    serverName,
  ];
  const config = ["--config-path", join(folder, "homeserver.yaml"), "--data-directory", folder];
  await run(python, [...generate, "--report-stats", "no", ...config], { cwd: folder });
  if (federates) await makeCertificate(folder);
  const backends = hasWorkers ? await Backends.start() : undefined;
  // YAML is a superset of JSON; a second file wins over the first.
  writeFileSync(
    join(folder, "test.yaml"),
    JSON.stringify({ ...testConfig(folder, ports, backends), ...own }, null, 2),
  );
  if (ports.workers !== undefined) {
    const worker = workerConfig(ports.workers.health, join(folder, `${serverName}.log.config`));
    writeFileSync(join(folder, "worker.yaml"), JSON.stringify(worker, null, 2));
  }
  const synapse = new SynapseProcess(python, folder, ports, backends);
  await synapse.start();
  await synapse.finishUpdates();
  return synapse;
}

async function makeCertificate(folder: string): Promise<void> {
  const key = [
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-keyout",
    "tls.key",
    "-out",
    "tls.pem",
    "-subj",
    "/CN=127.0.0.1",
  ];
  await run("openssl", ["req", "-x509", ...key], { cwd: folder });
}
