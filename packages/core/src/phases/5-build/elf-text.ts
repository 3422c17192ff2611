/** No path is longer on Linux, and no name of a version. */
const mostBytes = 4096;

/** A text of a table of texts, up to its zero. @throws RangeError where it has none, or is longer than any path */
export function elfText(table: Buffer, at: number): string {
  const length = table.subarray(at, at + mostBytes).indexOf(0);
  if (length === -1) throw new RangeError("a text without an end");
  return table.toString("utf8", at, at + length);
}
