import { join } from "node:path";
import type { Backends } from "./backends";
import { heldUsersFolder } from "./held-users";

/** The ports of loopback that a homeserver under test listens on. */
export interface SynapsePorts {
  readonly client: number;
  readonly federation?: number;
  readonly workers?: { readonly replication: number; readonly health: number };
}

type Resource = "client" | "federation" | "replication" | "health";

const listener = (port: number, name: Resource) => ({
  port,
  type: "http",
  bind_addresses: ["127.0.0.1"],
  resources: [{ names: [name] }],
});

function listeners({ client, federation, workers }: SynapsePorts): object[] {
  return [
    listener(client, "client"),
    ...(federation === undefined ? [] : [{ ...listener(federation, "federation"), tls: true }]),
    ...(workers === undefined ? [] : [listener(workers.replication, "replication")]),
  ];
}

/** What the tests want otherwise than Synapse's generated configuration: no limits, nothing outside this machine. */
export function testConfig(folder: string, ports: SynapsePorts, backends?: Backends): object {
  const unlimited = { per_second: 10_000, burst_count: 10_000 };
  return {
    listeners: listeners(ports),
    database: { name: "sqlite3", args: { database: join(folder, "homeserver.db") } },
    modules: [{ module: "synapse_users.SynapseUsers", config: { held: heldUsersFolder(folder) } }],
    trusted_key_servers: [],
    bcrypt_rounds: 4,
    // Of those that a login with a refresh token gives. The others last.
    refreshable_access_token_lifetime: "5s",
    presence: { enabled: false },
    room_list_publication_rules: [{ action: "allow" }],
    background_updates: { sleep_enabled: false },
    rc_message: unlimited,
    rc_registration: unlimited,
    rc_login: { address: unlimited, account: unlimited, failed_attempts: unlimited },
    rc_joins: { local: unlimited, remote: unlimited },
    rc_joins_per_room: unlimited,
    rc_invites: { per_room: unlimited, per_user: unlimited, per_issuer: unlimited },
    rc_room_creation: unlimited,
    ...federation(folder, ports),
    ...workers(ports, backends),
  };
}

/** The one worker of a homeserver with workers. It runs all background tasks, shutdowns among them. */
export function workerConfig(healthPort: number, logConfig: string): object {
  return {
    worker_app: "synapse.app.generic_worker",
    worker_name: "background",
    worker_log_config: logConfig,
    worker_listeners: [listener(healthPort, "health")],
  };
}

/** Homeservers of one machine trust each other's certificates, whoever made them. */
function federation(folder: string, ports: SynapsePorts): object {
  if (ports.federation === undefined) return {};
  return {
    tls_certificate_path: join(folder, "tls.pem"),
    tls_private_key_path: join(folder, "tls.key"),
    federation_verify_certificates: false,
    ip_range_blacklist: [],
  };
}

function workers(ports: SynapsePorts, backends?: Backends): object {
  if (ports.workers === undefined || backends === undefined) return {};
  const { postgresPort, redisPort } = backends;
  const host = "127.0.0.1";
  const args = {
    host,
    port: postgresPort,
    user: "synapse",
    dbname: "synapse",
    cp_min: 1,
    cp_max: 10,
  };
  return {
    database: { name: "psycopg2", args },
    redis: { enabled: true, host, port: redisPort },
    instance_map: { main: { host, port: ports.workers.replication } },
    worker_replication_secret: "of-a-test",
    run_background_tasks_on: "background",
  };
}
