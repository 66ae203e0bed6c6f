import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { SynapseRoomShutdown, type SynapseRoomShutdownArgs } from "pulumi-synapse";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";
import type { TestHomeserver } from "../support/synapse/homeserver";
import { ownHomeserver } from "../support/synapse/shared";

/** The table of Pulumi's options in docs/moderation.md. */
describe("Pulumi's options", () => {
  let homeserver: TestHomeserver;
  let scenario: Scenario;
  before(async () => (homeserver = await ownHomeserver()));
  beforeEach(async () => (scenario = await Scenario.create(connectionTo(homeserver), {})));
  afterEach(() => {
    scenario.remove();
  });

  const declare = (args: SynapseRoomShutdownArgs, options: pulumi.CustomResourceOptions) => {
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

  it("replaceOnChanges is refused before anything", async () => {
    const { roomId } = await homeserver.createRoom();
    declare({ roomId, purge: false }, { replaceOnChanges: ["*"] });
    assert.match(refused(await scenario.up()), /"room": the option replaceOnChanges would run/);
    assert.equal(await isThere(roomId), true);
    assert.deepEqual(await homeserver.shutdownTasks(roomId), []);
  });

  for (const runOn of ["create", "both"] as const) {
    it(`replaceOnChanges of a transformation replaces nothing that was to be updated, with runOn ${runOn}`, async () => {
      const room = await homeserver.createHeldRoom();
      const { roomId } = room;
      const onDelete = runOn === "both" ? { onDelete: { purge: true } } : {};
      const replaced = ({ props, opts }: pulumi.ResourceTransformationArgs) => ({
        props,
        opts: pulumi.mergeOptions(opts, { replaceOnChanges: ["*"] }),
      });
      const args = { roomId, runOn, purge: false, ...onDelete };
      declare({ ...args, waitTimeoutSeconds: 1 }, { transformations: [replaced] });
      assert.match(refused(await scenario.up()), /has not ended within 1 seconds/);
      room.letGo();
      await homeserver.shutdownsEnd(roomId);
      assert.match(
        refused(await scenario.up()),
        /was to be updated, as the preview says, but Pulumi replaces its resource\. Nothing was done/,
      );
      assert.equal(await isThere(roomId), true);
      assert.equal((await homeserver.shutdownTasks(roomId)).length, 1);

      declare(args, {});
      succeeded(await scenario.up());
      assert.equal(await isThere(roomId), true);
      assert.equal((await homeserver.shutdownTasks(roomId)).length, 1);
    });
  }
});
