import { setTimeout as sleep } from "node:timers/promises";

/** Time, as the hooks need it. Tests bring their own. */
export interface Clock {
  /** Milliseconds that never go back. */
  nowMs(): number;
  /** The time of day. It can go back. */
  date(): Date;
  sleep(ms: number): Promise<void>;
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  date: () => new Date(),
  sleep: async (ms) => {
    await sleep(ms);
  },
};
