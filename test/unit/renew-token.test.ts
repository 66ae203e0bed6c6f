import assert from "node:assert/strict";
import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TokenEndpoint, writeRenewScript } from "../support/docs/renew-token";
import { run } from "../support/machine/run";

describe("the script of docs/tokens.md that renews a token", () => {
  let folder: string;
  let file: string;
  let script: string;
  let endpoint: TokenEndpoint;
  /** The one that is valid, and what becomes of the answer. */
  let valid: string;
  let fault: Error | undefined;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "pulumi-synapse-renew-"));
    file = join(folder, "refresh-token");
    script = writeRenewScript(folder);
    valid = "mcr_1";
    fault = undefined;
    writeFileSync(file, "mcr_1\n", { mode: 0o600 });
    // A refresh token works once.
    endpoint = await new TokenEndpoint((refreshToken) => {
      if (fault !== undefined) return Promise.reject(fault);
      if (refreshToken !== valid) return Promise.resolve(undefined);
      const n = Number(valid.slice(4)) + 1;
      valid = `mcr_${n}`;
      return Promise.resolve({ access_token: `mat_${n}`, refresh_token: valid });
    }).start();
  });
  afterEach(() => {
    endpoint.stop();
    rmSync(folder, { recursive: true });
  });

  const renew = async () => run(process.execPath, [script, endpoint.url, endpoint.clientId, file]);

  it("prints the access token, and keeps the next refresh token for its owner alone", async () => {
    for (const n of [2, 3]) {
      assert.equal(await renew(), `mat_${n}\n`);
      assert.equal(readFileSync(file, "utf8"), `mcr_${n}`);
      assert.equal(statSync(file).mode & 0o777, 0o600);
      assert.deepEqual(readdirSync(folder).sort(), ["refresh-token", "renew-token.mjs"]);
    }
  });

  it("renews one at a time, so that none is used twice", async () => {
    const printed = await Promise.all([renew(), renew(), renew()]);
    assert.deepEqual(printed.sort(), ["mat_2\n", "mat_3\n", "mat_4\n"]);
    assert.equal(readFileSync(file, "utf8"), "mcr_4");
  });

  it("keeps the refresh token where there is no answer, or none with tokens", async () => {
    fault = new Error("the connection is lost");
    await assert.rejects(renew(), /ended with 1:\nfetch failed /);
    fault = undefined;
    valid = "mcr_9";
    await assert.rejects(
      renew(),
      /ended with 1:\n.*oauth2\/token gives no tokens: 400 invalid_grant/,
    );
    assert.equal(readFileSync(file, "utf8"), "mcr_1\n");
    assert.deepEqual(readdirSync(folder).sort(), ["refresh-token", "renew-token.mjs"]);
  });

  it("asks for nothing where there is no refresh token", async () => {
    rmSync(file);
    await assert.rejects(renew(), /ended with 1:\nENOENT/);
    assert.equal(endpoint.requests, 0);
    assert.deepEqual(readdirSync(folder), ["renew-token.mjs"]);
  });

  it("goes on after a run that was killed", async () => {
    writeFileSync(`${file}.next`, "mcr_");
    const then = Date.now() / 1000 - 31;
    utimesSync(`${file}.next`, then, then);
    assert.equal(await renew(), "mat_2\n");
  });
});
