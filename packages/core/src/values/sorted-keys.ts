/** The value with the keys of all its tables sorted by code unit: what a user wrote in any order is one value. */
export function sortedKeys<T>(value: T): T {
  if (Array.isArray(value)) return value.map(sortedKeys) as T;
  if (typeof value !== "object" || value === null) return value;
  const table = value as Record<string, unknown>;
  const keys = Object.keys(table).sort();
  return Object.fromEntries(keys.map((key) => [key, sortedKeys(table[key])])) as T;
}
