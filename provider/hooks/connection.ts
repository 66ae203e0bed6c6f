import { readFileSync } from "node:fs";
import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { SynapseHttpOptions } from "../synapse/http";

/** The configuration can't be used. `reasons` has a line for each fault; none shows a token. */
export class ConfigurationError extends Error {
  constructor(readonly reasons: string[]) {
    super(reasons.join("\n"));
    this.name = "ConfigurationError";
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

interface Setting {
  readonly value: string;
  /** Where it was set, for messages. */
  readonly source: string;
}

const maxRequestTimeoutSeconds = 3600;

const requestTimeout = z.coerce.number().int().min(1).max(maxRequestTimeoutSeconds);
const yesOrNo = z.enum(["true", "false"]);

/**
 * Finds homeserver and token in the environment and the stack's configuration. Called by each hook: `destroy` and
 * `refresh` get the configuration saved at the last `up`, so a rotated token is only seen in the environment or a file.
 * @throws ConfigurationError with all faults at once.
 */
export function readConnection(config: pulumi.dynamic.Config | undefined, env: Environment): SynapseHttpOptions {
  const faults: string[] = [];
  const fromEnv = (name: string): Setting | undefined => present(env[name], name);
  const fromConfig = (key: string): Setting | undefined => present(config?.get(key), key);

  const allowInsecureHttp =
    parse(fromConfig("synapse:allowInsecureHttp"), yesOrNo, '"true" or "false"', faults) === "true";
  const homeserverUrl = checkUrl(
    fromEnv("SYNAPSE_HOMESERVER_URL") ?? fromConfig("synapse:homeserverUrl"),
    allowInsecureHttp,
    faults,
  );
  const accessToken = tokenReader(
    fromEnv("SYNAPSE_ACCESS_TOKEN"),
    fromEnv("SYNAPSE_ACCESS_TOKEN_FILE") ?? fromConfig("synapse:accessTokenFile"),
    fromConfig("synapse:accessToken"),
    faults,
  );
  const seconds = parse(
    fromConfig("synapse:requestTimeoutSeconds"),
    requestTimeout,
    `a whole number of seconds, 1 to ${maxRequestTimeoutSeconds}`,
    faults,
  );
  if (homeserverUrl === undefined || accessToken === undefined || faults.length > 0)
    throw new ConfigurationError(faults);
  return { homeserverUrl, accessToken, requestTimeoutMs: (seconds ?? 60) * 1000 };
}

/** An empty variable is how CI systems spell an unset one. */
function present(value: string | undefined, source: string): Setting | undefined {
  return value === undefined || value === "" ? undefined : { value, source };
}

function parse<T>(
  setting: Setting | undefined,
  schema: z.ZodType<T>,
  allowed: string,
  faults: string[],
): T | undefined {
  if (setting === undefined) return undefined;
  const parsed = schema.safeParse(setting.value);
  if (parsed.success) return parsed.data;
  faults.push(`${setting.source} must be ${allowed}, but is ${JSON.stringify(setting.value)}.`);
  return undefined;
}

function checkUrl(setting: Setting | undefined, allowInsecureHttp: boolean, faults: string[]): string | undefined {
  if (setting === undefined) {
    faults.push(
      "The homeserver URL is missing. Set it with `pulumi config set synapse:homeserverUrl https://matrix.example.org`, " +
        "or in the environment variable SYNAPSE_HOMESERVER_URL.",
    );
    return undefined;
  }
  const fault = (reason: string): string | undefined => {
    faults.push(`${setting.source} ${reason}`);
    return undefined;
  };
  if (!URL.canParse(setting.value)) {
    return fault("is not a URL: it must be like https://matrix.example.org.");
  }
  const url = new URL(setting.value);
  if (url.username !== "" || url.password !== "") {
    return fault("holds a user name or a password: leave them out, the access token is all that is needed.");
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return fault(`must begin with https://, but is ${JSON.stringify(setting.value)}.`);
  }
  if (url.search !== "" || url.hash !== "" || /\/_(synapse|matrix)(\/|$)/.test(url.pathname)) {
    return fault(
      `must be the homeserver's base URL, like https://matrix.example.org, but is ${JSON.stringify(setting.value)}.`,
    );
  }
  if (url.protocol === "http:" && !allowInsecureHttp && !isLoopback(url.hostname)) {
    return fault(
      `is ${JSON.stringify(setting.value)}, but plain http would show the access token to the network: ` +
        "use https, or set synapse:allowInsecureHttp to true if the network is yours alone.",
    );
  }
  return url.href.replace(/\/+$/, "");
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** Gives a function that reads the token, or adds a fault. Order: the variable, the file, the stack's configuration. */
function tokenReader(
  variable: Setting | undefined,
  file: Setting | undefined,
  config: Setting | undefined,
  faults: string[],
): (() => string) | undefined {
  const read = (): string => {
    if (variable !== undefined) return checkToken(variable.value, variable.source);
    if (file !== undefined) return checkToken(readTokenFile(file), `The file ${file.value} (${file.source})`);
    if (config !== undefined) return checkToken(config.value, config.source);
    throw new ConfigurationError([
      "The access token is missing. Set it with `pulumi config set --secret synapse:accessToken`, " +
        "or in the environment variable SYNAPSE_ACCESS_TOKEN. To read it from a file, set synapse:accessTokenFile or " +
        "SYNAPSE_ACCESS_TOKEN_FILE to its path.",
    ]);
  };
  try {
    read();
    return read;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    faults.push(...error.reasons);
    return undefined;
  }
}

function readTokenFile({ value: path, source }: Setting): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown reason";
    throw new ConfigurationError([
      `The file ${path} (${source}) can't be read: ${code}. It must hold the access token.`,
    ]);
  }
}

function checkToken(value: string, source: string): string {
  const token = value.trim();
  if (token === "") throw new ConfigurationError([`${source} holds no access token: it is empty.`]);
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new ConfigurationError([
      `${source} does not hold an access token: there are spaces or unusual characters in it.`,
    ]);
  }
  return token;
}
