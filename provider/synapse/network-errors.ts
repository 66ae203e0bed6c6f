import { brokenOff } from "./whole-answer";

/** Whether a network error says that the other side's certificate can't be trusted. */
export function isCertificateError(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|ERR_TLS/.test(code);
}

/** Whether a network error says that an answer took too long. */
export function isTimeout(code: string | undefined): boolean {
  return code === "ECONNABORTED" || code === "ETIMEDOUT";
}

/** What can be done where there was no answer. `code`: of the network error. */
export function remedyForNetwork(code: string | undefined): string | undefined {
  if (code === undefined) return undefined;
  if (code === "ENOTFOUND") return "Check the host name in the homeserver URL.";
  if (code === "ECONNREFUSED") {
    return "Check that the homeserver runs and that the URL has the right port.";
  }
  if (isTimeout(code)) {
    return (
      "Check the homeserver URL (https or http, host, port) and the network (a firewall, the proxy of HTTPS_PROXY), or allow more " +
      "time for one request (requestTimeoutSeconds)."
    );
  }
  if (code === brokenOff) {
    return "Something between here and the homeserver, such as a proxy, ends answers too early: its log says more.";
  }
  if (isCertificateError(code)) {
    return "The certificate of the homeserver can't be trusted from here: name the authority that signed it (caFile).";
  }
  if (code === "EPROTO" || code.startsWith("HPE_")) {
    return "Something else than the expected protocol is spoken there: check https or http, and the port, in the homeserver URL.";
  }
  return undefined;
}
