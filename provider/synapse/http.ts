import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent, type AgentOptions } from "node:https";
import { rootCertificates } from "node:tls";
import axios, { type AxiosInstance, type AxiosRequestConfig } from "axios";
import axiosRetry, { exponentialDelay, type IAxiosRetryConfig } from "axios-retry";
import type { z } from "zod";
import { SynapseRequestError } from "./errors";
import { askedDelayMs, failureOf, missingField, unexpectedAnswer } from "./failure";
import { isImpatient } from "./impatience";
import { isTimeout } from "./network-errors";
import { isWorthRetrying, repeatable, wasStale } from "./retries";
import { watchSilence, type SilenceOptions } from "./silence";
import { refuseBrokenAnswers } from "./whole-answer";

/** How to reach a homeserver. */
export interface SynapseHttpOptions extends SilenceOptions {
  /** Base URL of the homeserver, such as `https://matrix.example.org`. A path is kept. */
  readonly homeserverUrl: string;
  /**
   * Gives the access token. Asked at each request, so that a rotated token is seen, and once more after a 401, with the
   * token that was `refused`.
   */
  readonly accessToken: (refused?: string) => Promise<string>;
  /** Certificates as PEM: an authority to trust besides the usual ones, and what a proxy wants to see of us. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** Awaited right before each attempt of each request. What it throws goes through, and nothing is sent. */
  readonly beforeAttempt?: () => Promise<void>;
  /** First step of the backoff between attempts, in milliseconds; each further one is twice as long. Default 250. */
  readonly retryDelayFactorMs?: number;
  /** How long an impatient request is sent again after a timeout, in milliseconds. Default 59,000: one attempt of a minute. */
  readonly impatienceMs?: number;
}

/** One request, before the token is added. */
interface SynapseRequest<T> {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** Path below the homeserver URL; every variable part went through `pathSegment`. */
  readonly path: string;
  /** The path as messages show it, if it has an id in it, and that id. */
  readonly endpoint?: string;
  readonly id?: string | undefined;
  readonly body?: object;
  /** Parses the answer. */
  readonly schema: z.ZodType<T>;
  /** For an answer that can be huge, or never come: tighter limits than those of other requests. */
  readonly limits?: RequestLimits;
  /** For content of a room that must stay to the letter: the schema gets the text, and no message repeats any of it. */
  readonly isVerbatim?: boolean;
}

/** How long an answer may take, in milliseconds, and how long it may be. What exceeds them is not asked for again. */
export interface RequestLimits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

const retries = 4;
const maxResponseBytes = 64 * 1024 * 1024;

/**
 * Sends requests to one homeserver: keep-alive, a timeout for each attempt, no redirects, GET and PUT retried with backoff
 * while the server can't be reached or has a problem that may pass. POST and DELETE are sent once, on a connection of their
 * own, since one that is kept may just be closing; whether they may be sent again is for the caller to find out. A request
 * that fails is a {@link SynapseRequestError}; what `accessToken` throws goes through.
 */
export class SynapseHttp {
  private readonly axios: AxiosInstance;
  private readonly ownConnection: Pick<AxiosRequestConfig, "httpAgent" | "httpsAgent">;
  private readonly origin: string;

  constructor(private readonly options: SynapseHttpOptions) {
    this.origin = new URL(options.homeserverUrl).origin;
    this.ownConnection = agents({ keepAlive: false, ...tlsOptions(options) });
    this.axios = axios.create({
      baseURL: options.homeserverUrl,
      allowAbsoluteUrls: false,
      timeout: options.requestTimeoutMs,
      maxRedirects: 0,
      maxContentLength: maxResponseBytes,
      ...agents({ keepAlive: true, ...tlsOptions(options) }),
      // Otherwise HTTPS_PROXY, HTTP_PROXY and NO_PROXY are honoured. A proxy would see the token of a plain http request.
      ...(isPlainLoopback(options.homeserverUrl) ? { proxy: false as const } : {}),
      headers: { Accept: "application/json", "User-Agent": "pulumi-synapse" },
    });
    this.axios.interceptors.request.use(async (config) => {
      await options.beforeAttempt?.();
      return config;
    });
    refuseBrokenAnswers(this.axios); // Before it is decided whether the request is sent again.
    axiosRetry(this.axios, {
      retries,
      shouldResetTimeout: true,
      retryDelay: (attempt, error) =>
        wasStale(error)
          ? 0
          : Math.max(
              exponentialDelay(attempt, error, options.retryDelayFactorMs ?? 250),
              askedDelayMs(error),
            ),
    });
  }

