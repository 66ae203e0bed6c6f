import { setTimeout as sleep } from "node:timers/promises";

/** Time, as the watcher needs it. Tests bring their own. */
export interface Clock {
  /** Milliseconds that never go back. */
  nowMs(): number;
  sleep(ms: number): Promise<void>;
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  sleep: async (ms) => {
    await sleep(ms);
  },
};
