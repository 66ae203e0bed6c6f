import { Homeserver } from "../../../provider/homeserver/homeserver";
import type { Connection } from "../../../provider/homeserver/connection";
import type { Host } from "../../../provider/hooks/operation";
import { Operation } from "../../../provider/hooks/siblings";
import { resolveInputs, type RoomShutdownInputs } from "../../../provider/resource/arguments";
import { create } from "../../../provider/hooks/create";
import { ShutdownUnfinishedError, type RoomShutdownState } from "../../../provider/resource/state";
import { update } from "../../../provider/hooks/update";
import { SynapseAdminClient } from "../../../provider/synapse/admin-client";
import { systemClock } from "../../../provider/homeserver/clock";
import type { TestHomeserver } from "../synapse/homeserver";

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
