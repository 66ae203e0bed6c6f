import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { SynapseRoomShutdown } from "pulumi-synapse";
import { cached } from "../support/machine/cache";
import { installFromPyPi } from "../support/machine/python";
import { connectionTo } from "../support/engine/scenario";
import { TestStack } from "../support/engine/stack";

/** The rooms that are to go, and where. */
export interface Target {
  readonly url: string;
  readonly adminToken: string;
  readonly rooms: readonly string[];
}

/** What a run has cost. Times in seconds; absent what the contender does not have. */
export interface Cost {
  readonly preview?: number;
  readonly up: number;
  readonly noOpUp?: number;
  readonly noOpPreview?: number;
  readonly refresh?: number;
  readonly destroy?: number;
  readonly stateBytesPerResource?: number;
  readonly hostPeakMegabytes?: number;
}

export type Step = "preview" | "up" | "noOpUp" | "noOpPreview" | "refresh" | "destroy";

/** Runs a step and gives the seconds that it took. */
export type Measure = (step: Step, work: () => Promise<unknown>) => Promise<number>;

const pollIntervalMs = { shared: 250, each: 100 };
const deleteConcurrency = 10;

/** Who shuts the rooms down, or, for the engine's floor, declares as many resources that do nothing. */
export const contenders: Record<string, (target: Target, measure: Measure) => Promise<Cost>> = {
  "pulumi-synapse": (target, measure) =>
    inStack(target, measure, (roomId, i) => new SynapseRoomShutdown(`room-${i}`, { roomId })),
  "engine's floor": (target, measure) =>
    inStack(target, measure, (roomId, i) => new BareResource(`room-${i}`, roomId)),
  "homeserver's floor": async ({ url, adminToken, rooms }, measure) => {
    const client = minimalClient(url, adminToken);
    return {
      up: await measure("up", async () => {
        await inLots(rooms, deleteConcurrency, client.deleteRoom);
        while (await client.isAnyRunning()) await sleep(pollIntervalMs.shared);
      }),
    };
  },
  "a script that polls each": async ({ url, adminToken, rooms }, measure) => {
    const client = minimalClient(url, adminToken);
    const shutDown = async (roomId: string) => {
      const deleteId = await client.deleteRoom(roomId);
      while (!(await client.hasEnded(deleteId))) await sleep(pollIntervalMs.each);
    };
    return { up: await measure("up", () => Promise.all(rooms.map(shutDown))) };
  },
  "synadm in a loop": async ({ url, adminToken, rooms }, measure) => {
    const python = join(await installSynadm(), "bin", "python");
    const folder = mkdtempSync(join(tmpdir(), "pulumi-synapse-synadm-"));
    try {
      const config = join(folder, "synadm.yaml");
      writeFileSync(config, JSON.stringify(synadmConfig(url, adminToken)));
      const up = await measure("up", async () => {
        loop(python, config, rooms);
        return Promise.resolve();
      });
      return { up };
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

const bareProvider: pulumi.dynamic.ResourceProvider = {
  create: (inputs: { roomId: string }) => Promise.resolve({ id: inputs.roomId, outs: inputs }),
};

class BareResource extends pulumi.dynamic.Resource {
  constructor(name: string, roomId: string) {
    super(bareProvider, name, { roomId });
  }
}

async function inStack(
  { url, adminToken, rooms }: Target,
  measure: Measure,
  declare: (roomId: string, i: number) => unknown,
): Promise<Cost> {
  const stack = await TestStack.create({
    config: connectionTo({ url, adminToken }),
    program: async () => {
      rooms.forEach(declare);
      return Promise.resolve();
    },
  });
  const memory = watchHosts();
  try {
    const preview = await measure("preview", () => stack.stack.preview());
    const up = await measure("up", () => stack.stack.up());
    const stateBytesPerResource = Math.round(Buffer.byteLength(stack.stateText()) / rooms.length);
    const noOpUp = await measure("noOpUp", () => stack.stack.up());
    const noOpPreview = await measure("noOpPreview", () => stack.stack.preview());
    const refresh = await measure("refresh", () => stack.stack.refresh());
    const destroy = await measure("destroy", () => stack.stack.destroy());
    return {
      preview,
      up,
      noOpUp,
      noOpPreview,
      refresh,
      destroy,
      stateBytesPerResource,
      hostPeakMegabytes: memory.stop(),
    };
  } finally {
    memory.stop();
    stack.remove();
  }
}

/** Watches the most memory that a dynamic-provider host has had. Where there is no /proc, it sees nothing. */
function watchHosts(): { stop: () => number } {
  let peakKilobytes = 0;
  const look = () => {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        if (!readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("dynamic-provider")) continue;
        const [, kilobytes] =
          /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
        peakKilobytes = Math.max(peakKilobytes, Number(kilobytes ?? 0));
      } catch (error) {
        if (!["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error; // It has ended.
      }
    }
  };
  const timer = setInterval(look, 500);
  return {
    stop: () => {
      clearInterval(timer);
      return Math.round(peakKilobytes / 1024);
    },
  };
}

function minimalClient(url: string, adminToken: string) {
  const send = async (
    method: string,
    path: string,
    body?: object,
  ): Promise<Record<string, unknown>> => {
    const response = await fetch(`${url}/_synapse/admin/${path}`, {
      method,
      headers: { Authorization: `Bearer ${adminToken}` },
      body: body === undefined ? null : JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
    return (await response.json()) as Record<string, unknown>;
  };
  return {
    deleteRoom: async (roomId: string) =>
      (await send("DELETE", `v2/rooms/${encodeURIComponent(roomId)}`, { purge: true }))[
        "delete_id"
      ] as string,
    isAnyRunning: async () => {
      const running = "action_name=shutdown_and_purge_room&status=active&status=scheduled";
      return (
        ((await send("GET", `v1/scheduled_tasks?${running}`))["scheduled_tasks"] as unknown[])
          .length > 0
      );
    },
    hasEnded: async (deleteId: string) => {
      const { status } = await send("GET", `v2/rooms/delete_status/${deleteId}`);
      if (status === "failed") throw new Error(`${deleteId} has failed`);
      return status === "complete";
    },
  };
}

/** Does work for all items, and never for more than so many at once. */
export async function inLots<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const queue = items.entries();
  const worker = async () => {
    for (const [, item] of queue) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

export async function installSynadm(): Promise<string> {
  return cached("synadm-0.49.2", (folder) => installFromPyPi(folder, ["synadm==0.49.2"]));
}

export function synadmConfig(url: string, token: string): object {
  return {
    user: "admin",
    token,
    base_url: url,
    admin_path: "/_synapse/admin",
    matrix_path: "/_matrix",
    timeout: 60,
    format: "json",
    server_discovery: "well-known",
    homeserver: "localhost",
    verify_tls: true,
  };
}

/** As a moderator would write it. */
function loop(python: string, config: string, rooms: readonly string[]): void {
  // As a module: the scripts of a venv that was moved into the cache name a folder that is gone.
  const script = `
    set -e -o pipefail
    synadm() { "$PYTHON" -c 'from synadm.cli import root; root()' -c "$CONFIG" --batch -o json "$@"; }
    for room in "$@"; do
      id=$(synadm room delete "$room" | grep -o '"delete_id": *"[^"]*"' | cut -d'"' -f4)
      until synadm room delete-status -d "$id" | grep '"complete"' >/dev/null; do sleep 0.1; done
    done`;
  const { status, stderr } = spawnSync("bash", ["-c", script, "loop", ...rooms], {
    encoding: "utf8",
    env: { ...process.env, PYTHON: python, CONFIG: config },
  });
  if (status !== 0) throw new Error(`synadm has failed: ${stderr}`);
}
