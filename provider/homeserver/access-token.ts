import { isVariableName } from "../program/variable-name";
import type { SynapseHttpOptions } from "../synapse/http";
import {
  ConfigurationError,
  isAccessToken,
  readSettingFile,
  type Setting,
  type Settings,
} from "./settings";
import { TokenCommand } from "./token-command";

const noToken =
  "The access token is missing. Set it with `pulumi config set --secret synapse:accessToken`, " +
  "or in the environment variable SYNAPSE_ACCESS_TOKEN. To read it from a file, set synapse:accessTokenFile or " +
  "SYNAPSE_ACCESS_TOKEN_FILE to its path; to get it from a program, set synapse:accessTokenCommand or " +
  "SYNAPSE_ACCESS_TOKEN_COMMAND.";

const noExplicitToken =
  "The access token is missing. Set accessTokenEnv, accessTokenFile, accessTokenCommand or accessToken of the SynapseProvider: the stack's " +
  "configuration and the variables SYNAPSE_... do not apply to it.";

type AccessTokenReader = SynapseHttpOptions["accessToken"];

/**
 * Gives what reads the token, or undefined and a fault. Order: the variable; the file and then the program that the
 * environment names; the file, the program and then the token of the stack's configuration or of the explicit provider. A
 * program is not run before a token is wanted. All else is read anew at each call: it may be rotated while an operation goes on.
 */
export function accessTokenReader(settings: Settings): AccessTokenReader | undefined {
  const variable = settings.isExplicit
    ? variableNamed(settings.fromConfig("accessTokenEnv"), settings)
    : settings.fromEnv("accessToken");
  return settings.attempt(() => {
    const reader =
      given(variable) ??
      ofFile(settings.fromEnv("accessTokenFile")) ??
      ofCommand(settings.fromEnv("accessTokenCommand")) ??
      ofFile(settings.fromConfig("accessTokenFile")) ??
      ofCommand(settings.fromConfig("accessTokenCommand")) ??
      given(settings.fromConfig("accessToken"));
    if (reader !== undefined) return reader;
    throw new ConfigurationError([settings.isExplicit ? noExplicitToken : noToken]);
  });
}

function given(setting: Setting | undefined): AccessTokenReader | undefined {
  return setting && readNow(() => checkToken(setting.value, setting.source));
}

function ofFile(file: Setting | undefined): AccessTokenReader | undefined {
  return (
    file &&
    readNow(() => checkToken(readSettingFile(file), `The file ${file.value} (${file.source})`))
  );
}

function ofCommand(setting: Setting | undefined): AccessTokenReader | undefined {
  const command = setting && TokenCommand.of(setting);
  return command && ((refused) => command.token(refused));
}

/** A token that can be read without waiting is read at once, to find what is wrong with it. */
function readNow(read: () => string): AccessTokenReader {
  read();
  return () => Promise.resolve().then(read);
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
  if (!isAccessToken(token)) {
    throw new ConfigurationError([
      `${source} does not hold an access token: there are spaces or unusual characters in it.`,
    ]);
  }
  return token;
}
