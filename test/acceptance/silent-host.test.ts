import assert from "node:assert/strict";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { check } from "../../provider/hooks/check";
import { create } from "../../provider/hooks/create";
import { Scenario, connectionTo, succeeded } from "../support/engine/scenario";
import { inputsOf, realOperation } from "../support/hooks/real-operation";
import type { Fault, FaultProxy } from "../support/network/fault-proxy";
import type { TestHomeserver, TestRoom } from "../support/synapse/homeserver";
import { behindProxy } from "../support/synapse/shared";

/** As the defaults are to each other: one attempt takes all of the time that there is, and the line comes before its end. */
const short = { requestTimeoutMs: 300, impatienceMs: 290, silenceMs: 30, retryDelayFactorMs: 1 };

const whatToCheck =
  /no whole answer to GET \S+ for [\d.]+ seconds.*check the homeserver URL \(https or http, host, port\)/;
const gaveUp =
  /could not be reviewed\. GET \S+ on \S+: no answer .*Check the homeserver URL \(https or http, host, port\)/;

describe("a host that takes connections and never answers", () => {
  let homeserver: TestHomeserver;
  let proxy: FaultProxy;
  let room: TestRoom;
  before(async () => {
    ({ homeserver, proxy } = await behindProxy());
    room = await homeserver.createRoom();
  });

  const operation = (url: string, settings: Parameters<typeof realOperation>[1] = short) =>
    realOperation({ url, adminToken: homeserver.adminToken }, settings);
  const review = async (on: ReturnType<typeof operation>) => {
    const { failures = [] } = await check(on, {}, { roomId: room.roomId });
    return failures.map(({ reason }) => reason).join();
  };
  const askedFor = (path: RegExp) =>
    proxy.requests.filter((request) => request.method === "GET" && path.test(request.path)).length;

  describe("is given up on by a preview, which says what to check:", () => {
    let silent: Server;
    const taken = new Set<Socket>();
    before(async () => {
      silent = createServer((socket) => taken.add(socket.on("error", () => undefined)));
      await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    });
    after(() => {
      for (const socket of taken) socket.destroy();
      silent.close();
    });

    it("a firewall, after one attempt that has taken the whole time", async () => {
      const preview = operation(`https://127.0.0.1:${(silent.address() as AddressInfo).port}`);
      assert.match(await review(preview), gaveUp);
      assert.equal(taken.size, 1);
      assert.match(preview.lines.join("\n"), whatToCheck);
    });

    it("https on Synapse's port for http", async () => {
      const preview = operation(homeserver.url.replace("http:", "https:"));
      assert.match(await review(preview), gaveUp);
      assert.match(preview.lines.join("\n"), whatToCheck);
    });

    it("one that answers who the user is, and nothing else", async () => {
      const path = /v1\/rooms\/[^/]+$/;
      const silence: Fault = { kind: "silence" };
      proxy.reset({ method: "GET", path, nth: 1, lasts: true, fault: silence });
      assert.match(await review(operation(proxy.url)), gaveUp);
      assert.deepEqual([proxy.faultsDone, askedFor(path)], [1, 1]);
    });
  });

  it("is waited for by a shutdown that has started", async () => {
    const { roomId } = await homeserver.createRoom();
    const path = /\/block$/;
    const silent = [1, 2, 3].map((nth) => ({
      method: "GET",
      path,
      nth,
      fault: { kind: "silence" as const },
    }));
    proxy.reset(...silent);
    const { blocked } = await create(operation(proxy.url), inputsOf({ roomId, block: true }));
    assert.deepEqual([proxy.faultsDone, askedFor(path), blocked], [3, 4, true]);
  });

  it("is not one that is busy and says so", async () => {
    const body = '{"errcode":"M_LIMIT_EXCEEDED","error":"Too many requests","retry_after_ms":200}';
    const fault: Fault = { kind: "answer", forward: false, status: 429, body };
    proxy.reset({ method: "GET", path: /v1\/rooms\/[^/]+$/, nth: 1, fault });
    const preview = operation(proxy.url, { ...short, requestTimeoutMs: 10_000, silenceMs: 150 });
    assert.equal(await review(preview), "");
    assert.equal(proxy.faultsDone, 1);
    assert.doesNotMatch(preview.lines.join("\n"), /no whole answer to GET \S+v1\/rooms\/ID for/);
  });

  it("may only be slow: it has all of requestTimeoutSeconds, and the engine shows the line after ten seconds", async () => {
    let answer: () => void = () => undefined;
    const act = () => new Promise<void>((resolve) => (answer = resolve));
    const declared = { room: { roomId: room.roomId } };
    const config = {
      ...connectionTo(homeserver, proxy),
      "synapse:requestTimeoutSeconds": { value: "600" },
    };
    const scenario = await Scenario.create(config, declared);
    try {
      proxy.reset({ method: "GET", path: /whoami$/, nth: 1, fault: { kind: "meanwhile", act } });
      const says = /no whole answer to GET \S+whoami for 10 seconds/;
      const meanwhile = {
        says,
        act: () => {
          answer();
        },
      };
      assert.match(
        succeeded(await scenario.preview({ meanwhile })),
        /1 local member will be removed/,
      );
      assert.deepEqual([proxy.faultsDone, askedFor(/whoami$/)], [1, 1]);
    } finally {
      answer();
      scenario.remove();
    }
  });
});
