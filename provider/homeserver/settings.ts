import { readFileSync } from "node:fs";
import { z } from "zod";
import type { SettingName } from "../program/known-settings";

/** The configuration can't be used. `reasons` has a line for each fault; none shows a token. */
export class ConfigurationError extends Error {
  constructor(readonly reasons: string[]) {
    super(reasons.join(" "));
    this.name = "ConfigurationError";
  }
}

/** The environment variables that win over a setting of the stack's configuration. */
export const variables = {
  homeserverUrl: "SYNAPSE_HOMESERVER_URL",
  accessToken: "SYNAPSE_ACCESS_TOKEN",
  accessTokenFile: "SYNAPSE_ACCESS_TOKEN_FILE",
  accessTokenCommand: "SYNAPSE_ACCESS_TOKEN_COMMAND",
} as const satisfies { readonly [setting in SettingName]?: string };

/** The environment of the process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The configuration of a stack, or the inputs of an explicit provider: values by names with `synapse:`. */
export interface SettingsSource {
  get(key: string): string | undefined;
}

/** One setting, as it was found. */
export interface Setting {
  readonly value: string;
  /** Where it was set, for messages. */
  readonly source: string;
}

/**
 * The settings of one homeserver: of the stack's configuration and the environment, or of an explicit provider, to which the
 * environment's variables do not apply. Collects what is wrong with them.
 */
export class Settings {
  readonly faults: string[] = [];
  readonly isExplicit: boolean;

  constructor(
    private readonly config: SettingsSource | undefined,
    private readonly env: Environment,
  ) {
    this.isExplicit = config?.get("synapse:explicit") === "true";
  }

  /** A setting of the stack's configuration, or an argument of the explicit provider. */
  fromConfig(key: SettingName): Setting | undefined {
    const source = this.isExplicit ? `${key} of the SynapseProvider` : `synapse:${key}`;
    return present(this.config?.get(`synapse:${key}`), source);
  }

  /** A setting, by the variable with a name of ours. */
  fromEnv(key: keyof typeof variables): Setting | undefined {
    return this.isExplicit ? undefined : this.variable(variables[key]);
  }

  /** A variable that an explicit provider names. */
  variable(name: string): Setting | undefined {
    return present(this.env[name], name);
  }

  /** The value of a setting. Its default where it is not set, and where it is not right, which is a fault. */
  parsed<T>(key: SettingName, schema: z.ZodDefault<z.ZodType<T>>, allowed: string): T {
    const setting = this.fromConfig(key);
    const byDefault = schema.parse(undefined);
    if (setting === undefined) return byDefault;
    const parsed = schema.safeParse(setting.value);
    if (parsed.success) return parsed.data;
    this.faults.push(
      `${setting.source} must be ${allowed}, but is ${JSON.stringify(setting.value)}.`,
    );
    return byDefault;
  }

  /** What a step gives, or undefined where it finds that the configuration can't be used, which is a fault. */
  attempt<T>(step: () => T): T | undefined {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      this.faults.push(...error.reasons);
      return undefined;
    }
  }
}

/** An empty variable is how CI systems spell an unset one. */
function present(value: string | undefined, source: string): Setting | undefined {
  return value === undefined || value === "" ? undefined : { value, source };
}

/** Whether a text can be sent as an access token. */
export function isAccessToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/** Lists are kept as JSON in the configuration. */
export function json<T>(schema: z.ZodType<T>): z.ZodType<T> {
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

/** The text of the file that a setting names. */
export function readSettingFile({ value: path, source }: Setting): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown reason";
    throw new ConfigurationError([`The file ${path} (${source}) can't be read: ${code}.`]);
  }
}
