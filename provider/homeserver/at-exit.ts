/** What is to be done if this process ends now. */
const pending = new Set<() => void>();

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Has something done, at once and synchronously, if this process ends before it is through: by itself, or by a signal that
 * nobody else handles. Gives what takes that back.
 */
export function atExit(clean: () => void): () => void {
  if (pending.size === 0) {
    process.on("exit", cleanAll);
    for (const signal of signals) process.on(signal, endBy);
  }
  pending.add(clean);
  return () => {
    if (pending.delete(clean) && pending.size === 0) release();
  };
}

function release(): void {
  process.off("exit", cleanAll);
  for (const signal of signals) process.off(signal, endBy);
}

function cleanAll(): void {
  for (const clean of pending) clean();
  pending.clear();
}

function endBy(signal: NodeJS.Signals): void {
  // Whoever else listens decides what becomes of the process.
  if (process.listenerCount(signal) > 1) return;
  cleanAll();
  release();
  process.kill(process.pid, signal);
}
