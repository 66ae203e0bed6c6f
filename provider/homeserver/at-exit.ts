/** What is to be done if this process ends now. */
const pending = new Set<() => void>();

process.once("exit", cleanAll);

/** Has something done, synchronously, if this process ends before it is through. Gives what takes that back. */
export function atExit(clean: () => void): () => void {
  pending.add(clean);
  return () => void pending.delete(clean);
}

/**
 * Has it done at a signal, too. For a process of our own only: in a user's program others may handle signals, and each would
 * leave it to the other to end the process.
 */
export function cleanAtSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      cleanAll();
      process.kill(process.pid, signal);
    });
  }
}

function cleanAll(): void {
  for (const clean of pending) clean();
  pending.clear();
}
