import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import sinon from "sinon";
import { create } from "../../provider/hooks/create";
import { systemClock } from "../../provider/homeserver/clock";
import { inputsOf, realOperation } from "../support/hooks/real-operation";
import { FaultProxy, type Fault, type Rule } from "../support/network/fault-proxy";
import { Nginx, type CertificateFile } from "../support/network/nginx";
import { ConnectProxy } from "../support/network/connect-proxy";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";
import { TestHomeserver, type TestRoom } from "../support/synapse/homeserver";
import { expectOk } from "../support/synapse/requests";
import { behindProxy, ownHomeserver, sharedHomeserver } from "../support/synapse/shared";

/** A homeserver's answers, and those of what stands before it: what they mean, and what passes by itself. */
describe("answers", () => {
  let homeserver: TestHomeserver;
  before(async () => (homeserver = await sharedHomeserver()));

  const isUntouched = async ({ roomId, members }: TestRoom) => {
    assert.equal((await homeserver.roomDetails(roomId)).status, 200);
    assert.deepEqual(await homeserver.shutdownTasks(roomId), []);
    const [member] = members;
    assert.ok(member !== undefined && (await homeserver.joinedRooms(member)).includes(roomId));
  };

  const isDone = async ({ roomId }: TestRoom) => {
    assert.equal((await homeserver.roomDetails(roomId)).status, 404);
    assert.equal((await homeserver.shutdownTasks(roomId)).length, 1);
  };

  describe("of Synapse", () => {
    let own: TestHomeserver;
    before(async () => (own = await ownHomeserver()));

    const failureAs = async (adminToken: string, { roomId }: TestRoom) => {
      const operation = realOperation({ url: own.url, adminToken });
      const failure = await create(operation, inputsOf({ roomId })).catch(
        (error: unknown) => error,
      );
      assert.equal((await own.roomDetails(roomId)).status, 200);
      assert.deepEqual(await own.shutdownTasks(roomId), []);
      return String(failure);
    };

    it("a module that forbids it: the message does not blame the token", async () => {
      const room = await own.createRoom();
      own.forbidShutdown(room);
      const scenario = await Scenario.create(connectionTo(own), { room: { roomId: room.roomId } });
      try {
        const output = refused(await scenario.up());
        assert.match(output, /403 M_FORBIDDEN: Shutdown of this room is forbidden\. A module/);
        assert.doesNotMatch(output, /access token/);
        assert.equal((await own.roomDetails(room.roomId)).status, 200);
        assert.equal(scenario.has("room"), false);
      } finally {
        scenario.remove();
      }
    });

    it("an admin whose account is locked", async () => {
      const room = await own.createRoom();
      const { userId, accessToken } = await own.createUser();
      const path = `/_synapse/admin/v2/users/${encodeURIComponent(userId)}`;
      expectOk(await own.admin("PUT", path, { admin: true, locked: true }));
      assert.match(
        await failureAs(accessToken, room),
        /401 \w+_USER_LOCKED: .*is locked or suspended/,
      );
    });

    it("a user who is no admin, and a token that is gone", async () => {
      const room = await own.createRoom();
      const { accessToken } = await own.createUser();
      assert.match(
        await failureAs(accessToken, room),
        /403 M_FORBIDDEN: You are not a server admin\. .*must belong to a server admin/,
      );
      await own.revoke(accessToken);
      assert.match(
        await failureAs(accessToken, room),
        /401 M_UNKNOWN_TOKEN.*mistyped, expired, revoked/,
      );
    });
  });

  it("of Synapse that wants its terms accepted: nothing of it happens, and the message says by whom", async () => {
    const user_consent = {
      template_dir: tmpdir(),
      version: "1.0",
      block_events_error: "Please accept: %(consent_uri)s",
    };
    const strict = await TestHomeserver.startOwn({
      config: { public_baseurl: "https://matrix.example.org/", form_secret: "x", user_consent },
    });
    // A bot need not accept anything. Users of the tests act in the name of the admin.
    const adminIs = async (user_type: "bot" | null) =>
      expectOk(
        await strict.admin(
          "PUT",
          `/_synapse/admin/v2/users/${encodeURIComponent(`@admin:${strict.serverName}`)}`,
          { user_type },
        ),
      );
    try {
      await adminIs("bot");
      const { roomId, creator } = await strict.createRoom({ members: 2 });
      await adminIs(null);
      const inputs = inputsOf({ roomId, newRoomUserId: creator.userId });
      await assert.rejects(
        create(realOperation(strict), inputs),
        await strict.explained(/Please accept: .*who has not accepted the homeserver's terms/),
      );
      assert.deepEqual(await strict.joinedRooms(creator), [roomId]);
      await create(realOperation(strict), inputsOf({ roomId }));
      assert.equal((await strict.roomDetails(roomId)).status, 404);
    } finally {
      await strict.stop();
    }
  });

  describe("of nginx", () => {
    const toTarget = "proxy_pass http://synapse/;";
    /** What stands at these paths, and what is said of it. */
    const cases: Record<string, [location: string, says: RegExp]> = {
      basic: [
        `auth_basic "x"; auth_basic_user_file none; ${toTarget}`,
        /401: .*something before it, such as nginx .*wants a login of its own \(Basic\)/,
      ],
      forbidden: ["deny all;", /403: .*a proxy or a firewall, forbids this: let/],
      nothing: ["return 404;", /404: .*in https:\/\/localhost:\d+\/\.well-known\/matrix\/client/],
      "no-delete": [
        `if ($request_method = DELETE) { return 405; } ${toTarget}`,
        /DELETE .* 405: .*does not let the method DELETE through/,
      ],
      small: [
        `client_max_body_size 10; ${toTarget}`,
        /DELETE .* 413: .*refuses the size or the form of the request/,
      ],
      "no-token": [
        `proxy_set_header Authorization ""; ${toTarget}`,
        /401 M_MISSING_TOKEN: .*removes or replaces the header Authorization/,
      ],
      "no-body": [
        `proxy_pass_request_body off; proxy_set_header Content-Length ""; ${toTarget}`,
        /DELETE .* 400 M_NOT_JSON: Content not JSON\. .*has to let the body of DELETE through/,
      ],
      "no-admin": [
        `location ~ /_synapse { return 404; } ${toTarget}`,
        /404: .*does not let \/_synapse\/admin through to it/,
      ],
      moved: [
        "return 301 https://other.example.org/;",
        /301: redirects to https:\/\/other\.example\.org/,
      ],
    };
    let nginx: Nginx<"all">;
    let proxy: FaultProxy;
    before(async () => {
      proxy = await FaultProxy.start(homeserver.url);
      const locations = [
        "location / { proxy_pass http://synapse; }",
        `location /impatient/ { proxy_read_timeout 1s; ${toTarget} }`,
        ...Object.entries(cases).map(([name, [block]]) => `location /${name}/ { ${block} }`),
      ];
      const clients = "ssl_client_certificate FOLDER/ca.pem; ssl_verify_client on;";
      const directives = [clients, ...locations].join("\n");
      nginx = await Nginx.start({ all: { directives } }, { synapse: proxy.url });
    });
    beforeEach(() => {
      proxy.reset();
    });
    after(async () => {
      nginx.stop();
      await proxy.stop();
    });

    const through = (path: string) => {
      const pem = (name: CertificateFile) => readFileSync(nginx.file(name), "utf8");
      const tls = { ca: pem("ca.pem"), cert: pem("client.pem"), key: pem("client.key") };
      return realOperation(
        { url: `${nginx.url("all")}/${path}`, adminToken: homeserver.adminToken },
        { tls },
      );
    };

    for (const [name, [, says]] of Object.entries(cases)) {
      it(`${name}: says who has answered and what to do, and touches nothing`, async () => {
        const room = await homeserver.createRoom();
        await assert.rejects(create(through(name), inputsOf({ roomId: room.roomId })), says);
        await isUntouched(room);
      });
    }

    it("a quarantine that outlasts its patience is asked for again, and the shutdown follows it", async () => {
      const room = await homeserver.createRoom({ members: 2 });
      const [, member = room.creator] = room.members;
      const media = await homeserver.sendMedia(room);
      const late: Fault = { kind: "delay", ms: 1_500 };
      proxy.reset({ method: "POST", path: /quarantine$/, nth: 1, fault: late });
      const operation = through("impatient");
      const inputs = inputsOf({ roomId: room.roomId, quarantineMedia: true });
      const { quarantinedMedia } = await create(operation, inputs);
      assert.equal(quarantinedMedia, 1);
      assert.match(operation.lines.join("\n"), /asks again whether the media is quarantined.* 504/);
      assert.deepEqual(
        proxy.requests.map(({ method }) => method).filter((method) => method !== "GET"),
        ["POST", "POST", "DELETE"],
      );
      assert.equal(await homeserver.canDownload(member, media), false);
      await isDone(room);
    });

    it("is passed by a DELETE of its own connection through HTTPS_PROXY, with all certificates", async () => {
      const room = await homeserver.createRoom();
      const outward = new ConnectProxy();
      const certificates = {
        "synapse:caFile": { value: nginx.file("ca.pem") },
        "synapse:clientCertFile": { value: nginx.file("client.pem") },
        "synapse:clientKeyFile": { value: nginx.file("client.key") },
      };
      const scenario = await Scenario.create(
        { ...connectionTo(homeserver, { url: nginx.url("all") }), ...certificates },
        { room: { roomId: room.roomId } },
        { HTTPS_PROXY: await outward.listen(), NO_PROXY: "" },
      );
      try {
        succeeded(await scenario.up());
        assert.deepEqual(new Set(outward.seen), new Set([new URL(nginx.url("all")).host]));
        assert.equal(proxy.requests.filter(({ method }) => method === "DELETE").length, 1);
        await isDone(room);
      } finally {
        scenario.remove();
        outward.stop();
      }
    });
  });

  describe("that pass by themselves", () => {
    let proxy: FaultProxy;
    before(async () => ({ proxy } = await behindProxy()));

    const through = () => realOperation({ url: proxy.url, adminToken: homeserver.adminToken });
    const sent = (method: string, of = proxy) =>
      of.requests.filter((request) => request.method === method).length;
    const always = (rule: Omit<Rule, "nth">, times: number): Rule[] =>
      Array.from({ length: times }, (_, index) => ({ ...rule, nth: index + 1 }));

    for (const [who, body] of [
      [
        "Synapse's",
        '{"errcode":"M_LIMIT_EXCEEDED","error":"Too Many Requests","retry_after_ms":1500}',
      ],
      ["a proxy's", "<html>Too many requests</html>"],
    ] as const) {
      it(`${who} rate limit on the delete call: waits its turn, and one shutdown runs`, async () => {
        const room = await homeserver.createRoom({ members: 2 });
        const busy: Fault = { kind: "answer", forward: false, status: 429, body };
        proxy.reset(...always({ method: "DELETE", path: /v2\/rooms/, fault: busy }, 2));
        const operation = through();
        const { status } = await create(operation, inputsOf({ roomId: room.roomId }));
        assert.equal(status, "complete");
        assert.equal(sent("DELETE"), 3);
        const said = operation.lines.filter((line) => /waits for its turn/.test(line));
        assert.equal(said.length, 1, operation.lines.join("\n"));
        await isDone(room);
      });
    }

    it("a quarantine of which no answer ever comes: says how to go on, and that does", async () => {
      const room = await homeserver.createRoom({ members: 2 });
      const [, member = room.creator] = room.members;
      const media = await homeserver.sendMedia(room);
      const lost: Fault = { kind: "answer", forward: true, status: 504, body: "<html>" };
      proxy.reset({ method: "POST", path: /quarantine$/, nth: 1, lasts: true, fault: lost });
      const sleep = sinon.stub(systemClock, "sleep");
      const operation = through();
      sleep.callsFake((ms) => {
        operation.advance(ms);
        return Promise.resolve();
      });
      const inputs = { roomId: room.roomId, quarantineMedia: true };
      try {
        await assert.rejects(
          create(operation, inputsOf(inputs)),
          /is not known, since each answer was lost\. No shutdown was started\. .*set quarantineMedia to false/,
        );
      } finally {
        sleep.restore();
      }
      assert.ok(sent("POST") > 5 && sent("POST") < 20, `${sent("POST")} times`);
      await isUntouched(room);
      await create(through(), inputsOf({ ...inputs, quarantineMedia: false }));
      assert.equal(await homeserver.canDownload(member, media), false);
      await isDone(room);
    });

    it("a server that resets every connection that is used again: one DELETE a room, all shut down", async () => {
      const rough = await FaultProxy.start(homeserver.url, { resetsReused: true });
      const rooms = await Promise.all(Array.from({ length: 8 }, () => homeserver.createRoom()));
      const declared = rooms.map(({ roomId }, index) => [
        `room${index}`,
        { roomId, block: true, quarantineMedia: true },
      ]);
      const scenario = await Scenario.create(
        connectionTo(homeserver, rough),
        Object.fromEntries(declared) as Parameters<typeof Scenario.create>[1],
      );
      try {
        succeeded(await scenario.up());
        assert.deepEqual(
          [sent("DELETE", rough), sent("POST", rough)],
          [rooms.length, rooms.length],
        );
        assert.ok(rough.resets > 0, "no connection was used again");
        for (const room of rooms) await isDone(room);
      } finally {
        scenario.remove();
        await rough.stop();
      }
    });
  });
});
