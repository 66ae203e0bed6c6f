import type { ClientRequest, IncomingMessage } from "node:http";
import axios, { AxiosError, type AxiosInstance, type AxiosResponse } from "axios";

/** Code of the error of a request whose answer broke off. */
export const brokenOff = "ERR_ANSWER_BROKEN_OFF";

/**
 * Takes an answer that broke off for none, whatever its status says: its error has no response. To axios it is a response with
 * that status, and none of the network's errors.
 */
export function refuseBrokenAnswers(instance: AxiosInstance): void {
  instance.interceptors.response.use(
    (response) => {
      if (isWhole(response)) return response;
      throw broken(response);
    },
    (error: unknown) => {
      const response = axios.isAxiosError(error) ? error.response : undefined;
      throw response === undefined || isWhole(response) ? error : broken(response);
    },
  );
}

function broken({ status, config, request }: AxiosResponse): AxiosError {
  const message = `the answer, with status ${status}, broke off before its end`;
  return new AxiosError(message, brokenOff, config, request);
}

type Values = Readonly<Record<string, unknown>>;

/** The data is only there once the body has ended, and has been decompressed. */
function isWhole({ status, data, headers, request, config }: AxiosResponse): boolean {
  const sent = request as (ClientRequest & { readonly res?: IncomingMessage }) | undefined;
  if (data === undefined || sent?.res?.complete === false) return false;
  const { "content-type": type, "content-length": length, ...others } = headers as Values;
  const isText = typeof data === "string" && String(type).includes("json") && length !== "0";
  if (!isText || (config.responseType === "text" && data.trimEnd().endsWith("}"))) return true;
  // What ends with its connection can be cut without an error. JSON that is no JSON stays a text: proxies refuse with other texts, too.
  if (status < 300) return false;
  return data === "" ? others["transfer-encoding"] !== undefined : !/^\s*[{[]/.test(data);
}
