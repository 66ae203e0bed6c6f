import assert from "node:assert/strict";
import { create } from "../../provider/hooks/create";
import { deleteRoom } from "../../provider/hooks/delete";
import {
  fakeOperation,
  notFound,
  reviewedInputs as inputs,
  roomHas,
} from "../support/hooks/fake-operation";
import { done, unfinishedState } from "../support/hooks/states";

describe("a shutdown that is taken over", () => {
  const active = {
    status: "active",
    result: { kickedUsers: [], failedToKickUsers: [], localAliases: [] },
  };

  it("gets its block at once where nobody waits", async () => {
    const { operation, client } = fakeOperation();
    client.scheduledShutdowns.resolves([{ deleteId: "other", roomId: inputs.roomId, ...active }]);
    client.deleteStatus.resolves(active);
    await create(operation, { ...inputs, block: true, wait: false });
    assert.deepEqual(client.setRoomBlock.args, [[inputs.roomId, true]]);
  });

  it("counts no media of a room that is purged before they are looked for, and says so", async () => {
    const { operation, client, lines } = fakeOperation();
    client.scheduledShutdowns.resolves([{ deleteId: "other", roomId: inputs.roomId, ...active }]);
    client.quarantineMedia.callsFake(() => {
      client.roomDetails.rejects(notFound());
      client.scheduledShutdowns.resolves([]);
      return Promise.resolve({ quarantinedMedia: 0 });
    });
    const { quarantinedMedia } = await create(operation, { ...inputs, quarantineMedia: true });
    assert.equal(quarantinedMedia, undefined);
    assert.match(lines.join("\n"), /no longer has the room, so whether its media was quarantined/);
  });

  it("is waited for by the delete hook, which believes nothing less than what is declared", async () => {
    const { operation, client } = fakeOperation();
    client.scheduledShutdowns.resolves([{ deleteId: "other", roomId: inputs.roomId, ...active }]);
    roomHas(client, {});
    await unfinishedState(deleteRoom(operation, { ...done, runOn: "delete", wait: false }));
  });

  it("fails where it contradicts what is declared", async () => {
    const { operation, client } = fakeOperation();
    client.scheduledShutdowns
      .onFirstCall()
      .resolves([{ deleteId: "other", roomId: inputs.roomId, ...active }]);
    client.roomDetails.rejects(notFound());
    await assert.rejects(
      create(operation, { ...inputs, purge: false }),
      /is purged, although it was to be kept: it was started by somebody else/,
    );
  });
});
