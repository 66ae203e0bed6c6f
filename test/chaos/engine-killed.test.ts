import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import type { ConfigMap } from "@pulumi/pulumi/automation";
import type { SynapseRoomShutdownArgs } from "pulumi-synapse";
import { ArchiveFolder } from "../support/archive/archive";
import { RunningOperation } from "../support/engine/running-operation";
import { Scenario, connectionTo, succeeded, type Declared } from "../support/engine/scenario";
import type { FaultProxy, Rule } from "../support/network/fault-proxy";
import type { HeldRoom, TestHomeserver } from "../support/synapse/homeserver";
import { behindProxy, ownHomeserver } from "../support/synapse/shared";

describe("the engine alone is ended, and its host is not told", () => {
  let homeserver: TestHomeserver;
  let proxy: FaultProxy;
  let folder: ArchiveFolder;
  let rooms: HeldRoom[];
  let scenario: Scenario;
  let running: RunningOperation | undefined;
  before(async () => ({ homeserver, proxy } = await behindProxy(ownHomeserver)));
  beforeEach(async () => {
    folder = new ArchiveFolder();
    rooms = await Promise.all(Array.from({ length: 8 }, () => homeserver.createHeldRoom()));
    proxy.reset();
  });
  afterEach(async () => {
    letAllGo();
    await running?.clear();
    running = undefined;
    scenario.remove();
    folder.remove();
  });

  const letAllGo = () => {
    for (const { letGo } of rooms) letGo();
  };

  /** Declares all rooms, of which one is shut down at a time. */
  const stackOf = async (
    args: (index: number) => Partial<SynapseRoomShutdownArgs>,
    connection: ConfigMap = connectionTo(homeserver, proxy),
  ): Promise<Declared> => {
    const all = rooms.map(({ roomId }, index) => [`room-${index}`, { roomId, ...args(index) }]);
    const declared = Object.fromEntries(all) as Declared;
    const config = { ...connection, "synapse:maxConcurrentShutdowns": { value: "1" } };
    scenario = await Scenario.create(config, declared);
    return declared;
  };

  const hasStarted = async ({ roomId }: HeldRoom) =>
    (await homeserver.shutdownTasks(roomId)).length > 0;
  const startedRooms = async () => {
    const started = await Promise.all(rooms.map(hasStarted));
    return rooms.filter((_room, index) => started[index]);
  };

  const assertUntouched = async (untouched: readonly HeldRoom[]) => {
    for (const { roomId, members } of untouched) {
      assert.deepEqual(await homeserver.shutdownTasks(roomId), []);
      assert.equal(await homeserver.isBlocked(roomId), false);
      for (const member of members)
        assert.ok((await homeserver.joinedRooms(member)).includes(roomId), member.userId);
    }
  };

  /** The next operation takes over what was started and does what was not. */
  const assertOneTaskEach = async () => {
    for (const [index, { roomId }] of rooms.entries()) {
      const ids = (await homeserver.shutdownTasks(roomId)).map(({ id }) => id);
      const name = `room-${index}`;
      assert.deepEqual(ids, scenario.has(name) ? [scenario.outputs(name)["deleteId"]] : [ids[0]]);
      assert.equal((await homeserver.roomDetails(roomId)).status, 404);
    }
  };
  const assertNextUpCompletes = async () => {
    proxy.reset();
    await scenario.recover();
    succeeded(await scenario.up());
    await assertOneTaskEach();
  };

  for (const signals of [
    ["SIGKILL"],
    ["SIGHUP"],
    ["SIGINT", "SIGINT"],
    ["SIGTERM", "SIGTERM"],
  ] as const) {
    it(`by ${signals.join(" and ")} with one in flight and seven queued: none of these starts`, async () => {
      const declared = await stackOf(() => ({}));
      running = RunningOperation.start(scenario, declared);
      await running.says(/room-\d creating/g, 8);
      await running.until(async () => (await startedRooms()).length > 0);
      const [signal, ...more] = signals;
      running.signal(signal);
      for (const second of more) {
        await running.says(/cancelling/g); // Two at once can be one.
        running.signal(second);
      }
      letAllGo();
      await running.ended();
      const started = await startedRooms();
      assert.equal(started.length, 1);
      await assertUntouched(rooms.filter((room) => !started.includes(room)));
      await assertNextUpCompletes();
    });
  }

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`by one ${signal}: it waits, and what it has asked for is done`, async () => {
      const declared = await stackOf(() => ({}));
      running = RunningOperation.start(scenario, declared);
      await running.says(/room-\d creating/g, 8);
      await running.until(async () => (await startedRooms()).length > 0);
      running.signal(signal);
      await running.says(/cancelling/g);
      letAllGo();
      await running.ended();
      await assertOneTaskEach();
      await assertNextUpCompletes();
    });
  }

  it("in a destroy that shuts rooms down: what has not started does not", async () => {
    const declared = await stackOf(() => ({ runOn: "delete" }));
    succeeded(await scenario.up());
    running = RunningOperation.start(scenario, declared, "destroy");
    await running.says(/room-\d deleting/g, 8);
    await running.until(async () => (await startedRooms()).length > 0);
    await running.kill();
    letAllGo();
    await running.ended();
    const started = await startedRooms();
    assert.equal(started.length, 1);
    await assertUntouched(rooms.filter((room) => !started.includes(room)));
    await scenario.recover();
    succeeded(await scenario.destroy());
    await assertOneTaskEach();
  });

  const first = { nth: 1 } as const;
  /** Where all rooms are still to be shut down: at which request, and whether it still arrives. */
  const moments: Record<
    string,
    Omit<Rule, "fault"> & { arrives: boolean; args?: (index: number) => object }
  > = {
    "at the first review": { ...first, method: "GET", path: /v1\/rooms\/[^/]+$/, arrives: true },
    "at the first delete call, which does not arrive": {
      ...first,
      method: "DELETE",
      path: /v2\/rooms/,
      arrives: false,
    },
    "while the first room is archived": {
      ...first,
      method: "GET",
      path: /\/messages\?.*from=/,
      arrives: true,
      args: (index) => ({ archiveFile: folder.file(`${index}.jsonl`) }),
    },
    "while the media of the first room is quarantined": {
      ...first,
      method: "POST",
      path: /media\/quarantine$/,
      arrives: true,
      args: () => ({ quarantineMedia: true }),
    },
  };
  for (const [when, { arrives, args = () => ({}), ...request }] of Object.entries(moments)) {
    it(`${when}: no shutdown starts, and nothing is left`, async () => {
      letAllGo();
      const declared = await stackOf(args);
      const killed = new Promise<void>((resolve) => {
        const act = async () => {
          await running?.kill();
          resolve();
          if (!arrives) throw new Error("it never arrives");
        };
        proxy.reset({ ...request, fault: { kind: "meanwhile", act } });
      });
      running = RunningOperation.start(scenario, declared);
      await killed;
      await running.ended();
      await assertUntouched(rooms);
      assert.deepEqual(folder.names, []);
      await assertNextUpCompletes();
    });
  }

  it("while a delete call waits to be repeated: it is not", async () => {
    letAllGo();
    const declared = await stackOf(() => ({}));
    const body = JSON.stringify({ errcode: "M_LIMIT_EXCEEDED", error: "Too many" });
    const fault = { kind: "answer", forward: false, status: 429, body } as const;
    const headers = { "content-type": "application/json" };
    proxy.reset({ method: "DELETE", path: /v2\/rooms/, nth: 1, fault: { ...fault, headers } });
    running = RunningOperation.start(scenario, declared);
    await running.says(/nothing was started: waits for its turn/g);
    assert.equal(proxy.faultsDone, 1);
    await running.kill();
    await running.ended();
    await assertUntouched(rooms);
    await assertNextUpCompletes();
  });

  it("before a room is blocked: it is not", async () => {
    letAllGo();
    await stackOf(() => ({}));
    succeeded(await scenario.up());
    const declared = Object.fromEntries(
      rooms.map(({ roomId }, index) => [`room-${index}`, { roomId, block: true }]),
    );
    scenario.declare(declared);
    const killed = new Promise<void>((resolve) => {
      const act = async () => {
        await running?.kill();
        resolve();
      };
      proxy.reset({ method: "GET", path: /whoami/, nth: 1, fault: { kind: "meanwhile", act } });
    });
    running = RunningOperation.start(scenario, declared);
    await killed;
    await running.ended();
    for (const { roomId } of rooms) assert.equal(await homeserver.isBlocked(roomId), false);
    await assertNextUpCompletes();
    for (const { roomId } of rooms) assert.equal(await homeserver.isBlocked(roomId), true);
  });

  it("while a program gives the token: it ends, too", async () => {
    letAllGo();
    const begun = folder.file("begun");
    const program = ["sh", "-c", `touch '${begun}'; sleep 50; echo token`];
    const declared = await stackOf(() => ({}), {
      "synapse:homeserverUrl": { value: proxy.url },
      "synapse:accessTokenCommand": { value: JSON.stringify(program) },
    });
    running = RunningOperation.start(scenario, declared);
    await running.until(() => existsSync(begun));
    await running.kill();
    await running.ended();
    await assertUntouched(rooms);
    assert.deepEqual(proxy.requests, []);
  });
});
