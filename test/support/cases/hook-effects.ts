import assert from "node:assert/strict";
import { expectOk } from "../synapse/homeserver";
import { succeeded } from "../engine/scenario";
import type { Call, Stage } from "./stage";

/** One line of the table: a hook in a situation, what it does, and the calls that it makes. */
export interface HookEffect {
  readonly hook: string;
  readonly when: string;
  readonly effect: string;
  /** All calls, and no others. */
  readonly calls: readonly Call[];
  /** Brings the situation about and asserts the effect on the room. */
  readonly show: (stage: Stage) => Promise<void>;
}

const recorded =
  /the change is recorded; nothing that has happened to the room is undone or done again/;

/** The table "What each hook does" of README.md. Each line is run against the real engine and homeserver. */
export const hookEffects: readonly HookEffect[] = [
  {
    hook: "check",
    when: "a new or changed `roomId`",
    effect: "validates, fills in the defaults, shows the room, evaluates the guards",
    calls: ["whoami", "server version", "details"],
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
    calls: ["whoami", "server version", "alias", "scheduled tasks", "details"],
    show: async (stage) => {
      const { room, roomAlias } = await stage.createRoomWithAlias();
      await stage.declare(room, { roomAlias });
      assert.ok((await stage.observe(() => stage.scenario.preview())).includes(room.roomId));
    },
  },
  {
    hook: "check, diff",
    when: "nothing has changed, or only `wait`, `waitTimeoutSeconds`, `maxAttempts` or a guard",
    effect: "keeps what was reviewed; no change",
    calls: [],
    show: async (stage) => {
      const room = await stage.applied({});
      for (const args of [
        { maxAttempts: 2, waitTimeoutSeconds: 60, expect: { name: "Other" } },
        { wait: false },
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
    calls: ["whoami", "server version", "details"],
    show: async (stage) => {
      const room = await stage.applied({ purge: false, triggers: [1] });
      await stage.declare(room, { purge: false, triggers: [2] });
      const preview = await stage.observe(() => stage.scenario.preview());
      const expected = `planned: a replacement (triggers): the delete leaves ${room.roomId} as it is, then the create shuts ${room.roomId} down`;
      assert.ok(preview.includes(expected), preview);
    },
  },
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
  {
    hook: "read",
    when: "the shutdown has ended",
    effect: "compares block and room with the state; what differs is planned by the next preview",
    calls: ["whoami", "details", "block"],
    show: async (stage) => {
      const room = await stage.applied({ block: true });
      await stage.homeserver.setBlock(room.roomId, false);
      await stage.observe(() => stage.scenario.refresh());
      assert.equal(stage.outputs()["blocked"], false);
      assert.match(succeeded(await stage.scenario.preview()), /~ block *: false => true/);
    },
  },
  {
    hook: "read",
    when: "the shutdown goes on",
    effect: "gets its newest status",
    calls: ["whoami", "delete status"],
    show: async (stage) => {
      const room = await stage.applied({ wait: false }, () => stage.homeserver.createHeldRoom());
      await stage.observe(() => stage.scenario.refresh());
      assert.equal(stage.outputs()["status"], "active");
      assert.equal(await stage.isThere(room), true);
    },
  },
  {
    hook: "read",
    when: "a `runOn` delete that has not run",
    effect: "gets a fresh snapshot of the room",
    calls: ["whoami", "details"],
    show: async (stage) => {
      const room = await stage.applied({ runOn: "delete" });
      expectOk(await stage.homeserver.setState(room, "m.room.name", { name: "Renamed" }));
      await stage.observe(() => stage.scenario.refresh());
      assert.equal((stage.outputs()["room"] as { name?: string }).name, "Renamed");
      assert.match(succeeded(await stage.scenario.preview()), /2 unchanged/);
      const { inputs } = stage.scenario.resource("room");
      assert.equal((inputs["room"] as { name?: string }).name, "Renamed");
    },
  },
  {
    hook: "read",
    when: "`roomAlias`",
    effect: "says so, too, if the alias points to another room by now",
    calls: ["whoami", "alias", "details", "block"],
    show: async (stage) => {
      const { room, roomAlias } = await stage.createRoomWithAlias();
      await stage.declare(room, { roomAlias });
      succeeded(await stage.scenario.up());
      const other = await stage.homeserver.createRoom();
      expectOk(await stage.homeserver.setAlias(other, roomAlias));
      const output = await stage.observe(() => stage.scenario.refresh());
      assert.match(
        output,
        /the alias .* points to !.* now; this resource stays with the room that was reviewed/,
      );
    },
  },
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
    calls: ["whoami", "scheduled tasks", "details", "DELETE", "delete status", "block"],
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
    calls: ["whoami", "POST media/quarantine", "details", "block"],
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
    effect: "lifts the block, after the end of a shutdown that goes on",
    calls: ["whoami", "PUT block", "block"],
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
    when: "`runOn` delete or both, and the room is already gone",
    effect: "done; blocks it if that is declared",
    calls: ["whoami", "details", "PUT block"],
    show: async (stage) => {
      const room = await stage.applied({ runOn: "both", onDelete: { block: true } });
      assert.match(
        await stage.observe(() => stage.scenario.destroy()),
        /the room is already gone, and blocked/,
      );
      assert.equal(await stage.homeserver.isBlocked(room.roomId), true);
      assert.equal(await stage.tasks(room), 1);
    },
  },
];
