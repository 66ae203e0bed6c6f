/** How many requests are on their way at once. */
const width = 10;

/** Does the same for many, some at a time, and gives what came of it in their order. The first failure ends it. */
export async function inLots<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  let hasFailed = false;
  const worker = async () => {
    while (next < items.length && !hasFailed) {
      const index = next++;
      results[index] = await work(items[index] as T);
    }
  };
  try {
    await Promise.all(Array.from({ length: width }, worker));
  } finally {
    hasFailed = true;
  }
  return results;
}
