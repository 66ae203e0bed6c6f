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
  const ca = readPem(settings, "caFile", authorityFault);
  const cert = readPem(settings, "clientCertFile", (cert) =>
    works(() => createSecureContext({ cert })) ? undefined : noCertificate,
  );
  const key = readPem(settings, "clientKeyFile", (key) =>
    works(() => createSecureContext({ key }))
      ? undefined
      : "holds no private key without a passphrase that can be read",
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

const noCertificate = "holds no certificate that can be read";

/** What is wrong with a file of authorities, of which OpenSSL takes those before the first that it can't read. */
function authorityFault(pem: string): string | undefined {
  const blocks = pem.match(/-----BEGIN[^]*?(?=-----BEGIN|$)/g) ?? [];
  const certificates = blocks.filter((block) => !otherBlock.test(block));
  const broken = certificates.findIndex((block) => !isCertificate(block));
  if (certificates.length === 0 || (broken === 0 && certificates.length === 1)) {
    return noCertificate;
  }
  if (broken === -1) return undefined;
  return `holds ${certificates.length} certificates, of which number ${broken + 1} can't be read`;
}

/** Each hook reads the files anew, and a bundle of all public authorities takes 50 ms. */
const read = new Set<string>();

function isCertificate(block: string): boolean {
  if (!read.has(block) && works(() => new X509Certificate(block))) read.add(block);
  return read.has(block);
}

/** What a file may hold besides certificates, such as a list of revoked ones. */
const otherBlock = /^-----BEGIN (?!(?:X509 |TRUSTED )?CERTIFICATE-----)[^\n-]+-----/;

/** The text of the PEM file that a setting names, or undefined where there is none, or it has a fault. */
function readPem(
  settings: Settings,
  name: SettingName,
  faultOf: (pem: string) => string | undefined,
): string | undefined {
  const setting = settings.fromConfig(name);
  if (setting === undefined) return undefined;
  const pem = settings.attempt(() => readSettingFile(setting));
  if (pem === undefined) return undefined;
  const { value: path, source } = setting;
  const fault = pem.includes("-----BEGIN")
    ? faultOf(pem)
    : "is not in PEM format: it has no line with -----BEGIN";
  if (fault === undefined) return pem;
  settings.faults.push(`The file ${path} (${source}) ${fault}.`);
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
