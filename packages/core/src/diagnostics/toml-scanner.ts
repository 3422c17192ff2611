/** A half-open range of UTF-16 offsets in a source text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const DOUBLE_QUOTE = 0x22;
const HASH = 0x23;
const SINGLE_QUOTE = 0x27;
const COMMA = 0x2c;
const DOT = 0x2e;
const EQUALS = 0x3d;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const BYTE_ORDER_MARK = 0xfeff;

// The functions below skip over the parts of a TOML document that smol-toml has accepted, decoding nothing.
// Each returns the offset behind what it skipped. On a text that is no TOML they still end and stay inside it.

/** Where every statement begins, in order: the headers `[a]` and `[[a]]`, and the assignments between them. */
export function findStatements(source: string): number[] {
  const statements: number[] = [];
  for (let at = skipVoid(source, 0); at < source.length; ) {
    statements.push(at);
    const isHeader = source.charCodeAt(at) === OPEN_BRACKET;
    at = skipVoid(source, isHeader ? skipBracketed(source, at) : skipAssignment(source, at));
  }
  return statements;
}

/** True where no further element of an array or assignment of an inline table can begin. */
export function isEndOfItems(source: string, at: number): boolean {
  const c = source.charCodeAt(at);
  return at >= source.length || c === CLOSE_BRACKET || c === CLOSE_BRACE;
}

/** The segments of the dotted key at `at`, with the quotes of those that have some. */
export function readKey(source: string, at: number): Span[] {
  const segments: Span[] = [];
  let start: number | undefined = findKeySegment(source, at);
  while (start !== undefined) {
    const end = skipKeySegment(source, start);
    segments.push({ start, end });
    start = findNextKeySegment(source, end);
  }
  return segments;
}

/** Where the first segment of the dotted key at `at` begins. */
function findKeySegment(source: string, at: number): number {
  return skipBlanks(source, at);
}

/** Where the segment begins that follows the one that ends at `at`; undefined if that was the last. */
function findNextKeySegment(source: string, at: number): number | undefined {
  const dotAt = skipBlanks(source, at);
  return source.charCodeAt(dotAt) === DOT ? skipBlanks(source, dotAt + 1) : undefined;
}

/** Where the value of the assignment begins whose key, or the rest of it, is at `at`. */
export function findValue(source: string, at: number): number {
  for (let p = at; p < source.length; ) {
    const c = source.charCodeAt(p);
    if (c === EQUALS) return skipBlanks(source, p + 1);
    if (c === LF) return p;
    p = isQuote(c) ? skipString(source, p) : p + 1;
  }
  return source.length;
}

export function skipAssignment(source: string, at: number): number {
  return skipValue(source, findValue(source, at));
}

export function skipValue(source: string, at: number): number {
  const c = source.charCodeAt(at);
  if (isQuote(c)) return skipString(source, at);
  if (c === OPEN_BRACKET || c === OPEN_BRACE) return skipBracketed(source, at);
  return skipPlainValue(source, at);
}

/** Blanks, newlines, comments and commas. */
export function skipSeparators(source: string, at: number): number {
  let p = skipVoid(source, at);
  while (source.charCodeAt(p) === COMMA) p = skipVoid(source, p + 1);
  return p;
}

/** Blanks, newlines and comments; a byte order mark at the very start too. */
function skipVoid(source: string, at: number): number {
  let p = at;
  for (; p < source.length; p++) {
    const c = source.charCodeAt(p);
    if (c === HASH) p = endOfLine(source, p);
    else if (c !== SPACE && c !== LF && c !== TAB && c !== CR && !(c === BYTE_ORDER_MARK && p === 0)) break;
  }
  return Math.min(p, source.length);
}

function skipBlanks(source: string, at: number): number {
  let p = at;
  while (isBlank(source.charCodeAt(p))) p++;
  return p;
}

function skipKeySegment(source: string, at: number): number {
  if (isQuote(source.charCodeAt(at))) return skipString(source, at);
  let p = at;
  while (isBareKeyUnit(source.charCodeAt(p))) p++;
  return p;
}

/** An array, an inline table or a header with its brackets. */
function skipBracketed(source: string, at: number): number {
  let depth = 0;
  for (let p = at; p < source.length; ) {
    const c = source.charCodeAt(p);
    if (isQuote(c)) {
      p = skipString(source, p);
      continue;
    }
    if (c === HASH) p = endOfLine(source, p);
    else if (c === OPEN_BRACKET || c === OPEN_BRACE) depth++;
    else if ((c === CLOSE_BRACKET || c === CLOSE_BRACE) && --depth === 0) return p + 1;
    p++;
  }
  return source.length;
}

/** A number, a boolean or a date. Dates may have a blank inside, so the end is looked for, then blanks are taken back. */
function skipPlainValue(source: string, at: number): number {
  let p = at;
  for (; p < source.length; p++) {
    const c = source.charCodeAt(p);
    if (c === LF || c === CR || c === COMMA || c === HASH || c === CLOSE_BRACKET || c === CLOSE_BRACE) break;
  }
  while (p > at && isBlank(source.charCodeAt(p - 1))) p--;
  return p;
}

/** A string of any of the four kinds, with its quotes. */
function skipString(source: string, at: number): number {
  const quote = source.charCodeAt(at);
  if (source.charCodeAt(at + 1) === quote && source.charCodeAt(at + 2) === quote) {
    return skipMultiLineString(source, at, quote);
  }
  for (let p = at + 1; p < source.length; p++) {
    const c = source.charCodeAt(p);
    if (c === quote) return p + 1;
    if (c === LF) return p;
    if (c === BACKSLASH && quote === DOUBLE_QUOTE) p++;
  }
  return source.length;
}

function skipMultiLineString(source: string, at: number, quote: number): number {
  for (let p = at + 3; p < source.length; p++) {
    const c = source.charCodeAt(p);
    if (c === BACKSLASH && quote === DOUBLE_QUOTE) p++;
    else if (c === quote && source.charCodeAt(p + 1) === quote && source.charCodeAt(p + 2) === quote) {
      // Up to two quotes may stand before the closing three and are content.
      let end = p + 3;
      while (end < p + 5 && source.charCodeAt(end) === quote) end++;
      return end;
    }
  }
  return source.length;
}

function endOfLine(source: string, at: number): number {
  const newline = source.indexOf("\n", at);
  return newline < 0 ? source.length : newline;
}

function isBlank(c: number): boolean {
  return c === SPACE || c === TAB;
}

function isQuote(c: number): boolean {
  return c === DOUBLE_QUOTE || c === SINGLE_QUOTE;
}

function isBareKeyUnit(c: number): boolean {
  return (
    (c >= 0x61 && c <= 0x7a) ||
    (c >= 0x41 && c <= 0x5a) ||
    (c >= 0x30 && c <= 0x39) ||
    c === 0x2d ||
    c === 0x5f
  );
}
