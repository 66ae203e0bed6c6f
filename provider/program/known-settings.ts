import * as pulumi from "@pulumi/pulumi";

/** What an explicit provider is told by. */
export const providerSettings = [
  "homeserverUrl",
  "accessTokenEnv",
  "accessTokenFile",
  "accessTokenCommand",
  "accessToken",
  "caFile",
  "clientCertFile",
  "clientKeyFile",
  "allowInsecureHttp",
  "requestTimeoutSeconds",
  "maxConcurrentShutdowns",
  "protectedRooms",
  "roomLookup",
] as const;

/** Name of a setting. */
export type SettingName = (typeof providerSettings)[number];

const prefix = "synapse:";
const stackSettings = providerSettings
  .filter((name) => name !== "accessTokenEnv")
  .map((name) => prefix + name);

/**
 * What is wrong with the stack's configuration whatever its values are: the hooks see neither which keys there are nor which
 * are secret. A mistyped one would silently protect nothing. No value is shown.
 */
export function stackFaults(): string[] {
  const config = pulumi.runtime.allConfig();
  const isOwnPrefix = `${pulumi.getProject()}:` === prefix;
  const faults = Object.keys(config)
    .filter((key) => key.startsWith(prefix) && !stackSettings.includes(key))
    // The settings of a project that is called so have this prefix, too.
    .filter((key) => !isOwnPrefix || nearest(key, stackSettings) !== undefined)
    .map((key) => {
      const meant = instead(key, stackSettings);
      return `${key} is no setting of pulumi-synapse: ${meant} Remove it with \`pulumi config rm ${key}\`.`;
    });
  if (isPlain(config, "synapse:accessToken")) {
    faults.push(
      "synapse:accessToken is kept in plain text: set it anew with `pulumi config set --secret synapse:accessToken`, and " +
        "revoke the one that could be read.",
    );
  }
  return faults;
}

/** What is wrong with the names of an explicit provider's arguments. */
export function argumentFaults(args: object): string[] {
  return Object.entries(args)
    .filter(([name, value]) => value !== undefined && !isIn(providerSettings, name))
    .map(([name]) => {
      return `${name} is no argument of SynapseProvider: ${instead(name, providerSettings)}`;
    });
}

function isPlain(config: Record<string, string>, key: string): boolean {
  // It is there in every version that is supported, though not in its types.
  const { isConfigSecret } = pulumi.runtime as { isConfigSecret?: (key: string) => boolean };
  return (config[key] ?? "") !== "" && isConfigSecret?.(key) === false;
}

function isIn(names: readonly string[], name: string): boolean {
  return names.includes(name);
}

function instead(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  return meant === undefined ? `there are ${known.join(", ")}.` : `did you mean ${meant}?`;
}

/** The name that was meant, if one is near enough: but for a few letters, or their case. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const given = name.toLowerCase();
  const [[meant, letters] = ["", Infinity]] = known
    .map((one): [string, number] => [one, distance(given, one.toLowerCase())])
    .sort(([, a], [, b]) => a - b);
  const most = Math.max(1, Math.floor(meant.replace(prefix, "").length / 4));
  return letters <= most ? meant : undefined;
}

/** How many letters have to be put in, left out or changed to make one word of another. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [line, letter] of Array.from(from).entries()) {
    const next = [line + 1];
    for (const [column, other] of Array.from(to).entries()) {
      const [above = 0, right = 0] = row.slice(column, column + 2);
      next.push(Math.min(above + (letter === other ? 0 : 1), right + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
