import { Homeserver } from "../../provider/hooks/homeserver";
import type { Connection } from "../../provider/hooks/connection";
import type { Host } from "../../provider/hooks/host";
import { Operation } from "../../provider/hooks/operation";
import { resolveInputs, type RoomShutdownInputs } from "../../provider/hooks/inputs";
import { create } from "../../provider/hooks/create";
import { ShutdownUnfinishedError, type RoomShutdownState } from "../../provider/hooks/state";
import { update } from "../../provider/hooks/update";
import { SynapseAdminClient } from "../../provider/synapse/admin-client";
import { systemClock } from "../../provider/synapse/clock";
import type { TestHomeserver } from "./homeserver";

/** A host on a real homeserver, whose clock can be put forward. */
export interface RealHost extends Host {
  readonly lines: string[];
  advance(ms: number): void;
}

/** The hooks' side without an engine: a host of its own, as each operation has one, on a real homeserver. */
export function realHost(
  { url, adminToken }: Pick<TestHomeserver, "url" | "adminToken">,
  settings: Partial<Connection> = {},
): RealHost {
  const connection: Connection = {
    homeserverUrl: url,
    accessToken: () => adminToken,
    requestTimeoutMs: 10_000,
    retryDelayFactorMs: 100,
    protectedRooms: [],
    roomLookup: "required",
    maxConcurrentShutdowns: 5,
    ...settings,
  };
  const lines: string[] = [];
  let aheadMs = 0;
  const host = {
    lines,
    clock: { ...systemClock, nowMs: () => systemClock.nowMs() + aheadMs },
    operation: new Operation(),
    connect: () => homeserver,
    random: () => Math.random(),
    log: (roomId: string, line: string) => lines.push(`${roomId}: ${line}`),
    advance: (ms: number) => (aheadMs += ms),
  };
  const homeserver = new Homeserver(host, new SynapseAdminClient(connection), connection);
  return host;
}

/** The inputs as check makes them. */
export function inputsOf(args: Record<string, unknown>): RoomShutdownInputs {
  const { inputs, faults } = resolveInputs(args);
  if (faults.length > 0) throw new Error(JSON.stringify(faults));
  return inputs as RoomShutdownInputs;
}

/** What an `up` does, and the next one if it failed: each in a host of its own, with the state that the first one left. */
export async function upAtMostTwice(
  makeHost: () => Host,
  inputs: RoomShutdownInputs,
): Promise<{ state: RoomShutdownState; failure?: Error }> {
  try {
    return { state: await create(makeHost(), inputs) };
  } catch (failure) {
    if (failure instanceof ShutdownUnfinishedError) {
      return { state: await update(makeHost(), failure.properties, inputs), failure };
    }
    if (failure instanceof Error) return { state: await create(makeHost(), inputs), failure };
    throw failure;
  }
}
