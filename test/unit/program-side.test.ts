import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as pulumi from "@pulumi/pulumi";
import { SynapseRoomShutdown } from "../../provider";
import { root } from "../support/machine/paths";

/** What @pulumi/pulumi's mocks see of a registered resource. */
const registered: pulumi.runtime.MockResourceArgs[] = [];

describe("the program's side", () => {
  before(async () => {
    await pulumi.runtime.setMocks({
      newResource: (args) => {
        registered.push(args);
        return { id: "!room:synapse.test", state: args.inputs as object };
      },
      call: () => ({}),
    });
  });

  it("registers a dynamic resource whose __provider is this constant, byte for byte", async () => {
    const resource = new SynapseRoomShutdown("spam", { roomId: "!room:synapse.test", block: true });
    await new Promise((resolve) => resource.urn.apply(resolve));
    const [{ type, inputs } = { type: "", inputs: {} as object }] = registered;
    assert.equal(type, "pulumi-nodejs:dynamic/synapse:SynapseRoomShutdown");
    assert.deepEqual(inputs, {
      roomId: "!room:synapse.test",
      block: true,
      __provider: 'exports.handler = () => require("pulumi-synapse/provider").roomShutdown',
    });
    assert.ok(Buffer.byteLength((inputs as { __provider: string }).__provider) <= 120);
  });

  it("has every output as an Output from the start", () => {
    const resource = new SynapseRoomShutdown("spam", { roomId: "!room:synapse.test" });
    for (const output of [
      "roomId",
      "waitTimeoutSeconds",
      "deleteId",
      "status",
      "room",
      "kickedUsers",
      "purged",
    ]) {
      assert.ok(
        pulumi.Output.isInstance((resource as unknown as Record<string, unknown>)[output]),
        output,
      );
    }
  });

  it("loads neither axios nor zod", () => {
    const script = `
      require("@pulumi/pulumi");
      const before = new Set(Object.keys(require.cache));
      require("pulumi-synapse");
      console.log(Object.keys(require.cache).filter((file) => !before.has(file)).join("\\n"));`;
    const output = execFileSync(process.execPath, ["-e", script], {
      cwd: root,
      encoding: "utf8",
    });
    const loaded = output.trim().split("\n");
    assert.ok(
      loaded.some((file) => file.endsWith("room-shutdown.js")),
      output,
    );
    assert.deepEqual(
      loaded.filter((file) => file.includes("node_modules")),
      [],
    );
  });
});
