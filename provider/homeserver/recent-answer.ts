import type { Clock } from "./clock";

/** The last answer to a question, for who can do with one that is not too old. */
export class RecentAnswer<T> {
  private last: { readonly answer: T; readonly askedMs: number } | undefined;

  constructor(private readonly clock: Clock) {}

  /** An answer that is not older than `maxAgeMs`; 0: a new one. */
  async get(maxAgeMs: number, ask: () => Promise<T>): Promise<T> {
    const askedMs = this.clock.nowMs();
    if (this.last !== undefined && maxAgeMs > 0 && askedMs - this.last.askedMs <= maxAgeMs) {
      return this.last.answer;
    }
    const answer = await ask();
    this.last = { answer, askedMs };
    return answer;
  }
}
