/* How a payload's tables are written; see docs/bundle-format.md. */

export type Row = readonly (string | number | undefined)[];

/** Keeps its place when lines are sorted. */
export function sequence(index: number): string {
  return String(index).padStart(4, "0");
}

/** Whole ones, rounded up, at least one. */
export function seconds(ns: number): number {
  return Math.max(1, Math.ceil(ns / 1e9));
}

/** A text as a field: `printf %b` gives it back. An empty one is `-`, so a lone `-` is spelt out. */
export function text(value: string): string {
  if (value === "-") return "\\0055";
  return value
    .replaceAll("\\", "\\\\")
    .replaceAll("\n", "\\n")
    .replaceAll("\t", "\\t")
    .replaceAll("\r", "\\r");
}

/** The rows as sorted lines; what is undefined or empty is `-`. */
export function table(rows: readonly Row[]): string {
  const lines = rows.map((row) =>
    row.map((field) => (field === undefined || field === "" ? "-" : field)).join("\t"),
  );
  return lines
    .sort()
    .map((line) => `${line}\n`)
    .join("");
}
