/** What went wrong with one request to the homeserver. */
export interface SynapseRequestFailure {
  readonly method: string;
  /** Path and query as sent, without scheme and host. */
  readonly path: string;
  /** Scheme, host and port of the homeserver. */
  readonly origin: string;
  /** Absent when there was no answer. */
  readonly httpStatus?: number | undefined;
  /** Matrix error code of the answer, such as `M_FORBIDDEN`. */
  readonly errcode?: string | undefined;
  /** The `error` text of the answer, or what the network or the parser said. */
  readonly reason: string;
  /** What the operator can do about it. */
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

  constructor(failure: SynapseRequestFailure) {
    super(describeFailure(failure));
    this.name = "SynapseRequestError";
    this.method = failure.method;
    this.path = failure.path;
    this.origin = failure.origin;
    this.reason = failure.reason;
    this.httpStatus = failure.httpStatus;
    this.errcode = failure.errcode;
    this.remedy = failure.remedy;
    this.retryAfterMs = failure.retryAfterMs;
    this.isTooLarge = failure.isTooLarge === true;
    this.isTimeout = failure.isTimeout === true;
  }

  /**
   * Whether the request may have been done although its answer was lost: no answer, one that can't be read, or one that a
   * proxy gives after it has passed the request on.
   */
  get isAnswerLost(): boolean {
    const { httpStatus } = this;
    return (
      httpStatus === undefined || httpStatus === 408 || httpStatus === 429 || httpStatus >= 500
    );
  }

  /** Whether the server could not be reached, or is not able to answer now. */
  get isServerAway(): boolean {
    return this.isAnswerLost && !this.isTooLarge;
  }

  /** Whether this is the 404 of a route that the server does not have. */
  get isMissingRoute(): boolean {
    return this.httpStatus === 404 && this.errcode !== "M_NOT_FOUND";
  }

  /** Whether this is Synapse's own 404 for a thing it does not have, not the 404 of a route it does not have. */
  get isNotFound(): boolean {
    return this.httpStatus === 404 && this.errcode === "M_NOT_FOUND";
  }
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
