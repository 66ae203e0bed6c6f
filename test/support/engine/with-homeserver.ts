import type { TestHomeserver } from "../synapse/homeserver";
import { findEngine } from "./engine";

/**
 * Starts a homeserver, gives it to work that needs the engine, too, and stops it. What of the two a new machine does not
 * have is installed at the same time.
 */
export async function withHomeserver<T>(
  start: () => Promise<TestHomeserver>,
  work: (homeserver: TestHomeserver) => Promise<T>,
): Promise<T> {
  const [homeserver] = await Promise.all([start(), findEngine()]);
  try {
    return await work(homeserver);
  } finally {
    await homeserver.stop();
  }
}
