/** A `{% … %}` or `{{ … }}` of a template. Offsets in UTF-16 units; `end` is after the last. */
export interface Tag extends Range {
  /** The first word of a statement; empty in an expression. */
  readonly word: string;
  /** What is between the word and the end. */
  readonly content: Range;
}

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Every tag but those in comments and raw blocks. Ends before a tag that is not closed: that is for minijinja to report. */
export function tagsOf(source: string): readonly Tag[] {
  const tags: Tag[] = [];
  const opening = /\{[{%#]/g;
  for (let match = opening.exec(source); match !== null; match = opening.exec(source)) {
    const start = match.index;
    if (match[0] === "{#") {
      const end = source.indexOf("#}", start + 2);
      if (end === -1) break;
      opening.lastIndex = end + 2;
      continue;
    }
    const tag = readTag(source, start);
    if (tag === undefined) break;
    opening.lastIndex = tag.word === "raw" ? endOfRaw(source, tag.end) : tag.end;
    tags.push(tag);
  }
  return tags;
}

function readTag(source: string, start: number): Tag | undefined {
  const isStatement = source[start + 1] === "%";
  const close = isStatement ? "%}" : "}}";
  const [opening = ""] = /^..[-+]?\s*/s.exec(source.slice(start)) ?? [];
  let from = start + opening.length;
  const word = isStatement ? wordAt(source, from) : "";
  from += word.length;
  for (const token of tokens(source, from)) {
    // A string that does not end goes to the end of the file, and the tag with it.
    if (token.text === '"' || token.text === "'") return undefined;
    if (token.depth > 0 || !source.startsWith(close, token.start)) continue;
    const content = source.slice(from, token.start).replace(/[-+]$/, "");
    const [space = ""] = /^\s*/.exec(content) ?? [];
    const contentStart = from + space.length;
    const contentEnd = Math.max(contentStart, from + content.trimEnd().length);
    return { start, end: token.start + 2, word, content: { start: contentStart, end: contentEnd } };
  }
  return undefined;
}

function endOfRaw(source: string, from: number): number {
  const end = /\{%[-+]?\s*endraw\s*[-+]?%\}/g;
  end.lastIndex = from;
  return end.exec(source) === null ? source.length : end.lastIndex;
}

function wordAt(source: string, at: number): string {
  return /^[A-Za-z_]\w*/.exec(source.slice(at, at + 100))?.[0] ?? "";
}

export interface Token {
  readonly text: string;
  readonly start: number;
  /** How many brackets are open before it. */
  readonly depth: number;
}

/** Strings, words, numbers and single characters; no space. */
export function* tokens(source: string, from: number, end = source.length): Generator<Token> {
  const token = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\w+|\S/gs;
  token.lastIndex = from;
  let depth = 0;
  for (let match = token.exec(source); match !== null && match.index < end; match = token.exec(source)) {
    yield { text: match[0], start: match.index, depth };
    if ("([{".includes(match[0])) depth++;
    else if (")]}".includes(match[0])) depth = Math.max(0, depth - 1);
  }
}

/** What ends the expression that names a file, by statement. */
const fileStatements: ReadonlyMap<string, readonly string[]> = new Map([
  ["include", ["ignore", "with", "without"]],
  ["extends", []],
  ["import", ["as"]],
  ["from", ["import"]],
]);

/** The expression by which a statement names another file; undefined where it names none. */
export function fileExpression(source: string, { word, content }: Tag): Range | undefined {
  const ends = fileStatements.get(word);
  if (ends === undefined) return undefined;
  let end = content.end;
  for (const { text, start, depth } of tokens(source, content.start, content.end)) {
    if (depth > 0 || !ends.includes(text)) continue;
    end = start;
    break;
  }
  const length = source.slice(content.start, end).trimEnd().length;
  return length === 0 ? undefined : { start: content.start, end: content.start + length };
}

/** Every word that stands in a tag: at least all names that the template uses. */
export function wordsOf(source: string): ReadonlySet<string> {
  return new Set(
    tagsOf(source).flatMap(({ start, end }) => source.slice(start, end).match(/[A-Za-z_]\w*/g) ?? []),
  );
}

/** The names that statements of the template set: loop variables, `set`, macros and their arguments, imports. */
export function boundNames(source: string): ReadonlySet<string> {
  const names = tagsOf(source).flatMap(({ word, content }) => {
    const text = source.slice(content.start, content.end);
    return (
      bindings
        .get(word)
        ?.exec(text)
        ?.slice(1)
        .join(" ")
        .match(/[A-Za-z_]\w*/g) ?? []
    );
  });
  return new Set(names);
}

const bindings: ReadonlyMap<string, RegExp> = new Map([
  ["for", /^(.*?)\sin\s/s],
  ["set", /^([^=|]*)/],
  ["with", /^([^=]*)/],
  ["macro", /^(.*)$/s],
  ["import", /\sas\s+(\w+)/],
  ["from", /\simport\s(.*)$/s],
]);
