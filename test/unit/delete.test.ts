import assert from "node:assert/strict";
import { deleteRoom } from "../../provider/hooks/delete";
import { fakeOperation } from "../support/hooks/fake-operation";
import { done } from "../support/hooks/states";

describe("delete with runOn create", () => {
  it("keeps a block of which the homeserver does not tell who has set it", async () => {
    const { operation, client, lines } = fakeOperation();
    client.roomBlock.resolves({ block: true, userId: undefined });
    await deleteRoom(operation, { ...done, block: true, unblockOnDelete: true, blocked: true });
    assert.match(
      lines.join("\n"),
      /the block stays, .* since the homeserver does not tell who has/,
    );
    assert.equal(client.setRoomBlock.callCount, 0);
  });

  for (const [state, expected] of [
    [done, /the room stays purged \(runOn/],
    [{ ...done, blocked: true, purged: false }, /stays shut down and blocked/],
    [{ ...done, status: "failed" }, /its last shutdown ended as "failed"/],
    [{ ...done, status: "active" }, /can't be cancelled and goes on .*delete-0, active/],
  ] as const) {
    it(`says what stays: ${expected.source}`, async () => {
      const { operation, client, lines } = fakeOperation();
      await deleteRoom(operation, state);
      assert.match(lines[0] ?? "", expected);
      assert.equal(client.deleteRoom.callCount, 0);
    });
  }
});
