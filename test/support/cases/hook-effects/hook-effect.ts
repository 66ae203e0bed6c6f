import type { Call, Stage } from "../stage";

/** One line of the table: a hook in a situation, what it does, and the calls that it makes. */
export interface HookEffect {
  readonly hook: string;
  readonly when: string;
  readonly effect: string;
  /** All calls, and no others. */
  readonly calls: readonly Call[];
  /** Brings the situation about and asserts the effect on the room. */
  readonly show: (stage: Stage) => Promise<void>;
}
