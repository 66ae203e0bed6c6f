import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SynapseRoomShutdown } from "pulumi-synapse";
import type { TestHomeserver } from "../support/synapse/homeserver";
import { badArgs, invalidArgs } from "../support/cases/invalid-args";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";
import { sharedHomeserver } from "../support/synapse/shared";
import { TestStack } from "../support/engine/stack";
import { freePort } from "../support/network/ports";

const roomId = "!room:synapse.test";

describe("refusal", () => {
  let homeserver: TestHomeserver;
  let scenario: Scenario | undefined;
  before(async () => (homeserver = await sharedHomeserver()));
  afterEach(() => scenario?.remove());

  describe("of invalid inputs, at preview", () => {
    let invalid: Scenario;
    before(async () => (invalid = await Scenario.create(connectionTo(homeserver), {})));
    after(() => {
      invalid.remove();
    });

    for (const [name, { args, property, reason }] of Object.entries(invalidArgs)) {
      it(name, async () => {
        invalid.declare({ [name]: args });
        const output = refused(await invalid.preview());
        const where = property === "" ? " has a problem:" : `: property ${property} value`;
        const [, failure] = output.split(`resource '${name}'${where}`);
        assert.match(failure ?? `nothing about ${name} in:\n${output}`, reason);
        assert.doesNotMatch(output, /TypeError|ZodError/);
      });
    }
  });

  it("says all faults of one resource at once, with the path of those that are nested", async () => {
    scenario = await Scenario.create(connectionTo(homeserver), {
      many: badArgs({
        roomId: "room",
        block: "no",
        waitTimeoutSeconds: -1,
        colour: "red",
        purge: false,
        forcePurge: true,
        expect: { creator: "bob" },
        runOn: "delete",
        onDelete: { roomName: "Closed" },
      }),
    });
    const output = refused(await scenario.up()); // The default display.
    for (const property of ["roomId", "block", "waitTimeoutSeconds", "colour", "forcePurge"]) {
      assert.match(output, new RegExp(`resource 'many': property ${property} `));
    }
    assert.match(output, /resource 'many' has a problem: expect\.creator must be a user id/);
    assert.match(
      output,
      /resource 'many' has a problem: onDelete\.roomName is for the notice room/,
    );
    assert.doesNotMatch(output, /<nil>/);
  });

  it("lets unknown values pass at preview", async () => {
    const rooms = [await homeserver.createRoom(), await homeserver.createRoom()] as const;
    const stack = await TestStack.create({
      config: connectionTo(homeserver),
      program: async () => {
        const first = new SynapseRoomShutdown("first", { roomId: rooms[0].roomId });
        new SynapseRoomShutdown("second", {
          roomId: first.deleteId.apply(() => rooms[1].roomId),
          purge: first.status.apply((status) => status === "complete"),
        });
        return Promise.resolve();
      },
    });
    try {
      await stack.stack.preview();
      await stack.stack.up();
      for (const { roomId: id } of rooms)
        assert.equal((await homeserver.roomDetails(id)).status, 404);
    } finally {
      stack.remove();
    }
  });

  it("names both ways to set a missing URL and a missing token", async () => {
    scenario = await Scenario.create({}, { room: { roomId } });
    const output = refused(await scenario.preview());
    assert.match(
      output,
      /homeserver URL is missing.*pulumi config set synapse:homeserverUrl.*SYNAPSE_HOMESERVER_URL/,
    );
    assert.match(output, /access token is missing.*synapse:accessToken.*SYNAPSE_ACCESS_TOKEN/);
  });

  it("of a wrong token: nothing happens, and the token is nowhere", async () => {
    const room = await homeserver.createRoom();
    const adminToken = "syt_wrong_token_that_must_not_be_seen";
    scenario = await Scenario.create(connectionTo({ url: homeserver.url, adminToken }), {
      room: { roomId: room.roomId },
    });
    const output = refused(await scenario.up());
    assert.match(output, /401 M_UNKNOWN_TOKEN.*set a valid one/);
    assert.ok(!output.includes(adminToken));
    assert.ok(!scenario.stateText().includes(adminToken));
    assert.equal((await homeserver.roomDetails(room.roomId)).status, 200);
  });

  it("of the token of a user who is no admin", async () => {
    const room = await homeserver.createRoom();
    const user = await homeserver.createUser();
    scenario = await Scenario.create(
      connectionTo({ url: homeserver.url, adminToken: user.accessToken }),
      {
        room: { roomId: room.roomId },
      },
    );
    assert.match(refused(await scenario.up()), /403 M_FORBIDDEN.*must belong to a server admin/);
    assert.equal((await homeserver.roomDetails(room.roomId)).status, 200);
  });

  it("of a server that is down", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    scenario = await Scenario.create(connectionTo(homeserver, { url }), {
      room: { roomId },
    });
    assert.match(
      refused(await scenario.up()),
      /no answer \(.*ECONNREFUSED.*Check that the homeserver runs/,
    );
    assert.equal(scenario.has("room"), false);
  });

  it("of plain http to another machine", async () => {
    scenario = await Scenario.create(
      connectionTo({ url: "http://matrix.example.org", adminToken: "syt_unused" }),
      {
        room: { roomId },
      },
    );
    assert.match(refused(await scenario.preview()), /plain http would show the access token/);
  });

  it("takes URL and token from the environment, which wins over the configuration", async () => {
    const room = await homeserver.createRoom();
    const file = join(tmpdir(), `pulumi-synapse-token-${process.pid}`);
    writeFileSync(file, `${homeserver.adminToken}\n`);
    const wrong = { url: "http://127.0.0.1:9", adminToken: "wrong" };
    scenario = await Scenario.create(
      connectionTo(wrong),
      { room: { roomId: room.roomId } },
      { SYNAPSE_HOMESERVER_URL: homeserver.url, SYNAPSE_ACCESS_TOKEN_FILE: file },
    );
    succeeded(await scenario.up());
    assert.equal((await homeserver.roomDetails(room.roomId)).status, 404);
  });
});
