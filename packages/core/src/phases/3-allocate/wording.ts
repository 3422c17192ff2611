/** The first few entries of a list as words: `a, b and c`, or `a, b, c and 7 more`. */
export function andMore(entries: readonly string[], most = 4): string {
  if (entries.length > most + 1)
    return `${entries.slice(0, most).join(", ")} and ${entries.length - most} more`;
  const last = entries.at(-1) ?? "none";
  return entries.length < 2 ? last : `${entries.slice(0, -1).join(", ")} and ${last}`;
}

export function quotedList(entries: readonly string[]): string {
  return andMore(entries.map((entry) => `"${entry}"`));
}

/** `1 core`, `2 cores`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
