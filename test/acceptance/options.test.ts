import assert from "node:assert/strict";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import { SynapseRoomShutdown, type SynapseRoomShutdownArgs } from "pulumi-synapse";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";
import type { TestHomeserver } from "../support/synapse/homeserver";
import { sharedHomeserver } from "../support/synapse/shared";

/** The table of Pulumi's options in docs/moderation.md. */
describe("Pulumi's options", () => {
  let homeserver: TestHomeserver;
  let scenario: Scenario;
  before(async () => (homeserver = await sharedHomeserver()));
  beforeEach(async () => (scenario = await Scenario.create(connectionTo(homeserver), {})));
  afterEach(() => {
    scenario.remove();
  });

  const declare = (args: SynapseRoomShutdownArgs, options: CustomResourceOptions) => {
    scenario.run(() => {
      new SynapseRoomShutdown("room", args, options);
      return Promise.resolve(undefined);
    });
  };
  const isThere = async (roomId: string) => (await homeserver.roomDetails(roomId)).status === 200;

  it("protect refuses to delete the resource, and so the room", async () => {
    const { roomId } = await homeserver.createRoom();
    declare({ roomId, runOn: "delete" }, { protect: true });
    succeeded(await scenario.up());
    assert.match(refused(await scenario.destroy()), /protected/);
    assert.equal(await isThere(roomId), true);
  });

  it("retainOnDelete lets the resource go, and the room live on", async () => {
    const { roomId } = await homeserver.createRoom();
    declare({ roomId, runOn: "delete" }, { retainOnDelete: true });
    succeeded(await scenario.up());
    succeeded(await scenario.destroy());
    assert.equal(await isThere(roomId), true);
    assert.deepEqual(await homeserver.shutdownTasks(roomId), []);
  });

  it("replaceOnChanges does nothing, since a dynamic provider gives the engine no list of changes", async () => {
    const { roomId } = await homeserver.createRoom();
    const options = { replaceOnChanges: ["block"] };
    declare({ roomId, purge: false }, options);
    succeeded(await scenario.up());
    declare({ roomId, purge: false, block: true }, options);
    assert.match(succeeded(await scenario.up()), /1 updated/);
    assert.equal((await homeserver.shutdownTasks(roomId)).length, 1);
    assert.equal(await homeserver.isBlocked(roomId), true);
  });
});
