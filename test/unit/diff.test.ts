import assert from "node:assert/strict";
import { diff } from "../../provider/hooks/diff";
import { unknownValue } from "../../provider/hooks/inputs";

const inputs = {
  roomId: "!a:b",
  block: false,
  purge: true,
  onDelete: { block: true },
  wait: true,
  waitTimeoutSeconds: 3600,
};
const state = {
  ...inputs,
  status: "complete",
  blocked: false,
  purged: true,
  deleteId: "x",
  homeserverUrl: "https://old",
  __provider: "old",
};

describe("diff", () => {
  it("finds no change where the inputs are equal, whatever the outputs and __provider are", () => {
    assert.deepEqual(diff(state, { ...inputs, __provider: "new" }), {
      changes: false,
      replaces: [],
      deleteBeforeReplace: true,
    });
  });

  it("does not compare guards and wait settings", () => {
    assert.equal(diff(state, { ...inputs, wait: false, waitTimeoutSeconds: 1, allowUnknownRoom: true }).changes, false);
  });

  for (const [property, value] of Object.entries({
    block: true,
    purge: false,
    forcePurge: true,
    newRoomUserId: "@a:b",
    roomName: "x",
    message: "y",
    runOn: "both",
    onDelete: { block: false },
  })) {
    it(`plans an update for ${property}`, () => {
      assert.deepEqual(diff(state, { ...inputs, [property]: value }), {
        changes: true,
        replaces: [],
        deleteBeforeReplace: true,
      });
    });
  }

  it("plans an update for an option that is no longer declared", () => {
    assert.equal(diff({ ...state, message: "y" }, inputs).changes, true);
  });

  for (const roomId of ["!other:b", unknownValue]) {
    it(`plans a replacement for the room ${roomId}`, () => {
      assert.deepEqual(diff(state, { ...inputs, roomId }).replaces, ["roomId"]);
    });
  }
});
