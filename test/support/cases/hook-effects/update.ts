import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { succeeded } from "../../engine/scenario";
import type { HookEffect } from "./hook-effect";

const recorded =
  /the change is recorded; nothing that has happened to the room is undone or done again/;

/** What update does. */
export const updateEffects: readonly HookEffect[] = [
  {
    hook: "update",
    when: "changed `block`, or a block that a refresh has found lifted",
    effect: "blocks or unblocks the room",
    calls: ["whoami", "PUT block", "details", "block"],
    show: async (stage) => {
      const room = await stage.applied({ block: true });
      await stage.declare(room, { block: false });
      assert.match(
        succeeded(await stage.scenario.preview()),
        /planned: lifts the block of the room \(PUT block\)/,
      );
      await stage.observe(() => stage.scenario.up());
      assert.equal(await stage.homeserver.isBlocked(room.roomId), false);
      assert.equal(await stage.tasks(room), 1);
    },
  },
  {
    hook: "update",
    when: "`purge` turned on, the last shutdown failed, or somebody is in the room",
    effect: "runs the shutdown again, with a new `deleteId`",
    calls: [
      "whoami",
      "scheduled tasks",
      "details",
      "state",
      "members",
      "DELETE",
      "delete status",
      "block",
    ],
    show: async (stage) => {
      const room = await stage.applied({ purge: false });
      const { deleteId } = stage.outputs();
      await stage.declare(room, {});
      assert.match(
        succeeded(await stage.scenario.preview()),
        /planned: runs the shutdown .* which is to be purged/,
      );
      await stage.observe(() => stage.scenario.up());
      assert.equal(await stage.isThere(room), false);
      assert.notEqual(stage.outputs()["deleteId"], deleteId);
    },
  },
  {
    hook: "update",
    when: "the time of `purgeAfterSeconds` is over",
    effect: "purges the room by a shutdown of its own, with a new `deleteId`",
    calls: [
      "whoami",
      "scheduled tasks",
      "details",
      "state",
      "members",
      "DELETE",
      "delete status",
      "block",
    ],
    show: async (stage) => {
      const room = await stage.applied({ purgeAfterSeconds: 3600 });
      const { deleteId, purgeDueAt } = stage.outputs();
      await stage.declare(room, { purgeAfterSeconds: 1 });
      const dueMs = Date.parse(String(purgeDueAt)) - 3_599_000;
      while (Date.now() < dueMs) await sleep(dueMs - Date.now());
      assert.match(
        succeeded(await stage.scenario.preview()),
        /planned: purges the room, due since /,
      );
      await stage.observe(() => stage.scenario.up());
      assert.equal(await stage.isThere(room), false);
      assert.deepEqual(stage.outputs()["previousDeleteIds"], [deleteId]);
    },
  },
  {
    hook: "update",
    when: "`runOn` changed from delete to create or both",
    effect: "runs the shutdown now",
    calls: ["whoami", "scheduled tasks", "details", "DELETE", "delete status", "block"],
    show: async (stage) => {
      const room = await stage.applied({ runOn: "delete" });
      await stage.declare(room, { runOn: "both" });
      assert.match(
        succeeded(await stage.scenario.preview()),
        /planned: runs the shutdown .*since it has not run yet/,
      );
      await stage.observe(() => stage.scenario.up());
      assert.equal(await stage.isThere(room), false);
    },
  },
  {
    hook: "update",
    when: "an unfinished shutdown",
    effect: "goes on waiting for it, checks the room",
    calls: ["whoami", "scheduled tasks", "delete status", "details", "block"],
    show: async (stage) => {
      const room = await stage.homeserver.createHeldRoom();
      await stage.applied({ wait: false }, () => Promise.resolve(room));
      await stage.declare(room, {});
      assert.match(
        succeeded(await stage.scenario.preview()),
        /planned: waits for the shutdown that was started/,
      );
      const meanwhile = { says: /room updating/, act: room.letGo };
      await stage.observe(() => stage.scenario.up({ meanwhile }));
      assert.equal(stage.outputs()["status"], "complete");
      assert.equal(await stage.tasks(room), 1);
    },
  },
  {
    hook: "update",
    when: "`quarantineMedia` turned on, and the room is still there",
    effect: "quarantines the media",
    calls: ["whoami", "POST media/quarantine", "details", "block", "members"],
    show: async (stage) => {
      const room = await stage.homeserver.createRoom();
      const media = await stage.homeserver.sendMedia(room);
      assert.equal(await stage.homeserver.canDownload(room.creator, media), true);
      await stage.applied({ purge: false }, () => Promise.resolve(room));
      await stage.declare(room, { purge: false, quarantineMedia: true });
      assert.match(
        succeeded(await stage.scenario.preview()),
        /planned: quarantines the media of the room/,
      );
      await stage.observe(() => stage.scenario.up());
      assert.equal(stage.outputs()["quarantinedMedia"], 1);
      assert.equal(await stage.homeserver.canDownload(room.creator, media), false);
      assert.equal(await stage.tasks(room), 1);
    },
  },
  {
    hook: "update",
    when: "`purge` turned off after a purge; `message`, `roomName`, `newRoomUserId` or another argument changed",
    effect: "records it, and says that nothing was undone or done again",
    calls: ["whoami", "details", "block"],
    show: async (stage) => {
      const room = await stage.applied({});
      const newRoomUserId = room.creator.userId;
      await stage.declare(room, {
        purge: false,
        newRoomUserId,
        roomName: "Closed",
        message: "Closed.",
      });
      assert.match(succeeded(await stage.scenario.preview()), recorded);
      assert.match(await stage.observe(() => stage.scenario.up()), recorded);
      assert.equal(stage.outputs()["message"], "Closed.");
      assert.equal(await stage.tasks(room), 1);
    },
  },
];
