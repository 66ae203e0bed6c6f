import assert from "node:assert/strict";
import { create } from "../../provider/hooks/create";
import { deleteRoom } from "../../provider/hooks/delete";
import type { RoomShutdownInputs } from "../../provider/hooks/inputs";
import { ShutdownUnfinishedError, type RoomShutdownState } from "../../provider/hooks/state";
import { update } from "../../provider/hooks/update";
import { SynapseRequestError } from "../../provider/synapse/errors";
import { fakeHost } from "../support/fake-host";

const inputs: RoomShutdownInputs & { __provider: string } = {
  roomId: "!room:synapse.test",
  block: true,
  purge: true,
  forcePurge: false,
  runOn: "create",
  allowUnknownRoom: false,
  wait: true,
  waitTimeoutSeconds: 60,
  __provider: "code",
};

async function unfinished(operation: Promise<unknown>): Promise<ShutdownUnfinishedError> {
  const error = await operation.then(
    () => assert.fail("it succeeded"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ShutdownUnfinishedError, String(error));
  return error;
}

describe("shutdown", () => {
  it("sends only the options that are set", async () => {
    const { host, client } = fakeHost();
    await create(host, inputs);
    assert.deepEqual(client.deleteRoom.firstCall.args, [
      inputs.roomId,
      { block: true, purge: true, forcePurge: false },
    ]);
  });

  it("waits longer and longer, through unknown words, and ends in time", async () => {
    const { host, client, clock } = fakeHost();
    client.deleteStatus.resolves({ status: "pondering" });
    const error = await unfinished(create(host, inputs));
    assert.equal(clock.nowMs(), 60_000);
    assert.deepEqual(
      clock.sleeps.slice(0, -1),
      [...clock.sleeps.slice(0, -1)].sort((a, b) => a - b),
    );
    assert.match(error.message, /not ended within 60 seconds.*goes on at the homeserver as delete_id delete-1/);
    assert.equal(error.properties.deleteId, "delete-1");
    assert.equal(error.properties.status, "pondering");
    assert.equal(error.properties.__provider, "code");
    assert.deepEqual(error.reasons, [error.message]);
    assert.equal(error.id, inputs.roomId);
  });

  it("resumes an unfinished shutdown in update, without a second delete call", async () => {
    const { host, client } = fakeHost();
    client.deleteStatus.onFirstCall().rejects(new Error("connection lost"));
    const error = await unfinished(create(host, inputs));
    assert.equal(error.properties.status, undefined);
    const outputs = await update(host, error.properties, inputs);
    assert.equal(client.deleteRoom.callCount, 1);
    assert.equal(outputs.deleteId, "delete-1");
    assert.equal(outputs.status, "complete");
    assert.deepEqual(outputs.kickedUsers, ["@a:synapse.test"]);
    assert.equal(outputs.serverName, "synapse.test");
  });

  it("fails with the id where the task failed, and update runs it again", async () => {
    const { host, client } = fakeHost();
    client.deleteStatus.onFirstCall().resolves({ status: "failed" });
    const error = await unfinished(create(host, inputs));
    assert.match(error.message, /ended as "failed" \(delete_id delete-1\)/);
    client.deleteRoom.resolves({ deleteId: "delete-2" });
    const outputs = await update(host, error.properties, inputs);
    assert.equal(outputs.deleteId, "delete-2");
    assert.equal(outputs.status, "complete");
  });

  for (const [gap, prepare] of Object.entries({
    "1 users could not be removed: @b:synapse.test": ({ client }: ReturnType<typeof fakeHost>) =>
      client.deleteStatus.resolves({
        status: "complete",
        result: { kickedUsers: [], failedToKickUsers: ["@b:synapse.test"], localAliases: [] },
      }),
    "still has the room": ({ client }: ReturnType<typeof fakeHost>) =>
      client.roomDetails.resolves({ joinedMembers: 0, joinedLocalMembers: 0 }),
    "is not blocked": ({ client }: ReturnType<typeof fakeHost>) => client.isRoomBlocked.resolves(false),
  })) {
    it(`does not believe "complete" where ${gap}`, async () => {
      const fake = fakeHost();
      prepare(fake);
      const error = await unfinished(create(fake.host, inputs));
      assert.match(error.message, new RegExp(`reported as complete, but .*${gap}`));
      assert.equal(error.properties.deleteId, "delete-1");
    });
  }

  it("lays onDelete over the options in delete", async () => {
    const { host, client } = fakeHost();
    const state: RoomShutdownState = {
      ...inputs,
      runOn: "delete",
      purge: false,
      onDelete: { purge: true, forcePurge: true },
      serverName: "synapse.test",
      homeserverUrl: "http://synapse",
    };
    client.roomDetails.reset();
    client.roomDetails.rejects(new SynapseRequestError({ method: "GET", path: "/", origin: "", reason: "down" }));
    await assert.rejects(deleteRoom(host, state), /down/);
    assert.deepEqual(client.deleteRoom.firstCall.args[1], { block: true, purge: true, forcePurge: true });
  });

  it("keeps nothing of an option that is no longer declared", async () => {
    const { host } = fakeHost();
    const done = await create(host, { ...inputs, newRoomUserId: "@a:synapse.test", message: "Closed" });
    const outputs = await update(host, done, inputs);
    assert.equal("message" in outputs, false);
    assert.equal("newRoomUserId" in outputs, false);
    assert.deepEqual(outputs.kickedUsers, done.kickedUsers);
  });
});
