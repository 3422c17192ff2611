/** JSON as it is written to disk. Keys keep the order in which the object was made, so whoever makes it fixes the order. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** The value with the keys of all its tables sorted by code unit: what a user wrote in any order is the same bytes. */
export function sortedKeys<T>(value: T): T {
  if (Array.isArray(value)) return value.map(sortedKeys) as T;
  if (typeof value !== "object" || value === null) return value;
  const table = value as Record<string, unknown>;
  const keys = Object.keys(table).sort();
  return Object.fromEntries(keys.map((key) => [key, sortedKeys(table[key])])) as T;
}
