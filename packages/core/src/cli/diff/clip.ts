/** What of a value is shown on a line. */
const mostColumns = 60;
/** What is shown of the common beginning of two. */
const lead = 20;

/** Its beginning, where it is long. */
export function clip(text: string): string {
  return cut([...text], 0);
}

/** Both from the same place on, so that what differs is seen: what they have in common before it is left out where it is long. */
export function clipBoth(before: string, after: string): readonly [string, string] {
  const [old, own] = [[...before], [...after]];
  let same = 0;
  while (same < old.length && old[same] === own[same]) same++;
  const isLong = Math.max(old.length, own.length) > mostColumns;
  const start = isLong && same > lead ? same - lead : 0;
  return [cut(old, start), cut(own, start)];
}

function cut(letters: readonly string[], start: number): string {
  const head = start > 0 ? "…" : "";
  const room = mostColumns - head.length;
  if (letters.length - start <= room) return head + letters.slice(start).join("");
  return `${head}${letters.slice(start, start + room - 1).join("")}…`;
}
