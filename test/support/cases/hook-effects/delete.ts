import assert from "node:assert/strict";
import { join } from "node:path";
import { readArchive } from "../../archive/archive";
import type { HookEffect } from "./hook-effect";

/** What delete does. */
export const deleteEffects: readonly HookEffect[] = [
  {
    hook: "delete",
    when: "`runOn` create",
    effect: "nothing; says what stays, or that a shutdown that goes on can't be cancelled",
    calls: [],
    show: async (stage) => {
      const room = await stage.applied({ block: true });
      assert.match(
        await stage.observe(() => stage.scenario.destroy()),
        /the room stays purged and blocked/,
      );
      assert.equal(await stage.homeserver.isBlocked(room.roomId), true);
    },
  },
  {
    hook: "delete",
    when: "`unblockOnDelete`",
    effect: "lifts the block if it is its own, after the end of a shutdown that goes on",
    calls: ["whoami", "block", "scheduled tasks", "PUT block"],
    show: async (stage) => {
      const room = await stage.applied({ block: true, unblockOnDelete: true });
      const output = await stage.observe(() => stage.scenario.destroy());
      assert.match(output, /no longer blocked \(unblockOnDelete\).*the room stays purged \(/);
      assert.equal(await stage.homeserver.isBlocked(room.roomId), false);
    },
  },
  {
    hook: "delete",
    when: "`runOn` delete or both",
    effect:
      "checks the guards, runs the shutdown with `onDelete` laid over the options, waits, checks the room",
    calls: ["whoami", "details", "scheduled tasks", "DELETE", "delete status", "block"],
    show: async (stage) => {
      const room = await stage.applied({ runOn: "delete", onDelete: { block: true } });
      await stage.observe(() => stage.scenario.destroy());
      assert.equal(await stage.isThere(room), false);
      assert.equal(await stage.homeserver.isBlocked(room.roomId), true);
    },
  },
  {
    hook: "delete",
    when: "`runOn` delete or both, and `archiveFile`",
    effect: "the same, after it has written the archive",
    calls: [
      "whoami",
      "details",
      "scheduled tasks",
      "whole state",
      "members",
      "events",
      "DELETE",
      "delete status",
      "block",
    ],
    show: async (stage) => {
      const room = await stage.applied({ runOn: "delete", archiveFile: "room.jsonl.gz" });
      await stage.observe(() => stage.scenario.destroy());
      readArchive(join(stage.scenario.folder, "room.jsonl.gz"));
      assert.equal(await stage.isThere(room), false);
    },
  },
  {
    hook: "delete",
    when: "`runOn` delete or both, and the room is already gone",
    effect: "done; blocks it if that is declared",
    calls: ["whoami", "details", "PUT block"],
    show: async (stage) => {
      const room = await stage.applied({ runOn: "both", onDelete: { block: true } });
      assert.match(
        await stage.observe(() => stage.scenario.destroy()),
        /the homeserver no longer has the room: no shutdown runs; it is blocked/,
      );
      assert.equal(await stage.homeserver.isBlocked(room.roomId), true);
      assert.equal(await stage.tasks(room), 1);
    },
  },
];
