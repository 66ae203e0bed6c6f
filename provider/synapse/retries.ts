import type { ClientRequest } from "node:http";
import type { AxiosError, AxiosRequestConfig } from "axios";
import { askedDelayMs, isOfSynapse, isTooLarge } from "./failure";
import { isCertificateError } from "./network-errors";

const maxRetryAfterMs = 60_000;
const passingStatuses = new Set([408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524]);

/** What may be sent again: it changes nothing, or does not change more the second time. */
export const repeatable = new Set(["GET", "PUT"]);

function isOfAlias(request: AxiosRequestConfig | undefined): boolean {
  return request?.url?.includes("/directory/room/") === true;
}

/** Whether a request that has failed is sent again: it may be, and the failure may pass. */
export function isWorthRetrying(error: AxiosError): boolean {
  if (!repeatable.has(error.config?.method?.toUpperCase() ?? "")) return false;
  if (isTooLarge(error)) return false;
  if (error.response === undefined) return isConnectionError(error);
  const { status, data } = error.response;
  // Synapse itself got no answer, from the server of an alias.
  if (status === 502 && isOfSynapse(data) && isOfAlias(error.config)) return false;
  return passingStatuses.has(status) && askedDelayMs(error) <= maxRetryAfterMs;
}

/** Whether the request met a connection that was kept, and that the other side may have been closing just then. */
export function wasStale({ request, response }: AxiosError): boolean {
  return (
    response === undefined && (request as Partial<ClientRequest> | undefined)?.reusedSocket === true
  );
}

function isConnectionError(error: AxiosError): boolean {
  // A name that can't be resolved and a certificate that can't be trusted stay that way.
  const lasting = [
    "ENOTFOUND",
    "ERR_INVALID_URL",
    "ERR_BAD_REQUEST",
    "ERR_CANCELED",
    "ERR_FR_TOO_MANY_REDIRECTS",
  ];
  return (
    error.code !== undefined && !lasting.includes(error.code) && !isCertificateError(error.code)
  );
}
