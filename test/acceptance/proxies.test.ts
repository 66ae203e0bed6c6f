import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { connect } from "node:http2";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { SynapseProvider, SynapseRoomShutdown, type SynapseProviderArgs } from "pulumi-synapse";
import { root } from "../support/machine/paths";
import { ConnectProxy } from "../support/network/connect-proxy";
import type { FaultProxy, Rule } from "../support/network/fault-proxy";
import { Nginx, type CertificateFile, type Listener } from "../support/network/nginx";
import { Scenario, connectionTo, refused, succeeded, type Run } from "../support/engine/scenario";
import type { TestHomeserver, TestRoom } from "../support/synapse/homeserver";
import { behindProxy, ownHomeserver } from "../support/synapse/shared";

/** How a proxy is configured and reached. */
interface Proxy extends Listener {
  /** The files that the provider is given. Default: the authority of the proxy. */
  readonly files?: Partial<Record<"caFile" | "clientCertFile" | "clientKeyFile", CertificateFile>>;
}

/** A proxy that no request gets through as it should, what the failure says, and where another room than usual is meant. */
interface BadProxy extends Proxy {
  readonly says: RegExp;
  readonly roomId?: (room: TestRoom) => string;
}

const pass = "location / { proxy_pass http://synapse; }";
const wantsCertificate = `ssl_client_certificate FOLDER/ca.pem; ssl_verify_client on; ${pass}`;
const withCertificate = {
  caFile: "ca.pem",
  clientCertFile: "client.pem",
  clientKeyFile: "client.key",
} as const;
const loginPage = 'default_type text/html; return 200 "<html><title>Sign in</title></html>";';

