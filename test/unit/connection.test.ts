import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { readConnection } from "../../provider/homeserver/connection";
import { ConfigurationError } from "../../provider/homeserver/settings";

const url = "https://matrix.example.org";

function config(values: Record<string, string>) {
  return {
    get: (key: string) => values[`synapse:${key.replace("synapse:", "")}`],
    require: (key: string) => key,
  };
}

function read(values: Record<string, string>, env: Record<string, string> = {}) {
  const keyed = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [`synapse:${key}`, value]),
  );
  return readConnection(config(keyed), env);
}

function reasons(values: Record<string, string>, env: Record<string, string> = {}): string[] {
  try {
    read(values, env);
  } catch (error) {
    assert.ok(error instanceof ConfigurationError);
    return error.reasons;
  }
  return [];
}

describe("connection", () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "pulumi-synapse-connection-"))));
  after(() => {
    rmSync(folder, { recursive: true });
  });
  const file = (text: string) => {
    const path = join(folder, "token");
    writeFileSync(path, text);
    return path;
  };

  it("takes a caFile with any number of certificates, all of which can be read", () => {
    const [one = "", other = ""] = rootCertificates;
    const revoked = "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n";
    const faults = (...parts: string[]) => {
      const token = { accessToken: "token" };
      const caFile = file(parts.join("\n"));
      return reasons({ homeserverUrl: url, ...token, caFile }).map((reason) =>
        reason.replace(/.*\) /, ""),
      );
    };
    const broken = other.replace(/\n.*\n/, "\nAAAA\n");
    const old = other.replaceAll("CERTIFICATE", "TRUSTED CERTIFICATE");
    assert.deepEqual(faults("# one", one, "# other\n", other, revoked, old), []);
    assert.deepEqual(faults(revoked), ["holds no certificate that can be read."]);
    assert.deepEqual(faults(broken), ["holds no certificate that can be read."]);
    for (const part of [broken, other.slice(0, 200), other.slice(0, 15)]) {
      const reason = "holds 2 certificates, of which number 2 can't be read.";
      assert.deepEqual(faults(one, part), [reason]);
    }
  });

  it("names both ways to set what is missing", () => {
    const [missingUrl, missingToken, ...more] = reasons({});
    assert.deepEqual(more, []);
    assert.match(
      missingUrl ?? "",
      /pulumi config set synapse:homeserverUrl .* SYNAPSE_HOMESERVER_URL/,
    );
    assert.match(
      missingToken ?? "",
      /pulumi config set --secret synapse:accessToken`, .* SYNAPSE_ACCESS_TOKEN/,
    );
  });

  it("takes an empty variable for an unset one", () => {
    assert.equal(reasons({}, { SYNAPSE_HOMESERVER_URL: "", SYNAPSE_ACCESS_TOKEN: "" }).length, 2);
  });

  it("prefers the environment, then the file, then the configuration", async () => {
    const all = {
      homeserverUrl: "https://other",
      accessToken: "config",
      accessTokenFile: file("file\n"),
    };
    const env = { SYNAPSE_HOMESERVER_URL: url, SYNAPSE_ACCESS_TOKEN: "variable" };
    assert.equal(read(all, env).homeserverUrl, url);
    assert.equal(await read(all, env).accessToken(), "variable");
    assert.equal(await read(all).accessToken(), "file");
    assert.equal(await read({ homeserverUrl: url, accessToken: "config" }).accessToken(), "config");
  });

  it("reads the file at each request, so that a rotated token is seen", async () => {
    const { accessToken } = read({ homeserverUrl: url, accessTokenFile: file("old") });
    assert.equal(await accessToken(), "old");
    file("new");
    assert.equal(await accessToken(), "new");
  });

  it("puts a program after a file and before a token, of the environment before the configuration", async () => {
    const prints = (token: string) => JSON.stringify(["printf", token]);
    const ofConfig = {
      homeserverUrl: url,
      accessTokenFile: file("file"),
      accessTokenCommand: prints("command"),
      accessToken: "config",
    };
    const { accessTokenFile, ...noFile } = ofConfig;
    const command = { SYNAPSE_ACCESS_TOKEN_COMMAND: prints("env-command") };
    const withFile = { ...command, SYNAPSE_ACCESS_TOKEN_FILE: accessTokenFile };
    for (const [values, env, token] of [
      [ofConfig, { ...withFile, SYNAPSE_ACCESS_TOKEN: "variable" }, "variable"],
      [ofConfig, withFile, "file"],
      [ofConfig, command, "env-command"],
      [ofConfig, {}, "file"],
      [noFile, {}, "command"],
      [{ ...ofConfig, explicit: "true" }, command, "file"],
      [{ ...noFile, explicit: "true" }, command, "command"],
      [{ ...noFile, explicit: "true", accessTokenEnv: "EU" }, { EU: "eu" }, "eu"],
    ] as [Record<string, string>, Record<string, string>, string][]) {
      assert.equal(await read(values, env).accessToken(), token);
    }
  });

  it("runs no program before a token is wanted", () => {
    read({ homeserverUrl: url, accessTokenCommand: '["/no/such/program"]' });
  });

  for (const bad of [
    "printf hidden",
    '"printf hidden"',
    "[]",
    '[""]',
    "{}",
    "null",
    '["printf", 5]',
    '["printf", ["hidden"]]',
    '["printf", "hidden\\u0000"]',
    '["printf", "hidden"',
  ]) {
    it(`refuses the program ${bad}, with all else that is wrong, without showing it`, () => {
      const [ofUrl, reason, ...more] = reasons({}, { SYNAPSE_ACCESS_TOKEN_COMMAND: bad });
      assert.match(ofUrl ?? "", /The homeserver URL is missing/);
      assert.match(
        reason ?? "",
        /^SYNAPSE_ACCESS_TOKEN_COMMAND must be a list of texts as JSON, .* such as \["vault", .*\.$/,
      );
      assert.ok(!/printf|hidden/.test(reason ?? ""));
      assert.deepEqual(more, []);
    });
  }

  it("says which file can't be read, and why", () => {
    const [reason] = reasons({ homeserverUrl: url, accessTokenFile: join(folder, "none") });
    assert.match(reason ?? "", /The file .*none \(synapse:accessTokenFile\) can't be read: ENOENT/);
  });

  for (const token of [" ", "two words", "line\nbreak", "tökén"]) {
    it(`refuses the token ${JSON.stringify(token)} without showing it`, () => {
      const [reason] = reasons({ homeserverUrl: url, accessToken: token });
      assert.match(reason ?? "", /synapse:accessToken (holds no|does not hold an) access token/);
      assert.ok(token === " " || !reason?.includes(token));
    });
  }

  for (const good of [
    "http://localhost:8008",
    "http://127.0.0.1:8008",
    "http://[::1]:8008",
    "https://a.b/base/",
  ]) {
    it(`accepts ${good}`, () => {
      assert.equal(
        read({ homeserverUrl: good, accessToken: "t" }).homeserverUrl,
        good.replace(/\/$/, ""),
      );
    });
  }

  for (const [bad, reason] of Object.entries({
    "matrix.example.org": /is not a URL/,
    "ftp://matrix.example.org": /must begin with https/,
    "http://matrix.example.org": /plain http would show the access token/,
    "http://127.0.0.1.example.org": /plain http/,
    "https://user:secret@example.org": /holds a user name or a password/,
    "https://example.org/_synapse/admin": /base URL/,
    "https://example.org/?access_token=secret": /base URL/,
    "secret://example.org": /must begin with https/,
  })) {
    it(`refuses ${bad}`, () => {
      const found = reasons({ homeserverUrl: bad, accessToken: "t" });
      assert.equal(found.length, 1);
      assert.match(found[0] ?? "", reason);
      assert.ok(!found[0]?.includes("=secret") && !found[0]?.includes(":secret"));
    });
  }

  it("allows plain http where the program says so", () => {
    const values = { homeserverUrl: "http://synapse.internal", accessToken: "t" };
    assert.equal(
      read({ ...values, allowInsecureHttp: "true" }).homeserverUrl,
      "http://synapse.internal",
    );
    assert.match(
      reasons({ ...values, allowInsecureHttp: "yes" })[0] ?? "",
      /allowInsecureHttp must be "true" or "false"/,
    );
  });

  it("takes the token of an explicit provider from the variable that it names, and from no global one", async () => {
    const explicit = { explicit: "true", homeserverUrl: url };
    const env = {
      EU_TOKEN: "eu",
      SYNAPSE_ACCESS_TOKEN: "global",
      SYNAPSE_HOMESERVER_URL: "https://global",
    };
    const connection = read(
      { ...explicit, accessTokenEnv: "EU_TOKEN", accessToken: "config" },
      env,
    );
    assert.deepEqual([connection.homeserverUrl, await connection.accessToken()], [url, "eu"]);
    assert.match(
      reasons({ ...explicit, accessTokenEnv: "MISSING", accessToken: "config" }, env)[0] ?? "",
      /MISSING .* is not set/,
    );
    const [reason] = reasons({ ...explicit, accessTokenEnv: "syt_c2VjcmV0" }, env);
    assert.match(
      reason ?? "",
      /must be the name of an environment variable, and not the token itself/,
    );
    assert.ok(!reason?.includes("c2VjcmV0"));
  });

  it("says of an explicit provider what it is missing, and names nothing that does not apply to it", () => {
    assert.deepEqual(reasons({ explicit: "true" }, { SYNAPSE_ACCESS_TOKEN: "global" }), [
      "The homeserver URL is missing. Set homeserverUrl of the SynapseProvider.",
      "The access token is missing. Set accessTokenEnv, accessTokenFile, accessTokenCommand or accessToken of the SynapseProvider: the stack's " +
        "configuration and the variables SYNAPSE_... do not apply to it.",
    ]);
  });

  it("has a request timeout in seconds", () => {
    assert.equal(read({ homeserverUrl: url, accessToken: "t" }).requestTimeoutMs, 60_000);
    assert.equal(
      read({ homeserverUrl: url, accessToken: "t", requestTimeoutSeconds: "5" }).requestTimeoutMs,
      5_000,
    );
    for (const bad of ["0", "3601", "1.5", "soon"]) {
      const [reason] = reasons({
        homeserverUrl: url,
        accessToken: "t",
        requestTimeoutSeconds: bad,
      });
      assert.match(
        reason ?? "",
        /requestTimeoutSeconds must be a whole number of seconds, 1 to 3600/,
      );
    }
  });

  it("has a number of shutdowns that may be in flight", () => {
    const values = { homeserverUrl: url, accessToken: "t" };
    assert.equal(read(values).maxConcurrentShutdowns, 5);
    assert.equal(read({ ...values, maxConcurrentShutdowns: "20" }).maxConcurrentShutdowns, 20);
    for (const bad of ["0", "101", "1.5", "many"]) {
      const [reason] = reasons({ ...values, maxConcurrentShutdowns: bad });
      assert.match(reason ?? "", /maxConcurrentShutdowns must be a whole number, 1 to 100/);
    }
  });
});
