/** An answer that is no success. */
export interface ErrorAnswer {
  readonly method: string;
  readonly path: string;
  readonly origin: string;
  readonly httpStatus: number;
  /** Absent: the answer is not Synapse's, but of something before it. Synapse's own errors all have one. */
  readonly errcode?: string | undefined;
  readonly reason: string;
  readonly hints?: AnswerHints | undefined;
}

/** What an answer says besides. */
export interface AnswerHints {
  /** The login that is wanted, such as `Basic`. */
  readonly authScheme?: string | undefined;
  /** Where terms are to be accepted. */
  readonly consentOrigin?: string | undefined;
  /** Whether the session is still there, and only its token is over. */
  readonly isSoftLogout?: boolean | undefined;
}
