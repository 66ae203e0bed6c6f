import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestHomeserver } from "../support/synapse/homeserver";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";
import { ownHomeserver } from "../support/synapse/shared";

describe("delete", () => {
  let homeserver: TestHomeserver;
  let scenario: Scenario | undefined;
  before(async () => (homeserver = await ownHomeserver()));
  afterEach(() => scenario?.remove());

  it('runs the shutdown on destroy with runOn "delete", and nothing before', async () => {
    const room = await homeserver.createRoom({ members: 2 });
    scenario = await Scenario.create(connectionTo(homeserver), {
      ephemeral: { roomId: room.roomId, runOn: "delete", block: true },
    });
    succeeded(await scenario.up());
    assert.equal(scenario.outputs("ephemeral")["status"], "not-run");
    assert.equal(scenario.outputs("ephemeral")["deleteId"], undefined);
    assert.equal((await homeserver.roomDetails(room.roomId)).body["joined_local_members"], 2);
    assert.match(succeeded(await scenario.up()), /2 unchanged/);
    succeeded(await scenario.refresh());
    assert.deepEqual(await homeserver.shutdownTasks(room.roomId), []);

    assert.match(succeeded(await scenario.destroy()), /: done in [\d.]+ s: .*purged \(delete_id /);
    assert.equal((await homeserver.roomDetails(room.roomId)).status, 404);
    assert.equal(await homeserver.isBlocked(room.roomId), true);
    assert.equal((await homeserver.shutdownTasks(room.roomId)).length, 1);
  });

  it('runs both with runOn "both", the second one with the overrides', async () => {
    const room = await homeserver.createRoom({ members: 2 });
    const [, member] = room.members;
    assert.ok(member);
    scenario = await Scenario.create(connectionTo(homeserver), {
      evidence: {
        roomId: room.roomId,
        runOn: "both",
        purge: false,
        onDelete: { purge: true, block: true },
      },
    });
    succeeded(await scenario.up());
    assert.equal((await homeserver.roomDetails(room.roomId)).status, 200);
    assert.equal(await homeserver.isBlocked(room.roomId), false);
    assert.deepEqual(await homeserver.joinedRooms(member), []);

    succeeded(await scenario.destroy());
    assert.equal((await homeserver.roomDetails(room.roomId)).status, 404);
    assert.equal(await homeserver.isBlocked(room.roomId), true);
    assert.equal((await homeserver.shutdownTasks(room.roomId)).length, 2);
  });

  it("says of a shutdown that goes on that it can't be cancelled, and it goes on", async () => {
    const room = await homeserver.createHeldRoom();
    scenario = await Scenario.create(connectionTo(homeserver), {
      room: { roomId: room.roomId, wait: false },
    });
    succeeded(await scenario.up());
    assert.match(
      succeeded(await scenario.destroy()),
      /its shutdown can't be cancelled and goes on at the homeserver/,
    );
    room.letGo();
    await homeserver.shutdownsEnd(room.roomId);
    assert.equal((await homeserver.roomDetails(room.roomId)).status, 404);
  });

  it("lifts the block only after the end of a shutdown that goes on, which would set it again", async () => {
    const room = await homeserver.createHeldRoom();
    const declared = { roomId: room.roomId, block: true, unblockOnDelete: true, wait: false };
    scenario = await Scenario.create(connectionTo(homeserver), { room: declared });
    succeeded(await scenario.up());
    succeeded(await scenario.destroy({ meanwhile: { says: /room deleting/, act: room.letGo } }));
    assert.equal((await homeserver.roomDetails(room.roomId)).status, 404);
    assert.equal(await homeserver.isBlocked(room.roomId), false);
  });

  it("quarantines the media before the shutdown on delete, and not before that", async () => {
    const room = await homeserver.createRoom();
    const media = await homeserver.sendMedia(room);
    scenario = await Scenario.create(connectionTo(homeserver), {
      room: { roomId: room.roomId, runOn: "delete", quarantineMedia: true },
    });
    succeeded(await scenario.up());
    assert.equal(await homeserver.canDownload(room.creator, media), true);
    succeeded(await scenario.destroy());
    assert.equal(await homeserver.canDownload(room.creator, media), false);
    assert.equal((await homeserver.roomDetails(room.roomId)).status, 404);
  });

  it("runs its own shutdown after the end of the one that goes on", async () => {
    const room = await homeserver.createHeldRoom();
    const declared = { roomId: room.roomId, runOn: "both", wait: false, purge: false } as const;
    scenario = await Scenario.create(connectionTo(homeserver), {
      room: { ...declared, onDelete: { purge: true } },
    });
    succeeded(await scenario.up());
    succeeded(await scenario.destroy({ meanwhile: { says: /room deleting/, act: room.letGo } }));
    await homeserver.shutdownsEnd(room.roomId);
    assert.equal((await homeserver.roomDetails(room.roomId)).status, 404);
    assert.equal((await homeserver.shutdownTasks(room.roomId)).length, 2);
  });

  it("evaluates the guards right before, and leaves the room and the resource where one does not hold", async () => {
    const room = await homeserver.createRoom({ members: 2 });
    const declared = {
      roomId: room.roomId,
      runOn: "delete",
      expect: { maxLocalMembers: 2 },
    } as const;
    scenario = await Scenario.create(connectionTo(homeserver), { room: declared });
    succeeded(await scenario.up());
    await homeserver.join(await homeserver.createUser(), room.roomId);
    assert.match(
      refused(await scenario.destroy()),
      /was not started\. expect\.maxLocalMembers allows 2, but the room .* has 3/,
    );
    assert.equal((await homeserver.roomDetails(room.roomId)).body["joined_local_members"], 3);
    assert.deepEqual(await homeserver.shutdownTasks(room.roomId), []);
    assert.equal(scenario.has("room"), true);
  });

  for (const by of ["environment", "file"] as const) {
    it(`refreshes and destroys with a token that was rotated since, by ${by}`, async () => {
      const room = await homeserver.createRoom();
      const adminToken = await homeserver.createAdminToken();
      scenario = await Scenario.create(connectionTo({ url: homeserver.url, adminToken }), {
        room: { roomId: room.roomId, runOn: "delete" },
      });
      succeeded(await scenario.up());
      await homeserver.revoke(adminToken);
      assert.match(refused(await scenario.refresh()), /401 M_UNKNOWN_TOKEN/);
      assert.match(refused(await scenario.destroy()), /401 M_UNKNOWN_TOKEN/);
      assert.equal(scenario.has("room"), true);

      const rotated = await homeserver.createAdminToken();
      const file = join(scenario.folder, "token");
      writeFileSync(file, rotated);
      scenario.setEnv(
        by === "file" ? { SYNAPSE_ACCESS_TOKEN_FILE: file } : { SYNAPSE_ACCESS_TOKEN: rotated },
      );
      succeeded(await scenario.refresh());
      succeeded(await scenario.destroy());
      assert.equal((await homeserver.roomDetails(room.roomId)).status, 404);
    });
  }
});
