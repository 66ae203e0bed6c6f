import { create } from "../../../provider/hooks/create";
import type { Operation } from "../../../provider/hooks/operation";
import { Siblings } from "../../../provider/hooks/siblings";
import { update } from "../../../provider/hooks/update";
import { systemClock } from "../../../provider/homeserver/clock";
import type { Connection } from "../../../provider/homeserver/connection";
import { Homeserver } from "../../../provider/homeserver/homeserver";
import type { RoomShutdownInputs } from "../../../provider/resource/arguments";
import type { RoomShutdownState } from "../../../provider/resource/state";
import { resolveInputs } from "../../../provider/resource/validate";
import { ShutdownUnfinishedError } from "../../../provider/shutdown/followed-shutdown";
import type { TestHomeserver } from "../synapse/homeserver";

/** An operation on a real homeserver, whose clock can be put forward. */
export interface RealOperation extends Operation {
  readonly lines: string[];
  advance(ms: number): void;
}

/** The hooks' side without an engine: an operation of its own on a real homeserver. */
export function realOperation(
  { url, adminToken }: Pick<TestHomeserver, "url" | "adminToken">,
  settings: Partial<Connection> = {},
): RealOperation {
  const connection: Connection = {
    homeserverUrl: url,
    accessToken: () => Promise.resolve(adminToken),
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
    clock: {
      ...systemClock,
      nowMs: () => systemClock.nowMs() + aheadMs,
      date: () => new Date(systemClock.date().getTime() + aheadMs),
    },
    random: () => Math.random(),
    log: (room: string, line: string) => void lines.push(`${room}: ${line}`),
  };
  const homeserver = Homeserver.at(host, connection);
  return {
    lines,
    siblings: new Siblings(),
    clock: host.clock,
    connect: () => homeserver,
    log: host.log,
    advance: (ms) => (aheadMs += ms),
  };
}

/** The inputs as check makes them. */
export function inputsOf(args: Record<string, unknown>): RoomShutdownInputs {
  const { inputs, faults } = resolveInputs(args);
  if (faults.length > 0) throw new Error(JSON.stringify(faults));
  return inputs as RoomShutdownInputs;
}

/** What an `up` does, and the next one if it failed: each an operation of its own, with the state that the first one left. */
export async function upAtMostTwice(
  begin: () => Operation,
  inputs: RoomShutdownInputs,
): Promise<{ state: RoomShutdownState; failure?: Error }> {
  try {
    return { state: await create(begin(), inputs) };
  } catch (failure) {
    if (failure instanceof ShutdownUnfinishedError) {
      return { state: await update(begin(), failure.state, inputs), failure };
    }
    if (failure instanceof Error) return { state: await create(begin(), inputs), failure };
    throw failure;
  }
}
