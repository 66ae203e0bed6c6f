import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import type { RoomArchive, RoomSnapshot } from "pulumi-synapse";
import { ArchiveFolder, readArchive, sha256Of } from "../support/archive/archive";
import { Scenario, connectionTo, succeeded } from "../support/engine/scenario";
import { killTree, start } from "../support/machine/processes";
import type { FaultProxy, Rule } from "../support/network/fault-proxy";
import type { TestHomeserver } from "../support/synapse/homeserver";
import { behindProxy } from "../support/synapse/shared";

/** Where the processes are killed: the request, whether it still arrives, and whether the archive is there by then. */
const moments: Record<string, Omit<Rule, "fault"> & { arrives: boolean; isThere: boolean }> = {
  "while the archive is written": {
    method: "GET",
    path: /\/messages\?.*from=/,
    nth: 1,
    arrives: true,
    isThere: false,
  },
  "between the archive and the delete call": {
    method: "DELETE",
    path: /v2\/rooms/,
    nth: 1,
    arrives: false,
    isThere: true,
  },
  "at the delete call, whose answer nobody gets": {
    method: "DELETE",
    path: /v2\/rooms/,
    nth: 1,
    arrives: true,
    isThere: true,
  },
};

describe("a kill around an archive", () => {
  let homeserver: TestHomeserver;
  let proxy: FaultProxy;
  before(async () => ({ homeserver, proxy } = await behindProxy()));

  for (const [when, { arrives, isThere, ...request }] of Object.entries(moments)) {
    for (const name of ["room.jsonl", "room.jsonl.gz"]) {
      it(`${when}: the next up has a whole ${name}, and one shutdown`, async () => {
        const room = await homeserver.createRoom({ members: 3, name: "Cheap watches" });
        await homeserver.sendMessage(room, { msgtype: "m.text", body: "evidence" });
        const folder = new ArchiveFolder();
        const archiveFile = folder.file(name);
        const declared = { killed: { roomId: room.roomId, archiveFile } };
        const scenario = await Scenario.create(connectionTo(homeserver, proxy), declared);
        try {
          const child: ChildProcess = start("engine/up-process.ts", [
            scenario.folder,
            JSON.stringify(declared),
          ]);
          const died = new Promise<void>((resolve) => {
            const act = async () => {
              await killTree(child);
              resolve();
              if (!arrives) throw new Error("it never arrives");
            };
            proxy.reset({ ...request, fault: { kind: "meanwhile", act } });
          });
          await died;
          assert.equal(folder.names.includes(name), isThere);
          assert.equal(folder.names.length, 1); // Whole, or not yet.
          if (isThere) readArchive(archiveFile);
          await scenario.recover();

          succeeded(await scenario.up());
          assert.equal((await homeserver.roomDetails(room.roomId)).status, 404);
          const tasks = (await homeserver.shutdownTasks(room.roomId)).map(({ id }) => id);
          const outputs = scenario.outputs("killed");
          assert.deepEqual(tasks, [outputs["deleteId"]]);
          const { name: roomName, joinedLocalMembers } = outputs["room"] as RoomSnapshot;
          assert.deepEqual([roomName, joinedLocalMembers], ["Cheap watches", 3]);
          const archive = outputs["archive"] as RoomArchive;
          assert.equal(archive.sha256, sha256Of(archiveFile));
          const { bodies, events, header } = readArchive(archiveFile);
          assert.deepEqual(bodies, ["evidence"]);
          assert.equal(archive.events, events.length);
          assert.equal(header["during"], undefined);
          assert.deepEqual(folder.names, [name]);
        } finally {
          folder.remove();
          scenario.remove();
        }
      });
    }
  }
});
