import assert from "node:assert/strict";
import { create } from "../../provider/hooks/create";
import { update } from "../../provider/hooks/update";
import { ArchiveFolder, readArchive } from "../support/archive/archive";
import { distinctCuts, impatientMs, requests } from "../support/cases/fault-matrix";
import { testFaults } from "../support/cases/fault-test";
import { Scenario, connectionTo, succeeded } from "../support/engine/scenario";
import { inputsOf, realOperation } from "../support/hooks/real-operation";
import type { Fault, FaultProxy } from "../support/network/fault-proxy";
import type { TestHomeserver, TestRoom } from "../support/synapse/homeserver";
import { behindProxy } from "../support/synapse/shared";

const { "the delete call": deleteCall, ...others } = requests;
testFaults("an answer that breaks off, in each way that a client can see", others, distinctCuts);

const middle = { at: "middle", framing: "length", end: "fin" } as const;

describe("an answer that breaks off", () => {
  let homeserver: TestHomeserver;
  let proxy: FaultProxy;
  let room: TestRoom;
  before(async () => ({ homeserver, proxy } = await behindProxy()));
  beforeEach(async () => (room = await homeserver.createRoom({ members: 2 })));

  const operation = () =>
    realOperation(
      { url: proxy.url, adminToken: homeserver.adminToken },
      { requestTimeoutMs: impatientMs },
    );
  const sent = (method: string) => proxy.requests.filter((request) => request.method === method);
  const isDoneBy = async (deleteId: unknown) => {
    assert.equal((await homeserver.roomDetails(room.roomId)).status, 404);
    const tasks = await homeserver.shutdownTasks(room.roomId);
    assert.deepEqual(
      tasks.map(({ id }) => id),
      [deleteId],
    );
  };

  for (const [name, fault] of Object.entries(distinctCuts)) {
    it(`${name}, to a PUT of the block: it is sent again, and the room is blocked`, async () => {
      const { roomId } = room;
      proxy.reset();
      const inputs = inputsOf({ roomId, purge: false });
      const state = await create(operation(), inputs);
      proxy.reset({ method: "PUT", path: /block$/, nth: 1, fault });
      const { blocked } = await update(operation(), state, { ...inputs, block: true });
      assert.deepEqual([proxy.faultsDone, sent("PUT").length, blocked], [1, 2, true]);
      assert.equal(await homeserver.isBlocked(roomId), true);
    });
  }

  for (const status of [401, 403, 404, 502]) {
    it(`with the status ${status}: it does not show that a DELETE was refused`, async () => {
      const fault: Fault = { kind: "cut", how: middle, status };
      proxy.reset({ ...deleteCall, fault });
      const { deleteId } = await create(operation(), inputsOf({ roomId: room.roomId }));
      assert.deepEqual([proxy.faultsDone, sent("DELETE").length], [1, 1]);
      await isDoneBy(deleteId);
    });
  }

  for (const [what, path] of Object.entries({ state: /\/state$/, events: /\/messages\?/ })) {
    it(`to a question for the room's ${what}: the archive has all of it`, async () => {
      const { roomId } = room;
      const folder = new ArchiveFolder();
      const archiveFile = folder.file("room.jsonl");
      proxy.reset({ method: "GET", path, nth: 1, fault: { kind: "cut", how: middle } });
      try {
        const { deleteId, archive } = await create(operation(), inputsOf({ roomId, archiveFile }));
        assert.equal(proxy.faultsDone, 1);
        const { events, members } = readArchive(archiveFile);
        assert.deepEqual([events.length, members.length], [archive?.events, 2]);
        await isDoneBy(deleteId);
      } finally {
        folder.remove();
      }
    });
  }

  it("on a connection that was kept after a whole one", async () => {
    const details = { ...requests["the review's details"], nth: 1 };
    proxy.reset({ ...details, fault: { kind: "cut", how: middle } });
    const { deleteId } = await create(operation(), inputsOf({ roomId: room.roomId }));
    const met = proxy.requests.find(({ path }) => details.path.test(path));
    assert.deepEqual([proxy.faultsDone, met?.isOnUsed], [1, true]);
    await isDoneBy(deleteId);
  });

  describe("with the engine", () => {
    for (const [where, request] of Object.entries({
      "the delete call": deleteCall,
      "the review": requests["the review's details"],
    })) {
      it(`at ${where}: the up succeeds, and its delete_id is that of the one task`, async () => {
        const declared = { room: { roomId: room.roomId, block: true } };
        const scenario = await Scenario.create(connectionTo(homeserver, proxy), declared);
        try {
          proxy.reset({ ...request, fault: { kind: "cut", how: middle } });
          succeeded(await scenario.up());
          assert.deepEqual([proxy.faultsDone, sent("DELETE").length], [1, 1]);
          await isDoneBy(scenario.outputs("room")["deleteId"]);
        } finally {
          scenario.remove();
        }
      });
    }
  });
});
