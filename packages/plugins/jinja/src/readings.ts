import { type Range, type Tag, type Token, tokens } from "./tags.js";

/** Words of expressions that are no variables. */
const keywords = new Set("and or not in is if else recursive true false none True False None".split(" "));

/** What can be asked of a value that may be undefined. */
const asking = { tests: ["defined", "undefined"], filters: ["default", "d"] };

/**
 * Where a part of a template reads a variable, or keys of one (`i.peer.node`), but for calls and for where it asks whether
 * there is one (`is defined`, `default`).
 */
export function readings(source: string, { start, end }: Range): readonly Range[] {
  const list = [...tokens(source, start, end)];
  const ranges: Range[] = [];
  for (let index = 0; index < list.length; index++) {
    if (!isVariable(list, index)) continue;
    const last = lastOfPath(list, index);
    if (!isExempt(source, list, last)) {
      ranges.push({ start: (list[index] as Token).start, end: endOf(list[last] as Token) });
    }
    index = last;
  }
  return ranges;
}

/** The parts of a tag whose variables are read: not those that it sets, nor the names of blocks and macros. */
export function readParts(source: string, { word, content }: Tag): readonly Range[] {
  if (["", "if", "elif", "do"].includes(word)) return [content];
  const separator = word === "for" ? "in" : "=";
  if (!["for", "set", "with"].includes(word)) return [];
  const parts: Range[] = [];
  let start: number | undefined;
  for (const token of tokens(source, content.start, content.end)) {
    if (token.depth > 0) continue;
    if (start === undefined && token.text === separator) start = endOf(token);
    else if (start !== undefined && token.text === "," && word === "with") {
      parts.push({ start, end: token.start });
      start = undefined;
    }
  }
  return start === undefined ? parts : [...parts, { start, end: content.end }];
}

function isVariable(list: readonly Token[], index: number): boolean {
  const { text = "" } = list[index] ?? {};
  if (!/^[A-Za-z_]/.test(text) || keywords.has(text)) return false;
  const before = list[index - 1]?.text;
  const isTest = before === "is" || (before === "not" && list[index - 2]?.text === "is");
  return before !== "." && before !== "|" && !isTest;
}

/** The last token of `a.b[0]["c"]`. */
function lastOfPath(list: readonly Token[], first: number): number {
  let last = first;
  for (;;) {
    const [opening, key, closing] = list.slice(last + 1, last + 4).map((token) => token.text);
    if (opening === "." && /^\w/.test(key ?? "")) last += 2;
    else if (opening === "[" && /^["'\d]/.test(key ?? "") && closing === "]") last += 3;
    else return last;
  }
}

function isExempt(source: string, list: readonly Token[], last: number): boolean {
  const [next, second, third] = list.slice(last + 1, last + 4);
  if (next?.text === "(") return true;
  if (next?.text === "=") return source[next.start + 1] !== "=";
  if (next?.text === "|") return asking.filters.includes(second?.text ?? "");
  const test = second?.text === "not" ? third : second;
  return next?.text === "is" && asking.tests.includes(test?.text ?? "");
}

function endOf({ start, text }: Token): number {
  return start + text.length;
}
