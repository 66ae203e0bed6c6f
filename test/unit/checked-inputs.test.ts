import assert from "node:assert/strict";
import { CheckedInputs } from "../../provider/hooks/checked-inputs";
import { unknownValue } from "../../provider/resource/engine-values";
import { reviewedInputs as inputs } from "../support/hooks/fake-operation";

const changed = (what: string) =>
  new RegExp(`^Error: Changed after the review: ${what}\\. This step`);

describe("the inputs that check has given back", () => {
  let checked: CheckedInputs;
  beforeEach(() => {
    checked = new CheckedInputs();
    checked.note({}, inputs);
  });
  const refuses = (given: object, what: string) => {
    assert.throws(() => checked.hold({ ...inputs, ...given }), changed(what));
  };

  it("hold a change to them", () => {
    assert.equal(checked.hold(inputs), inputs);
    refuses({ purge: false }, "purge");
    refuses({ onDelete: { purge: true } }, "onDelete");
    refuses({ homeserverUrl: "http://other" }, "homeserverUrl");
    refuses({ room: { name: "other" } }, "room");
    refuses({ somethingElse: 1 }, "somethingElse");
  });

  it("let pass what decides nothing about the room, as long as it is valid", () => {
    checked.hold({ ...inputs, waitTimeoutSeconds: 5, maxAttempts: 3 });
    refuses({ waitTimeoutSeconds: "soon" }, "waitTimeoutSeconds must be .* but is another text\\.");
    refuses({ wait: false, maxAttempts: 2 }, "maxAttempts needs wait.*");
  });

  it("name what is different from those of the same room, if there are any", () => {
    checked.note({}, { ...inputs, roomId: "!other:synapse.test", purge: false });
    refuses({ purge: false }, "purge");
    refuses({ roomId: "!third:synapse.test", purge: false }, "roomId");
  });

  it("hold to one of several for one room", () => {
    const onDelete = { ...inputs, runOn: "delete", purge: false };
    checked.note({}, onDelete);
    checked.hold(onDelete);
    checked.hold(inputs);
    refuses({ runOn: "delete" }, "runOn");
  });

  it("hold to nothing that was not known yet", () => {
    checked.note({}, { ...inputs, roomId: unknownValue, expect: { name: unknownValue } });
    checked.hold({ ...inputs, roomId: "!other:synapse.test", expect: { name: "a" } });
  });

  it("stop a change that no check has seen", () => {
    checked = new CheckedInputs();
    refuses({}, "no review of it was seen");
  });

  it("are no fault where a fault was let pass, since a refresh has found it", () => {
    const drifted = { ...inputs, purge: false, forcePurge: true };
    checked.note(inputs, drifted);
    checked.hold(drifted);
  });

  describe("of a replacement, which check sees once more", () => {
    const lost = (compared: object, declared: object, olds: object = {}) => {
      checked.note(inputs, { ...inputs, ...compared });
      checked.noteReplacement({ ...inputs, ...compared });
      const faults = checked.note({ ...olds }, { ...inputs, ...declared });
      return faults.map(({ property }) => property);
    };

    it("are what was compared, as far as the program declares it", () => {
      assert.deepEqual(lost({ purge: false }, { purge: true }), ["purge"]);
      assert.deepEqual(lost({ triggers: [1] }, {}), ["triggers"]);
      assert.deepEqual(lost({}, { room: { name: "as of now" } }), []);
      assert.deepEqual(lost({ message: unknownValue }, { message: unknownValue }), []);
      assert.deepEqual(lost({}, { roomId: "!b:c" }), ["roomId"]);
    });

    it("can be of another room where the same alias points by now", () => {
      const roomAlias = "#a:b";
      assert.deepEqual(lost({ roomAlias }, { roomAlias, roomId: "!b:c" }), []);
      const moved = { roomAlias, roomId: "!b:c", purge: true };
      assert.deepEqual(lost({ roomAlias, purge: false }, moved), ["purge"]);
      assert.deepEqual(lost({ roomAlias }, { roomAlias: "#b:b" }), ["roomAlias"]);
    });

    it("are not those of another resource", () => {
      checked.noteReplacement({ ...inputs, purge: false }); // Compared only, since another one is replaced.
      assert.deepEqual(checked.note({}, { ...inputs, roomId: "!b:c" }), []);
      assert.deepEqual(lost({ purge: false }, { purge: true }, inputs), []);
    });

    it("are said before what was found, which contradicts them", () => {
      const other = [{ property: "", reason: "another one" }];
      checked.noteReplacement(inputs);
      assert.deepEqual(checked.note({}, inputs, other), other);
      checked.noteReplacement(inputs);
      const [fault] = checked.note({}, { ...inputs, purge: false }, other);
      assert.equal(fault?.property, "purge");
    });

    it("are compared once", () => {
      lost({ purge: false }, { purge: true });
      assert.deepEqual(checked.note({}, inputs), []);
    });
  });
});
