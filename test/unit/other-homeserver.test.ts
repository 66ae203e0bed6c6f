import assert from "node:assert/strict";
import { deleteRoom } from "../../provider/hooks/delete";
import { read } from "../../provider/hooks/read";
import { update } from "../../provider/hooks/update";
import { fakeOperation, reviewedInputs as inputs } from "../support/hooks/fake-operation";
import { done, stateOf } from "../support/hooks/states";

describe("a resource of another homeserver", () => {
  const other = () => {
    const fake = fakeOperation({ homeserverUrl: "http://other" });
    fake.client.whoami.resolves({ userId: "@admin:other.test" });
    return fake;
  };
  const elsewhere =
    /was reviewed on the homeserver synapse.test .* is other.test\. Nothing was done/;

  it("is not updated, deleted or read there", async () => {
    const { operation, client } = other();
    const active = { ...done, status: "active" };
    await assert.rejects(update(operation, active, inputs), elsewhere);
    await assert.rejects(deleteRoom(operation, { ...done, runOn: "both" }), elsewhere);
    await assert.rejects(read(operation, active), elsewhere);
    assert.equal(
      client.deleteRoom.callCount + client.setRoomBlock.callCount + client.deleteStatus.callCount,
      0,
    );
  });

  it("is noticed at the same address, too, where a tunnel leads elsewhere", async () => {
    const { operation, client } = fakeOperation();
    client.whoami.resolves({ userId: "@admin:other.test" });
    await assert.rejects(deleteRoom(operation, { ...done, runOn: "delete" }), elsewhere);
  });

  it("is the same one at another address", async () => {
    const { operation } = fakeOperation({ homeserverUrl: "http://address.test" });
    assert.equal(stateOf(await read(operation, { ...done, status: "active" })).status, "complete");
  });
});
