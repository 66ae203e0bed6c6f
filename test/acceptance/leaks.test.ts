import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { check } from "../../provider/hooks/check";
import { create } from "../../provider/hooks/create";
import { deleteRoom } from "../../provider/hooks/delete";
import { read } from "../../provider/hooks/read";
import type { RoomShutdownState } from "../../provider/resource/state";
import { update } from "../../provider/hooks/update";
import type { Fault, FaultProxy } from "../support/network/fault-proxy";
import { faults, impatientMs } from "../support/cases/fault-matrix";
import type { TestHomeserver } from "../support/synapse/homeserver";
import { inputsOf, realOperation } from "../support/hooks/real-operation";
import { Scenario, connectionTo } from "../support/engine/scenario";
import { behindProxy } from "../support/synapse/shared";

/** The requests that a fault can meet in each hook. */
const meets: Record<string, { method: string; path: RegExp }> = {
  "any GET": { method: "GET", path: /./ },
  "the delete call": { method: "DELETE", path: /./ },
};

describe("leaks", () => {
  let homeserver: TestHomeserver;
  let proxy: FaultProxy;
  let searched = 0;
  before(async () => ({ homeserver, proxy } = await behindProxy()));
  after(() => {
    console.log(`    places searched for the token: ${searched}`);
  });

  const holdsNoToken = (...texts: string[]) => {
    for (const text of texts) {
      searched++;
      const at = text.indexOf(homeserver.adminToken);
      assert.equal(at, -1, `the token is in: ${text.slice(Math.max(0, at - 200), at + 10)}`);
    }
  };

  it("no error, log line or output of any hook holds the token, whatever happens", async function () {
    this.timeout(600_000);
    const connection = { url: proxy.url, adminToken: homeserver.adminToken };
    const other = createServer((request, response) => {
      holdsNoToken(JSON.stringify([request.url, request.rawHeaders]));
      response.writeHead(200).end("{}");
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const location = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`;
    const all: Record<string, Fault | undefined> = {
      nothing: undefined,
      ...faults,
      "redirect that is followed by the careless": {
        kind: "answer",
        forward: false,
        status: 302,
        headers: { location },
      },
    };
    const { roomId } = await homeserver.createRoom();
    const inputs = inputsOf({
      roomId,
      purge: false,
      allowUnknownRoom: true,
      waitTimeoutSeconds: 1,
    });
    const reviewed = {
      ...inputs,
      roomId,
      serverName: homeserver.serverName,
      homeserverUrl: proxy.url,
    };
    const state: RoomShutdownState = { ...reviewed, deleteId: "unfinished", status: "active" };
    for (const fault of Object.values(all)) {
      for (const request of Object.values(meets)) {
        const hooks = {
          check: (host: ReturnType<typeof realOperation>) => check(host, {}, { roomId }),
          create: (host: ReturnType<typeof realOperation>) => create(host, inputs),
          read: (host: ReturnType<typeof realOperation>) => read(host, state),
          update: (host: ReturnType<typeof realOperation>) =>
            update(host, state, { ...reviewed, block: true }),
          delete: (host: ReturnType<typeof realOperation>) =>
            deleteRoom(host, { ...state, runOn: "delete", wait: false }),
        };
        for (const hook of Object.values(hooks)) {
          // From the first request on, so that no retry gets through.
          proxy.reset(
            ...(fault === undefined ? [] : [1, 2, 3].map((nth) => ({ ...request, nth, fault }))),
          );
          const host = realOperation(connection, {
            requestTimeoutMs: impatientMs,
            retryDelayFactorMs: 1,
          });
          const result: unknown = await hook(host).catch((error: unknown) => error);
          const text = result instanceof Error ? [result.message, result.stack ?? ""] : [];
          holdsNoToken(
            ...text,
            inspect(result, { depth: 20, showHidden: true }),
            JSON.stringify({ result }),
            host.lines.join("\n"),
          );
        }
      }
    }
    other.close();
  });

  for (const fault of ["none", "502 before", "redirect to another host before", "401 before"]) {
    it(`neither state nor output of the engine holds the token at the highest log level, fault: ${fault}`, async () => {
      const { roomId } = await homeserver.createRoom();
      const config = connectionTo(homeserver, proxy);
      const scenario = await Scenario.create(config, { room: { roomId, block: true } });
      try {
        const found = faults[fault];
        proxy.reset(
          ...(found === undefined ? [] : [{ method: "DELETE", path: /./, nth: 1, fault: found }]),
        );
        const loud = { logVerbosity: 9, logToStdErr: true, logFlow: true };
        for (const operation of ["preview", "up", "refresh", "destroy"] as const) {
          const { output } = await scenario[operation](loud);
          assert.match(
            output,
            /"level":"INFO".*"v":[789]/,
            "the engine's own log is not among what is searched",
          );
          holdsNoToken(output, scenario.stateText());
        }
      } finally {
        scenario.remove();
      }
    });
  }
});
