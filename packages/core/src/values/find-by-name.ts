/** An entity of a list that is sorted by name, as nodes and phynodes are; undefined where there is none. */
export function findByName<T extends { readonly name: string }>(
  sorted: readonly T[],
  name: string,
): T | undefined {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const entity = sorted[middle];
    if (entity === undefined || entity.name === name) return entity;
    if (entity.name < name) low = middle + 1;
    else high = middle;
  }
  return undefined;
}
