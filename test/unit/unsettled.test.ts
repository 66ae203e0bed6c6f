import assert from "node:assert/strict";
import { reviewedInputs as inputs } from "../support/hooks/fake-operation";
import { changes, done } from "../support/hooks/states";

describe("a resource that is not as declared", () => {
  // After a refresh the engine no longer knows that the last operation has failed.
  for (const [name, state] of Object.entries({
    failed: { ...done, status: "failed" },
    "still active": { ...done, status: "active" },
    "without a status": { ...done, status: undefined },
    "not checked": { ...done, blocked: undefined, purged: undefined },
    "not purged": { ...done, purged: false },
    "with somebody left": { ...done, purge: false, purged: false, failedToKickUsers: ["@a:b"] },
  })) {
    it(`is a change: ${name}`, () => {
      assert.equal(changes(state, { ...inputs, purge: state.purge }), true);
    });
  }

  it("is a change: not blocked", () => {
    assert.equal(changes({ ...done, block: true }, { ...inputs, block: true }), true);
  });

  it("is no change where nobody waits for it, or where it runs on delete", () => {
    assert.equal(changes({ ...done, status: "active" }, { ...inputs, wait: false }), false);
    const runOn = "delete";
    assert.equal(
      changes({ ...done, runOn, deleteId: undefined, status: "not-run" }, { ...inputs, runOn }),
      false,
    );
  });
});
