import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SynapseProvider, SynapseRoomShutdown } from "pulumi-synapse";
import { isRunning } from "../support/machine/processes";
import { TokenEndpoint, writeRenewScript, type TokenPair } from "../support/docs/renew-token";
import { Scenario, connectionTo, refused, succeeded, type Run } from "../support/engine/scenario";
import { ExpiringTokens, expiringPrefix } from "../support/network/expiring-tokens";
import type { TestHomeserver } from "../support/synapse/homeserver";
import { expectOk, request, type Answer } from "../support/synapse/requests";
import { ownHomeserver } from "../support/synapse/shared";

const loud = { logVerbosity: 9, logToStdErr: true, logFlow: true };

/** The tokens of an answer of the homeserver. */
function tokenPair(answer: Answer): TokenPair {
  const { access_token, refresh_token } = expectOk(answer) as Record<keyof TokenPair, string>;
  return { access_token, refresh_token };
}

/** Waits until something has happened during an operation, which must not end before. */
async function during(operation: Promise<Run>, hasHappened: () => boolean): Promise<void> {
  let ended: Run | undefined;
  void operation.then((run) => (ended = run));
  while (!hasHappened()) {
    if (ended !== undefined) throw new Error(`it ended before:\n${ended.output}`);
    await sleep(20);
  }
}

