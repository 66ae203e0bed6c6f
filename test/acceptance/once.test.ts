import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { TestHomeserver } from "../support/synapse/homeserver";
import { killDuringCreate, raceOfProcesses } from "../support/cases/once-tests";
import {
  Scenario,
  connectionTo,
  refused,
  succeeded,
  type Declared,
} from "../support/engine/scenario";
import { ownHomeserver } from "../support/synapse/shared";

describe("once", () => {
  let homeserver: TestHomeserver;
  let scenario: Scenario | undefined;
  before(async () => (homeserver = await ownHomeserver()));
  afterEach(() => scenario?.remove());

  it("runs one task and makes one notice room for 20 resources of one room", async () => {
    const room = await homeserver.createRoom({ members: 3 });
    const author = await homeserver.createUser();
    const declared: Declared = {};
    for (let i = 0; i < 20; i++)
      declared[`same-${i}`] = { roomId: room.roomId, newRoomUserId: author.userId };
    scenario = await Scenario.create(connectionTo(homeserver), declared);
    succeeded(await scenario.up());
    const [task, ...more] = await homeserver.shutdownTasks(room.roomId);
    assert.deepEqual(more, []);
    assert.equal((await homeserver.joinedRooms(author)).length, 1);
    for (const name of Object.keys(declared)) {
      assert.equal(scenario.outputs(name)["deleteId"], task?.["id"]);
      assert.equal(scenario.outputs(name)["status"], "complete");
    }
  });

  it("refuses two resources that want different things of one room, before either is done", async () => {
    const room = await homeserver.createRoom();
    scenario = await Scenario.create(connectionTo(homeserver), {
      one: { roomId: room.roomId },
      other: { roomId: pulumi.output(room.roomId), block: true },
    });
    assert.match(
      refused(await scenario.up()),
      /SynapseRoomShutdown "other": "one" shuts the same room down with other options \(block\)/,
    );
    assert.deepEqual(await homeserver.shutdownTasks(room.roomId), []);
    assert.equal((await homeserver.roomDetails(room.roomId)).status, 200);
  });

  it("takes over a shutdown that somebody else has started", async () => {
    const room = await homeserver.createHeldRoom();
    scenario = await Scenario.create(connectionTo(homeserver), {
      late: { roomId: room.roomId, block: true },
    });
    const id = encodeURIComponent(room.roomId);
    const started = await homeserver.admin("DELETE", `/_synapse/admin/v2/rooms/${id}`, {
      purge: true,
    });
    const meanwhile = { says: /takes over the shutdown/, act: room.letGo };
    succeeded(await scenario.up({ meanwhile }));
    assert.equal(scenario.outputs("late")["deleteId"], started.body["delete_id"]);
    assert.equal((await homeserver.shutdownTasks(room.roomId)).length, 1);
    assert.equal(await homeserver.isBlocked(room.roomId), true, "the other one did not block");
  });

  it("survives kills at its first, a middle and a late request", async () => {
    const found: string[] = [];
    for (const nth of [0, 3, 7]) found.push(await killDuringCreate(homeserver, nth));
    assert.equal(found[0], "none");
    assert.notEqual(found[2], "none", "it was killed before its delete call");
  });

  it("makes at most one notice room more than one from 5 processes", async () => {
    assert.ok((await raceOfProcesses(homeserver, 5)) <= 2);
  });
});
