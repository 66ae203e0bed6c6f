import assert from "node:assert/strict";
import type { HookEffect } from "./hook-effect";

/** What check and diff do. */
export const checkEffects: readonly HookEffect[] = [
  {
    hook: "check",
    when: "a new or changed `roomId`",
    effect: "validates, fills in the defaults, shows the room, evaluates the guards",
    calls: ["whoami", "scheduled tasks", "details", "members"],
    show: async (stage) => {
      const room = await stage.homeserver.createRoom({ name: "Cheap watches" });
      await stage.declare(room, {});
      assert.match(await stage.observe(() => stage.scenario.preview()), /name *: "Cheap watches"/);
    },
  },
  {
    hook: "check",
    when: "a new or changed `roomAlias`",
    effect: "the same, for the room that the alias points to",
    calls: ["whoami", "scheduled tasks", "alias", "details", "members"],
    show: async (stage) => {
      const { room, roomAlias } = await stage.createRoomWithAlias();
      await stage.declare(room, { roomAlias });
      assert.ok((await stage.observe(() => stage.scenario.preview())).includes(room.roomId));
    },
  },
  {
    hook: "check",
    when: "the same, with `unblockOnDelete`",
    effect: "says, too, who has blocked the room already",
    calls: ["whoami", "scheduled tasks", "details", "members", "block"],
    show: async (stage) => {
      const room = await stage.homeserver.createRoom();
      await stage.homeserver.setBlock(room.roomId, true);
      await stage.declare(room, { block: true, unblockOnDelete: true });
      assert.match(
        await stage.observe(() => stage.scenario.preview()),
        /it is blocked already, by/,
      );
    },
  },
  {
    hook: "check, diff",
    when: "nothing has changed, or only `archiveFile`, `wait`, `waitTimeoutSeconds`, `maxAttempts` or a guard",
    effect: "keeps what was reviewed; no change",
    calls: [],
    show: async (stage) => {
      const room = await stage.applied({});
      for (const args of [
        { maxAttempts: 2, waitTimeoutSeconds: 60, expect: { name: "Other" } },
        { wait: false, archiveFile: "other.jsonl" },
      ]) {
        await stage.declare(room, args);
        assert.match(await stage.observe(() => stage.scenario.up()), /2 unchanged/);
      }
    },
  },
  {
    hook: "diff",
    when: "another `roomId`, another homeserver, changed `triggers`",
    effect: "plans a replacement: delete, then create",
    calls: ["whoami", "scheduled tasks", "details", "state", "members"],
    show: async (stage) => {
      const room = await stage.applied({ purge: false, triggers: [1] });
      await stage.declare(room, { purge: false, triggers: [2] });
      const preview = await stage.observe(() => stage.scenario.preview());
      const expected = `planned: a replacement (triggers): the delete leaves ${room.roomId} as it is, then the create shuts ${room.roomId} down`;
      assert.ok(preview.includes(expected), preview);
    },
  },
];
