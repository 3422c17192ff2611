import type { Span } from "./toml-scanner.js";

/** The text between the quotes of a key or string, and how to read it. */
interface Content extends Span {
  readonly hasEscapes: boolean;
}

/** What one escape, or one unit that stands for itself, decodes to. */
interface Piece {
  readonly text: string;
  readonly end: number;
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  b: "\b",
  t: "\t",
  n: "\n",
  f: "\f",
  r: "\r",
  e: "\x1b",
};
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/**
 * The source text of `length` UTF-16 units at `offset` in the decoded string whose literal, quotes included, is `span`.
 * Also takes a bare key. What lies beyond the string's end is cut off there; with `length` 0 the span is a point.
 */
export function offsetInTomlString(source: string, span: Span, offset: number, length: number): Span {
  const content = contentOf(source, span);
  let start = content.end;
  let decoded = 0;
  for (let at = content.start; at < content.end; ) {
    const piece = pieceAt(source, at, content);
    decoded += piece.text.length;
    if (start === content.end && decoded > offset) {
      start = at;
      if (length === 0) return { start, end: start };
    }
    if (decoded >= offset + length && decoded > offset) return { start, end: piece.end };
    at = piece.end;
  }
  return { start, end: content.end };
}

/** The value of a key segment or a string literal, quotes included in `span`. */
export function decodeTomlString(source: string, span: Span): string {
  const content = contentOf(source, span);
  const raw = source.slice(content.start, content.end);
  if (!content.hasEscapes || !raw.includes("\\")) return raw;
  let text = "";
  for (let at = content.start; at < content.end; ) {
    const piece = pieceAt(source, at, content);
    text += piece.text;
    at = piece.end;
  }
  return text;
}

function contentOf(source: string, span: Span): Content {
  const quote = source[span.start];
  if (quote !== '"' && quote !== "'") return { ...span, hasEscapes: false };
  const hasEscapes = quote === '"';
  const isMultiLine = span.end - span.start >= 6 && source.startsWith(quote.repeat(3), span.start);
  if (!isMultiLine) return { start: span.start + 1, end: Math.max(span.start + 1, span.end - 1), hasEscapes };
  let start = span.start + 3;
  if (source.startsWith("\r\n", start)) start += 2;
  else if (source[start] === "\n") start += 1;
  return { start, end: span.end - 3, hasEscapes };
}

function pieceAt(source: string, at: number, content: Content): Piece {
  const unit = source[at] ?? "";
  if (unit !== "\\" || !content.hasEscapes) return { text: unit, end: at + 1 };
  const kind = source[at + 1] ?? "";
  const digits = HEX_DIGITS[kind];
  if (digits !== undefined) {
    const end = at + 2 + digits;
    return { text: fromHex(source.slice(at + 2, end)), end };
  }
  if (isSpace(kind)) return { text: "", end: endOfTrimmedSpace(source, at + 1) };
  return { text: SIMPLE_ESCAPES[kind] ?? kind, end: at + 2 };
}

/** A backslash at a line's end swallows all blanks and newlines that follow. */
function endOfTrimmedSpace(source: string, at: number): number {
  let end = at;
  while (isSpace(source[end] ?? "")) end++;
  return end;
}

function isSpace(unit: string): boolean {
  return unit === " " || unit === "\t" || unit === "\n" || unit === "\r";
}

/** A malformed escape decodes to the replacement character: this reader never fails. */
function fromHex(digits: string): string {
  const codePoint = Number.parseInt(digits, 16);
  return codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : "\ufffd";
}
