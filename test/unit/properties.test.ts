import assert from "node:assert/strict";
import fc from "fast-check";
import { hooksOf } from "../../provider/hooks/lifecycle";
import { compare } from "../../provider/resource/compare";
import { plannedLine } from "../../provider/resource/plan";
import { complete } from "../../provider/resource/arguments";
import { unknownValue } from "../../provider/resource/engine-values";
import { fakeOperation } from "../support/hooks/fake-operation";

const runs = 1_000;
const names = [
  "roomId",
  "roomAlias",
  "block",
  "purge",
  "forcePurge",
  "newRoomUserId",
  "roomName",
  "message",
  "runOn",
];
const more = [
  "onDelete",
  "expect",
  "allowUnknownRoom",
  "wait",
  "waitTimeoutSeconds",
  "maxAttempts",
  "triggers",
  "adoptDeleteId",
  "quarantineMedia",
  "unblockOnDelete",
  "room",
  "__provider",
];
const outputs = [
  "status",
  "deleteId",
  "failedToKickUsers",
  "blocked",
  "purged",
  "serverName",
  "homeserverUrl",
];
const value = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(unknownValue, "!a:b", "@a:synapse.test", true, false, 1),
);
const key = fc.oneof(
  fc.constantFrom(...names, ...more, ...outputs, "__proto__", "constructor"),
  fc.string(),
);
const anything = fc
  .array(fc.tuple(key, value), { maxLength: 12 })
  .map((entries): Record<string, unknown> => Object.fromEntries(entries));

/** Inputs that are valid. */
const valid = fc
  .record(
    {
      roomId: fc.constantFrom("!a:b", `!${"a".repeat(43)}`),
      block: fc.boolean(),
      purge: fc.constant(true),
      forcePurge: fc.boolean(),
      runOn: fc.constantFrom("create", "delete", "both"),
      onDelete: fc.record({ block: fc.boolean() }, { requiredKeys: [] }),
      expect: fc.record({ maxJoinedMembers: fc.integer({ min: 2 }) }, { requiredKeys: [] }),
      newRoomUserId: fc.constant("@a:synapse.test"),
      waiting: fc.constantFrom({ wait: false }, { wait: true, maxAttempts: 3 }),
      quarantineMedia: fc.boolean(),
      triggers: fc.array(fc.jsonValue()),
      adoptDeleteId: fc.constant("AbC"),
      unblockOnDelete: fc.boolean(),
    },
    { requiredKeys: ["roomId", "runOn"] },
  )
  .map(({ waiting, onDelete, adoptDeleteId, unblockOnDelete, ...rest }) => ({
    ...rest,
    ...waiting,
    ...(onDelete === undefined || rest.runOn === "create" ? {} : { onDelete }),
    ...(adoptDeleteId === undefined || rest.runOn === "delete" ? {} : { adoptDeleteId }),
    ...(unblockOnDelete === undefined || rest.runOn !== "create" || rest.block !== true
      ? {}
      : { unblockOnDelete }),
  }));

describe("check and diff", () => {
  it(`throw at no input whatsoever (${runs} runs)`, async () => {
    await fc.assert(
      fc.asyncProperty(anything, anything, async (olds, news) => {
        await hooksOf(fakeOperation().operation).check(olds, news);
        const result = compare(olds, news, new Date(0));
        plannedLine(olds as never, news as never, result, new Date(0));
      }),
      { numRuns: runs },
    );
  });

  it(`are idempotent: what check made of inputs stays as it is, and is no change (${runs} runs)`, async () => {
    await fc.assert(
      fc.asyncProperty(valid, fc.string(), async (declared, code) => {
        const news = declared as Record<string, unknown>;
        const { inputs = {}, failures } = await hooksOf(fakeOperation().operation).check({}, news);
        assert.equal(failures, undefined);
        const { operation, client } = fakeOperation();
        assert.deepEqual((await hooksOf(operation).check(inputs, news)).inputs, inputs);
        assert.deepEqual(
          (await hooksOf(operation).check(inputs, { ...inputs, __provider: code })).inputs,
          inputs,
        );
        assert.equal(client.whoami.callCount + client.roomDetails.callCount, 0);
        const state = {
          ...inputs,
          deleteId: "x",
          status: "complete",
          blocked: true,
          purged: true,
          __provider: "old",
        };
        assert.equal(
          compare(complete(state), complete({ ...inputs, __provider: code }), new Date(0)).changes,
          false,
        );
      }),
      { numRuns: runs },
    );
  });
});
