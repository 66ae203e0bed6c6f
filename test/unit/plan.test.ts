import assert from "node:assert/strict";
import { compare } from "../../provider/resource/compare";
import type { DeclaredInputs } from "../../provider/resource/arguments";
import { unknownValue } from "../../provider/resource/engine-values";
import { plannedLine } from "../../provider/resource/plan";
import type { RoomShutdownState } from "../../provider/resource/state";
import { reviewedInputs as inputs } from "../support/hooks/fake-operation";

const done: RoomShutdownState = {
  ...inputs,
  deleteId: "delete-1",
  status: "complete",
  blocked: false,
  purged: true,
  failedToKickUsers: [],
};

const cases: [string, Partial<RoomShutdownState>, Partial<DeclaredInputs>, RegExp][] = [
  [
    "block turned on",
    {},
    { block: true },
    /^planned: blocks the room \(PUT block\); no shutdown runs$/,
  ],
  [
    "block turned off",
    { block: true, blocked: true },
    { block: false },
    /^planned: lifts the block of the room/,
  ],
  [
    "block turned off, lifted before",
    { block: true },
    { block: false },
    /^planned: the change is recorded/,
  ],
  ["block lifted by somebody", { block: true }, { block: true }, /^planned: blocks the room/],
  [
    "purge turned on",
    { purge: false, purged: false },
    {},
    /^planned: runs the shutdown .* is to be purged$/,
  ],
  ["purge turned on, purged already", { purge: false }, {}, /^planned: the change is recorded/],
  ["purge turned off", {}, { purge: false }, /^planned: the change is recorded/],
  [
    "a failed run",
    { status: "failed" },
    {},
    /^planned: runs the shutdown .*since the last one ended as "failed"$/,
  ],
  [
    "a run that goes on",
    { status: "active" },
    {},
    /^planned: waits for .*\(delete_id delete-1\).*runs it again if it was not done$/,
  ],
  [
    "a run that goes on, before one on delete",
    { status: "active" },
    { runOn: "delete" },
    /^planned: waits for .*, then applies what has changed$/,
  ],
  [
    "a run without a record",
    { status: "no-record", purged: false, failedToKickUsers: ["@a:b"] },
    {},
    /^planned: runs the shutdown .*no record of the last one any more, .*still there with 1 local member$/,
  ],
  [
    "a purge without a record that is due",
    {
      status: "no-record",
      purged: false,
      purgeAfterSeconds: 1,
      purgeDueAt: "1969-12-31T23:59:59Z",
    },
    { purgeAfterSeconds: 1 },
    /^planned: runs the shutdown .*no record of the last one any more, and the room is still there$/,
  ],
  [
    "one that nobody waits for",
    { status: "active" },
    { wait: false, block: true },
    /^planned: asks how .* goes on/,
  ],
  [
    "media, room there",
    { purge: false, purged: false },
    { purge: false, quarantineMedia: true },
    /^planned: quarantines/,
  ],
  ["media, room purged", {}, { quarantineMedia: true }, /^planned: the change is recorded/],
  [
    "media and block",
    { purge: false, purged: false },
    { purge: false, quarantineMedia: true, block: true },
    /^planned: quarantines .*; blocks the room/,
  ],
  [
    "a shutdown that is named",
    { status: "failed" },
    { adoptDeleteId: "X" },
    /^planned: takes over the shutdown that adoptDeleteId names, since/,
  ],
  [
    "one that was named before",
    { status: "failed", adoptDeleteId: "X" },
    { adoptDeleteId: "X" },
    /^planned: runs the shutdown/,
  ],
  [
    "a failed run with media, and the block turned off",
    { status: "failed", block: true, blocked: true },
    { quarantineMedia: true },
    /^planned: quarantines .*; runs the shutdown .*; lifts the block of the room \(PUT block\)$/,
  ],
  ["runOn delete", {}, { runOn: "delete" }, /^planned: the change is recorded/],
  [
    "another room",
    {},
    { roomId: "!b:c" },
    /\(roomId\): the delete leaves !room:synapse.test as it is, then the create shuts !b:c down/,
  ],
  [
    "another room, block to be lifted",
    { block: true, unblockOnDelete: true, triggers: [1] },
    { roomId: unknownValue, triggers: [2] },
    /the delete lifts the block of !room:synapse.test, then the create shuts a room that is not known yet down/,
  ],
  [
    "triggers, runOn delete",
    { runOn: "delete", status: "not-run", triggers: [1] },
    { runOn: "delete", triggers: [2] },
    /the delete shuts !room:synapse.test down, since it runs on delete, then the shutdown of !room:synapse.test is recorded/,
  ],
  [
    "what is not known",
    {},
    { block: unknownValue as never },
    /^planned: decided at the apply, once block is known$/,
  ],
  [
    "a room that is not known",
    { runOn: "delete", status: "not-run" },
    { runOn: "delete", roomId: unknownValue },
    /^planned: decided at the apply, once roomId is known$/,
  ],
  [
    "triggers that are not known",
    { triggers: ["a"] },
    { triggers: [unknownValue], block: unknownValue as never },
    /^planned: decided at the apply, once triggers and block is known$/,
  ],
];

describe("what a preview says of a planned change", () => {
  for (const [name, state, declared, expected] of cases) {
    it(name, () => {
      const [olds, news] = [
        { ...done, ...state },
        { ...inputs, ...declared },
      ];
      const result = compare(olds, news, new Date(0));
      assert.equal(result.changes, true);
      assert.match(plannedLine(olds, news, result, new Date(0)), expected);
    });
  }
});
