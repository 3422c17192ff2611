export interface Parallel {
  readonly atOnce: number;
  readonly signal: AbortSignal;
}

/**
 * Works on items, some at once, and gives the results in the order of the items. The first failure, or the signal, ends all
 * work (by the signal that the work gets); it is thrown when all has ended.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  { atOnce, signal }: Parallel,
  work: (item: T, ending: AbortSignal) => Promise<R>,
): Promise<readonly R[]> {
  const failure = new AbortController();
  const ending = AbortSignal.any([signal, failure.signal]);
  const results: R[] = [];
  const queue = [...items.entries()].reverse();
  const workRest = async () => {
    for (let next = queue.pop(); next !== undefined && !ending.aborted; next = queue.pop()) {
      const [index, item] = next;
      results[index] = await work(item, ending);
    }
  };
  await Promise.all(
    Array.from({ length: atOnce }, () => workRest().catch((error: unknown) => failure.abort(error))),
  );
  ending.throwIfAborted();
  return results;
}
