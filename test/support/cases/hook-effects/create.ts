import assert from "node:assert/strict";
import { join } from "node:path";
import { readArchive } from "../../archive/archive";
import type { HookEffect } from "./hook-effect";

/** What create does. */
export const createEffects: readonly HookEffect[] = [
  {
    hook: "create",
    when: "`runOn` create or both",
    effect: "takes over or starts the shutdown, waits, checks the room",
    calls: ["scheduled tasks", "details", "DELETE", "delete status", "block"],
    show: async (stage) => {
      const room = await stage.homeserver.createRoom();
      await stage.declare(room, {});
      await stage.observe(() => stage.scenario.up());
      assert.equal(await stage.isThere(room), false);
    },
  },
  {
    hook: "create",
    when: "`runOn` delete",
    effect: "records that the delete hook will run it",
    calls: [],
    show: async (stage) => {
      const room = await stage.homeserver.createRoom();
      await stage.declare(room, { runOn: "delete" });
      await stage.observe(() => stage.scenario.up());
      assert.equal(stage.outputs()["status"], "not-run");
      assert.equal(await stage.tasks(room), 0);
    },
  },
  {
    hook: "create",
    when: "`adoptDeleteId`",
    effect: "takes that shutdown over, waits, checks the room; starts nothing",
    calls: ["scheduled tasks", "delete status", "details", "block"],
    show: async (stage) => {
      const room = await stage.homeserver.createRoom();
      const adoptDeleteId = await stage.homeserver.shutDown(room.roomId, {});
      await stage.declare(room, { adoptDeleteId });
      await stage.observe(() => stage.scenario.up());
      assert.deepEqual(
        [stage.outputs()["deleteId"], stage.outputs()["purged"]],
        [adoptDeleteId, true],
      );
      assert.equal(await stage.tasks(room), 1);
    },
  },
  {
    hook: "create",
    when: "`archiveFile`",
    effect:
      "writes the archive after the guards, and holds them and the tasks against the room once more",
    calls: [
      "scheduled tasks",
      "details",
      "whole state",
      "members",
      "events",
      "DELETE",
      "delete status",
      "block",
    ],
    show: async (stage) => {
      const room = await stage.homeserver.createRoom({ members: 2 });
      await stage.declare(room, { archiveFile: "room.jsonl" });
      await stage.observe(() => stage.scenario.up());
      const { members } = readArchive(join(stage.scenario.folder, "room.jsonl"));
      assert.equal(members.length, 2);
      assert.equal(await stage.isThere(room), false);
    },
  },
  {
    hook: "create",
    when: "`quarantineMedia`",
    effect: "quarantines the media first, and tells how many",
    calls: [
      "scheduled tasks",
      "details",
      "POST media/quarantine",
      "DELETE",
      "delete status",
      "block",
    ],
    show: async (stage) => {
      const room = await stage.homeserver.createRoom();
      const media = await stage.homeserver.sendMedia(room);
      assert.equal(await stage.homeserver.canDownload(room.creator, media), true);
      await stage.declare(room, { quarantineMedia: true });
      await stage.observe(() => stage.scenario.up());
      assert.equal(stage.outputs()["quarantinedMedia"], 1);
      assert.equal(await stage.homeserver.canDownload(room.creator, media), false);
      assert.equal(await stage.isThere(room), false);
    },
  },
];
