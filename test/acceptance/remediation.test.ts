import assert from "node:assert/strict";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { SynapseRoomShutdown, type SynapseRoomShutdownArgs } from "pulumi-synapse";
import { remediation } from "../support/engine/policy-pack";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";
import type { TestHomeserver, TestRoom } from "../support/synapse/homeserver";
import { sharedHomeserver } from "../support/synapse/shared";

/** Policies that remediate change the inputs after check, and the engine asks check no more. */
describe("what changes after the review", () => {
  let homeserver: TestHomeserver;
  let scenario: Scenario;
  before(async () => (homeserver = await sharedHomeserver()));
  afterEach(() => {
    scenario.remove();
  });

  const begin = async (args: Partial<SynapseRoomShutdownArgs>): Promise<TestRoom> => {
    const room = await homeserver.createRoom({ members: 2 });
    const declared = { room: { roomId: room.roomId, ...args } as SynapseRoomShutdownArgs };
    scenario = await Scenario.create(connectionTo(homeserver), declared);
    return room;
  };
  /** With a policy pack that lays these values over the inputs of the shutdown. */
  const under = (values: object) => ({ policyPacks: [remediation(scenario.folder, values)] });
  const tasksOf = async (roomId: string) => (await homeserver.shutdownTasks(roomId)).length;
  const isUntouched = async ({ roomId }: TestRoom) => {
    const { status, body } = await homeserver.roomDetails(roomId);
    assert.deepEqual([status, body["joined_local_members"]], [200, 2]);
    assert.equal(await tasksOf(roomId), 0);
    assert.equal(await homeserver.isBlocked(roomId), false);
  };

  for (const [name, values] of Object.entries({
    purge: { purge: true },
    block: { block: true },
    message: { newRoomUserId: "@a:synapse.test", message: "secret words" },
    runOn: { runOn: "both" },
    triggers: { triggers: [2] },
  })) {
    it(`stops the create: ${name}`, async () => {
      const room = await begin({ purge: false, triggers: [1] });
      const output = refused(await scenario.up(under(values)));
      const properties = Object.keys(values).sort().join(", ");
      assert.match(
        output,
        new RegExp(`Changed after the review: ${properties}. This step did nothing`),
      );
      assert.equal(scenario.has("room"), false);
      await isUntouched(room);
    });
  }

  it("stops the create for another room than the one that was reviewed", async () => {
    const [reviewed, other] = [await begin({}), await homeserver.createRoom({ members: 2 })];
    const output = refused(await scenario.up(under({ roomId: other.roomId })));
    assert.match(output, /Changed after the review: roomId. This step did nothing/);
    await isUntouched(reviewed);
    await isUntouched(other);
  });

  it("stops the create for a value that is not valid", async () => {
    const room = await begin({});
    const output = refused(await scenario.up(under({ waitTimeoutSeconds: "soon" })));
    assert.match(output, /Changed after the review: waitTimeoutSeconds must be a whole number/);
    await isUntouched(room);
  });

  it("stops the create although the plan holds, which knows nothing of it", async () => {
    const room = await begin({ purge: false });
    const plan = join(scenario.folder, "plan.json");
    succeeded(await scenario.preview({ plan }));
    const output = refused(await scenario.up({ plan, ...under({ purge: true }) }));
    assert.match(output, /Changed after the review: purge/);
    await isUntouched(room);
  });

  it("fails the preview of an update and of a replacement, and an up before anything is deleted", async () => {
    const room = await begin({ runOn: "delete", triggers: [1] });
    succeeded(await scenario.up());
    const stops = async (properties: string) => {
      const says = new RegExp(`Changed after the review: ${properties}. This step did nothing`);
      assert.match(refused(await scenario.preview(under({ purge: false }))), says);
      assert.match(refused(await scenario.up(under({ purge: false }))), says);
      await isUntouched(room);
    };
    await stops("purge");
    scenario.declare({ room: { roomId: room.roomId, runOn: "delete", triggers: [2] } });
    await stops("purge");
  });

  it("stops an up that refreshes before anything is deleted, where another room is declared by now", async () => {
    const [before, after] = [
      await begin({ runOn: "delete" }),
      await homeserver.createRoom({ members: 2 }),
    ];
    succeeded(await scenario.up());
    scenario.declare({ room: { roomId: after.roomId, runOn: "delete" } });
    const refresh: object = { refresh: true };
    const planned = succeeded(await scenario.preview({ ...refresh }));
    assert.match(planned, /planned: a replacement \(roomId\): the delete shuts .* down/);
    const output = refused(await scenario.up({ ...refresh, ...under({ purge: false }) }));
    assert.match(output, /Changed after the review: purge/);
    await isUntouched(before);
    await isUntouched(after);
  });

  it("lets nothing be purged that the program keeps by ignoreChanges, which a replacement knows nothing of", async () => {
    const room = await begin({ purge: false, triggers: [1] });
    succeeded(await scenario.up());
    const kept = async () => {
      assert.equal((await homeserver.roomDetails(room.roomId)).status, 200);
      assert.equal(await tasksOf(room.roomId), 1);
    };
    const declare = (purge: boolean, wave: number) => {
      scenario.run(async () => {
        const args = { roomId: room.roomId, purge, triggers: [wave] };
        new SynapseRoomShutdown("room", args, { ignoreChanges: ["purge"] });
        return Promise.resolve();
      });
    };
    declare(true, 1);
    assert.match(succeeded(await scenario.up()), /2 unchanged/);
    declare(true, 2);
    const says = /property purge .*would change with the replacement, since ignoreChanges/;
    assert.match(refused(await scenario.preview()), says);
    assert.match(refused(await scenario.up()), says);
    await kept();
    declare(false, 2);
    succeeded(await scenario.up());
    assert.equal((await homeserver.roomDetails(room.roomId)).status, 200);
    assert.equal(await tasksOf(room.roomId), 2);
  });

  it("shuts down no other room than the one that the program keeps by ignoreChanges", async () => {
    const [reviewed, other] = [await begin({}), await homeserver.createRoom({ members: 2 })];
    const declare = ({ roomId }: TestRoom, wave: number) => {
      scenario.run(async () => {
        const args = { roomId, purge: false, triggers: [wave] };
        new SynapseRoomShutdown("room", args, { ignoreChanges: ["roomId"] });
        return Promise.resolve();
      });
    };
    declare(reviewed, 1);
    succeeded(await scenario.up());
    declare(other, 1);
    assert.match(succeeded(await scenario.up()), /2 unchanged/);
    declare(other, 2);
    const says = /property roomId .*would change with the replacement, since ignoreChanges/;
    assert.match(refused(await scenario.preview()), says);
    assert.match(refused(await scenario.up()), says);
    assert.equal(await tasksOf(reviewed.roomId), 1);
    await isUntouched(other);
  });

  it("may be what decides nothing about the room, in a create, an update and a replacement", async () => {
    const room = await begin({ purge: false, triggers: [1] });
    const policy = under({ waitTimeoutSeconds: 1800, maxAttempts: 2 });
    succeeded(await scenario.up(policy));
    assert.equal(scenario.outputs("room")["waitTimeoutSeconds"], 1800);
    assert.match(succeeded(await scenario.up(policy)), /2 unchanged/);
    scenario.declare({ room: { roomId: room.roomId, purge: false, block: true, triggers: [1] } });
    succeeded(await scenario.up(policy));
    assert.equal(await homeserver.isBlocked(room.roomId), true);
    scenario.declare({ room: { roomId: room.roomId, block: true, triggers: [2] } });
    succeeded(await scenario.up(policy));
    assert.equal((await homeserver.roomDetails(room.roomId)).status, 404);
    assert.equal(await tasksOf(room.roomId), 2);
  });

  it("is nothing in an operation that the engine leads here in another way, under a policy that changes nothing", async () => {
    const room = await begin({ purge: false, triggers: [1] });
    const up = async (options: object = {}) =>
      succeeded(await scenario.up({ ...under({}), ...options }));
    await up();
    const declare = (name: string, args: Partial<SynapseRoomShutdownArgs>, aliases: string[]) => {
      scenario.run(async () => {
        const declared = { roomId: room.roomId, purge: false, triggers: [1], ...args };
        const opts = { aliases: aliases.map((alias) => ({ name: alias })) };
        const first = new SynapseRoomShutdown(name, declared, opts);
        const later = { roomId: first.roomId, purge: false, runOn: "delete" };
        new SynapseRoomShutdown("later", later as SynapseRoomShutdownArgs);
        return Promise.resolve();
      });
    };
    declare("moved", { block: true }, ["room"]);
    await up({ refresh: true });
    assert.equal(await homeserver.isBlocked(room.roomId), true);
    const moved = scenario.resource("moved").urn;
    assert.equal(await tasksOf(room.roomId), 1);
    await up({ replace: [moved] });
    assert.equal(await tasksOf(room.roomId), 2);
    declare("moved", { triggers: [2] }, []);
    await up({ target: [moved] });
    assert.equal(await tasksOf(room.roomId), 3);
    declare("moved", { triggers: [3], block: true }, []);
    await up({ target: [moved], targetDependents: true });
    assert.equal(await tasksOf(room.roomId), 4);
    assert.equal((await homeserver.roomDetails(room.roomId)).status, 200);
  });

  it("is nothing where the engine writes the same values in another way", async () => {
    const { roomId } = await homeserver.createRoom();
    scenario = await Scenario.create(connectionTo(homeserver), {});
    const declare = (wave: number) => {
      scenario.run(async () => {
        const secret = pulumi.secret({ b: null, a: ["x", wave] });
        const triggers = [null, secret, new pulumi.asset.StringAsset("text")];
        const expect = pulumi.secret({ maxLocalMembers: 1 });
        new SynapseRoomShutdown("room", { roomId, expect, purge: false, triggers });
        return Promise.resolve();
      });
    };
    declare(1);
    succeeded(await scenario.up());
    declare(2);
    succeeded(await scenario.up());
    assert.equal(await tasksOf(roomId), 2);
    assert.match(succeeded(await scenario.up()), /2 unchanged/);
  });
});
