/**
 * The candidate that a mistyped word most likely means, undefined if none is near enough.
 * Allowed are 1 mistake in a word of up to 4 letters, 2 up to 8 letters, 3 in a longer one, but never as many as make
 * up a whole word. A difference in upper and lower case alone counts as one mistake. Of equally near candidates the
 * first by code unit is taken, so that their order never matters.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestMistakes = word.length <= 4 ? 1 : word.length <= 8 ? 2 : 3;
  for (const candidate of candidates) {
    // Most candidates of a large set are ruled out by their length alone.
    if (Math.abs(candidate.length - word.length) > bestMistakes) continue;
    const mistakes = countMistakes(word, candidate);
    if (mistakes > bestMistakes || mistakes >= Math.max(word.length, candidate.length)) continue;
    if (mistakes < bestMistakes || best === undefined || candidate < best) best = candidate;
    bestMistakes = mistakes;
  }
  return best;
}

/** The one candidate of which a word is an abbreviation: `cmd` has letters of `command`, the first one and others in order. */
export function abbreviated(word: string, candidates: Iterable<string>): string | undefined {
  if (!/^[a-z_]{3,}$/i.test(word)) return undefined;
  const pattern = new RegExp(`^${[...word].join(".*")}`, "i");
  const found = [...candidates].filter((candidate) => pattern.test(candidate));
  return found.length === 1 ? found[0] : undefined;
}

function countMistakes(word: string, candidate: string): number {
  if (word === candidate) return 0;
  return word.toLowerCase() === candidate.toLowerCase() ? 1 : distance(word, candidate);
}

/**
 * How many letters (UTF-16 units) must be inserted, dropped, replaced or swapped with their neighbour to get from one
 * word to the other, no part being edited twice: the optimal string alignment distance.
 */
export function distance(a: string, b: string): number {
  // What both begin and end with needs no edit, and similar words have most of their letters there.
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let tail = 0;
  const shortest = Math.min(a.length, b.length) - start;
  while (tail < shortest && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  return alignmentDistance(a.slice(start, a.length - tail), b.slice(start, b.length - tail));
}

function alignmentDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(previous, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? at(beforePrevious, j - 2) + 1 : replaced;
      current.push(Math.min(at(previous, j) + 1, at(current, j - 1) + 1, replaced, swapped));
    }
    beforePrevious = previous;
    previous = current;
  }
  return at(previous, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? 0;
}
