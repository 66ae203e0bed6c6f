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
    return "Check the network, or allow more time for one request (requestTimeoutSeconds).";
  }
  if (isCertificateError(code)) {
    return "The certificate of the homeserver can't be trusted from here: name the authority that signed it (caFile).";
  }
  return undefined;
}

/** What can be done about an answer. `errcode`: Matrix's, where it has one. */
export function remedyForStatus(status: number, errcode: string | undefined): string | undefined {
  if (status >= 300 && status < 400) {
    return "Redirects are not followed, since the access token would go along: set the homeserver URL to its final address.";
  }
  if (status === 400 && errcode === undefined) {
    return "A proxy before the homeserver may want a client certificate (clientCertFile, clientKeyFile).";
  }
  if (status === 401) {
    return "The access token is missing, mistyped, expired or revoked: set a valid one.";
  }
  if (status === 403) return "The access token must belong to a server admin of this homeserver.";
  if (status === 404 && errcode !== "M_NOT_FOUND") {
    return "This address has no such Synapse admin endpoint: check the homeserver URL, that a proxy lets /_synapse/admin through, and the age of the server.";
  }
  if (status === 429) return "The homeserver limits the rate of requests: try again later.";
  if (status >= 500) {
    return "The homeserver or a proxy before it has a problem: its log says more.";
  }
  return undefined;
}
