import assert from "node:assert/strict";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { SynapseRoomShutdown, type SynapseRoomShutdownArgs } from "pulumi-synapse";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";
import type { TestHomeserver, TestRoom } from "../support/synapse/homeserver";
import { expectOk } from "../support/synapse/requests";
import { ownHomeserver } from "../support/synapse/shared";

/** The default display, which is what most users see. */
const byDefault = { diff: false };

describe("what a user is told", () => {
  let homeserver: TestHomeserver;
  let scenario: Scenario;
  before(async () => (homeserver = await ownHomeserver()));
  afterEach(() => {
    scenario.remove();
  });

  /** The log lines about a room, as the engine shows them under Diagnostics. */
  const linesAbout = (output: string, roomId: string) =>
    output.split("\n").filter((line) => line.startsWith(`    ${roomId}: `));

  describe("in the default preview", () => {
    it("begins with the room's name and alias", async () => {
      const room = await homeserver.createRoom({ name: "Cheap watches" });
      const alias = homeserver.newAlias();
      await homeserver.setAlias(room, alias);
      expectOk(await homeserver.setState(room, "m.room.canonical_alias", { alias }));
      scenario = await Scenario.create(connectionTo(homeserver), { room: { roomAlias: alias } });
      const output = succeeded(await scenario.preview(byDefault));
      assert.ok(
        output.includes(`"Cheap watches" (${alias}, ${room.roomId}): warning: on synapse.test, `),
        output,
      );
    });

    it("shows nothing of a name that would break, turn round, hide or colour the line", async () => {
      const name = `ok\u202e\u200b\n<{%fg 1%}>\u001b[31m${"x".repeat(300)}`;
      const { roomId } = await homeserver.createRoom({ name });
      scenario = await Scenario.create(connectionTo(homeserver), {
        room: { roomId, expect: { name: "Other" } },
        unexpected: { roomId },
      });
      const output = refused(await scenario.preview(byDefault));
      for (const hidden of ["\u202e", "\u200b", "\u001b", "<{%fg"]) {
        assert.ok(!output.includes(hidden), output);
      }
      assert.ok(!output.includes("x".repeat(120)), output);
    });

    it("tells of a space that its rooms stay", async () => {
      const { roomId } = await homeserver.createRoom({
        name: "Spam space",
        creation_content: { type: "m.space" },
      });
      scenario = await Scenario.create(connectionTo(homeserver), { room: { roomId } });
      const output = succeeded(await scenario.preview(byDefault));
      assert.ok(output.includes(`space "Spam space" (${roomId}): `), output);
      assert.match(output, /it is a space: the rooms in it stay/);
    });

    it("says when it will happen", async () => {
      const { roomId } = await homeserver.createRoom();
      scenario = await Scenario.create(connectionTo(homeserver), {
        room: { roomId, runOn: "delete" },
      });
      const onDelete = succeeded(await scenario.preview(byDefault));
      assert.match(onDelete, /when this resource is deleted: 1 local member will be removed/);
      scenario.declare({ room: { roomId, purge: false, runOn: "both" } });
      const both = succeeded(await scenario.preview(byDefault));
      assert.match(
        both,
        /on synapse\.test, 1 local member will be removed; .*shut down again when/,
      );
    });

    it("says that a target which is not known yet was not reviewed", async () => {
      const { roomId } = await homeserver.createRoom();
      scenario = await Scenario.create(connectionTo(homeserver), {});
      scenario.run(() => {
        const first = new SynapseRoomShutdown("first", { roomId, purge: false });
        const later = first.deleteId.apply((deleteId) => (deleteId === "" ? "" : roomId));
        new SynapseRoomShutdown("second", { roomId: pulumi.output(later), purge: false });
        return Promise.resolve(undefined);
      });
      const output = succeeded(await scenario.preview(byDefault));
      assert.match(output, /known at the apply only\. No room was reviewed and no guard evaluated/);
    });

    it("refuses two resources of one room that contradict each other, naming both", async () => {
      const { roomId } = await homeserver.createRoom();
      scenario = await Scenario.create(connectionTo(homeserver), {
        one: { roomId, purge: false },
        other: { roomId, block: true },
      });
      assert.match(
        refused(await scenario.preview(byDefault)),
        /SynapseRoomShutdown "other": "one" shuts the same room down with other options \(block, purge\)/,
      );
      assert.deepEqual(await homeserver.shutdownTasks(roomId), []);
    });

    it("refuses them where only the homeserver tells that they do, naming room and options", async () => {
      const room = await homeserver.createRoom();
      const roomAlias = homeserver.newAlias();
      await homeserver.setAlias(room, roomAlias);
      scenario = await Scenario.create(connectionTo(homeserver), {
        one: { roomId: room.roomId, purge: false },
        other: { roomAlias, block: true },
      });
      assert.match(
        refused(await scenario.preview(byDefault)),
        /Another resource of this program shuts !\S+ down with other options \((block, purge|purge, block)\)/,
      );
      assert.deepEqual(await homeserver.shutdownTasks(room.roomId), []);
    });

    it("says that a shutdown is running, as a killed up leaves one", async () => {
      const room = await homeserver.createHeldRoom();
      const path = `/_synapse/admin/v2/rooms/${encodeURIComponent(room.roomId)}`;
      const { body } = await homeserver.admin("DELETE", path, { purge: true });
      const deleteId = String(body["delete_id"]);
      scenario = await Scenario.create(connectionTo(homeserver), { room: { roomId: room.roomId } });
      const line = new RegExp(
        `a shutdown of it is running already \\(delete_id ${deleteId}\\) and will be taken over; `,
      );
      assert.match(succeeded(await scenario.preview(byDefault)), line);
      const meanwhile = { says: /takes over the shutdown/, act: room.letGo };
      succeeded(await scenario.up({ meanwhile }));
      assert.equal(scenario.outputs("room")["deleteId"], deleteId);
    });
  });

  it("an apply ends with what happened, in no more than two lines for a room", async () => {
    const { roomId } = await homeserver.createRoom({ members: 2 });
    scenario = await Scenario.create(connectionTo(homeserver), { room: { roomId, block: true } });
    const lines = linesAbout(succeeded(await scenario.up()), roomId);
    assert.match(
      lines.at(-1) ?? "",
      /: done in [\d.]+ s: 2 local users removed, blocked, purged \(delete_id \w+\)/,
    );
    assert.equal(lines.length, 2, lines.join("\n"));
  });

  it("a refresh says how a shutdown has ended that nobody waited for, and plans nothing", async () => {
    const room = await homeserver.createHeldRoom();
    const { roomId } = room;
    scenario = await Scenario.create(connectionTo(homeserver), { room: { roomId, wait: false } });
    assert.match(succeeded(await scenario.up()), /shutdown started, delete_id/);
    room.letGo();
    await homeserver.shutdownsEnd(roomId);
    await homeserver.setBlock(roomId, true);
    const output = succeeded(await scenario.refresh());
    assert.match(output, /the shutdown has ended: complete/);
    assert.doesNotMatch(output, /planned:/);
  });

  it("a failure of a refresh shows no stack, and says the remedy after a full stop", async () => {
    const declared = Object.fromEntries(
      await Promise.all(
        [1, 2, 3, 4, 5].map(async (i) => {
          const { roomId } = await homeserver.createRoom();
          return [`room-${i}`, { roomId }] as const;
        }),
      ),
    );
    scenario = await Scenario.create(connectionTo(homeserver), declared);
    succeeded(await scenario.up());
    scenario.setEnv({ SYNAPSE_ACCESS_TOKEN: "syt_wrong" });
    const output = refused(await scenario.refresh());
    assert.doesNotMatch(output, /^\s+at .*(provider|dist|node_modules)/m);
    assert.match(output, /401 M_UNKNOWN_TOKEN: .*\. The access token is mistyped/);
  });

  it("no value that the program marks as secret is in what is printed, in no operation", async () => {
    const other = await homeserver.createRoom({ members: 2 });
    const room = await homeserver.createRoom({ members: 2, name: "Known to all" });
    const owner = await homeserver.createUser();
    const secrets = {
      name: "hush-name",
      roomName: "hush-room",
      message: "hush-message",
      trigger: "hush-trigger",
      unknownId: `!hushRoomId:${homeserver.serverName}`,
      alias: `#hush-alias:${homeserver.serverName}`,
      owner: owner.userId,
      nobody: `@hush-nobody:${homeserver.serverName}`,
      deleteId: "hushDeleteId",
    };
    let printed = "";
    const declares = (args: Record<string, unknown>) => {
      scenario.run(() => {
        const secret = Object.entries(args).map(([name, value]) => [name, pulumi.secret(value)]);
        new SynapseRoomShutdown("room", Object.fromEntries(secret) as SynapseRoomShutdownArgs);
        return Promise.resolve(undefined);
      });
    };
    const runs = async (...operations: ("preview" | "up" | "refresh" | "destroy")[]) => {
      for (const operation of operations) printed += (await scenario[operation]()).output;
    };
    scenario = await Scenario.create(connectionTo(homeserver), {});
    const { roomId } = room;
    for (const wrong of [
      { roomId: secrets.unknownId },
      { roomAlias: secrets.alias },
      { roomId, expect: { name: secrets.name, creator: secrets.nobody } },
      { roomId, newRoomUserId: secrets.nobody },
      { roomId, adoptDeleteId: secrets.deleteId },
      { roomId: secrets.name, message: secrets.message, runOn: secrets.trigger },
    ]) {
      declares(wrong);
      await runs("preview", "up");
    }
    const notice = { newRoomUserId: secrets.owner, roomName: secrets.roomName };
    declares({ roomId, ...notice, message: secrets.message, triggers: [secrets.trigger] });
    await runs("preview", "up", "refresh", "preview");
    declares({ roomId: other.roomId, ...notice, runOn: "both", purge: false });
    await runs("preview", "up", "refresh", "destroy");
    for (const [what, value] of Object.entries(secrets)) {
      assert.ok(!printed.includes(value), `${what} is printed:\n${printed}`);
    }
  });

  describe("a plan", () => {
    /** Reviews a room with `--save-plan`, lets something happen, and applies the plan. */
    const applyPlan = async (happens: (room: TestRoom) => Promise<unknown>) => {
      const room = await homeserver.createRoom({ name: "Planned" });
      const env = { PULUMI_EXPERIMENTAL: "true" };
      const declared = { room: { roomId: room.roomId } };
      scenario = await Scenario.create(connectionTo(homeserver), declared, env);
      const plan = join(scenario.folder, "plan.json");
      succeeded(await scenario.preview({ plan }));
      await happens(room);
      const run = await scenario.up({ plan });
      const { status } = await homeserver.roomDetails(room.roomId);
      return { run, isThere: status === 200 };
    };

    it("holds where somebody has joined the room since", async () => {
      const { run, isThere } = await applyPlan(async ({ roomId }) =>
        expectOk(await homeserver.join(await homeserver.createUser(), roomId)),
      );
      succeeded(run);
      assert.equal(isThere, false);
    });

    it("is violated where the room was renamed since", async () => {
      const { run, isThere } = await applyPlan(async (room) =>
        expectOk(await homeserver.setState(room, "m.room.name", { name: "Renamed" })),
      );
      assert.match(refused(run), /violates plan/);
      assert.equal(isThere, true);
    });
  });
});
