import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestHomeserver } from "../synapse/homeserver";
import { Scenario, connectionTo, succeeded, type Declared } from "../engine/scenario";
import { root } from "../machine/paths";

const folder = join(root, "test", "fixtures", "states");

/** A state that a version of the package wrote, and what was declared then. */
export interface StateFixture {
  readonly version: string;
  readonly declared: Declared;
  readonly state: unknown;
}

/** The version that package.json tells. */
export const currentVersion = (
  JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }
).version;

/** All states that were recorded. */
export function stateFixtures(): StateFixture[] {
  return readdirSync(folder).map(
    (file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as StateFixture,
  );
}

/** Applies one resource of each kind with the real engine and homeserver, and keeps the state that it leaves. */
export async function recordState(homeserver: TestHomeserver): Promise<void> {
  const declared = await oneOfEachKind(homeserver);
  const scenario = await Scenario.create(connectionTo(homeserver), declared);
  try {
    succeeded(await scenario.up());
    const state = JSON.parse(scenario.stateText(), withoutPaths) as unknown;
    const fixture: StateFixture = { version: currentVersion, declared, state };
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${currentVersion}.json`), `${JSON.stringify(fixture, null, 2)}\n`);
  } finally {
    scenario.remove();
  }
}

/** Where in the program a resource was declared is of this machine. */
function withoutPaths(key: string, value: unknown): unknown {
  return key === "sourcePosition" || key === "stackTrace" ? undefined : value;
}

async function oneOfEachKind(homeserver: TestHomeserver): Promise<Declared> {
  const room = async () =>
    (await homeserver.createRoom({ members: 2, name: "Cheap watches" })).roomId;
  const admin = await homeserver.createUser();
  const withAlias = await homeserver.createRoom();
  const roomAlias = `#watches:${homeserver.serverName}`;
  await homeserver.setAlias(withAlias, roomAlias);
  const adopted = await room();
  return {
    purged: {
      roomId: await room(),
      block: true,
      expect: { name: "Cheap watches", maxJoinedMembers: 2 },
    },
    kept: { roomId: await room(), purge: false, triggers: [1, { wave: "a" }] },
    notice: {
      roomId: await room(),
      newRoomUserId: admin.userId,
      roomName: "Closed",
      message: "This room is closed.",
    },
    alias: { roomAlias, forcePurge: true, quarantineMedia: true },
    unblocked: { roomId: await room(), block: true, unblockOnDelete: true },
    adopted: { roomId: adopted, adoptDeleteId: await homeserver.shutDown(adopted, {}) },
    evidence: {
      roomId: await room(),
      runOn: "both",
      purge: false,
      onDelete: { purge: true, block: true },
    },
    ephemeral: { roomId: await room(), runOn: "delete", maxAttempts: 2, waitTimeoutSeconds: 60 },
    waitless: { roomId: await room(), wait: false },
    unknown: { roomId: `!unknown:${homeserver.serverName}`, block: true, allowUnknownRoom: true },
  };
}
