import assert from "node:assert/strict";
import { CheckedInputs } from "../../provider/hooks/checked-inputs";
import { hooksOf } from "../../provider/hooks/lifecycle";
import type { Operation } from "../../provider/hooks/operation";
import { fakeOperation, reviewedInputs } from "../support/hooks/fake-operation";

const inputs = { ...reviewedInputs, __provider: "code" };

/** The hooks, after a check that has given these inputs back. */
function checked(operation: Operation) {
  const reviewed = new CheckedInputs();
  reviewed.note({}, reviewedInputs);
  return hooksOf(operation, reviewed);
}

/** What the engine keeps a resource by whose operation has failed. */
interface KeptResource {
  readonly id?: string;
  readonly properties?: Record<string, unknown>;
  readonly reasons?: string[];
}

describe("what the dynamic-provider host gets", () => {
  it("of a shutdown that has not ended: an error that keeps the resource, with the code that it was loaded by", async () => {
    const { operation, client } = fakeOperation();
    client.deleteStatus.resolves({ status: "failed" });
    const error = await checked(operation)
      .create(inputs)
      .catch((reason: unknown) => reason);
    assert.ok(error instanceof Error);
    const { id, properties = {}, reasons } = error as KeptResource;
    assert.equal(id, inputs.roomId);
    assert.deepEqual(reasons, [error.message]);
    assert.equal(properties["deleteId"], "delete-1");
    assert.equal(properties["__provider"], "code");
  });

  it("of one whose guards do not hold: an error that keeps nothing", async () => {
    const { operation } = fakeOperation({ protectedRooms: [inputs.roomId] });
    const error = await checked(operation)
      .create(inputs)
      .catch((reason: unknown) => reason);
    assert.ok(error instanceof Error);
    const { id, properties, reasons } = error as KeptResource;
    assert.deepEqual([id, properties, reasons], [undefined, undefined, undefined]);
  });
});
