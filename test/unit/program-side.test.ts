import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as pulumi from "@pulumi/pulumi";
import {
  SynapseProvider,
  SynapseRoomShutdown,
  type SynapseProviderArgs,
  type SynapseRoomShutdownArgs,
} from "../../provider";
import type { RoomShutdownProperty } from "../../provider/program/room-shutdown";
import { meanings } from "../../provider/resource/changes";
import { providerSettings } from "../../provider/program/known-settings";
import { root } from "../support/machine/paths";

/** What @pulumi/pulumi's mocks see of a registered resource. */
const registered: pulumi.runtime.MockResourceArgs[] = [];

describe("the program's side", () => {
  const roomId = "!room:synapse.test";
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

  describe("its outputs", () => {
    const properties = Object.keys(meanings) as RoomShutdownProperty[];
    const promised = async (output: pulumi.Output<unknown>) =>
      new Promise((resolve) => output.apply(resolve));

    it("are Outputs from the start, whatever is declared", () => {
      for (const args of [{}, { wait: false, message: undefined }] as object[]) {
        const resource = new SynapseRoomShutdown("spam", { roomId, ...args });
        for (const property of properties) {
          assert.ok(pulumi.Output.isInstance(resource[property]), property);
          assert.equal(resource[property], resource[property]);
        }
        const own = Object.keys(resource);
        assert.deepEqual(
          properties.filter((property) => !own.includes(property)),
          [],
        );
      }
    });

    it("cost nothing until they are read, but for those that only the engine can tell", () => {
      const resource = new SynapseRoomShutdown("spam", { roomId });
      const named = Object.entries(Object.getOwnPropertyDescriptors(resource)).filter(
        ([name, { value }]) => name in meanings && pulumi.Output.isInstance(value),
      );
      assert.ok(named.length <= 16, named.map(([name]) => name).join(" "));
    });

    it("leave errors of the program as long as they were, whatever happens meanwhile", () => {
      const { stackTraceLimit } = Error;
      const transformations = [
        () => {
          throw new Error("a fault of the program");
        },
      ];
      const declare = () => new SynapseRoomShutdown("spam", { roomId }, { transformations });
      assert.throws(declare, ({ stack }: Error) =>
        /^Error: a fault of the program\n +at .*program-side/.test(stack ?? ""),
      );
      assert.equal(Error.stackTraceLimit, stackTraceLimit);
      new SynapseRoomShutdown("spam", { roomId });
      assert.equal(Error.stackTraceLimit, stackTraceLimit);
    });

    it("are the defaults of what is not declared, also for what comes later in the program", async () => {
      class Takedown extends pulumi.ComponentResource {
        readonly shutdown: SynapseRoomShutdown;
        constructor() {
          super("test:index:Takedown", "takedown");
          const args: object = { roomId, message: undefined, wait: undefined };
          this.shutdown = new SynapseRoomShutdown("spam", args, { parent: this });
          this.registerOutputs({ attempts: this.shutdown.maxAttempts });
        }
      }
      const { shutdown } = new Takedown();
      assert.equal(await promised(shutdown.maxAttempts), 1);
      assert.equal(await promised(shutdown.wait), true);
      assert.equal(await promised(shutdown.message), undefined);
      const { runOn, purge } = shutdown;
      assert.equal(await promised(pulumi.interpolate`${runOn} ${purge}`), "create true");
      const later = new SynapseRoomShutdown("later", { roomId, maxAttempts: shutdown.maxAttempts });
      assert.equal(await promised(later.maxAttempts), 1);
    });

    it("are what is declared, and a secret where that is one", async () => {
      const message = pulumi.secret("hush");
      const args = { roomId, purge: false, runOn: pulumi.output("both" as const), message };
      const shutdown = new SynapseRoomShutdown("spam", args);
      assert.equal(await promised(shutdown.purge), false);
      assert.equal(await promised(shutdown.runOn), "both");
      assert.equal(await pulumi.isSecret(shutdown.message), true);
      assert.equal(await pulumi.isSecret(shutdown.wait), false);
    });
  });

  const isRunError = (message: RegExp) => (error: unknown) => {
    assert.ok(pulumi.RunError.isInstance(error)); // The engine shows it without a stack.
    assert.match(error.message, message);
    return true;
  };

  for (const [what, args, message] of [
    ["no target", {}, /^SynapseRoomShutdown "spam": it is not said which room.*set roomId/],
    ["two targets", { roomId, roomAlias: "#a:b" }, /both roomId and roomAlias say/],
  ] as [string, SynapseRoomShutdownArgs, RegExp][]) {
    it(`refuses ${what}`, () => {
      const given = Object.fromEntries(
        Object.entries(args).map(([key, value]) => [key, pulumi.output(value)]),
      );
      assert.throws(() => new SynapseRoomShutdown("spam", given), isRunError(message));
    });
  }

  it("takes what is undefined for left out", () => {
    const args: object = { roomId, roomAlias: undefined };
    new SynapseRoomShutdown("spam", args);
  });

  it("refuses an import, with what takes a shutdown over", () => {
    assert.throws(
      () => new SynapseRoomShutdown("spam", { roomId }, { import: roomId }),
      isRunError(/can't be imported: leave the option import out, and set adoptDeleteId/),
    );
  });

  it("refuses a look-up, with what finds rooms and what takes a shutdown over", () => {
    assert.throws(
      () => new SynapseRoomShutdown("spam", { roomId }, { id: roomId }),
      isRunError(/can't be looked up: leave the option id out\. getRooms .* adoptDeleteId/),
    );
  });

  it("refuses to be created before what it replaces is deleted", () => {
    assert.throws(
      () => new SynapseRoomShutdown("spam", { roomId }, { deleteBeforeReplace: false }),
      isRunError(/deleteBeforeReplace can't be false/),
    );
    new SynapseRoomShutdown("spam", { roomId }, { deleteBeforeReplace: true });
  });

  it("says all that an explicit provider is missing", () => {
    const missing = isRunError(
      /^SynapseProvider "eu": homeserverUrl is missing.*access token is missing: set one of accessTokenEnv, /,
    );
    for (const args of [undefined, {}, { homeserverUrl: undefined, accessToken: undefined }]) {
      assert.throws(
        () => new SynapseProvider("eu", args as unknown as SynapseProviderArgs),
        missing,
      );
    }
  });

  it("refuses a token in the place of a variable's name, without showing it", () => {
    const args = { homeserverUrl: "https://a.b", accessTokenEnv: "syt_c2VjcmV0" };
    assert.throws(
      () => new SynapseProvider("eu", args),
      isRunError(/^(?!.*c2VjcmV0).*and not the token itself/),
    );
  });

  it("tells its resources from others by their type, whichever copy of the class has made them", () => {
    const shutdown = new SynapseRoomShutdown("spam", { roomId });
    const args = { homeserverUrl: "https://a.b", accessTokenEnv: "EU" };
    const provider = new SynapseProvider("eu", args);
    const other = new (class extends pulumi.ProviderResource {})("pulumi-nodejs", "other");
    const asPoliciesAsk = { __pulumiType: "pulumi-nodejs:dynamic/synapse:SynapseRoomShutdown" };
    assert.equal(SynapseRoomShutdown.__pulumiType, asPoliciesAsk.__pulumiType);
    assert.equal(SynapseProvider.__pulumiType, "pulumi:providers:pulumi-nodejs");
    for (const [something, isShutdown, isProvider] of [
      [shutdown, true, false],
      [asPoliciesAsk, true, false],
      [provider, false, true],
      [other, false, false],
      [{ __pulumiType: "aws:s3/bucket:Bucket" }, false, false],
      ["text", false, false],
      [undefined, false, false],
      [null, false, false],
    ] as const) {
      assert.equal(SynapseRoomShutdown.isInstance(something), isShutdown);
      assert.equal(SynapseProvider.isInstance(something), isProvider);
    }
  });

  describe("looks at the stack's configuration", () => {
    const declare = () => new SynapseRoomShutdown("spam", { roomId });
    const configure = (config: Record<string, string>, secret: string[] = []) => {
      pulumi.runtime.setAllConfig(config, secret);
    };
    const { isDryRun } = pulumi.runtime;
    const setProject = (project: string) =>
      pulumi.runtime.setMocks(
        {
          newResource: ({ inputs }) => ({ id: roomId, state: inputs as object }),
          call: () => ({}),
        },
        project,
        "stack",
        isDryRun(),
      );
    afterEach(async () => {
      configure({});
      await setProject("project");
    });

    for (const [key, meant] of [
      ["protectedRoom", "protectedRooms"],
      ["homeserverURL", "homeserverUrl"],
      ["homeserver", "homeserverUrl"],
      ["accesToken", "accessToken"],
      ["accessTokenfile", "accessTokenFile"],
      ["accessTokenComand", "accessTokenCommand"],
      ["maxConcurrentShutdown", "maxConcurrentShutdowns"],
    ] as const) {
      it(`refuses ${key}, and suggests ${meant}`, async () => {
        configure({ [`synapse:${key}`]: "syt_c2VjcmV0" });
        const message = new RegExp(
          `^Stack configuration: (?!.*c2VjcmV0).*synapse:${key} .* did you mean synapse:${meant}` +
            `.*\`pulumi config rm synapse:${key}\``,
        );
        assert.throws(declare, isRunError(message));
        await setProject("synapse");
        assert.throws(declare, isRunError(message));
      });
    }

    it("names all settings where none is near, but not to a project of that name", async () => {
      configure({ "synapse:rooms": "[]", "synapse:logFile": "x", "other:protectedRoom": "x" });
      assert.throws(
        declare,
        isRunError(/synapse:rooms is no .*there are synapse:homeserverUrl, .*logFile/),
      );
      await setProject("synapse");
      declare();
    });

    it("refuses a token in plain text without showing it, and takes a secret one", () => {
      configure({ "synapse:accessToken": "syt_c2VjcmV0" });
      assert.throws(
        declare,
        isRunError(
          /^(?!.*c2VjcmV0).*plain text: .*`pulumi config set --secret synapse:accessToken`/,
        ),
      );
      configure({ "synapse:accessToken": "syt_c2VjcmV0" }, ["synapse:accessToken"]);
      declare();
      configure({ "synapse:accessToken": "" });
      declare();
    });

    it("takes every setting", () => {
      const names = providerSettings.filter((name) => name !== "accessTokenEnv");
      const all = names.map((name) => [`synapse:${name}`, "x"]);
      configure(Object.fromEntries(all) as Record<string, string>, ["synapse:accessToken"]);
      declare();
    });
  });

  it("refuses an unknown argument of an explicit provider, and suggests the nearest", () => {
    const args = { homeserverUrl: "https://a.b", accessTokenEnv: "EU", protectedRoom: ["!a:b"] };
    assert.throws(
      () => new SynapseProvider("eu", args),
      isRunError(
        /"eu": protectedRoom is no argument of SynapseProvider: did you mean protectedRooms\?/,
      ),
    );
  });

  it("finds rooms with what is loaded only then", () => {
    const script = `
      const { getRooms } = require("pulumi-synapse");
      const loads = () => ["axios", "zod"].filter((name) =>
        Object.keys(require.cache).some((file) => file.includes("/node_modules/" + name + "/")));
      const before = loads();
      getRooms({ atMost: 0 }).catch(({ message }) =>
        console.log(JSON.stringify({ before, after: loads(), message })));`;
    const output = execFileSync(process.execPath, ["-e", script], { cwd: root, encoding: "utf8" });
    const { before, after, message } = JSON.parse(output) as Record<string, unknown>;
    assert.deepEqual([before, after], [[], ["axios", "zod"]]);
    assert.match(String(message), /^getRooms: atMost must be/);
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
