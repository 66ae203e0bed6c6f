import assert from "node:assert/strict";
import { read } from "../../provider/hooks/read";
import {
  fakeOperation,
  refusal,
  reviewedInputs as inputs,
  roomHas,
} from "../support/hooks/fake-operation";
import { changes, done, stateOf, endWithSuspended } from "../support/hooks/states";

describe("read", () => {
  it("counts as left only who is still in the room", async () => {
    const { operation, client } = fakeOperation();
    roomHas(client, { "@suspended:b": "leave" });
    client.deleteStatus.resolves(endWithSuspended);
    const waitless = { ...inputs, wait: false, purge: false, newRoomUserId: "@a:synapse.test" };
    const state = stateOf(await read(operation, { ...done, ...waitless, status: "active" }));
    assert.deepEqual(state.failedToKickUsers, []);
    assert.equal(changes(state, waitless), false);
  });

  it("does not fail where only the alias can't be looked up", async () => {
    const { operation, client, lines } = fakeOperation();
    client.resolveAlias.rejects(refusal(502, "Failed to fetch alias"));
    assert.equal(
      stateOf(await read(operation, { ...done, roomAlias: "#a:elsewhere" })).status,
      "complete",
    );
    assert.match(lines.join(), /alias #a:elsewhere .* can't be found out/);
  });
});
