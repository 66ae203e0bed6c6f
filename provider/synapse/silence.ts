/** What is said of a homeserver that does not answer, and when. */
export interface SilenceOptions {
  /** How long one attempt may take, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** Called once for each request that has had no answer at all for `silenceMs`, or none that is whole, with what to check. */
  readonly onSilence?: (line: string) => void;
  /** In milliseconds. Default 10,000. */
  readonly silenceMs?: number;
}

/** Says that a request gets no answer, unless the timer is cleared before: a wrong URL is not waited for in silence. */
export function watchSilence(
  request: string,
  { requestTimeoutMs, onSilence, silenceMs = 10_000 }: SilenceOptions,
): NodeJS.Timeout {
  return setTimeout(() => {
    onSilence?.(
      `no whole answer to ${request} for ${silenceMs / 1000} seconds. A homeserver that is only slow has ${requestTimeoutMs / 1000} ` +
        "seconds for each attempt (requestTimeoutSeconds). Otherwise check the homeserver URL (https or http, host, port), and " +
        "what is on the way to it: a firewall, or the proxy of HTTPS_PROXY.",
    );
  }, silenceMs);
}
