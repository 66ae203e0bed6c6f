import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import {
  SynapseProvider,
  SynapseRoomShutdown,
  type SynapseProviderArgs,
  type SynapseRoomShutdownArgs,
} from "pulumi-synapse";
import type { TestHomeserver } from "../support/synapse/homeserver";
import {
  Scenario,
  connectionTo,
  refused,
  succeeded,
  type Declared,
  type RunOptions,
} from "../support/engine/scenario";
import { startable } from "../support/engine/policy-pack";
import { root } from "../support/machine/paths";
import { sharedHomeserver } from "../support/synapse/shared";

/** What the program itself refuses, before anything is registered. */
describe("the program", () => {
  let homeserver: TestHomeserver;
  let scenario: Scenario | undefined;
  before(async () => (homeserver = await sharedHomeserver()));
  afterEach(() => scenario?.remove());

  /** What an `up` of a program says that declares a good shutdown before the faulty resource. */
  const refusal = async (declare: (roomId: string) => void): Promise<string> => {
    const { roomId } = await homeserver.createRoom();
    scenario = await Scenario.create(connectionTo(homeserver), {});
    scenario.run(async () => {
      declare(roomId);
      return Promise.resolve();
    });
    const output = refused(await scenario.up());
    assert.equal((await homeserver.roomDetails(roomId)).status, 200);
    assert.deepEqual(await homeserver.shutdownTasks(roomId), []);
    return output;
  };

  it("refuses no target where it is declared", async () => {
    const output = await refusal(() => new SynapseRoomShutdown("spam", {}));
    assert.match(output, /SynapseRoomShutdown "spam": it is not said which room to shut down/);
  });

  it("refuses two targets, whose values are to come, where they are declared", async () => {
    const output = await refusal(
      (roomId) =>
        new SynapseRoomShutdown("spam", {
          roomId: pulumi.output(roomId),
          roomAlias: pulumi.output("#spam:synapse.test"),
        }),
    );
    assert.match(output, /"spam": both roomId and roomAlias say which room it is/);
  });

  it("refuses an import where it is declared", async () => {
    const output = await refusal(
      (roomId) => new SynapseRoomShutdown("spam", { roomId }, { import: roomId }),
    );
    assert.match(output, /"spam": a dynamic resource can't be imported: .* set adoptDeleteId/);
  });

  it("refuses a look-up where it is declared", async () => {
    const output = await refusal(
      (roomId) => new SynapseRoomShutdown("spam", { roomId }, { id: roomId }),
    );
    assert.match(
      output,
      /"spam": a dynamic resource can't be looked up: .* getRooms .*adoptDeleteId/,
    );
  });

  it("does nothing with a resource of another kind that it takes over, and says what is wrong", async () => {
    const { roomId } = await homeserver.createRoom();
    const roomAlias = homeserver.newAlias();
    await homeserver.setAlias(await homeserver.createRoom(), roomAlias);
    const homemade = { create: () => Promise.resolve({ id: "homemade", outs: { room: "gone" } }) };
    class Homemade extends pulumi.dynamic.Resource {}
    scenario = await Scenario.create(connectionTo(homeserver), {});
    scenario.run(async () => {
      new Homemade(homemade, "spam", {});
      return Promise.resolve();
    });
    succeeded(await scenario.up());
    const aliases = [{ type: "pulumi-nodejs:dynamic:Resource" }];
    for (const args of [{ roomId }, { roomAlias }]) {
      scenario.run(async () => {
        new SynapseRoomShutdown("spam", args, { aliases });
        return Promise.resolve();
      });
      for (const output of [refused(await scenario.preview()), refused(await scenario.up())]) {
        assert.match(
          output,
          /was not written by SynapseRoomShutdown: roomId is missing, .*aliases/,
        );
        assert.doesNotMatch(output, /undefined/);
      }
    }
    assert.equal((await homeserver.roomDetails(roomId)).status, 200);
    assert.deepEqual(await homeserver.shutdownTasks(roomId), []);
  });

  it("refuses an explicit provider without arguments, with all that is missing", async () => {
    const Unchecked = SynapseProvider as new (
      name: string,
      args?: SynapseProviderArgs,
    ) => SynapseProvider;
    const output = await refusal((roomId) => {
      new SynapseRoomShutdown("spam", { roomId }, { provider: new Unchecked("eu") });
    });
    assert.match(output, /SynapseProvider "eu": homeserverUrl is missing: set it/);
    assert.match(output, /its access token is missing: set one of accessTokenEnv, accessTokenFile/);
  });

  it("refuses the path of an archive that is a secret, and does not show it", async () => {
    const archiveFile = pulumi.secret("hush.jsonl");
    const output = await refusal((roomId) => {
      new SynapseRoomShutdown("spam", { roomId, archiveFile });
    });
    assert.match(output, /SynapseRoomShutdown "spam": archiveFile can't be a secret, since/);
    assert.ok(!output.includes("hush"));
  });

  it("reads what it does not declare as the defaults, in a component and as outputs of the stack", async () => {
    const { roomId } = await homeserver.createRoom();
    class Takedown extends pulumi.ComponentResource {
      readonly shutdown: SynapseRoomShutdown;
      constructor() {
        super("test:index:Takedown", "takedown");
        this.shutdown = new SynapseRoomShutdown("spam", { roomId }, { parent: this });
        this.registerOutputs({ waits: this.shutdown.wait });
      }
    }
    scenario = await Scenario.create(connectionTo(homeserver), {});
    scenario.run(async () => {
      const { maxAttempts, runOn, message, purge, purged } = new Takedown().shutdown;
      const whole = pulumi.interpolate`${runOn}, purge ${purge}, ${message}`;
      return Promise.resolve({ maxAttempts, whole, purged });
    });
    const defaults = /maxAttempts: 1\n.*whole +: "create, purge true, undefined"/s;
    assert.match(succeeded(await scenario.preview()), defaults);
    assert.match(succeeded(await scenario.up()), defaults);
    assert.equal(scenario.outputs("spam")["purged"], true);
    assert.equal(scenario.outputs("spam")["maxAttempts"], 1);
    assert.match(succeeded(await scenario.up()), /3 unchanged/);
  });

  it("leaves to the preview what only the value of an output shows", async () => {
    const nothing = pulumi.output(undefined) as unknown as pulumi.Output<string>;
    const output = await refusal(() => new SynapseRoomShutdown("spam", { roomId: nothing }));
    assert.match(output, /resource 'spam': property roomId .*is missing: say which room/);
  });

  it("refuses a mistyped setting before it lets a room go that was to be protected", async () => {
    const { roomId } = await homeserver.createRoom();
    const typo = { "synapse:protectedRoom": { value: JSON.stringify([roomId]) } };
    const connection = connectionTo(homeserver);
    scenario = await Scenario.create({ ...connection, ...typo }, { spam: { roomId } });
    assert.match(
      refused(await scenario.up()),
      /synapse:protectedRoom is no setting of pulumi-synapse: did you mean synapse:protectedRooms\?/,
    );
    assert.equal((await homeserver.roomDetails(roomId)).status, 200);
  });

  it("refuses a token that is configured in plain text, without showing it, until it is a secret", async () => {
    const { roomId } = await homeserver.createRoom();
    const connection = connectionTo(homeserver);
    const plain = { "synapse:accessToken": { value: homeserver.adminToken } };
    scenario = await Scenario.create({ ...connection, ...plain }, { spam: { roomId } });
    const output = refused(await scenario.up());
    assert.match(
      output,
      /plain text: set it anew with `pulumi config set --secret synapse:accessToken`/,
    );
    assert.ok(!output.includes(homeserver.adminToken));
    assert.equal((await homeserver.roomDetails(roomId)).status, 200);
    await scenario.configure(connection);
    succeeded(await scenario.up());
    assert.equal((await homeserver.roomDetails(roomId)).status, 404);
  });

  it("refuses a mistyped argument of an explicit provider", async () => {
    const output = await refusal((roomId) => {
      const args = { homeserverUrl: homeserver.url, accessTokenEnv: "EU", protectedRoom: [roomId] };
      new SynapseRoomShutdown("spam", { roomId }, { provider: new SynapseProvider("eu", args) });
    });
    assert.match(output, /"eu": protectedRoom is no argument .*did you mean protectedRooms\?/);
  });

  describe("a forced replacement deletes first, and creates then", () => {
    const forced: Record<string, (urn: string) => RunOptions> = {
      "--replace": (urn) => ({ logFlow: false, ...{ replace: [urn] } }),
      "--target-replace": (urn) => ({ replace: [urn], target: [urn] }),
    };
    /** The rooms' shutdowns that each `runOn` has made after an up, and after the replacement. */
    const shutdowns = { create: [1, 2], delete: [0, 1], both: [1, 2] } as const;

    for (const [option, runOptions] of Object.entries(forced)) {
      for (const runOn of ["create", "delete", "both"] as const) {
        it(`${option} with runOn ${JSON.stringify(runOn)}`, async () => {
          const { roomId } = await homeserver.createRoom({ members: 2 });
          scenario = await Scenario.create(connectionTo(homeserver), {
            room: { roomId, runOn, purge: false, block: true },
          });
          succeeded(await scenario.up());
          const [before, after] = shutdowns[runOn];
          assert.equal((await homeserver.shutdownTasks(roomId)).length, before);
          const { urn, outputs: { deleteId: first } = {} } = scenario.resource("room");

          const output = succeeded(await scenario.up(runOptions(urn)));
          const deleted = output.search(/SynapseRoomShutdown room deleted original/);
          const created = output.search(/SynapseRoomShutdown room creat(ing|ed) replacement/);
          assert.ok(deleted >= 0 && deleted < created, output);
          const tasks = await homeserver.shutdownTasks(roomId);
          assert.equal(tasks.length, after);
          const { deleteId, status } = scenario.outputs("room");
          assert.equal(status, runOn === "delete" ? "not-run" : "complete");
          assert.notEqual(deleteId ?? "none", first);
          assert.equal(await homeserver.isBlocked(roomId), true);
          assert.match(succeeded(await scenario.up()), /2 unchanged/);
        });
      }
    }

    it("runs the shutdown on delete first, where that does more than the one before", async () => {
      const { roomId } = await homeserver.createRoom({ members: 2 });
      scenario = await Scenario.create(connectionTo(homeserver), {
        room: { roomId, runOn: "both", purge: false, block: true, onDelete: { purge: true } },
      });
      succeeded(await scenario.up());
      assert.equal((await homeserver.roomDetails(roomId)).status, 200);
      const { urn } = scenario.resource("room");
      succeeded(await scenario.up({ logFlow: false, ...{ replace: [urn] } }));
      assert.equal((await homeserver.roomDetails(roomId)).status, 404);
      assert.equal((await homeserver.shutdownTasks(roomId)).length, 3);
    });

    it("keeps the block of what is created again", async () => {
      const { roomId } = await homeserver.createRoom();
      scenario = await Scenario.create(connectionTo(homeserver), {
        room: { roomId, block: true, unblockOnDelete: true },
      });
      succeeded(await scenario.up());
      const { urn } = scenario.resource("room");
      succeeded(await scenario.up({ logFlow: false, ...{ replace: [urn] } }));
      assert.equal(await homeserver.isBlocked(roomId), true);
      assert.equal(scenario.outputs("room")["blocked"], true);
    });
  });

  describe("the example of a policy pack", () => {
    const pack = join(root, "examples", "policy");

    /** What an `up` under the policies says. */
    const underPolicies = async (declared: Declared, config: object = {}) => {
      scenario?.remove();
      scenario = await Scenario.create(connectionTo(homeserver), declared);
      const configFile = join(scenario.folder, "policies.json");
      writeFileSync(configFile, JSON.stringify(config));
      const policyPacks = [startable(pack, scenario.folder)];
      return scenario.up({ policyPacks, ...{ policyPackConfigs: [configFile] } });
    };

    it("lets pass what says which room it is and how large, and acknowledges a large one", async () => {
      const { roomId, creator } = await homeserver.createRoom({ name: "Cheap watches" });
      const expect = { name: "Cheap watches", creator: creator.userId, maxLocalMembers: 101 };
      const output = succeeded(await underPolicies({ spam: { roomId, expect } }));
      assert.match(output, /synapse-room-shutdowns/);
      assert.equal((await homeserver.roomDetails(roomId)).status, 404);
    });

    const name = "Cheap watches";
    for (const [what, args, violation] of [
      ["names nothing", { expect: { maxLocalMembers: 5 } }, /Declare the name, the canonicalAlias/],
      ["does not say how large", { expect: { name } }, /Declare expect\.maxLocalMembers: 100/],
      [
        "does not acknowledge a large room",
        { expect: { name, maxLocalMembers: 101 } },
        /more than 100\. If this is meant, acknowledge it/,
      ],
      [
        "forces a purge on delete",
        { expect: { name, maxLocalMembers: 5 }, runOn: "delete", onDelete: { forcePurge: true } },
        /forcePurge needs an exemption/,
      ],
    ] as [string, Partial<SynapseRoomShutdownArgs>, RegExp][]) {
      it(`stops a shutdown that ${what}`, async () => {
        const { roomId } = await homeserver.createRoom({ name });
        const output = refused(await underPolicies({ spam: { roomId, ...args } }));
        assert.match(output, violation);
        const violated = new Set(output.match(/(?<=\[mandatory\] +)\S+/g));
        assert.equal(violated.size, 1, [...violated].join(" "));
        assert.equal((await homeserver.roomDetails(roomId)).status, 200);
      });
    }

    it("lets a forced purge pass where the room is exempt", async () => {
      const { roomId } = await homeserver.createRoom({ name });
      const expect = { name, maxLocalMembers: 5 };
      const spam = { roomId, expect, forcePurge: true };
      const exempt = (exemptRooms: string[]) => ({ "no-force-purge": { exemptRooms } });
      refused(await underPolicies({ spam }, exempt(["!other:synapse.test"])));
      succeeded(await underPolicies({ spam }, exempt([roomId])));
      assert.equal((await homeserver.roomDetails(roomId)).status, 404);
    });
  });
});
