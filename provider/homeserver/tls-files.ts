import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import type { SettingName } from "../program/known-settings";
import type { SynapseHttpOptions } from "../synapse/http";
import { readSettingFile, type Settings } from "./settings";

type Tls = NonNullable<SynapseHttpOptions["tls"]>;

/**
 * Reads the authority to trust and the client certificate from the files that the settings name. What is wrong with them is a
 * fault: at the first request it would be an error of OpenSSL's, or an authority that is silently not there.
 */
export function readTls(settings: Settings): Tls {
  const ca = readPem(settings, "caFile", "certificate", (pem) => new X509Certificate(pem));
  const cert = readPem(settings, "clientCertFile", "certificate", (pem) =>
    createSecureContext({ cert: pem }),
  );
  const key = readPem(settings, "clientKeyFile", "private key without a passphrase", (pem) =>
    createSecureContext({ key: pem }),
  );
  const isSet = (name: SettingName) => settings.fromConfig(name) !== undefined;
  if (isSet("clientCertFile") !== isSet("clientKeyFile")) {
    settings.faults.push("clientCertFile and clientKeyFile go together: set both or none.");
  }
  if (cert !== undefined && key !== undefined && !works(() => createSecureContext({ cert, key }))) {
    settings.faults.push(
      "clientKeyFile is not the key of the certificate in clientCertFile: name the two that belong together.",
    );
  }
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

/** The text of the PEM file that a setting names, or undefined where there is none, or not what it should hold. */
function readPem(
  settings: Settings,
  name: SettingName,
  holds: string,
  parse: (pem: string) => unknown,
): string | undefined {
  const setting = settings.fromConfig(name);
  if (setting === undefined) return undefined;
  const pem = settings.attempt(() => readSettingFile(setting));
  if (pem === undefined) return undefined;
  const { value: path, source } = setting;
  if (!pem.includes("-----BEGIN")) {
    settings.faults.push(`The file ${path} (${source}) is not in PEM format.`);
  } else if (works(() => parse(pem))) {
    return pem;
  } else {
    settings.faults.push(`The file ${path} (${source}) holds no ${holds} that can be read.`);
  }
  return undefined;
}

/** Whether a step succeeds. What OpenSSL says where it does not is no help: "DECODER routines::unsupported". */
function works(step: () => unknown): boolean {
  try {
    step();
    return true;
  } catch {
    return false;
  }
}
