import assert from "node:assert/strict";
import { SynapseAdminClient } from "../../provider/synapse/admin-client";
import {
  ScriptedServer,
  answer,
  failure,
  token,
  type Reply,
} from "../support/network/scripted-server";

const options = { block: true, purge: true, forcePurge: false };
const details = JSON.stringify({
  room_id: "!a:b",
  joined_members: 1,
  joined_local_members: 1,
  join_rules: "invite",
  name: null,
  a_new_field: {},
});

describe("admin client", () => {
  let server: ScriptedServer;
  const start = (...replies: Reply[]) => (server = new ScriptedServer(replies));
  afterEach(() => {
    server.close();
  });

  it("percent-encodes ids and sends only what is set", async () => {
    const client = await start(answer(200, { delete_id: "x" })).client();
    await client.deleteRoom("!a/../b?c#d%2f é:h", {
      ...options,
      message: "m",
      newRoomUserId: "@a:b",
    });
    assert.deepEqual(server.requests, [
      "DELETE /_synapse/admin/v2/rooms/!a%2F..%2Fb%3Fc%23d%252f%20%C3%A9%3Ah",
    ]);
    assert.deepEqual(JSON.parse(server.bodies[0] ?? ""), {
      block: true,
      purge: true,
      force_purge: false,
      message: "m",
      new_room_user_id: "@a:b",
    });
  });

  it("takes a refusal for one whose text is no JSON, although it is called so", async () => {
    const json = { "content-type": "application/json" };
    for (const text of ["Forbidden", ""]) {
      const client = await start(answer(403, text, json)).client();
      const refusal = await failure(client.deleteRoom("!a:b", options));
      assert.equal(refusal.httpStatus, 403);
      assert.equal((await failure(client.roomDetails("!a:b"))).httpStatus, 403);
      assert.equal(server.requests.length, 2);
      server.close();
    }
  });

  for (const [method, call] of [
    ["DELETE", (client) => client.deleteRoom("!a:b", options)],
    ["POST", (client) => client.quarantineMedia("!a:b")],
    ["PUT", (client) => client.setRoomBlock("!a:b", true)],
    ["GET", (client) => client.roomDetails("!a:b")],
  ] as [string, (client: SynapseAdminClient) => Promise<unknown>][]) {
    it(`sends no ${method} that must not be sent any more, repeats included`, async () => {
      const homeserverUrl = await start(answer(503, "busy")).listen();
      const gone = new Error("nobody is left");
      let allowed = 0;
      const client = new SynapseAdminClient({
        homeserverUrl,
        accessToken: () => Promise.resolve(token),
        requestTimeoutMs: 2_000,
        retryDelayFactorMs: 1,
        beforeAttempt: () => (allowed-- > 0 ? Promise.resolve() : Promise.reject(gone)),
      });
      await assert.rejects(call(client), gone);
      assert.deepEqual(server.requests, []);
      allowed = 2;
      await assert.rejects(call(client));
      const isRepeated = method === "GET" || method === "PUT";
      assert.equal(server.requests.length, isRepeated ? 2 : 1);
    });
  }

  for (const id of ["", ".", ".."]) {
    it(`can't be led to another endpoint by the id ${JSON.stringify(id)}`, async () => {
      const client = await start(answer(200, {})).client();
      await assert.rejects(client.deleteStatus(id), /can't be part of a URL's path/);
      assert.deepEqual(server.requests, []);
    });
  }

  it("takes no answer about another room", async () => {
    const client = await start(answer(200, details), answer(200, {})).client();
    const other = await failure(client.roomDetails("!of-somebody/../!a:b"));
    assert.match(other.message, /at room_id: it is about another room .* changes the ids in paths/);
    assert.match((await failure(client.roomDetails("!a:b"))).message, /not what Synapse answers/);
  });

  it("sends the token in a header, and keeps the connection", async () => {
    const sockets = new Set<unknown>();
    const tokens = new Set<unknown>();
    const client = await start((response, request) => {
      sockets.add(request.socket);
      tokens.add(request.headers.authorization);
      response.end(details);
    }).client();
    for (let i = 0; i < 3; i++) await client.roomDetails("!a:b");
    assert.equal(sockets.size, 1);
    assert.deepEqual([...tokens], [`Bearer ${token}`]);
  });

  it("leaves out what the server does not tell, and ignores what it does not know", async () => {
    const client = await start(answer(200, details)).client();
    assert.deepEqual(await client.roomDetails("!a:b"), { statistics: { joinedMembers: 1 } });
  });

  it("takes what there are no statistics of for unknown, not for 0 or none", async () => {
    const unknown = {
      joined_local_members: null,
      name: null,
      encryption: null,
      federatable: false,
    };
    const told = { room_id: "!a:b", creator: "", version: "10", ...unknown };
    const client = await start(
      answer(200, { ...told, joined_members: null }),
      answer(200, { ...told, joined_members: -1 }),
      // The row was lost, and begins anew with the next join.
      answer(200, { ...told, joined_members: 1, joined_local_members: 1, join_rules: null }),
    ).client();
    for (let row = 0; row < 3; row++) {
      assert.deepEqual(await client.roomDetails("!a:b"), { version: "10" });
    }
  });

  it("reads no more than it is allowed to, says so, and does not ask again", async () => {
    let requests = 0;
    const client = await start((response) => {
      requests++;
      response.end(JSON.stringify({ state: [], padding: "x".repeat(2_000) }));
    }).client();
    const limits = { timeoutMs: 5_000, maxBytes: 1_024 };
    const error = await failure(client.roomState("!a:b", "m.room.member", limits));
    assert.match(error.message, /the answer is larger than/);
    assert.doesNotMatch(error.message, /no answer/);
    assert.deepEqual([error.isTooLarge, error.isServerAway, requests], [true, false, 1]);
  });

  it("waits no longer than it is allowed to, and does not ask again", async () => {
    let requests = 0;
    const client = await start(() => requests++).client();
    const limits = { timeoutMs: 50, maxBytes: 1_024 };
    const error = await failure(client.roomState("!a:b", "m.room.member", limits));
    assert.deepEqual([error.isTimeout, requests], [true, 1]);
  });

  for (const status of [
    "shutting_down",
    "purging",
    "scheduled",
    "active",
    "complete",
    "failed",
    "cancelled",
    "new-word",
  ]) {
    it(`reads the status word ${status}`, async () => {
      const client = await start(answer(200, { status, shutdown_room: null })).client();
      assert.deepEqual(await client.deleteStatus("x"), { status });
    });
  }

  for (const status of [408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524]) {
    it(`asks again after ${status}`, async () => {
      const client = await start(
        answer(status, "busy"),
        answer(status, "busy"),
        answer(200, details),
      ).client();
      await client.roomDetails("!a:b");
      assert.equal(server.requests.length, 3);
    });

    it(`does not send DELETE or POST again after ${status}, but PUT`, async () => {
      const busy = answer(status, { errcode: "M_UNKNOWN", error: "busy" });
      const client = await start(busy, busy, busy, answer(200, { block: true })).client();
      assert.equal((await failure(client.deleteRoom("!a:b", options))).httpStatus, status);
      assert.equal((await failure(client.quarantineMedia("!a:b"))).httpStatus, status);
      assert.equal(server.requests.length, 2);
      await client.setRoomBlock("!a:b", true);
      assert.equal(server.requests.length, 4);
    });
  }

  for (const status of [400, 401, 403, 404, 501, 525]) {
    it(`does not ask again after ${status}`, async () => {
      const client = await start(answer(status, { errcode: "M_X", error: "no" })).client();
      const error = await failure(client.roomDetails("!a:b"));
      assert.equal(server.requests.length, 1);
      assert.match(
        error.message,
        new RegExp(`^GET /_synapse/admin/v1/rooms/ID on http://127.* ${status} M_X: no`),
      );
    });
  }

  it("asks again when the connection is lost, and gives up in the end", async () => {
    const lose: Reply = (response) => response.destroy();
    const client = await start(lose, lose, answer(200, details), lose).client();
    await client.roomDetails("!a:b");
    assert.equal(server.requests.length, 3);
    assert.match((await failure(client.roomDetails("!a:b"))).reason, /no answer/);
    assert.equal(server.requests.length, 3 + 5);
  });

  it("sends what must not be sent twice on a connection of its own, whatever becomes of those that are kept", async () => {
    const used = new Set<unknown>();
    const client = await start((response, request) => {
      if (used.has(request.socket)) {
        request.socket.resetAndDestroy();
        return;
      }
      used.add(request.socket);
      const isDelete = request.method === "DELETE";
      response.end(isDelete ? '{"delete_id":"x"}' : '{"num_quarantined":0,"block":true}');
    }).client();
    for (let i = 0; i < 3; i++) {
      assert.equal(await client.isRoomBlocked("!a:b"), true);
      await client.quarantineMedia("!a:b");
      await client.deleteRoom("!a:b", options);
      await client.setRoomBlock("!a:b", true);
    }
    const sent = (method: string) => server.requests.filter((one) => one.startsWith(method)).length;
    assert.deepEqual([sent("DELETE"), sent("POST")], [3, 3]);
    assert.ok(sent("GET") > 3 || sent("PUT") > 3, "no connection was used twice");
  });

  it("does not send DELETE again when the connection is lost", async () => {
    const client = await start((response) => response.destroy()).client();
    const error = await failure(client.deleteRoom("!a:b", options));
    assert.equal(error.httpStatus, undefined);
    assert.equal(server.requests.length, 1);
  });

  for (const [name, busy] of Object.entries({
    "Retry-After": answer(429, "busy", { "Retry-After": "1" }),
    retry_after_ms: answer(429, {
      errcode: "M_LIMIT_EXCEEDED",
      error: "Too fast",
      retry_after_ms: 1_000,
    }),
  })) {
    it(`stays away as long as ${name} says`, async () => {
      const times: number[] = [];
      const record =
        (reply: Reply): Reply =>
        (...args) => {
          times.push(performance.now());
          reply(...args);
        };
      const client = await start(record(busy), record(answer(200, details))).client();
      await client.roomDetails("!a:b");
      assert.ok((times[1] ?? 0) - (times[0] ?? 0) >= 990);
    });
  }

  it("does not wait for hours where the server asks for it", async () => {
    const client = await start(answer(429, "busy", { "Retry-After": "7200" })).client();
    assert.equal((await failure(client.roomDetails("!a:b"))).retryAfterMs, 7_200_000);
    assert.equal(server.requests.length, 1);
  });

  it("gives up on an attempt that takes too long", async () => {
    const client = await start(() => undefined).client(50);
    const error = await failure(client.deleteRoom("!a:b", options));
    assert.match(error.message, /no answer .*timeout of 50ms.*requestTimeoutSeconds/);
  });

  it("follows no redirect", async () => {
    const other = new ScriptedServer([answer(200, details)]);
    const target = await other.listen();
    const client = await start(answer(307, "", { Location: `${target}/elsewhere?token` })).client();
    const error = await failure(client.roomDetails("!a:b"));
    assert.match(
      error.message,
      /307: redirects to http:\/\/127.0.0.1:\d+\. Redirects are not followed/,
    );
    assert.deepEqual(other.requests, []);
    other.close();
  });

  for (const [name, body] of Object.entries({
    HTML: "<html>Log in</html>",
    nothing: "",
    list: "[]",
    cut: '{"joined_mem',
  })) {
    it(`says that ${name} is no answer of Synapse`, async () => {
      const client = await start(answer(200, body)).client();
      assert.match(
        (await failure(client.roomDetails("!a:b"))).message,
        /not what Synapse answers.*homeserver URL/,
      );
    });
  }

  for (const [name, body] of Object.entries({
    HTML: "<html>Log in</html>",
    "the block as it was": '{"block":false}',
  })) {
    it(`takes no block for set where the answer is ${name}`, async () => {
      const client = await start(answer(200, body)).client();
      const { message } = await failure(client.setRoomBlock("!a:b", true));
      assert.match(message, /PUT \S+\/block .*not what Synapse answers.*homeserver URL/);
    });
  }

  it("shows no token that the server repeats", async () => {
    const client = await start((response, { headers }) => {
      response
        .writeHead(400)
        .end(
          JSON.stringify({ errcode: "M_X", error: `bad header ${headers.authorization ?? ""}` }),
        );
    }).client();
    assert.match(
      (await failure(client.roomDetails("!a:b"))).message,
      /bad header Bearer \[access token\]/,
    );
  });

  it("reads the token once more on 401, and sends the request again only if it has changed", async () => {
    const refused = answer(401, { errcode: "M_UNKNOWN_TOKEN", error: "Token expired" });
    const homeserverUrl = await start(refused, answer(200, details), refused).listen();
    const tokens = ["old", "new"];
    const accessToken = () => Promise.resolve(tokens.length > 1 ? (tokens.shift() ?? "") : "new");
    const client = new SynapseAdminClient({ homeserverUrl, accessToken, requestTimeoutMs: 2_000 });
    await client.roomDetails("!a:b");
    assert.equal(server.requests.length, 2);
    assert.equal((await failure(client.roomDetails("!a:b"))).httpStatus, 401);
    assert.equal(server.requests.length, 3);
  });

  it("says which token was refused, and sends a DELETE again that was", async () => {
    const refused = answer(401, { errcode: "M_UNKNOWN_TOKEN", error: "Token expired" });
    const homeserverUrl = await start(refused, answer(200, { delete_id: "x" })).listen();
    const asked: (string | undefined)[] = [];
    const accessToken = (old?: string) => {
      asked.push(old);
      return Promise.resolve(`token${asked.length}`);
    };
    const client = new SynapseAdminClient({ homeserverUrl, accessToken, requestTimeoutMs: 2_000 });
    assert.deepEqual(await client.deleteRoom("!a:b", options), { deleteId: "x" });
    assert.deepEqual(asked, [undefined, "token1"]);
    assert.equal(server.requests.length, 2);
  });

  it("repeats neither the token that was refused nor the one after it", async () => {
    const echo: Reply = (response, request) => {
      const error = `expired: ${request.headers.authorization ?? ""}`;
      response.writeHead(401).end(JSON.stringify({ errcode: "M_UNKNOWN_TOKEN", error }));
    };
    const homeserverUrl = await start(echo).listen();
    for (const another of [`${token}_2`, token]) {
      const accessToken = (old?: string) => Promise.resolve(old === undefined ? token : another);
      const client = new SynapseAdminClient({
        homeserverUrl,
        accessToken,
        requestTimeoutMs: 2_000,
      });
      assert.match((await failure(client.whoami())).message, /expired: Bearer \[access token\]\. /);
    }
  });

  it("shows no part of a token that the server repeats across the end of what is shown", async () => {
    const page = `<html>${"x".repeat(100)} Bearer ${token}</html>`;
    const client = await start(answer(500, page), answer(200, page)).client();
    for (let i = 0; i < 2; i++)
      assert.doesNotMatch((await failure(client.roomDetails("!a:b"))).message, /syt_/);
  });

  it("does not send the token to a proxy of the environment that stands between it and loopback", async () => {
    const proxy = start(answer(200, details));
    process.env["HTTP_PROXY"] = await proxy.listen();
    try {
      const client = new SynapseAdminClient({
        homeserverUrl: "http://127.0.0.1:9",
        accessToken: () => Promise.resolve(token),
        requestTimeoutMs: 500,
        retryDelayFactorMs: 1,
      });
      await failure(client.roomDetails("!a:b"));
      assert.deepEqual(proxy.requests, []);
    } finally {
      delete process.env["HTTP_PROXY"];
    }
  });

  it("tells Synapse's 404 from the 404 of a missing route", async () => {
    const client = await start(
      answer(404, { errcode: "M_NOT_FOUND", error: "Room not found" }),
      answer(404, { errcode: "M_UNRECOGNIZED", error: "Unrecognized request" }),
    ).client();
    assert.equal((await failure(client.roomDetails("!a:b"))).isNotFound, true);
    const error = await failure(client.roomDetails("!a:b"));
    assert.equal(error.isNotFound, false);
    assert.match(error.message, /has no such Synapse admin endpoint/);
  });
});
