const intervalMs = 10_000;

/** Says how far a step is. */
export type Report = (howFar: string) => void;

/** Says what takes long. On stderr, so that it does not mix with a test's report. */
export function say(line: string): void {
  process.stderr.write(`  [support] ${line}\n`);
}

/** Runs a step that takes long. Says so before and after, and every ten seconds how far it is by the step's own report. */
export async function slowly<T>(what: string, step: (report: Report) => Promise<T>): Promise<T> {
  const startedMs = Date.now();
  const time = () => `${Math.round((Date.now() - startedMs) / 1000)} s`;
  let reported: string | undefined;
  const timer = setInterval(() => {
    say(`${what}: ${reported ?? "goes on"}, ${time()}`);
  }, intervalMs);
  say(`${what} ...`);
  try {
    const result = await step((howFar) => (reported = howFar));
    say(`${what}: done in ${time()}`);
    return result;
  } finally {
    clearInterval(timer);
  }
}
