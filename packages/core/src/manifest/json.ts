/** JSON as it is written to disk. Keys keep the order in which the object was made, so whoever makes it fixes the order. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
