import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { SynapseProvider, SynapseRoomShutdown, type SynapseRoomShutdownArgs } from "pulumi-synapse";
import {
  Scenario,
  connectionTo,
  refused,
  succeeded,
  type Run,
  type RunOptions,
} from "../support/engine/scenario";
import type { TestHomeserver } from "../support/synapse/homeserver";
import { expectOk } from "../support/synapse/requests";
import { federatingHomeservers, sharedHomeserver } from "../support/synapse/shared";

/** Resources of one room that can't both have what they want, whichever way they reach the homeserver. */
describe("resources of the same room", () => {
  let homeserver: TestHomeserver;
  let scenario: Scenario;
  let roomId: string;
  before(async () => (homeserver = await sharedHomeserver()));
  beforeEach(async () => {
    ({ roomId } = await homeserver.createRoom());
    scenario = await Scenario.create(connectionTo(homeserver), {});
  });
  afterEach(() => {
    scenario.remove();
  });

  const providerAt = (homeserverUrl: pulumi.Input<string>, name = "other") =>
    new SynapseProvider(name, { homeserverUrl, accessToken: homeserver.adminToken });
  const declare = (
    name: string,
    args: SynapseRoomShutdownArgs,
    opts?: pulumi.CustomResourceOptions,
  ) => new SynapseRoomShutdown(name, { roomId, ...args }, opts);
  const program = (own: () => unknown) => {
    scenario.run(async () => {
      own();
      return Promise.resolve();
    });
  };
  const isUntouched = async (run: Run): Promise<string> => {
    const output = refused(run);
    assert.equal((await homeserver.roomDetails(roomId)).status, 200, output);
    assert.deepEqual(await homeserver.shutdownTasks(roomId), []);
    assert.equal(await homeserver.isBlocked(roomId), false);
    return output;
  };
  /** The same homeserver by a name of its host. */
  const byName = () => homeserver.url.replace("127.0.0.1", "localhost");

  it("can be the same in all, and one is deleted once another was updated", async () => {
    const options = { purge: false, runOn: "delete" } as SynapseRoomShutdownArgs;
    program(() => ["first", "second"].map((name) => declare(name, options)));
    succeeded(await scenario.up());
    program(() => declare("first", { ...options, block: true }));
    succeeded(await scenario.up());
    assert.equal(scenario.has("second"), false);
    assert.equal((await homeserver.shutdownTasks(roomId)).length, 1);
    assert.equal((await homeserver.roomDetails(roomId)).status, 200);
  });

  describe("that one keeps and another purges", () => {
    const others: Record<string, () => pulumi.CustomResourceOptions> = {
      "a provider of its own": () => ({ provider: providerAt(homeserver.url) }),
      "a provider whose URL is written in another way": () => ({
        provider: providerAt(`${homeserver.url.replace("http:", "HTTP:")}/`),
      }),
      "the provider of a component": () => ({
        parent: new pulumi.ComponentResource(
          "test:index:Eu",
          "eu",
          {},
          {
            providers: [providerAt(homeserver.url)],
          },
        ),
      }),
      "a provider whose URL is an output": () => ({
        provider: providerAt(pulumi.output(Promise.resolve(homeserver.url))),
      }),
    };
    for (const [what, options] of Object.entries(others)) {
      it(`are refused by an up before anything: ${what}`, async () => {
        program(() => {
          declare("kept", { purge: false });
          declare("purged", {}, options());
        });
        const output = await isUntouched(await scenario.up());
        assert.match(
          output,
          /SynapseRoomShutdown "purged": "kept" shuts the same room down with other options \(purge\)/,
        );
      });
    }

    it("are refused with two providers", async () => {
      program(() => {
        declare("purged", {}, { provider: providerAt(homeserver.url, "one") });
        declare("kept", { purge: false }, { provider: providerAt(homeserver.url, "two") });
      });
      const output = await isUntouched(await scenario.up());
      assert.match(
        output,
        /"kept": "purged" shuts the same room down with other options \(purge\)/,
      );
    });

    it("are refused by a preview where the homeserver has two URLs", async () => {
      program(() => {
        declare("kept", { purge: false });
        declare("purged", {}, { provider: providerAt(byName()) });
      });
      const output = await isUntouched(await scenario.preview());
      assert.match(output, /shuts the same room down with other options \(purge\)/);
    });

    it("are two rooms where they are on two homeservers that both have it", async () => {
      const { local, remote } = await federatingHomeservers();
      const room = await local.createRoom();
      const guest = await remote.createUser();
      expectOk(await remote.join(guest, room.roomId, local));
      const provider = () =>
        new SynapseProvider("remote", {
          homeserverUrl: remote.url,
          accessToken: remote.adminToken,
        });
      scenario.remove();
      scenario = await Scenario.create(connectionTo(local), {});
      program(() => {
        declare("kept", { roomId: room.roomId, purge: false });
        declare("purged", { roomId: room.roomId }, { provider: provider() });
      });
      succeeded(await scenario.up());
      assert.equal((await local.roomDetails(room.roomId)).status, 200);
      assert.equal((await remote.roomDetails(room.roomId)).status, 404);
    });
  });

  it("are refused where an update lets one purge what another one keeps, by outputs", async () => {
    const purges = (purge: boolean) => {
      program(() => {
        declare("kept", { purge: pulumi.output(false) });
        declare("other", { roomId: pulumi.output(roomId), purge: pulumi.output(purge) });
      });
    };
    purges(false);
    succeeded(await scenario.up());
    purges(true);
    assert.match(refused(await scenario.preview()), /with other options \(purge\)/);
  });

  describe("of which one lifts the block that another one declares", () => {
    const lifted = { block: true, unblockOnDelete: true };
    const refusal = /blocks the same room, so unblockOnDelete would lift a block that is still/;
    const programs: Record<string, () => unknown> = {
      "the one that lifts it first": () => [declare("a", lifted), declare("b", { block: true })],
      "the one that lifts it last": () => [declare("b", { block: true }), declare("a", lifted)],
      "both lift it": () => [declare("a", lifted), declare("b", lifted)],
      "with a provider of its own": () => [
        declare("a", lifted),
        declare("b", { block: true }, { provider: providerAt(homeserver.url) }),
      ],
    };
    for (const [what, own] of Object.entries(programs)) {
      it(`are refused: ${what}`, async () => {
        program(own);
        assert.match(await isUntouched(await scenario.up()), refusal);
      });
    }

    it("are refused by a preview where the values are outputs, and the URLs differ", async () => {
      program(() => {
        declare("b", { roomId: pulumi.output(roomId), block: pulumi.output(true) });
        const provider = providerAt(byName());
        declare("a", { block: true, unblockOnDelete: pulumi.output(true) }, { provider });
      });
      assert.match(await isUntouched(await scenario.preview()), refusal);
    });

    it("are refused by the review where only the homeserver tells that they are one room", async () => {
      const room = await homeserver.createRoom();
      ({ roomId } = room);
      const roomAlias = homeserver.newAlias();
      await homeserver.setAlias(room, roomAlias);
      program(() => {
        declare("a", lifted);
        new SynapseRoomShutdown("b", { roomAlias, block: true });
      });
      const output = await isUntouched(await scenario.preview());
      assert.match(output, /Another resource of this program blocks .*, too, so unblockOnDelete/);
    });

    const leftOut: Record<string, (urn: string) => RunOptions> = {
      "--target": (urn) => ({ target: [urn] }),
      "--exclude": (urn) => ({ exclude: [urn.replace(/::a$/, "::b")] }),
    };
    for (const [flag, options] of Object.entries(leftOut)) {
      it(`are refused with ${flag}, and the block stays`, async () => {
        program(() => declare("a", lifted));
        succeeded(await scenario.up());
        const { urn } = scenario.resource("a");
        program(() => [declare("b", { block: true }), declare("a", { ...lifted, triggers: [2] })]);
        assert.match(refused(await scenario.up(options(urn))), refusal);
        assert.equal(await homeserver.isBlocked(roomId), true);
        assert.equal((await homeserver.shutdownTasks(roomId)).length, 1);
      });
    }
  });
});
