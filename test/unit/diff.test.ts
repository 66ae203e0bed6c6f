import assert from "node:assert/strict";
import { compare } from "../../provider/resource/compare";
import { unknownValue } from "../../provider/resource/engine-values";

const inputs = {
  runOn: "create",
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
    assert.deepEqual(compare(state, { ...inputs, __provider: "new" }, new Date(0)), {
      changes: false,
      replaces: [],
      deleteBeforeReplace: true,
    });
  });

  it("does not compare guards and wait settings", () => {
    assert.equal(
      compare(
        state,
        { ...inputs, wait: false, waitTimeoutSeconds: 1, allowUnknownRoom: true },
        new Date(0),
      ).changes,
      false,
    );
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
    unblockOnDelete: true,
    quarantineMedia: true,
    adoptDeleteId: "AbC",
  })) {
    it(`plans an update for ${property}`, () => {
      assert.deepEqual(compare(state, { ...inputs, [property]: value }, new Date(0)), {
        changes: true,
        replaces: [],
        deleteBeforeReplace: true,
      });
    });
  }

  it("compares them where a shutdown is to run on delete, whose hook gets the outputs", () => {
    const news = { ...inputs, runOn: "delete" };
    for (const changed of [
      { expect: { name: "x" } },
      { wait: false },
      { waitTimeoutSeconds: 1 },
      { maxAttempts: 2 },
    ]) {
      assert.equal(
        compare({ ...state, ...news }, { ...news, ...changed }, new Date(0)).changes,
        true,
      );
    }
  });

  it("plans a replacement for another alias that could not be resolved, and an update for one of the same room", () => {
    const { roomId, ...rest } = inputs;
    assert.deepEqual(
      compare({ ...state, roomAlias: "#a:b" }, { ...rest, roomAlias: "#b:b" }, new Date(0))
        .replaces,
      ["roomAlias"],
    );
    assert.deepEqual(
      compare({ ...state, roomAlias: "#a:b" }, { ...inputs, roomAlias: "#b:b" }, new Date(0))
        .replaces,
      [],
    );
    assert.equal(
      compare({ ...state, roomAlias: "#a:b" }, { ...inputs, roomAlias: "#b:b" }, new Date(0))
        .changes,
      true,
    );
  });

  it("plans an update for an option that is no longer declared", () => {
    assert.equal(compare({ ...state, message: "y" }, inputs, new Date(0)).changes, true);
  });

  it("plans a replacement for triggers that were changed, added or removed", () => {
    for (const [before, after] of [
      [[1], [2]],
      [[{ a: 1 }], [{ a: 2 }]],
      [undefined, []],
      [[1], undefined],
    ]) {
      const news = { ...inputs, ...(after === undefined ? {} : { triggers: after }) };
      assert.deepEqual(compare({ ...state, triggers: before }, news, new Date(0)).replaces, [
        "triggers",
      ]);
    }
    assert.equal(
      compare({ ...state, triggers: [{ a: 1 }] }, { ...inputs, triggers: [{ a: 1 }] }, new Date(0))
        .changes,
      false,
    );
  });

  it("plans a replacement for another room and for another homeserver", () => {
    for (const [property, value] of Object.entries({ roomId: "!other:b", serverName: "b" })) {
      const news = { ...inputs, [property]: value };
      assert.deepEqual(compare(state, news, new Date(0)).replaces, [property]);
    }
  });

  // The engine deletes first what is to be replaced, and asks with unknown values.
  for (const [name, before, after] of [
    ["roomId", {}, { roomId: unknownValue }],
    ["serverName", { serverName: "b" }, { serverName: unknownValue }],
    ["roomAlias", { roomAlias: "#a:b" }, { roomId: undefined, roomAlias: unknownValue }],
    ["triggers", { triggers: [1] }, { triggers: unknownValue }],
    [
      "a part of triggers",
      { triggers: [{ a: 1, b: [2] }] },
      { triggers: [{ a: 1, b: unknownValue }] },
    ],
  ] as [string, object, object][]) {
    it(`plans an update, and no replacement, while this is not known: ${name}`, () => {
      const { changes, replaces } = compare(
        { ...state, ...before },
        { ...inputs, ...before, ...after },
        new Date(0),
      );
      assert.deepEqual([changes, replaces], [true, []]);
    });
  }

  it("plans a replacement for triggers of which enough is known", () => {
    for (const triggers of [[unknownValue, 3], [unknownValue], [{ a: unknownValue }, 2]]) {
      const before = { ...state, triggers: [1, 2] };
      assert.deepEqual(compare(before, { ...inputs, triggers }, new Date(0)).replaces, [
        "triggers",
      ]);
    }
  });
});