describe("a program that prints the token", () => {
  let homeserver: TestHomeserver;
  let proxy: ExpiringTokens;
  let folder: string;
  let scenario: Scenario | undefined;
  before(async () => (homeserver = await ownHomeserver()));

  /** A preview whose program hangs. It takes its minute while the other tests go on. */
  let hanging: { scenario: Scenario; preview: Promise<Run>; pidFile: string };
  before(async () => {
    const { roomId } = await homeserver.createRoom();
    const own = await Scenario.create(
      {
        "synapse:homeserverUrl": { value: homeserver.url },
        "synapse:accessTokenCommand": {
          value: '["sh", "-c", "sleep 1000 & echo $$ $! > pids; echo lock >&2; wait"]',
        },
      },
      { room: { roomId } },
    );
    hanging = { scenario: own, preview: own.preview(), pidFile: join(own.folder, "pids") };
  });
  after(() => {
    hanging.scenario.remove();
  });
  beforeEach(async () => {
    proxy = await new ExpiringTokens(homeserver).start();
    folder = mkdtempSync(join(tmpdir(), "pulumi-synapse-token-"));
  });
  afterEach(() => {
    proxy.stop();
    scenario?.remove();
    scenario = undefined;
    rmSync(folder, { recursive: true });
  });

  /** A login of another admin that can be refreshed. */
  const logIn = async (): Promise<TokenPair> => {
    const id = `@refreshing-${randomBytes(6).toString("hex")}:${homeserver.serverName}`;
    const password = randomBytes(12).toString("hex");
    expectOk(
      await homeserver.admin("PUT", `/_synapse/admin/v2/users/${encodeURIComponent(id)}`, {
        password,
        admin: true,
      }),
    );
    const login = {
      type: "m.login.password",
      identifier: { type: "m.id.user", user: id },
      password,
      refresh_token: true,
    };
    return tokenPair(await request(homeserver.url, "", "POST", "/_matrix/client/v3/login", login));
  };

  const runsFile = () => join(folder, "runs");
  const runs = () => (existsSync(runsFile()) ? readFileSync(runsFile(), "utf8").length : 0);

  /** Prints another token at each run. `first`: what a shell does before. */
  const command = (first = "true") =>
    JSON.stringify([
      "sh",
      "-c",
      `${first}; printf . >> "$0"; echo ${expiringPrefix}$(wc -c < "$0")`,
      runsFile(),
    ]);
  const config = (accessTokenCommand: string) => ({
    "synapse:homeserverUrl": { value: proxy.url },
    "synapse:accessTokenCommand": { value: accessTokenCommand },
  });
  const holdsNoToken = (...texts: string[]) => {
    for (const text of texts) {
      const at = text.search(/syt_expiring_\d/);
      assert.equal(at, -1, `a token is in: ${text.slice(Math.max(0, at - 200), at + 20)}`);
    }
  };
  const refusedTokens = () => new Set(proxy.refused.map(({ token }) => token)).size;
  const isGone = async (roomId: string) => (await homeserver.roomDetails(roomId)).status === 404;

  it("runs once in an operation, however many rooms there are, and never shows the token", async () => {
    const rooms = await Promise.all(Array.from({ length: 5 }, () => homeserver.createRoom()));
    const declared = Object.fromEntries(rooms.map(({ roomId }, i) => [`room${i}`, { roomId }]));
    scenario = await Scenario.create(config(command()), declared);
    for (const operation of ["preview", "up", "refresh", "destroy"] as const) {
      const before = runs();
      const output = succeeded(await scenario[operation](loud));
      holdsNoToken(output, scenario.stateText());
      assert.ok(runs() - before <= 1, `${operation} ran it ${runs() - before} times`);
    }
    assert.equal(refusedTokens(), 0);
    for (const { roomId } of rooms) assert.ok(await isGone(roomId));
  });

  it("lets a shutdown go on through twelve expired tokens", async () => {
    const { roomId, letGo } = await homeserver.createHeldRoom();
    scenario = await Scenario.create(config(command()), { held: { roomId } });
    // Each lasts until the list of what runs was read with it once.
    const isPoll = ({ path }: { path: string }) =>
      path.includes("/scheduled_tasks?") && !path.includes("resource_id");
    proxy.hasExpired = (use) =>
      isPoll(use) && proxy.taken.some((one) => isPoll(one) && one.token === use.token);
    const up = scenario.up(loud);
    await during(up, () => refusedTokens() >= 12);
    letGo();
    const output = succeeded(await up);
    assert.ok(await isGone(roomId));
    assert.equal(scenario.outputs("held")["status"], "complete");
    assert.ok(refusedTokens() >= 12);
    assert.equal(runs(), refusedTokens() + 1);
    assert.equal(proxy.taken.filter(({ method }) => method === "DELETE").length, 1);
    holdsNoToken(output, scenario.stateText());
  });

  it("runs once for all rooms whose token has expired, and sends what was refused again", async () => {
    const rooms = await Promise.all(Array.from({ length: 5 }, () => homeserver.createRoom()));
    const declared = Object.fromEntries(
      rooms.map(({ roomId }, i) => [`room${i}`, { roomId, block: true }]),
    );
    scenario = await Scenario.create(config(command()), declared);
    proxy.hasExpired = ({ method, token }) => method === "DELETE" && token === `${expiringPrefix}1`;
    holdsNoToken(succeeded(await scenario.up(loud)), scenario.stateText());
    assert.equal(runs(), 2);
    for (const { roomId } of rooms) {
      assert.ok(await isGone(roomId));
      assert.equal((await homeserver.shutdownTasks(roomId)).length, 1);
    }
  });

  it("fails the preview with exit code and errors where the program fails, and asks for nothing", async () => {
    const { roomId } = await homeserver.createRoom();
    const failing =
      "printf '\\033[31mn <{%%bold%%}> seal ' >&2; echo syt_expiring_$((6+1)) >&2; echo syt_expiring_$((6+1)); exit 3";
    scenario = await Scenario.create(config(command(failing)), { room: { roomId } });
    for (const operation of ["preview", "up"] as const) {
      const output = refused(await scenario[operation]());
      assert.match(
        output,
        /synapse:accessTokenCommand gave no access token: the program "sh" ended with exit code 3\. Its standard error ends with "\\u001b\[31mn <\\u\{7b\}%bold%}> seal \[hidden\]"\. Run it by hand/,
      );
      assert.ok(!output.includes("\u001b[31m"));
      holdsNoToken(output, scenario.stateText());
    }
    assert.deepEqual(proxy.taken, []);
    assert.equal((await homeserver.roomDetails(roomId)).status, 200);
  });

  it("keeps the delete_id where the program fails in the middle, and goes on when it works again", async () => {
    const { roomId, letGo } = await homeserver.createHeldRoom();
    const broken = join(folder, "broken");
    const breaks = `test -e '${broken}' && { echo the key is away >&2; exit 2; }`;
    scenario = await Scenario.create(config(command(breaks)), { held: { roomId } });
    const isStarted = () => proxy.taken.some(({ method }) => method === "DELETE");
    proxy.hasExpired = ({ path }) => {
      const expires = isStarted() && path.includes("/scheduled_tasks") && !existsSync(broken);
      if (expires) writeFileSync(broken, "");
      return expires;
    };
    assert.match(refused(await scenario.up()), /exit code 2\. .* with "the key is away"\./);
    const { deleteId } = scenario.outputs("held");
    assert.equal(typeof deleteId, "string");
    rmSync(broken);
    proxy.hasExpired = () => false;
    letGo();
    succeeded(await scenario.up());
    assert.equal(scenario.outputs("held")["deleteId"], deleteId);
    assert.ok(await isGone(roomId));
  });

  it("says 401 where the program prints a token again that was refused", async () => {
    const { roomId } = await homeserver.createRoom();
    const same = JSON.stringify(["sh", "-c", 'printf . >> "$0"; echo syt_revoked', runsFile()]);
    scenario = await Scenario.create(config(same), { room: { roomId } });
    const output = refused(await scenario.preview());
    assert.match(output, /401 M_UNKNOWN_TOKEN: Expired: \[access token\]/);
    assert.equal(runs(), 2);
  });

  it("is taken from the environment, which wins over the configuration", async () => {
    const { roomId } = await homeserver.createRoom();
    const connection = connectionTo({ url: proxy.url, adminToken: "syt_of_the_configuration" });
    const env = { SYNAPSE_ACCESS_TOKEN_COMMAND: command() };
    scenario = await Scenario.create(connection, { room: { roomId } }, env);
    succeeded(await scenario.up());
    assert.ok(await isGone(roomId));
    scenario.setEnv({ SYNAPSE_ACCESS_TOKEN_COMMAND: "vault kv get hunter2" });
    const output = refused(await scenario.refresh());
    assert.match(output, /SYNAPSE_ACCESS_TOKEN_COMMAND must be a list of texts as JSON/);
    assert.ok(!output.includes("hunter2"));
  });

  it("serves an explicit provider", async () => {
    const { roomId } = await homeserver.createRoom();
    scenario = await Scenario.create({}, {}, { SYNAPSE_ACCESS_TOKEN_COMMAND: '["false"]' });
    scenario.run(() => {
      const accessTokenCommand = JSON.parse(command()) as string[];
      const provider = new SynapseProvider("eu", { homeserverUrl: proxy.url, accessTokenCommand });
      new SynapseRoomShutdown("room", { roomId }, { provider });
      return Promise.resolve(undefined);
    });
    succeeded(await scenario.preview());
    assert.equal(runs(), 1);
    holdsNoToken(succeeded(await scenario.up()), scenario.stateText());
    assert.ok(await isGone(roomId));
    assert.match(succeeded(await scenario.up()), /3 unchanged/);
  });

  it("does not wait for ever for a program that hangs, and leaves nothing of it running", async () => {
    assert.match(
      refused(await hanging.preview),
      /"sh" has not ended within 60 seconds, and was killed\. Its standard error ends with "lock"\./,
    );
    // It was run in the project's folder.
    for (const pid of readFileSync(hanging.pidFile, "utf8").trim().split(" ")) {
      while (isRunning(Number(pid))) await sleep(20);
    }
  });

  it("lets a shutdown go on with the script of docs/tokens.md, while Synapse lets its tokens expire", async () => {
    const { roomId, letGo } = await homeserver.createHeldRoom();
    const issued: TokenPair[] = [await logIn()];
    const endpoint = await new TokenEndpoint(async (refresh_token) => {
      const path = "/_matrix/client/v3/refresh";
      const pair = tokenPair(await request(homeserver.url, "", "POST", path, { refresh_token }));
      issued.push(pair);
      return pair;
    }).start();
    const file = join(folder, "refresh-token");
    writeFileSync(file, `${issued[0]?.refresh_token ?? ""}\n`);
    const renew = ["node", writeRenewScript(folder), endpoint.url, endpoint.clientId, file];
    scenario = await Scenario.create(
      {
        "synapse:homeserverUrl": { value: homeserver.url },
        "synapse:accessTokenCommand": { value: JSON.stringify(renew) },
      },
      { held: { roomId } },
    );
    try {
      const up = scenario.up(loud);
      await during(up, () => issued.length >= 4);
      letGo();
      const output = succeeded(await up);
      assert.ok(await isGone(roomId));
      assert.equal(endpoint.requests, issued.length - 1);
      assert.equal(readFileSync(file, "utf8"), issued.at(-1)?.refresh_token);
      for (const token of issued.flatMap((pair) => Object.values(pair) as string[])) {
        assert.ok(![output, scenario.stateText()].some((text) => text.includes(token)), token);
      }
    } finally {
      endpoint.stop();
    }
  });
});