  /**
   * Sends one request and parses the answer. On 401 the token is asked for again, and the request sent again if there
   * is another one: what was refused was not done.
   * @throws SynapseRequestError when there was no answer, it was not 2xx, or it is not what Synapse answers.
   */
  async send<T>(request: SynapseRequest<T>): Promise<T> {
    const token = await this.options.accessToken();
    const { method, path, endpoint = path } = request;
    const silence = watchSilence(`${method} ${endpoint}`, this.options);
    try {
      return await this.sendOnce(request, token, silence);
    } catch (error) {
      const isRefused = error instanceof SynapseRequestError && error.httpStatus === 401;
      const another = isRefused ? await this.options.accessToken(token) : token;
      if (another === token) throw error;
      return await this.sendOnce(request, another, silence);
    } finally {
      clearTimeout(silence);
    }
  }

  /** How a request that begins now is sent again. */
  private retrying(isLimited: boolean, silence: NodeJS.Timeout): IAxiosRetryConfig {
    const { impatienceMs = 59_000 } = this.options;
    const beganMs = performance.now();
    const lastMs = isLimited ? beganMs : beganMs + (isImpatient() ? impatienceMs : Infinity);
    return {
      retryCondition: (error) =>
        isWorthRetrying(error) && !(isTimeout(error.code) && performance.now() >= lastMs),
      onRetry: (_attempt, { response }, config) => {
        if (response !== undefined) clearTimeout(silence); // Busy, but not silent.
        // All connections that are kept may have been closed meanwhile.
        Object.assign(config, this.ownConnection);
      },
    };
  }

  private async sendOnce<T>(
    { method, path, endpoint = path, id, body, schema, limits, isVerbatim }: SynapseRequest<T>,
    token: string,
    silence: NodeJS.Timeout,
  ): Promise<T> {
    const config: AxiosRequestConfig = {
      ...(repeatable.has(method) ? {} : this.ownConnection),
      method,
      url: path,
      data: body,
      headers: { Authorization: `Bearer ${token}` },
      "axios-retry": this.retrying(limits !== undefined, silence),
    };
    if (limits !== undefined) {
      config.timeout = Math.min(limits.timeoutMs, this.options.requestTimeoutMs);
      config.maxContentLength = limits.maxBytes;
    }
    if (isVerbatim) {
      config.responseType = "text";
      config.transformResponse = textUnlessError;
    }
    const where = { method, path: endpoint, origin: this.origin };
    const secrets = id === undefined ? ([token] as const) : ([token, id] as const);
    let data: unknown;
    try {
      ({ data } = await this.axios.request<unknown>(config));
    } catch (error) {
      if (!axios.isAxiosError(error)) throw error;
      throw new SynapseRequestError({ ...where, ...failureOf(error, secrets) });
    }
    const parsed = schema.safeParse(data, { error: missingField });
    if (parsed.success) return parsed.data;
    const shown = isVerbatim ? "not shown, since it is a room's content" : data;
    throw new SynapseRequestError({ ...where, ...unexpectedAnswer(shown, parsed.error, secrets) });
  }
}

/** What axios does with an answer that is to stay a text: an error is read all the same. */
function textUnlessError(text: unknown, _headers: unknown, status: number | undefined): unknown {
  if (status === 200 || typeof text !== "string") return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Whether a host is this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function isPlainLoopback(homeserverUrl: string): boolean {
  const { protocol, hostname } = new URL(homeserverUrl);
  return protocol === "http:" && isLoopback(hostname);
}

function agents(options: AgentOptions) {
  return { httpAgent: new HttpAgent(options), httpsAgent: new HttpsAgent(options) };
}

function tlsOptions({ tls = {} }: SynapseHttpOptions): AgentOptions {
  const { ca, ...own } = tls;
  return { ...own, ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }) };
}
