import type { Clock } from "./clock";

const firstMs = 1_000;
const growth = 4;
const mostMs = 60_000;
const totalMs = 600_000;

/**
 * The waits between repeats of a request that may be sent again: a second, then four times as long each, up to a minute;
 * over after ten minutes in all.
 */
export class Patience {
  private nextMs = firstMs;
  private readonly endMs: number;

  /** `onFirst`: called before the first wait. */
  constructor(
    private readonly clock: Clock,
    private readonly onFirst: (error: Error) => void,
  ) {
    this.endMs = clock.nowMs() + totalMs;
  }

  /**
   * Waits after a failure, as long as the server has asked for where that is longer. False: it is over, or would be before
   * the server wants to be asked again.
   */
  async wait(failure: Error & { readonly retryAfterMs: number | undefined }): Promise<boolean> {
    const waitMs = Math.max(this.nextMs, failure.retryAfterMs ?? 0);
    if (this.clock.nowMs() + waitMs > this.endMs) return false;
    if (this.nextMs === firstMs) this.onFirst(failure);
    this.nextMs = Math.min(this.nextMs * growth, mostMs);
    await this.clock.sleep(waitMs);
    return true;
  }
}