/** What docs/proxies.md says is to be written into nginx's configuration. */
const page = readFileSync(join(root, "docs", "proxies.md"), "utf8");
const [onlyWhatIsNeeded = "", belowBasePath = "", basePath = ""] = [
  ...page.matchAll(/```nginx\n([^`]*)```/g),
].map(([, snippet]) => snippet);

const decodingBasePath = {
  basePath: "/matrix",
  directives: "location /matrix/ { proxy_pass http://synapse/; }",
};

const good = {
  "a base path": { basePath: "/matrix", directives: basePath },
  "a base path, and paths that are decoded": decodingBasePath,
  "a way to nothing but what is needed": { directives: onlyWhatIsNeeded },
  "HTTP/2 to the client": { listen: "http2", directives: pass },
  gzip: { directives: `gzip on; gzip_min_length 1; gzip_types application/json; ${pass}` },
  "a second of patience": {
    directives: "location / { proxy_pass http://forgetful; proxy_read_timeout 1s; }",
  },
  "a second of patience, and another server to ask": {
    directives:
      "location / { proxy_pass http://twice; proxy_read_timeout 1s; proxy_next_upstream off; }",
  },
  "a private authority": { directives: pass },
  "a client certificate": { directives: wantsCertificate, files: withCertificate },
  "an IPv6 address": { origin: "http://[::1]", directives: pass },
  "an IPv6 address in the certificate": { origin: "https://[::1]", directives: pass },
} satisfies Record<string, Proxy>;

const bad = {
  "a login page with 200": {
    directives: loginPage,
    says: /Sign in.*homeserver URL/,
  },
  "a login page with 200 for the admin API": {
    directives: `${pass} location /_synapse/ { ${loginPage} }`,
    says: /Sign in.*homeserver URL/,
  },
  "a redirect to a login page elsewhere": {
    directives: "return 302 https://login.example.org/?next=$request_uri;",
    says: /302.*https:\/\/login\.example\.org.*homeserver URL/,
  },
  "a redirect to a login page of its own": {
    directives: "location / { return 303 /login; }",
    says: /303.*homeserver URL/,
  },
  "no way to the admin API": {
    directives: "location /_matrix/ { proxy_pass http://synapse; } location / { return 404; }",
    says: /404.*does not let \/_synapse\/admin through/,
  },
  "a base path that the URL lacks": {
    directives: `${basePath} location / { return 404; }`,
    says: /404.*homeserver URL/,
  },
  "a base path, and a decoded / in a room id": {
    ...decodingBasePath,
    roomId: ({ roomId }: TestRoom) => roomId.replace("!", "!with/"),
    says: /404/,
  },
  "a base path, and a decoded room id that leads to another room": {
    ...decodingBasePath,
    roomId: ({ roomId }: TestRoom) => `!of-somebody/../${roomId}`,
    says: /about another room than the one that was asked for/,
  },
  "no patience": {
    directives: "location / { proxy_pass http://silent; proxy_read_timeout 100ms; }",
    says: /504/,
  },
  "an answer of a gibibyte, as a mebibyte of gzip": {
    directives: "location / { proxy_pass http://bomb; }",
    says: /larger than 64 MiB/,
  },
  "an authority that is not named": {
    directives: pass,
    files: {},
    says: /certificate.*caFile/,
  },
  "another authority than the one that is named": {
    directives: pass,
    files: { caFile: "other.pem" },
    says: /certificate.*caFile/,
  },
  "a client certificate that is not named": {
    directives: wantsCertificate,
    says: /400.*certificate.*clientCertFile/,
  },
  "a client certificate of another authority": {
    directives: wantsCertificate,
    files: { ...withCertificate, clientCertFile: "other.pem", clientKeyFile: "other.key" },
    says: /400.*certificate.*clientCertFile/,
  },
  "a client certificate without its key": {
    directives: wantsCertificate,
    files: { caFile: "ca.pem", clientCertFile: "client.pem" },
    says: /clientCertFile and clientKeyFile go together/,
  },
  "a client certificate and the key of another one": {
    directives: wantsCertificate,
    files: { ...withCertificate, clientKeyFile: "other.key" },
    says: /clientKeyFile is not the key of the certificate in clientCertFile/,
  },
  "a client certificate in the place of its key": {
    directives: wantsCertificate,
    files: { ...withCertificate, clientKeyFile: "client.pem" },
    says: /client\.pem \(clientKeyFile of the SynapseProvider\) holds no private key/,
  },
  "a key in the place of the authority": {
    directives: pass,
    files: { caFile: "client.key" },
    says: /client\.key \(caFile of the SynapseProvider\) holds no certificate/,
  },
} satisfies Record<string, BadProxy>;

const strippedBody = {
  directives: `location / {
    proxy_pass http://synapse; proxy_pass_request_body off; proxy_set_header Content-Length "";
  }`,
};

const proxies = { ...good, ...bad, "a stripped body": strippedBody } satisfies Record<
  string,
  Proxy
>;
type Name = keyof typeof proxies;

const goodNames = Object.keys(good) as (keyof typeof good)[];
const badNames = Object.keys(bad) as (keyof typeof bad)[];

/** Those that lose the answer to the request. */
const impatient = [
  "a second of patience",
  "a second of patience, and another server to ask",
] as const;

/** Ids that are easily changed on the way. */
const oddIds = ["zimmer-ü-💥", "a b/c?d#e%2F&f=g+h", "x/../!y", "a//b", "%21a"].map(
  (part) => `!${part}:elsewhere.test`,
);

describe("behind a proxy with", () => {
  let homeserver: TestHomeserver;
  let forgetful: FaultProxy;
  const silent = createServer(() => undefined);
  const bomb = createServer((_, response) => {
    response.writeHead(200, { "content-encoding": "gzip" }).end(gibibyte());
  });
  let nginx: Nginx<Name>;
  let scenario: Scenario;
  before(async () => {
    ({ homeserver, proxy: forgetful } = await behindProxy(ownHomeserver));
    const behind = {
      synapse: homeserver.url,
      forgetful: forgetful.url,
      silent: await listen(silent),
      bomb: await listen(bomb),
    };
    const twice = `upstream twice { ${`server ${new URL(forgetful.url).host};`.repeat(2)} }`;
    nginx = await Nginx.start<Name>(proxies, behind, `${belowBasePath} ${twice}`);
    scenario = await Scenario.create({}, {});
  });
  after(() => {
    for (const server of [silent, bomb]) {
      server.close();
      server.closeAllConnections();
    }
    nginx.stop();
    scenario.remove();
  });

  const files = (name: Name) => {
    const { files: named = { caFile: "ca.pem" } }: Proxy = proxies[name];
    return Object.entries(named).map(([key, file]) => [key, nginx.file(file)] as const);
  };
  const providerFor = (name: Name) => {
    const paths = Object.fromEntries(files(name)) as Partial<SynapseProviderArgs>;
    const { adminToken: accessToken } = homeserver;
    return new SynapseProvider(name, { homeserverUrl: nginx.url(name), accessToken, ...paths });
  };
  const declare = (name: Name, roomId: string) => {
    scenario.run(() => {
      new SynapseRoomShutdown(name, { roomId }, { provider: providerFor(name) });
      return Promise.resolve(undefined);
    });
  };
  const deletes = (name: Name) => nginx.requests(name).filter(({ method }) => method === "DELETE");
  const nothingWasShutDown = async ({ roomId, creator }: TestRoom) => {
    assert.deepEqual(await homeserver.shutdownTasks(roomId), []);
    assert.ok((await homeserver.joinedRooms(creator)).includes(roomId));
  };

  describe("what ends the preview with a reason:", () => {
    let room: TestRoom;
    before(async () => (room = await homeserver.createRoom({ room_version: "11" })));

    for (const name of badNames) {
      it(name, async () => {
        const { says, roomId = () => room.roomId }: BadProxy = bad[name];
        declare(name, roomId(room));
        assert.match(refused(await scenario.preview({ diff: false })), says);
        await nothingWasShutDown(room);
      });
    }
  });

  it("a stripped body, an apply ends with a reason, and nothing was started", async () => {
    const room = await homeserver.createRoom();
    declare("a stripped body", room.roomId);
    assert.match(refused(await scenario.up()), /400 M_NOT_JSON/);
    assert.equal(deletes("a stripped body").length, 1);
    assert.equal(scenario.has("a stripped body"), false);
    await nothingWasShutDown(room);
  });

  describe("what a shutdown passes through:", () => {
    const rooms = new Map<Name, TestRoom>();
    let applied: Run;
    before(async () => {
      for (const name of goodNames) rooms.set(name, await homeserver.createRoom());
      const loseFirstAnswer = (name: Name): Rule => {
        const path = new RegExp(
          `/admin/v2/rooms/${encodeURIComponent(rooms.get(name)?.roomId ?? "")}$`,
        );
        return { method: "DELETE", path, nth: 1, fault: { kind: "silence" } };
      };
      forgetful.reset(...impatient.map(loseFirstAnswer));
      scenario.run(() => {
        for (const [name, { roomId }] of rooms) {
          const provider = providerFor(name);
          new SynapseRoomShutdown(name, { roomId, block: true }, { provider });
          if (name !== "a base path") continue;
          for (const oddId of oddIds) {
            const args = { roomId: oddId, block: true, allowUnknownRoom: true };
            new SynapseRoomShutdown(oddId, args, { provider });
          }
        }
        return Promise.resolve(undefined);
      });
      applied = await scenario.up();
    });

    for (const name of goodNames) {
      it(name, async () => {
        const { roomId } = rooms.get(name) as TestRoom;
        assert.equal((await homeserver.roomDetails(roomId)).status, 404, applied.output);
        const join = await homeserver.join(await homeserver.createUser(), roomId);
        assert.equal(join.status, 403);
        assert.match(String(join.body["error"]), /blocked on this server/);
        assert.equal((await homeserver.shutdownTasks(roomId)).length, 1);
        const { status, homeserverUrl } = scenario.outputs(name);
        assert.deepEqual(
          { status, homeserverUrl },
          { status: "complete", homeserverUrl: nginx.url(name) },
        );
      });
    }

    it("all of them, in one apply that succeeds, with one request for each shutdown", () => {
      succeeded(applied);
      for (const name of goodNames) {
        assert.equal(deletes(name).length, name === "a base path" ? 1 + oddIds.length : 1, name);
      }
    });

    it("a base path: every room id gets through as it was sent", async () => {
      for (const oddId of oddIds) assert.ok(await homeserver.isBlocked(oddId), applied.output);
    });

    it("HTTP/2 to the client: it is there, though not used", async () => {
      const session = connect(nginx.url("HTTP/2 to the client"), { rejectUnauthorized: false });
      await new Promise((resolve, reject) =>
        session.once("connect", resolve).once("error", reject),
      );
      assert.equal(session.alpnProtocol, "h2");
      session.destroy();
    });

    it("gzip: all answers are packed", () => {
      const encodings = nginx.requests("gzip").map(({ encoding }) => encoding);
      assert.deepEqual(new Set(encodings), new Set(["gzip"]));
    });

    for (const name of impatient) {
      it(`${name}: the answer to the request was lost, and it was sent once`, () => {
        assert.deepEqual(
          deletes(name).map(({ status }) => status),
          ["504"],
        );
        const id = encodeURIComponent(rooms.get(name)?.roomId ?? "");
        const sent = forgetful.requests.filter(
          ({ method, path }) => method === "DELETE" && path.endsWith(id),
        );
        assert.equal(sent.length, 1);
      });
    }
  });

  for (const [noProxy, passes] of [
    ["", true],
    ["localhost", false],
  ] as const) {
    it(`a client certificate, ${passes ? "through HTTPS_PROXY" : "directly where NO_PROXY names it"}: no other proxy sees the token`, async () => {
      const name = "a client certificate";
      const forward = new ConnectProxy();
      const { roomId } = await homeserver.createRoom();
      const settings = files(name).map(([key, value]) => [`synapse:${key}`, { value }] as const);
      await scenario.configure({
        ...connectionTo(homeserver, { url: nginx.url(name) }),
        ...Object.fromEntries(settings),
      });
      scenario.setEnv({ HTTPS_PROXY: await forward.listen(), NO_PROXY: noProxy });
      scenario.declare({ forwarded: { roomId } });
      try {
        succeeded(await scenario.preview());
        assert.equal(forward.seen.includes(new URL(nginx.url(name)).host), passes);
        assert.ok(!forward.seen.join().includes(homeserver.adminToken));
      } finally {
        scenario.setEnv({ HTTPS_PROXY: "", NO_PROXY: "" });
        forward.stop();
      }
    });
  }
});

/** A gibibyte of zeros, packed as one file after the other. */
function gibibyte(): Buffer {
  const part = gzipSync(Buffer.alloc(16 * 2 ** 20));
  return Buffer.concat(Array.from({ length: 64 }, () => part));
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
