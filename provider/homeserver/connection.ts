import { z } from "zod";
import { baseUrl } from "../program/base-url";
import type { SettingName } from "../program/known-settings";
import { isLoopback, type SynapseHttpOptions } from "../synapse/http";
import { isRoomAlias, roomIdFault } from "../synapse/ids";
import { accessTokenReader } from "./access-token";
import {
  ConfigurationError,
  Settings,
  json,
  type Environment,
  type SettingsSource,
} from "./settings";
import { readTls } from "./tls-files";

/** How to reach a homeserver, and what is not to be done there. */
export interface Connection extends SynapseHttpOptions {
  /** Ids and aliases of rooms that nothing may shut down. */
  readonly protectedRooms: readonly string[];
  /** Whether a preview may go on where the homeserver can't be reached. */
  readonly roomLookup: "required" | "optional";
  /** How many shutdowns may be in flight at once. */
  readonly maxConcurrentShutdowns: number;
}

const maxRequestTimeoutSeconds = 3600;
const mostConcurrentShutdowns = 100;
const roomList = z.array(
  z.string().refine((room) => roomIdFault(room) === undefined || isRoomAlias(room)),
);

/** The settings that have defaults. */
export const settingSchemas = {
  allowInsecureHttp: z
    .stringbool({ truthy: ["true"], falsy: ["false"], case: "sensitive" })
    .default(false),
  requestTimeoutSeconds: z.coerce.number().int().min(1).max(maxRequestTimeoutSeconds).default(60),
  maxConcurrentShutdowns: z.coerce.number().int().min(1).max(mostConcurrentShutdowns).default(5),
  roomLookup: z.enum(["required", "optional"]).default("required"),
  protectedRooms: json(roomList).default([]),
} satisfies { readonly [setting in SettingName]?: z.ZodType };

/**
 * Finds homeserver and token in the environment and the stack's configuration, or in the inputs of an explicit provider,
 * to which the variables do not apply. Called by each hook: `destroy` and `refresh` get the configuration saved at
 * the last `up`, so a rotated token is only seen in the environment, a file or what a program prints.
 * @throws ConfigurationError with all faults at once.
 */
export function readConnection(config: SettingsSource | undefined, env: Environment): Connection {
  const settings = new Settings(config, env);
  const homeserverUrl = findUrl(settings);
  const accessToken = accessTokenReader(settings);
  const options = readOptions(settings);
  const tls = readTls(settings);
  if (homeserverUrl === undefined || accessToken === undefined || settings.faults.length > 0) {
    throw new ConfigurationError(settings.faults);
  }
  return { homeserverUrl, accessToken, tls, ...options };
}

function readOptions(settings: Settings) {
  const seconds = settings.parsed(
    "requestTimeoutSeconds",
    settingSchemas.requestTimeoutSeconds,
    `a whole number of seconds, 1 to ${maxRequestTimeoutSeconds}`,
  );
  const maxConcurrentShutdowns = settings.parsed(
    "maxConcurrentShutdowns",
    settingSchemas.maxConcurrentShutdowns,
    `a whole number, 1 to ${mostConcurrentShutdowns}`,
  );
  const roomLookup = settings.parsed(
    "roomLookup",
    settingSchemas.roomLookup,
    '"required" or "optional"',
  );
  const protectedRooms = settings.parsed(
    "protectedRooms",
    settingSchemas.protectedRooms,
    "a list of room ids and aliases",
  );
  return {
    requestTimeoutMs: seconds * 1000,
    maxConcurrentShutdowns,
    roomLookup,
    protectedRooms,
  };
}

function findUrl(settings: Settings): string | undefined {
  const allowsHttp = settings.parsed(
    "allowInsecureHttp",
    settingSchemas.allowInsecureHttp,
    '"true" or "false"',
  );
  const setting = settings.fromEnv("homeserverUrl") ?? settings.fromConfig("homeserverUrl");
  if (setting === undefined) {
    settings.faults.push(
      settings.isExplicit
        ? "The homeserver URL is missing. Set homeserverUrl of the SynapseProvider."
        : "The homeserver URL is missing. Set it with `pulumi config set synapse:homeserverUrl https://matrix.example.org`, " +
            "or in the environment variable SYNAPSE_HOMESERVER_URL.",
    );
    return undefined;
  }
  const fault = urlFault(setting.value, allowsHttp);
  if (fault === undefined) return baseUrl(setting.value);
  settings.faults.push(`${setting.source} ${fault}`);
  return undefined;
}

function urlFault(value: string, allowsHttp: boolean): string | undefined {
  if (!URL.canParse(value)) return "is not a URL: it must be like https://matrix.example.org.";
  const url = new URL(value);
  if (url.username !== "" || url.password !== "") {
    return "holds a user name or a password: leave them out, the access token is all that is needed.";
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return `must begin with https://, but begins with ${url.protocol}.`;
  }
  if (url.search !== "" || url.hash !== "" || /\/_(synapse|matrix)(\/|$)/.test(url.pathname)) {
    return `must be the homeserver's base URL, like ${url.origin}, without a path of the API, a query or a fragment.`;
  }
  if (url.protocol === "http:" && !allowsHttp && !isLoopback(url.hostname)) {
    return (
      `is ${url.origin}, but plain http would show the access token to the network: ` +
      "use https, or set synapse:allowInsecureHttp to true if the network is yours alone."
    );
  }
  return undefined;
}
