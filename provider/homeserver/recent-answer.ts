import type { Clock } from "./clock";

/** The last answer to a question, for who can do with one that is not too old. */
export class RecentAnswer<T> {
  private last: { readonly answer: Promise<T>; readonly askedMs: number } | undefined;

  constructor(private readonly clock: Clock) {}

  /** An answer that is not older than `maxAgeMs`, or on its way; 0: a new one. A failure is no answer. */
  async get(maxAgeMs: number, ask: () => Promise<T>): Promise<T> {
    const askedMs = this.clock.nowMs();
    const oldestMs = maxAgeMs > 0 ? askedMs - maxAgeMs : Infinity;
    const { last } = this;
    const used = last !== undefined && last.askedMs >= oldestMs ? last : { answer: ask(), askedMs };
    this.last = used;
    try {
      return await used.answer;
    } catch (error) {
      if (this.last === used) this.last = undefined;
      throw error;
    }
  }
}
