/** Says what takes long. On stderr, so that it does not mix with a test's report. */
export function say(line: string): void {
  process.stderr.write(`  [support] ${line}\n`);
}

/** Runs a step that takes long, and says so before and after. */
export async function slowly<T>(what: string, step: () => Promise<T>): Promise<T> {
  const startedMs = Date.now();
  say(`${what} ...`);
  const result = await step();
  say(`${what}: done in ${Math.round((Date.now() - startedMs) / 1000)} s`);
  return result;
}
