import assert from "node:assert/strict";
import { succeeded } from "../../engine/scenario";
import { expectOk } from "../../synapse/requests";
import type { HookEffect } from "./hook-effect";

/** What read does. */
export const readEffects: readonly HookEffect[] = [
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
    calls: ["whoami", "details", "members"],
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
      await stage.homeserver.setAlias(other, roomAlias);
      const output = await stage.observe(() => stage.scenario.refresh());
      assert.match(
        output,
        /the alias .* points to !.* now; this resource stays with the room that was reviewed/,
      );
    },
  },
];
