import { isVariableName } from "../program/variable-name";
import { ConfigurationError, readSettingFile, type Setting, type Settings } from "./settings";

const noToken =
  "The access token is missing. Set it with `pulumi config set --secret synapse:accessToken`, " +
  "or in the environment variable SYNAPSE_ACCESS_TOKEN. To read it from a file, set synapse:accessTokenFile or " +
  "SYNAPSE_ACCESS_TOKEN_FILE to its path.";

const noExplicitToken =
  "The access token is missing. Set accessTokenEnv, accessTokenFile or accessToken of the SynapseProvider: the stack's " +
  "configuration and the variables SYNAPSE_... do not apply to it.";

/**
 * Gives a function that reads the token, or undefined and a fault. Order: the variable, the file, the stack's configuration.
 * The token is read anew at each call: it may be rotated while an operation goes on.
 */
export function accessTokenReader(settings: Settings): (() => string) | undefined {
  const variable = settings.isExplicit
    ? variableNamed(settings.fromConfig("accessTokenEnv"), settings)
    : settings.fromEnv("SYNAPSE_ACCESS_TOKEN");
  const file =
    settings.fromEnv("SYNAPSE_ACCESS_TOKEN_FILE") ?? settings.fromConfig("accessTokenFile");
  const config = settings.fromConfig("accessToken");
  const read = (): string => {
    if (variable !== undefined) return checkToken(variable.value, variable.source);
    if (file !== undefined) {
      return checkToken(readSettingFile(file), `The file ${file.value} (${file.source})`);
    }
    if (config !== undefined) return checkToken(config.value, config.source);
    throw new ConfigurationError([settings.isExplicit ? noExplicitToken : noToken]);
  };
  return settings.attempt(read) === undefined ? undefined : read;
}

/** The variable that an explicit provider names. A name without a value is a fault: another token must not stand in. */
function variableNamed(setting: Setting | undefined, settings: Settings): Setting | undefined {
  if (setting === undefined) return undefined;
  const { value, source } = setting;
  if (!isVariableName(value)) {
    settings.faults.push(
      `${source} must be the name of an environment variable, and not the token itself.`,
    );
    return undefined;
  }
  const variable = settings.variable(value);
  if (variable === undefined) {
    settings.faults.push(
      `The environment variable ${value} (${source}) is not set. It must hold the access token.`,
    );
  }
  return variable;
}

function checkToken(value: string, source: string): string {
  const token = value.trim();
  if (token === "") {
    throw new ConfigurationError([`${source} holds no access token: it is empty.`]);
  }
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new ConfigurationError([
      `${source} does not hold an access token: there are spaces or unusual characters in it.`,
    ]);
  }
  return token;
}
