import { readFileSync } from "node:fs";
import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { isVariableName } from "../program/variable-name";
import { isLoopback, type SynapseHttpOptions } from "../synapse/http";

/** The configuration can't be used. `reasons` has a line for each fault; none shows a token. */
export class ConfigurationError extends Error {
  constructor(readonly reasons: string[]) {
    super(reasons.join("\n"));
    this.name = "ConfigurationError";
  }
}

/** How to reach a homeserver, and what is not to be done there. */
export interface Connection extends SynapseHttpOptions {
  /** Ids and aliases of rooms that nothing may shut down. */
  readonly protectedRooms: readonly string[];
  /** Whether a preview may go on where the homeserver can't be reached. */
  readonly roomLookup: "required" | "optional";
  /** How many shutdowns may be in flight at once. */
  readonly maxConcurrentShutdowns: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

interface Setting {
  readonly value: string;
  /** Where it was set, for messages. */
  readonly source: string;
}

const maxRequestTimeoutSeconds = 3600;
const defaultConcurrentShutdowns = 5;
const mostConcurrentShutdowns = 100;

const requestTimeout = z.coerce.number().int().min(1).max(maxRequestTimeoutSeconds);
const concurrentShutdowns = z.coerce.number().int().min(1).max(mostConcurrentShutdowns);
const yesOrNo = z.enum(["true", "false"]);
const lookup = z.enum(["required", "optional"]);
const roomList = z.array(z.string().regex(/^[!#][^\s]+$/));

/**
 * Finds homeserver and token in the environment and the stack's configuration, or in the inputs of an explicit provider,
 * to which the three variables do not apply. Called by each hook: `destroy` and `refresh` get the configuration saved at
 * the last `up`, so a rotated token is only seen in the environment or a file.
 * @throws ConfigurationError with all faults at once.
 */
export function readConnection(
  config: pulumi.dynamic.Config | undefined,
  env: Environment,
): Connection {
  const faults: string[] = [];
  const isExplicit = config?.get("synapse:explicit") === "true";
  const fromConfig = (key: string): Setting | undefined =>
    present(
      config?.get(`synapse:${key}`),
      isExplicit ? `${key} of the SynapseProvider` : `synapse:${key}`,
    );
  const fromEnv = (name: string): Setting | undefined =>
    isExplicit ? undefined : present(env[name], name);
  const parsed = <T>(key: string, schema: z.ZodType<T>, allowed: string) =>
    parse(fromConfig(key), schema, allowed, faults);

  const allowInsecureHttp = parsed("allowInsecureHttp", yesOrNo, '"true" or "false"') === "true";
  const homeserverUrl = checkUrl(
    fromEnv("SYNAPSE_HOMESERVER_URL") ?? fromConfig("homeserverUrl"),
    allowInsecureHttp,
    faults,
  );
  const accessToken = tokenReader(
    isExplicit
      ? variableNamed(fromConfig("accessTokenEnv"), env, faults)
      : fromEnv("SYNAPSE_ACCESS_TOKEN"),
    fromEnv("SYNAPSE_ACCESS_TOKEN_FILE") ?? fromConfig("accessTokenFile"),
    fromConfig("accessToken"),
    faults,
  );
  const seconds = parsed(
    "requestTimeoutSeconds",
    requestTimeout,
    `a whole number of seconds, 1 to ${maxRequestTimeoutSeconds}`,
  );
  const maxConcurrentShutdowns =
    parsed(
      "maxConcurrentShutdowns",
      concurrentShutdowns,
      `a whole number, 1 to ${mostConcurrentShutdowns}`,
    ) ?? defaultConcurrentShutdowns;
  const roomLookup = parsed("roomLookup", lookup, '"required" or "optional"') ?? "required";
  const protectedRooms =
    parsed("protectedRooms", json(roomList), "a list of room ids and aliases") ?? [];
  const tls = readTls(
    fromConfig("caFile"),
    fromConfig("clientCertFile"),
    fromConfig("clientKeyFile"),
    faults,
  );
  if (homeserverUrl === undefined || accessToken === undefined || faults.length > 0)
    throw new ConfigurationError(faults);
  const policy = { roomLookup, protectedRooms, maxConcurrentShutdowns };
  return { homeserverUrl, accessToken, requestTimeoutMs: (seconds ?? 60) * 1000, tls, ...policy };
}

/** Lists are kept as JSON in the configuration. */
function json<T>(schema: z.ZodType<T>): z.ZodType<T> {
  return z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue("is not JSON");
        return z.NEVER;
      }
    })
    .pipe(schema);
}

/** The variable that an explicit provider names. A name without a value is a fault: another token must not stand in. */
function variableNamed(
  setting: Setting | undefined,
  env: Environment,
  faults: string[],
): Setting | undefined {
  if (setting === undefined) return undefined;
  if (!isVariableName(setting.value)) {
    faults.push(
      `${setting.source} must be the name of an environment variable, and not the token itself.`,
    );
    return undefined;
  }
  const variable = present(env[setting.value], setting.value);
  if (variable === undefined) {
    faults.push(
      `The environment variable ${setting.value} (${setting.source}) is not set. It must hold the access token.`,
    );
  }
  return variable;
}

function readTls(
  ca: Setting | undefined,
  cert: Setting | undefined,
  key: Setting | undefined,
  faults: string[],
) {
  if ((cert === undefined) !== (key === undefined)) {
    faults.push("clientCertFile and clientKeyFile go together: set both or none.");
  }
  const read = (name: string, setting: Setting | undefined): Record<string, string> => {
    if (setting === undefined) return {};
    try {
      const pem = readSettingFile(setting);
      if (pem.includes("-----BEGIN")) return { [name]: pem };
      faults.push(`The file ${setting.value} (${setting.source}) is not in PEM format.`);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      faults.push(...error.reasons);
    }
    return {};
  };
  return { ...read("ca", ca), ...read("cert", cert), ...read("key", key) };
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

function checkUrl(
  setting: Setting | undefined,
  allowInsecureHttp: boolean,
  faults: string[],
): string | undefined {
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
    return fault(
      "holds a user name or a password: leave them out, the access token is all that is needed.",
    );
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return fault(`must begin with https://, but begins with ${url.protocol}.`);
  }
  if (url.search !== "" || url.hash !== "" || /\/_(synapse|matrix)(\/|$)/.test(url.pathname)) {
    return fault(
      `must be the homeserver's base URL, like ${url.origin}, without a path of the API, a query or a fragment.`,
    );
  }
  if (url.protocol === "http:" && !allowInsecureHttp && !isLoopback(url.hostname)) {
    return fault(
      `is ${url.origin}, but plain http would show the access token to the network: ` +
        "use https, or set synapse:allowInsecureHttp to true if the network is yours alone.",
    );
  }
  return url.href.replace(/\/+$/, "");
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
    if (file !== undefined)
      return checkToken(readSettingFile(file), `The file ${file.value} (${file.source})`);
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

function readSettingFile({ value: path, source }: Setting): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown reason";
    throw new ConfigurationError([`The file ${path} (${source}) can't be read: ${code}.`]);
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
