import assert from "node:assert/strict";
import type { ConfigMap } from "@pulumi/pulumi/automation";
import { ConnectProxy } from "../support/network/connect-proxy";
import type { TestHomeserver } from "../support/synapse/homeserver";
import { Nginx } from "../support/network/nginx";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";
import { sharedHomeserver } from "../support/synapse/shared";

describe("a deployment behind nginx with a private authority and client certificates", () => {
  let homeserver: TestHomeserver;
  let nginx: Nginx;
  let scenario: Scenario;
  before(async () => {
    homeserver = await sharedHomeserver();
    nginx = await Nginx.start(homeserver.url);
  });
  after(() => {
    nginx.stop();
  });
  afterEach(() => {
    scenario.remove();
  });

  const config = (...files: ("caFile" | "clientCertFile" | "clientKeyFile")[]): ConfigMap => {
    const paths = {
      caFile: "ca.pem",
      clientCertFile: "client.pem",
      clientKeyFile: "client.key",
    } as const;
    const named = files.map((name) => [`synapse:${name}`, { value: nginx.file(paths[name]) }]);
    const connection = connectionTo(homeserver, nginx);
    return { ...connection, ...(Object.fromEntries(named) as ConfigMap) };
  };

  it("is reached with all three files", async () => {
    const { roomId } = await homeserver.createRoom();
    scenario = await Scenario.create(config("caFile", "clientCertFile", "clientKeyFile"), {
      room: { roomId },
    });
    succeeded(await scenario.up());
    assert.equal((await homeserver.roomDetails(roomId)).status, 404);
    assert.equal(scenario.outputs("room")["homeserverUrl"], nginx.url);
  });

  it("is not trusted without its authority", async () => {
    const { roomId } = await homeserver.createRoom();
    scenario = await Scenario.create(config("clientCertFile", "clientKeyFile"), {
      room: { roomId },
    });
    assert.match(
      refused(await scenario.preview()),
      /certificate of the homeserver can't be trusted.*caFile/,
    );
  });

  it("refuses without a client certificate, and the message says what may be missing", async () => {
    const { roomId } = await homeserver.createRoom();
    scenario = await Scenario.create(config("caFile"), { room: { roomId } });
    assert.match(
      refused(await scenario.preview()),
      /400: .*client certificate \(clientCertFile, clientKeyFile\)/,
    );
  });

  it("wants certificate and key together", async () => {
    scenario = await Scenario.create(config("caFile", "clientCertFile"), {
      room: { roomId: "!a:b" },
    });
    assert.match(refused(await scenario.preview()), /clientCertFile and clientKeyFile go together/);
  });

  for (const [noProxy, passes] of [
    ["", true],
    ["localhost", false],
  ] as const) {
    it(`is reached ${passes ? "through HTTPS_PROXY" : "directly where NO_PROXY names it"}, and no proxy sees the token`, async () => {
      const proxy = new ConnectProxy();
      const { roomId } = await homeserver.createRoom();
      scenario = await Scenario.create(
        config("caFile", "clientCertFile", "clientKeyFile"),
        { room: { roomId } },
        { HTTPS_PROXY: await proxy.listen(), NO_PROXY: noProxy },
      );
      try {
        succeeded(await scenario.preview());
        assert.equal(proxy.seen.includes(new URL(nginx.url).host), passes);
        assert.ok(!proxy.seen.join().includes(homeserver.adminToken));
      } finally {
        proxy.stop();
      }
    });
  }
});
