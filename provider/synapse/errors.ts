import type { AnswerHints } from "./error-answer";
import { meaningOf, type KindName } from "./kinds";

/** What went wrong with one request to the homeserver. */
export interface SynapseRequestFailure {
  readonly method: string;
  /** Path and query as sent, without scheme and host. */
  readonly path: string;
  /** Scheme, host and port of the homeserver. */
  readonly origin: string;
  /** Absent when there was no answer. */
  readonly httpStatus?: number | undefined;
  /** Matrix error code of the answer, such as `M_FORBIDDEN`. Absent where something before Synapse answered. */
  readonly errcode?: string | undefined;
  /** The `error` text of the answer, or what the network or the parser said. */
  readonly reason: string;
  /** What the answer says besides. */
  readonly hints?: AnswerHints | undefined;
  /** What the operator can do about it, where there was no answer. What an answer means follows from it. */
  readonly remedy?: string | undefined;
  /** How long the server asked us to stay away, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** Whether there was an answer, but longer than what is read. */
  readonly isTooLarge?: boolean | undefined;
  /** Whether there was no answer in the time allowed. */
  readonly isTimeout?: boolean | undefined;
}

/**
 * The one error that the client throws for a request. It holds no header, no body and no axios error, so that neither
 * `JSON.stringify` nor `util.inspect` of it can show the access token.
 */
export class SynapseRequestError extends Error implements SynapseRequestFailure {
  readonly method: string;
  readonly path: string;
  readonly origin: string;
  readonly httpStatus: number | undefined;
  readonly errcode: string | undefined;
  readonly reason: string;
  readonly remedy: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly isTooLarge: boolean;
  readonly isTimeout: boolean;
  /** What the answer means. Absent when there was none, or none that could be read. */
  readonly kind: KindName | undefined;
  private readonly fate: string;

  constructor(failure: SynapseRequestFailure) {
    const { remedy, kind, fate } = interpret(failure);
    super(describeFailure({ ...failure, remedy }));
    this.name = "SynapseRequestError";
    this.kind = kind;
    this.fate = fate;
    this.method = failure.method;
    this.path = failure.path;
    this.origin = failure.origin;
    this.reason = failure.reason;
    this.httpStatus = failure.httpStatus;
    this.errcode = failure.errcode;
    this.remedy = remedy;
    this.retryAfterMs = failure.retryAfterMs;
    this.isTooLarge = failure.isTooLarge === true;
    this.isTimeout = failure.isTimeout === true;
  }

  /**
   * Whether the request may have been done although its answer was lost: no answer, one that can't be read, or one that a
   * proxy gives after it has passed the request on.
   */
  get isAnswerLost(): boolean {
    return this.fate === "unknown";
  }

  /** Whether the request was not done since there were too many, and may be sent again later. */
  get isRateLimited(): boolean {
    return this.fate === "limited";
  }

  /** Whether the server could not be reached, or is not able to answer now. */
  get isServerAway(): boolean {
    return (this.isAnswerLost || this.isRateLimited) && !this.isTooLarge;
  }

  /** Whether Synapse itself says that it does not have this route. */
  get isMissingRoute(): boolean {
    return this.kind === "missing route";
  }

  /** Whether Synapse itself says that it does not have this thing: never the 404 of something before it, or of a route. */
  get isNotFound(): boolean {
    return this.kind === "not found";
  }
}

function interpret(failure: SynapseRequestFailure) {
  const { httpStatus, remedy } = failure;
  if (httpStatus !== undefined) return meaningOf({ ...failure, httpStatus });
  return { kind: undefined, remedy, fate: "unknown" };
}

/** The answer, or undefined where Synapse says that it has no such thing. Every other failure is thrown. */
export async function unlessAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof SynapseRequestError && error.isNotFound) return undefined;
    throw error;
  }
}

function describeFailure({
  method,
  path,
  origin,
  httpStatus,
  errcode,
  reason,
  remedy,
}: SynapseRequestFailure): string {
  const answer = [httpStatus, errcode].filter((part) => part !== undefined).join(" ");
  const what = answer === "" ? reason : `${answer}: ${reason}`;
  const failure = `${method} ${path} on ${origin}: ${what}`;
  if (remedy === undefined) return failure;
  return `${failure}${/[.!?]$/.test(failure) ? "" : "."} ${remedy}`;
}
