import assert from "node:assert/strict";
import { hooksOf } from "../../provider/hooks/lifecycle";
import { ConfigurationError } from "../../provider/homeserver/settings";
import { unknownValue } from "../../provider/resource/engine-values";
import { badArgs, invalidArgs } from "../support/cases/invalid-args";
import { fakeOperation, refusal } from "../support/hooks/fake-operation";

const roomId = "!room:synapse.test";
const run = (news: object, olds: object = {}, operation = fakeOperation().operation) =>
  hooksOf(operation).check(olds as Record<string, unknown>, news as Record<string, unknown>);
const failuresOf = async (args: object) => (await run(args)).failures ?? [];
const reviewed = {
  serverName: "synapse.test",
  homeserverUrl: "http://synapse",
  room: {}, // Which room it is, and no numbers, which an `up` with a plan could not hold to.
};

describe("check", () => {
  for (const [name, { args, property, reason }] of Object.entries(invalidArgs)) {
    it(`refuses ${name} with one failure`, async () => {
      const [failure, ...more] = await failuresOf(args);
      assert.deepEqual(more, []);
      assert.equal(failure?.property, property);
      assert.match(failure.reason, reason);
      assert.ok(!failure.reason.includes("undefined"), failure.reason);
    });
  }

  it("refuses what only the values of outputs show: no target, or two", async () => {
    const faults = [
      ...(await failuresOf({})),
      ...(await failuresOf({ roomId, roomAlias: "#a:b" })),
    ];
    assert.deepEqual(
      faults.map(({ property, reason }) => `${property} ${reason}`),
      [
        "roomId is missing: say which room to shut down, as !opaque:server, or by its alias in roomAlias.",
        "roomAlias says which room it is, and so does roomId: leave one of them out.",
      ],
    );
  });

  describe("of a room that another resource shuts down", () => {
    const differs = async (...all: object[]) => {
      const { operation } = fakeOperation();
      const results = [];
      for (const args of all) results.push(await run({ roomId, ...args }, {}, operation));
      const reasons = results.flatMap(({ failures = [] }) => failures.map(({ reason }) => reason));
      return reasons.map((reason) => /other options \((.*)\)/.exec(reason)?.[1]);
    };

    it("compares no option that one of the two does not know yet", async () => {
      for (const known of [
        { purgeAfterSeconds: 100 },
        { archiveFile: "a.jsonl" },
        { block: true },
        { runOn: "both", onDelete: { block: true } },
      ]) {
        for (const name of Object.keys(known)) {
          const unknown = { ...known, [name]: unknownValue };
          assert.deepEqual(await differs(known, unknown), [], name);
          assert.deepEqual(await differs(unknown, known), [], name);
        }
      }
    });

    it("compares what else is known of the two, and a third one with it", async () => {
      const unknown = { archiveFile: unknownValue };
      assert.deepEqual(await differs(unknown, { archiveFile: "a", block: true }), ["block"]);
      const [one, other] = [{ archiveFile: "a" }, { archiveFile: "b" }];
      assert.deepEqual(await differs(unknown, one, other), ["archiveFile"]);
      assert.deepEqual(await differs(unknown, {}, other), ["archiveFile"]);
    });
  });

  it("compares resources of one room with each other, too, whose reviews are kept", async () => {
    const { operation } = fakeOperation();
    const olds = { roomId, ...reviewed };
    await run({ roomId, purge: false }, olds, operation);
    const { failures = [] } = await run({ roomId, purge: true }, olds, operation);
    assert.match(failures[0]?.reason ?? "", /other options \(purge\)/);
  });

  it("refuses unblockOnDelete beside another block of the room, but not of the same resource once more", async () => {
    const reasons = async (...all: object[]) => {
      const { operation } = fakeOperation();
      const results = [];
      for (const args of all) {
        results.push(await run({ roomId, block: true, ...args }, {}, operation));
      }
      return results.flatMap(({ failures = [] }) => failures.map(({ reason }) => reason));
    };
    const lifted = { unblockOnDelete: true };
    for (const pair of [
      [{}, lifted],
      [lifted, {}],
    ]) {
      assert.match((await reasons(...pair)).join(), /so unblockOnDelete would lift a block/);
    }
    assert.deepEqual(await reasons(lifted, lifted), []); // A replacement is checked twice.
    assert.deepEqual(await reasons(lifted, { runOn: "delete" }), []);
    assert.deepEqual(await reasons(lifted, { unblockOnDelete: unknownValue }), []);
    assert.match((await reasons({ unblockOnDelete: unknownValue }, {}, lifted)).join(), /lift a/);
  });

  it("fills in the defaults, and shows those that say what happens to the room", async () => {
    assert.deepEqual(await run({ roomId, __provider: "code" }), {
      inputs: {
        roomId,
        block: false,
        purge: true,
        runOn: "create",
        ...reviewed,
      },
    });
    assert.deepEqual((await run({ roomId, maxAttempts: 1, wait: true, forcePurge: true })).inputs, {
      roomId,
      block: false,
      purge: true,
      forcePurge: true,
      runOn: "create",
      ...reviewed,
    });
  });

  // Whatever Synapse accepts, see RoomID.is_valid.
  for (const id of [
    `!${"A-_9".repeat(10)}abc`,
    "!a/b?c#d%2f:[::1]:8448",
    "!é:example.org:8448",
    "!:example.org",
    "!a b:example.org",
    "!zimmer-ü 💥\u0007\n:example.org",
    "!a:example.org: 84_48",
    `!${"x".repeat(255)}:a`,
  ]) {
    it(`accepts the room id ${JSON.stringify(id)}`, async () => {
      assert.deepEqual(await failuresOf({ roomId: id }), []);
    });
  }

  for (const id of [
    "!",
    "!room:",
    "!room",
    "!room:exa mple",
    "!room:exa_mple",
    "!room:example..org",
    "!room:[1::z]",
    "!room:example.org:",
    "!room:example.org:http",
    "!room:a:b:8448",
    "!\ud83d:example.org",
  ]) {
    it(`refuses the room id ${JSON.stringify(id)}`, async () => {
      const [fault, ...more] = await failuresOf({ roomId: id });
      assert.deepEqual(more, []);
      assert.match(
        fault?.reason ?? "",
        /^must be a room id.*, but is another text: (it|what|the|half) /,
      );
    });
  }

  it("says all faults at once, those of single values and those of several together", async () => {
    const faults = await failuresOf(
      badArgs({
        roomId: 1,
        block: 2,
        purge: false,
        forcePurge: true,
        message: "",
        a: 1,
        b: 2,
        runOn: "create",
        onDelete: { x: 1, block: 0 },
        expect: { creator: "bob" },
        wait: false,
        maxAttempts: 2,
      }),
    );
    assert.deepEqual(
      faults
        .map(({ property, reason }) => property || /^(onDelete|expect)\.\w+/.exec(reason)?.[0])
        .sort(),
      [
        "a",
        "b",
        "block",
        "expect.creator",
        "forcePurge",
        "maxAttempts",
        "message", // It is empty,
        "message", // and there is no notice room.
        "onDelete", // It has no effect,
        "onDelete.block", // its values are wrong,
        "onDelete.x", // and so are its names.
        "roomId",
      ],
    );
  });

  it("takes what is wrong by itself for right where it is looked at together with others", async () => {
    for (const args of [
      { roomId: 1 },
      { roomId, forcePurge: "yes", purge: false },
      { roomId, newRoomUserId: "admin", message: "Closed" },
      { roomId, runOn: "destroy", onDelete: { block: true } },
      { roomId, runOn: "delete", onDelete: "yes" },
      { roomId, unblockOnDelete: true, block: "yes" },
    ]) {
      assert.equal((await failuresOf(args)).length, 1, JSON.stringify(args));
    }
  });

  it("lets every argument be unknown, alone and inside of onDelete", async () => {
    const known = {
      roomId,
      newRoomUserId: "@a:synapse.test",
      runOn: "both",
      onDelete: { purge: true },
      roomName: "x",
      message: "y",
    };
    const all = {
      ...known,
      block: true,
      purge: true,
      forcePurge: true,
      allowUnknownRoom: true,
      wait: true,
      waitTimeoutSeconds: 9,
    };
    for (const property of Object.keys(all)) {
      const result = await run({ ...all, [property]: unknownValue });
      assert.deepEqual(result.failures, undefined, property);
      assert.equal(result.inputs?.[property], unknownValue);
    }
    const result = await run({
      ...all,
      onDelete: { block: unknownValue, purge: false, forcePurge: false },
    });
    assert.deepEqual(result.failures, undefined);
    assert.deepEqual(result.inputs?.["onDelete"], {
      block: unknownValue,
      purge: false,
      forcePurge: false,
    });
  });

  it("refuses __proto__ like any other unknown argument", async () => {
    const args = JSON.parse(`{"__proto__":{"roomId":"${roomId}","purge":false}}`) as object;
    assert.deepEqual((await failuresOf(args)).map(({ property }) => property).sort(), [
      "__proto__",
      "roomId", // What it holds is no argument.
    ]);
  });

  it("keeps a review through an outage, and still plans a replacement for another server after it", async () => {
    const { inputs: olds = {} } = await run({ roomId });
    const moved = fakeOperation({ homeserverUrl: "http://other", roomLookup: "optional" });
    moved.client.whoami.onFirstCall().rejects(refusal(undefined, "away"));
    moved.client.whoami.resolves({ userId: "@admin:other.test" });
    const during = await run({ roomId }, olds, moved.operation);
    assert.deepEqual(during.inputs, olds);
    const after = await run({ roomId }, during.inputs, moved.operation);
    assert.equal(after.inputs?.["serverName"], "other.test");
  });

  it("names the server of a target that was reviewed only at its apply, without resolving its alias again", async () => {
    const { operation, client } = fakeOperation();
    const result = await run({ roomAlias: "#a:b" }, { roomAlias: "#a:b" }, operation);
    assert.equal(result.inputs?.["serverName"], "synapse.test");
    assert.equal(client.resolveAlias.callCount, 0);
  });

  it("refuses a foreign user for the notice room of an existing resource, too", async () => {
    const { inputs: olds = {} } = await run({ roomId, runOn: "delete" });
    const news = { roomId, runOn: "delete", onDelete: { newRoomUserId: "@a:elsewhere" } };
    const [failure, ...more] = (await run(news, olds)).failures ?? [];
    assert.deepEqual(more, []);
    assert.equal(failure?.property, "");
    assert.match(failure.reason, /^onDelete\.newRoomUserId /);
  });

  it("is idempotent on its own result", async () => {
    const { inputs } = await run({ roomId, runOn: "both", onDelete: { block: true } });
    assert.deepEqual((await run(inputs ?? {}, inputs)).inputs, inputs);
  });

  it("reports faults of the connection as failures of the resource", async () => {
    const { operation } = fakeOperation();
    operation.connect = () => {
      throw new ConfigurationError(["The URL is missing.", "The token is missing."]);
    };
    assert.deepEqual((await run({ roomId }, {}, operation)).failures, [
      { property: "", reason: "The URL is missing." },
      { property: "", reason: "The token is missing." },
    ]);
  });
});

describe("the age of the homeserver", () => {
  for (const [serverVersion, isOld] of [
    ["1.97.9", true],
    ["0.99.5", true],
    ["1.98.0", false],
    ["1.163.2 (b=develop)", false],
    ["2.0.0rc1", false],
    ["a fork's own", false],
  ] as const) {
    it(`${serverVersion} is ${isOld ? "refused, with both versions" : "fine"}`, async () => {
      const { operation, client } = fakeOperation();
      client.serverVersion.resolves({ serverVersion });
      client.scheduledShutdowns.rejects(refusal(404));
      const { failures = [] } = await hooksOf(operation).check({}, { roomId });
      assert.equal(failures.length, isOld ? 1 : 0);
      if (isOld)
        assert.ok(
          failures[0]?.reason.includes(`runs Synapse ${serverVersion}, but 1.98 is the oldest`),
        );
    });
  }
});
