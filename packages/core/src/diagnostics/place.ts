import type { FilePathOrigin, FilePositionOrigin, Origin } from "./diagnostic.js";
import { TomlIndex } from "./toml-index.js";
import type { Span } from "./toml-scanner.js";
import { offsetInTomlString } from "./toml-string.js";

/** A stretch of a text file. Lines and columns count from 1, columns in UTF-16 units; `endColumn` is the first one behind. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** The text of `line`, without its line break; empty if the file cannot be read. */
  readonly lineText: string;
}

/** Gives the text of a file as an Origin names it; undefined if it cannot be read. */
export type ReadSource = (file: string) => string | undefined;

export type Locate = (origin: Origin) => Place | undefined;

interface Source {
  readonly text: string;
  readonly lineStarts: readonly number[];
  /** Of the TOML in it, made when a path is first looked up in this text. */
  toml?: TomlIndex;
}

/**
 * Makes a function that finds the place of an origin; it reads and indexes each file once.
 * A plugin's origin is where `from` is. No place: `--set`, an unreadable file, a path of which nothing is in the file.
 */
export function createLocator(read: ReadSource): Locate {
  const sources = new Map<string, Source | undefined>();
  const open = (file: string): Source | undefined => {
    if (!sources.has(file)) sources.set(file, indexSource(read(file)));
    return sources.get(file);
  };
  return function locate(origin: Origin): Place | undefined {
    if ("set" in origin) return undefined;
    if ("plugin" in origin) return origin.from && locate(origin.from);
    if ("line" in origin) return placeOfPosition(origin, open(origin.file));
    return placeOfPath(origin, open(origin.file));
  };
}

/** A byte order mark is dropped: editors do not count it as a column. */
function indexSource(raw: string | undefined): Source | undefined {
  if (raw === undefined) return undefined;
  const text = raw.startsWith("\ufeff") ? raw.slice(1) : raw;
  const lineStarts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  return { text, lineStarts };
}

function placeOfPath(origin: FilePathOrigin, source: Source | undefined): Place | undefined {
  if (source === undefined) return undefined;
  source.toml ??= new TomlIndex(source.text);
  const found = source.toml.find(origin.path, origin.target ?? "value");
  if (found === undefined) return undefined;
  if (!found.exact || origin.offset === undefined) return placeOfSpan(origin.file, source, found);
  // Without a length, the rest of the string.
  const length = origin.length ?? Number.POSITIVE_INFINITY;
  return placeOfSpan(origin.file, source, offsetInTomlString(source.text, found, origin.offset, length));
}

/** What lies outside the text is moved to its nearest end, so that a bad position never shows a wrong line. */
function placeOfPosition(origin: FilePositionOrigin, source: Source | undefined): Place {
  const { file, line, column } = origin;
  if (source === undefined) return { file, line, column, endLine: line, endColumn: column, lineText: "" };
  const lineIndex = clamp(line - 1, 0, source.lineStarts.length - 1);
  const lineStart = source.lineStarts[lineIndex] ?? 0;
  const start = lineStart + clamp(column - 1, 0, lineTextAt(source, lineIndex).length);
  const end = clamp(start + (origin.length ?? 0), start, source.text.length);
  return placeOfSpan(file, source, { start, end });
}

function placeOfSpan(file: string, source: Source, span: Span): Place {
  const lineIndex = lineIndexAt(source, span.start);
  const endLineIndex = lineIndexAt(source, span.end);
  return {
    file,
    line: lineIndex + 1,
    column: span.start - (source.lineStarts[lineIndex] ?? 0) + 1,
    endLine: endLineIndex + 1,
    endColumn: span.end - (source.lineStarts[endLineIndex] ?? 0) + 1,
    lineText: lineTextAt(source, lineIndex),
  };
}

/** By binary search: the last line that starts at or before the offset. */
function lineIndexAt(source: Source, offset: number): number {
  let low = 0;
  let high = source.lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((source.lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

function lineTextAt(source: Source, lineIndex: number): string {
  const start = source.lineStarts[lineIndex] ?? 0;
  const next = source.lineStarts[lineIndex + 1];
  const text = source.text.slice(start, next === undefined ? source.text.length : next - 1);
  return text.endsWith("\r") ? text.slice(0, -1) : text;
}

function clamp(value: number, lowest: number, highest: number): number {
  return Math.min(Math.max(value, lowest), highest);
}
