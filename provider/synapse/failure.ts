import type { AxiosError, AxiosResponse } from "axios";
import { retryAfter } from "axios-retry";
import type { z } from "zod";
import type { SynapseRequestFailure } from "./errors";
import type { AnswerHints } from "./error-answer";
import { isTimeout, remedyForNetwork } from "./network-errors";
import { matrixErrorSchema } from "./schemas";
import { brokenOff } from "./whole-answer";

/** What no message repeats: the access token, and the id that the request is about. */
type Secrets = readonly [token: string, id?: string];

type Failure = Omit<SynapseRequestFailure, "method" | "path" | "origin">;

/** How long the server asked us to wait: the header, or Matrix's own field of the body. */
export function askedDelayMs(error: AxiosError): number {
  return Math.max(retryAfter(error), matrixError(error.response?.data).retryAfterMs ?? 0);
}

/** Whether an answer is Synapse's own, and not one of something before it. */
export function isOfSynapse(data: unknown): boolean {
  return matrixError(data).errcode !== undefined;
}

function matrixError(data: unknown): Partial<z.output<typeof matrixErrorSchema>> {
  const parsed = matrixErrorSchema.safeParse(data);
  return parsed.success ? parsed.data : {};
}

/** Whether the answer was longer than what is read. axios has no code of its own for that. */
export function isTooLarge({ message }: AxiosError): boolean {
  return message.startsWith("maxContentLength size of");
}

/** What a request that failed has come to, without what no message repeats. */
export function failureOf(error: AxiosError, secrets: Secrets): Failure {
  const { response } = error;
  if (isTooLarge(error)) {
    const most = (error.config?.maxContentLength ?? 0) / 2 ** 20;
    return {
      isTooLarge: true,
      reason: `the answer is larger than ${most} MiB, which is the most that is read`,
    };
  }
  if (response === undefined) {
    return {
      isTimeout: isTimeout(error.code),
      reason: redact(networkReason(error), secrets),
      remedy: remedyForNetwork(error.code),
    };
  }
  const { status, data } = response;
  const { errcode, error: text } = matrixError(data);
  const delayMs = askedDelayMs(error);
  const said = errcode === undefined ? redirection(response) : text;
  return {
    httpStatus: status,
    errcode: errcode === undefined ? undefined : redact(errcode, secrets),
    reason: redact(said ?? withoutErrorText(response, secrets), secrets),
    hints: hintsOf(response),
    retryAfterMs: delayMs > 0 ? delayMs : undefined,
  };
}

function hintsOf(response: AxiosResponse): AnswerHints {
  const { consentUri, isSoftLogout } = matrixError(response.data);
  return {
    authScheme: headerWord(response, "www-authenticate"),
    consentOrigin: URL.canParse(consentUri ?? "") ? hostOf(consentUri ?? "") : undefined,
    isSoftLogout,
  };
}

/** The first word of a header, if it is a name. */
function headerWord({ headers }: AxiosResponse, name: string): string | undefined {
  const value = (headers as Record<string, unknown>)[name];
  return /^[a-z][a-z-]{0,30}/i.exec(typeof value === "string" ? value : "")?.[0];
}

function redirection({ status, headers }: AxiosResponse): string | undefined {
  const location = (headers as Record<string, unknown>)["location"];
  if (status >= 400 || typeof location !== "string") return undefined;
  return `redirects to ${hostOf(location)}`;
}

function networkReason(error: AxiosError): string {
  if (error.code === brokenOff) return error.message;
  return error.code === undefined || error.message.includes(error.code)
    ? `no answer (${error.message || "connection lost"})`
    : `no answer (${error.code}: ${error.message || "connection lost"})`;
}

function withoutErrorText(response: AxiosResponse, secrets: Secrets): string {
  const { errcode, error: text } = matrixError(response.data);
  const what = excerpt(text ?? response.data, secrets);
  if (errcode !== undefined) return `the answer has no Matrix error text (${what})`;
  const server = headerWord(response, "server") ?? "a proxy";
  // Its web server has pages of its own, for paths outside of all APIs.
  if (server === "Synapse") return `the answer is of no API of Synapse's (${what})`;
  return `the answer is not Synapse's, but of something before it, such as ${server} (${what})`;
}

/** How the parser is to name a field that an answer does not have. */
export function missingField({ input }: { readonly input?: unknown }): string | undefined {
  return (input ?? undefined) === undefined ? "is missing" : undefined;
}

/** What an answer that can't be Synapse's has come to. */
export function unexpectedAnswer(data: unknown, error: z.ZodError, secrets: Secrets): Failure {
  const issue = error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
  const what = `${where}: ${issue?.message ?? "unreadable"} (${excerpt(data, secrets)})`;
  return {
    reason: `the answer is not what Synapse answers${what}`,
    remedy:
      "Check that the homeserver URL points at Synapse itself, and not at another site or a login page.",
  };
}

/** Redacted before it is cut: half a token is no longer recognised. */
function excerpt(data: unknown, secrets: Secrets): string {
  const text = typeof data === "string" ? data : JSON.stringify(data ?? "");
  if (text === "" || text === '""') return "an empty body";
  const line = redact(text, secrets).replace(/\s+/g, " ").trim();
  return line.length > 120 ? `${line.slice(0, 120)}...` : line;
}

function hostOf(location: string): string {
  return URL.canParse(location) ? new URL(location).origin : "another path";
}

/** A server, or a proxy before it, may repeat the request in its answer. */
function redact(text: string, [token, id]: Secrets): string {
  const withoutToken = text.replaceAll(token, "[access token]");
  // A short one could be part of any word.
  if (id === undefined || id.length < 5) return withoutToken;
  return withoutToken.replaceAll(id, "ID").replaceAll(encodeURIComponent(id), "ID");
}
