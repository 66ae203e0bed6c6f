import type { Clock } from "../homeserver/clock";

const intervalMs = 10_000;

/** Says what there is to say of a search, and how it goes on: that at most every ten seconds. */
export class Progress {
  private saidMs: number;

  constructor(
    private readonly clock: Clock,
    readonly say: (line: string) => void,
  ) {
    this.saidMs = clock.nowMs();
  }

  /** Says where it stands, if it is time. */
  at(line: string): void {
    const nowMs = this.clock.nowMs();
    if (nowMs - this.saidMs < intervalMs) return;
    this.saidMs = nowMs;
    this.say(line);
  }
}
