import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import sinon from "sinon";
import { faults, impatientMs, type FaultyRequest } from "../support/cases/fault-matrix";
import { Rooms, hookCases } from "../support/cases/hook-cases";
import { Scenario, connectionTo } from "../support/engine/scenario";
import { realOperation, type RealOperation } from "../support/hooks/real-operation";
import type { Fault, FaultProxy } from "../support/network/fault-proxy";
import type { TestHomeserver } from "../support/synapse/homeserver";
import { behindProxy } from "../support/synapse/shared";

const answer = { kind: "answer", forward: false } as const;

/** Where every fault is tried: a request that is repeated, and one that is not. */
const everyFaultAt = [
  ["check", "whoami"],
  ["create", "the delete call"],
];

/** What is tried at every request: one fault for each way in which an error comes about. */
const kindsOfFaults = [
  "reset before",
  "answer cut: first byte, chunked, fin, gzip",
  "answer cut: last, close, fin",
  "401 before",
  "502 before",
  "200 with HTML before",
  "an error that repeats the token",
  "a page that repeats the token",
];

/** Of the ways in which an answer is cut, some do: the same error is made of all of them. */
const allButCuts = (names: readonly string[]) => [
  ...names.filter((name) => !name.startsWith("answer cut") && !kindsOfFaults.includes(name)),
  ...kindsOfFaults,
];

describe("leaks", () => {
  let homeserver: TestHomeserver;
  let proxy: FaultProxy;
  let elsewhere: Server;
  let rooms: Rooms;
  let searched = 0;
  let met = 0;
  before(async () => {
    ({ homeserver, proxy } = await behindProxy());
    rooms = await Rooms.make(homeserver);
    elsewhere = createServer(() => assert.fail("a redirect was followed"));
    await once(elsewhere.listen(0, "127.0.0.1"), "listening");
  });
  after(() => {
    elsewhere.close();
    rooms.remove();
    console.log(
      `    runs that met their fault: ${met}; places searched for the token: ${searched}`,
    );
  });

  const holdsNoToken = (...texts: string[]) => {
    const { adminToken } = homeserver;
    const half = adminToken.slice(adminToken.length / 2);
    for (const text of texts) {
      searched++;
      const at = text.indexOf(half);
      assert.equal(at, -1, `the token is in: ${text.slice(Math.max(0, at - 200), at + 10)}`);
    }
  };

  const allFaults = (): Record<string, Fault> => {
    const { adminToken } = homeserver;
    const { port } = elsewhere.address() as AddressInfo;
    const repeated = JSON.stringify({ errcode: "M_UNKNOWN", error: `Bearer ${adminToken}` });
    const page = `<html>Authorization: Bearer ${adminToken}</html>`;
    const location = `http://127.0.0.1:${port}/`;
    return {
      ...faults,
      "an error that repeats the token": { ...answer, status: 403, body: repeated },
      "a page that repeats the token": { ...answer, status: 502, body: page },
      "a redirect that the careless follow": { ...answer, status: 302, headers: { location } },
    };
  };

  /** A hook whose time flies, so that no patience takes long, and all that can be seen of how it ends. */
  const searchHook = async (
    run: (operation: RealOperation) => Promise<unknown>,
    request: FaultyRequest,
    fault: Fault,
  ) => {
    await proxy.whenBack();
    // From this request on, so that no retry gets through.
    proxy.reset({ ...request, lasts: true, fault });
    const operation = realOperation(
      { url: proxy.url, adminToken: homeserver.adminToken },
      { requestTimeoutMs: impatientMs, impatienceMs: 1, retryDelayFactorMs: 1, silenceMs: 5 },
    );
    const clock = sinon.stub(operation.clock, "sleep").callsFake(async (ms) => {
      operation.advance(ms * 30);
      await sleep(Math.min(ms, 20));
    });
    const result = await run(operation).catch((error: unknown) => error);
    clock.restore();
    assert.equal(proxy.faultsDone, 1, `the fault did not happen: ${inspect(result)}`);
    assert.ok(
      proxy.requests.some(({ authorization = "" }) =>
        authorization.endsWith(homeserver.adminToken),
      ),
    );
    met++;
    const said =
      result instanceof Error ? [result.message, result.stack ?? "", String(result)] : [];
    holdsNoToken(
      ...said,
      inspect(result, { depth: 20, showHidden: true }),
      JSON.stringify({ result }),
      operation.lines.join("\n"),
    );
  };

  for (const [hook, { requests, stage }] of Object.entries(hookCases)) {
    for (const [where, request] of Object.entries(requests)) {
      const isEvery = everyFaultAt.some(([one, at]) => one === hook && at === where);
      it(`${hook}, ${isEvery ? "every fault" : "each kind of fault"} at ${where}: the token is nowhere`, async () => {
        const all = allFaults();
        const names = isEvery ? allButCuts(Object.keys(all)) : kindsOfFaults;
        for (const name of names) {
          const fault = all[name] ?? assert.fail(`there is no fault "${name}"`);
          await searchHook(await stage(rooms), request, fault);
        }
      });
    }
  }

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
        if (found !== undefined) assert.equal(proxy.faultsDone, 1, "the fault did not happen");
      } finally {
        scenario.remove();
      }
    });
  }
});
