import type { Path } from "./diagnostic.js";
import type { Span } from "./toml-scanner.js";
import {
  findKeySegment,
  findNextKeySegment,
  findStatements,
  findValue,
  isEndOfItems,
  readKey,
  skipAssignment,
  skipKeySegment,
  skipSeparators,
  skipValue,
} from "./toml-scanner.js";
import { decodeTomlString } from "./toml-string.js";

/** Where a path stands. Not `exact`: the path does not exist, this is the key of its longest prefix that does. */
export interface TomlPlace extends Span {
  readonly exact: boolean;
}

/** How the document names a prefix of the path. */
type Naming =
  /** In passing, on the way to something deeper: the table is implicit. */
  | { readonly kind: "mention"; readonly key: Span }
  /** `[whole]` or `[[whole]]`. */
  | { readonly kind: "header"; readonly key: Span; readonly whole: Span }
  | { readonly kind: "assignment"; readonly key: Span; readonly valueAt: number }
  /** An element of an array that is written as a value. */
  | { readonly kind: "element"; readonly valueAt: number };

interface Search {
  readonly source: string;
  readonly path: Path;
  /** By the number of path segments: what names them. */
  readonly namings: Naming[];
  /** By the number of path segments: how many elements the array of tables there has so far; 0 where there is none. */
  readonly elementCounts: number[];
}

/**
 * Finds the text of a path in a TOML 1.1 document that smol-toml has accepted.
 * `key`: the last key segment; for an element of an array its value, for one of an array of tables its header's last segment.
 * `value`: the value; for a table made by a header the header's whole key; for an implicit table the first segment that names it.
 * A definition goes before a mention, wherever it stands. Undefined if not even the first segment exists.
 * `statements` is what findStatements gives, for a caller who asks about one document many times.
 */
export function placeInToml(
  source: string,
  path: Path,
  target: "key" | "value",
  statements: readonly number[] = findStatements(source),
): TomlPlace | undefined {
  const search: Search = { source, path, namings: [], elementCounts: new Array(path.length + 1).fill(0) };
  // How much of the path the table of the statement stands for; undefined where that is not on the path.
  let depth: number | undefined = 0;
  for (const at of statements) {
    if (source[at] === "[") {
      depth = followHeader(search, at);
      if (depth === path.length) break;
    } else if (depth !== undefined && searchAssignment(search, at, depth)) break;
  }
  return conclude(search, target);
}

/**
 * How many segments of the path the header's table stands for; undefined if the table is not on the path.
 * Reads no further than the first segment that differs: this runs for every header of the document.
 */
function followHeader(search: Search, headerAt: number): number | undefined {
  const { source, path, elementCounts } = search;
  const isArray = source[headerAt + 1] === "[";
  const wholeStart = findKeySegment(source, headerAt + (isArray ? 2 : 1));
  let depth = 0;
  for (let start = wholeStart; ; ) {
    const end = skipKeySegment(source, start);
    if (!isSameKey(source, start, end, path[depth])) return undefined;
    const next = findNextKeySegment(source, end);
    const isLast = next === undefined;
    noteHeader(search, ++depth, { start, end }, isLast ? { start: wholeStart, end } : undefined);
    if (isLast && isArray) elementCounts[depth] = (elementCounts[depth] ?? 0) + 1;
    const elementCount = elementCounts[depth] ?? 0;
    if (elementCount > 0 && depth < path.length) {
      // A key that names an array of tables stands for its last element.
      if (path[depth] !== elementCount - 1) return undefined;
      noteHeader(search, ++depth, { start, end }, isLast ? { start: wholeStart, end } : undefined);
    }
    if (isLast) return depth;
    start = next;
  }
}

function noteHeader(search: Search, depth: number, key: Span, whole: Span | undefined): void {
  note(search, depth, whole === undefined ? { kind: "mention", key } : { kind: "header", key, whole });
}

/** True if the path leads through the assignment: nothing else in the document can then say more about it. */
function searchAssignment(search: Search, at: number, depth: number): boolean {
  const segments = readKey(search.source, at);
  const valueAt = findValue(search.source, segments.at(-1)?.end ?? at);
  if (!followKey(search, segments, valueAt, depth)) return false;
  searchValue(search, valueAt, depth + segments.length);
  return true;
}

function followKey(search: Search, segments: readonly Span[], valueAt: number, depth: number): boolean {
  for (const [index, key] of segments.entries()) {
    if (!isSameKey(search.source, key.start, key.end, search.path[depth + index])) return false;
    const isLast = index === segments.length - 1;
    note(search, depth + index + 1, isLast ? { kind: "assignment", key, valueAt } : { kind: "mention", key });
  }
  return true;
}

function searchValue(search: Search, valueAt: number, depth: number): void {
  const { source, path } = search;
  const step = path[depth];
  if (source[valueAt] === "{" && typeof step === "string") searchInlineTable(search, valueAt, depth);
  if (source[valueAt] === "[" && typeof step === "number") searchArray(search, valueAt, depth, step);
}

function searchInlineTable(search: Search, tableAt: number, depth: number): void {
  const { source } = search;
  let at = skipSeparators(source, tableAt + 1);
  while (!isEndOfItems(source, at)) {
    if (searchAssignment(search, at, depth)) return;
    at = skipSeparators(source, skipAssignment(source, at));
  }
}

function searchArray(search: Search, arrayAt: number, depth: number, step: number): void {
  const { source } = search;
  let at = skipSeparators(source, arrayAt + 1);
  for (let index = 0; !isEndOfItems(source, at); index++) {
    if (index === step) {
      note(search, depth + 1, { kind: "element", valueAt: at });
      searchValue(search, at, depth + 1);
      return;
    }
    at = skipSeparators(source, skipValue(source, at));
  }
}

function note(search: Search, depth: number, naming: Naming): void {
  const known = search.namings[depth];
  if (known === undefined || (known.kind === "mention" && naming.kind !== "mention")) {
    search.namings[depth] = naming;
  }
}

function conclude(search: Search, target: "key" | "value"): TomlPlace | undefined {
  const deepest = search.namings.at(-1);
  if (deepest === undefined) return undefined;
  const exact = search.namings.length === search.path.length + 1;
  return { ...spanOf(search.source, deepest, exact ? target : "key"), exact };
}

function spanOf(source: string, naming: Naming, target: "key" | "value"): Span {
  if (naming.kind === "mention") return naming.key;
  if (naming.kind === "header") return target === "key" ? naming.key : naming.whole;
  if (naming.kind === "assignment" && target === "key") return naming.key;
  return { start: naming.valueAt, end: skipValue(source, naming.valueAt) };
}

function isSameKey(
  source: string,
  start: number,
  end: number,
  segment: string | number | undefined,
): boolean {
  if (typeof segment !== "string") return false;
  const isQuoted = source[start] === '"' || source[start] === "'";
  if (isQuoted) return decodeTomlString(source, { start, end }) === segment;
  return end - start === segment.length && source.startsWith(segment, start);
}
