import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { inspect } from "node:util";
import sinon from "sinon";
import { ConfigurationError } from "../../provider/homeserver/settings";
import { TokenCommand } from "../../provider/homeserver/token-command";
import { isRunning } from "../support/machine/processes";

const source = "synapse:accessTokenCommand";
const command = (...list: string[]) => TokenCommand.of({ value: JSON.stringify(list), source });
const script = (text: string, ...args: string[]) => command("sh", "-c", text, ...args);

/** The message of a program that gives no token. No way to print the error shows more. */
async function failure(of: TokenCommand): Promise<string> {
  const error = await of.token().then(
    (token) => assert.fail(`it gave ${token}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ConfigurationError, inspect(error));
  assert.match(error.message, /\.$/);
  const { message } = error;
  const shown = inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error);
  for (const secret of ["hunter2", "syt_c2Vj"]) assert.ok(!shown.includes(secret), shown);
  return message;
}

describe("the program that prints the token", () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pulumi-synapse-command-"));
    file = join(folder, "file");
  });
  afterEach(() => {
    sinon.restore();
    rmSync(folder, { recursive: true });
  });
  /** Prints token1, then token2, and so on. */
  const counting = () => script('echo run >> "$0"; printf "token%d\\n" $(wc -l < "$0")', file);
  const runs = () => readFileSync(file, "utf8").split("\n").length - 1;

  const writtenPids = async () => {
    while (!existsSync(file)) await turn();
    return readFileSync(file, "utf8").trim().split(" ").map(Number);
  };

  it("runs once, however many want the token, at the same time or later", async () => {
    const of = counting();
    const tokens = await Promise.all([of.token(), of.token(), of.token()]);
    assert.deepEqual([...tokens, await of.token()], Array(4).fill("token1"));
    assert.equal(runs(), 1);
  });

  it("runs once more for all whose token was refused at the same time", async () => {
    const of = counting();
    await of.token();
    const renewed = [of.token("token1"), of.token("token1"), of.token(), of.token("token1")];
    assert.deepEqual(await Promise.all(renewed), Array(4).fill("token2"));
    assert.equal(runs(), 2);
  });

  it("does not run for a token that has been replaced meanwhile", async () => {
    const of = counting();
    await of.token();
    await of.token("token1");
    assert.equal(await of.token("token1"), "token2");
    assert.equal(runs(), 2);
    assert.equal(await of.token("token2"), "token3");
  });

  it("shares the run among those who are refused, also if it prints the same token again", async () => {
    const of = script('echo run >> "$0"; echo same', file);
    await of.token();
    const renewed = await Promise.all([of.token("same"), of.token("same")]);
    assert.deepEqual(renewed, ["same", "same"]);
    assert.equal(runs(), 2);
  });

  it("shares a failure, and runs again after it", async () => {
    const of = script('echo run >> "$0"; test $(wc -l < "$0") -gt 1 && echo token', file);
    const both = await Promise.allSettled([of.token(), of.token()]);
    assert.deepEqual(
      both.map(({ status }) => status),
      ["rejected", "rejected"],
    );
    assert.equal(await of.token(), "token");
    assert.equal(runs(), 2);
  });

  it("takes no shell, and gives each argument as it is", async () => {
    assert.equal(await command("printf", "%s", "$HOME;`id`&|*").token(), "$HOME;`id`&|*");
  });

  it("gives it nothing to read", async () => {
    assert.equal(await script("cat; echo token").token(), "token");
  });

  it("trims the token, and does not mind what a program that is through has said", async () => {
    assert.equal(await script("printf '\\r\\n token\\r\\n'; echo warning >&2").token(), "token");
  });

  it("says that there is no such program, and shows no argument in its place", async () => {
    const message = await failure(command("/no/such/program", "--password=hunter2"));
    assert.match(
      message,
      /^synapse:accessTokenCommand gave no access token: the program "\/no\/such\/program" was not found\. Install it or/,
    );
    assert.match(
      await failure(command("vault kv get --token=hunter2")),
      /"vault \.\.\." was not found\. .*each of its arguments as a text of its own/,
    );
  });

  it("says that a program can't be run, and why", async () => {
    writeFileSync(file, "#!/bin/sh\necho token\n", { mode: 0o600 });
    assert.match(await failure(command(file)), /can't be run: EACCES\. Make it executable\.$/);
    const endless = "hunter2".repeat(1_000_000);
    assert.match(await failure(command("printf", endless)), /can't be run: E2BIG\. Run it by hand/);
  });

  for (const [how, text, message] of [
    ["an exit code", "exit 7", /the program "sh" ended with exit code 7\. Run it by hand/],
    ["a signal", "kill -9 $$", /was ended by SIGKILL\. Run it by hand/],
    ["no output", "true", /ended with exit code 0, but printed nothing\./],
    ["blank output", "echo; echo ' '", /ended with exit code 0, but printed nothing\./],
    ["a sentence", "echo hunter2 is it", /exit code 0, but what it printed is no token: there are/],
    [
      "a line of errors",
      "echo a >&2; echo b >&2; exit 1",
      /code 1\. Its standard error ends with "a b"\. /,
    ],
    ["a token and an exit code", "echo hunter2; exit 1", /ended with exit code 1\. Run it/],
    ["much output", "yes hunter2", /has printed more than 64 KiB, and was killed\. Run it/],
    ["many errors", "yes hunter2 >&2", /has printed more than 64 KiB, and was killed\. Run it/],
    [
      "its token among errors",
      "echo hunter2; echo 'the token hunter2 and:hunter2!' >&2; exit 1",
      /ends with "the token \[hidden\] and:\[hidden\]!"/,
    ],
    [
      "a part of its output among errors",
      `printf '{"access_token":"hunter2"}'; echo 'got hunter2' >&2; exit 1`,
      /ends with "got \[hidden\]"/,
    ],
    [
      "other tokens among errors",
      "echo 'refresh_token=syr_c2Vj/+= mar_abc syt_c2Vj_x_y' >&2; exit 1",
      /ends with "refresh_token=\[hidden\] \[hidden\] \[hidden\]"/,
    ],
    ["control characters", "printf '\\033[31mred' >&2; exit 1", /ends with "\\u001b\[31mred"/],
  ] as [string, string, RegExp][]) {
    it(`fails with ${how}`, async () => {
      writeFileSync(file, text); // Words of an argument are not shown.
      assert.match(await failure(command("sh", file)), message);
    });
  }

  it("shows no argument that the program repeats", async () => {
    const text = 'echo "unknown flag $1, password ${1#*=}" >&2; exit 1';
    assert.match(
      await failure(script(text, "name", "--password=hunter2")),
      /ends with "\[hidden\] flag \[hidden\], \[hidden\] \[hidden\]"/,
    );
  });

  for (const arg of [
    "admin:hunter2",
    "X-Vault-Token: hunter2",
    "Authorization: Bearer hunter2",
    "https://admin:hunter2@vault.test/v1?renew=1",
    "--data={'password':'hunter2'}",
    "login -u admin -p hunter2; exit 1",
    "--file=/run/hunter2/secret",
  ]) {
    it(`shows no part of ${arg}`, async () => {
      writeFileSync(file, 'echo "sealed for hunt""er2" >&2; exit 1');
      assert.match(await failure(command("sh", file, arg)), /ends with "sealed for \[hidden\]"/);
    });
  }

  it("shows no part of a value with a separator in it", async () => {
    writeFileSync(file, "echo 'sealed for my@hunter2,:x' >&2; exit 1");
    for (const arg of ["admin:my@hunter2,:x", "--password=my@hunter2,:x"]) {
      assert.match(await failure(command("sh", file, arg)), /ends with "sealed for \[hidden\]"/);
    }
  });

  it("shows no token that it has printed before", async () => {
    const of = script(
      'test -e "$0" && { echo "old: hunter2" >&2; exit 1; }; touch "$0"; echo hunter2',
      file,
    );
    await of.token();
    await assert.rejects(of.token("hunter2"), /ends with "old: \[hidden\]"/);
  });

  it("shows the end of long errors", async () => {
    const message = await failure(script("seq 1 9999 >&2; exit 1"));
    assert.match(message, /ends with "\.\.\.[ \d]{490,500} 9998 9999"/);
  });

  it("ends a program that hangs, with all that it has started, after a minute", async () => {
    const clock = sinon.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const hangs = script('sleep 1000 & echo $$ $! > "$0.new"; mv "$0.new" "$0"; wait', file);
    const failed = failure(hangs);
    const pids = await writtenPids();
    clock.tick(59_999);
    assert.deepEqual(pids.map(isRunning), [true, true]);
    clock.tick(1);
    assert.match(await failed, /has not ended within 60 seconds, and was killed\. Run it by hand/);
    while (pids.some(isRunning)) await turn();
  });

  it("waits a second for what a program leaves behind with its output open, and lets it run", async () => {
    for (const [text, message] of [
      ["echo token", /^token$/],
      ["echo why >&2; exit 7", /ended with exit code 7\. Its standard error ends with "why"\./],
    ] as const) {
      const clock = sinon.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      const timers = sinon.spy(globalThis, "setTimeout");
      const of = script(`sleep 1000 & echo $! > "$0.new"; mv "$0.new" "$0"; ${text}`, file);
      const end = sinon.spy();
      const said = of.token().catch((error: unknown) => String(error));
      void said.then(end);
      const [left = 0] = await writtenPids();
      try {
        while (!timers.calledWith(sinon.match.func, 1_000)) await turn();
        clock.tick(999);
        for (let count = 0; count < 10; count++) await turn();
        assert.equal(end.callCount, 0);
        clock.tick(1);
        assert.match(await said, message);
        assert.ok(isRunning(left));
      } finally {
        process.kill(left);
        rmSync(file);
        sinon.restore();
      }
    }
  });
});
