import { AsyncLocalStorage } from "node:async_hooks";

const impatience = new AsyncLocalStorage<true>();

/**
 * Asks what can be asked again at any time, such as for a preview: a homeserver that does not answer is given up on after about
 * a minute, or after one `requestTimeoutMs` where that is longer. While a shutdown goes on, nothing is asked in this way.
 */
export async function impatiently<T>(ask: () => Promise<T>): Promise<T> {
  return impatience.run(true, ask);
}

/** Whether what is asked now is asked {@link impatiently}. */
export function isImpatient(): boolean {
  return impatience.getStore() === true;
}
