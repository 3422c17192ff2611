import { type Range, type Tag, type Token, tokens } from "./tags.js";

/** Words of expressions that are no variables. */
const keywords = new Set("and or not in is if else recursive true false none True False None".split(" "));

/** Filters whose input may be undefined. */
const defaults = ["default", "d"];

/**
 * Where a part of a template reads a variable, or keys of one (`i.peer.node`), but for calls and for where it may be
 * undefined: where the template asks what it is (`is none`, `default`), and as an element of a list or a
 * value of a dict.
 */
export function readings(source: string, { start, end }: Range): readonly Range[] {
  const list = [...tokens(source, start, end)];
  const ranges: Range[] = [];
  for (let index = 0; index < list.length; index++) {
    if (!isVariable(list, index)) continue;
    const last = lastOfPath(list, index);
    if (!isExempt(source, list, { first: index, last })) {
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

/** The tokens of a path, or of an expression around it; indices, both included. */
interface Span {
  readonly first: number;
  readonly last: number;
}

function isExempt(source: string, list: readonly Token[], path: Span): boolean {
  const next = list[path.last + 1];
  if (next?.text === "(") return true;
  if (next?.text === "=") return source[next.start + 1] !== "=";
  const around = withParentheses(list, path);
  const [after, filter] = list.slice(around.last + 1, around.last + 3).map((token) => token.text);
  return after === "is" || (after === "|" && defaults.includes(filter ?? "")) || isElement(list, around);
}

/** `((a.b))` for `a.b`; the parentheses of a call are no such. */
function withParentheses(list: readonly Token[], path: Span): Span {
  let { first, last } = path;
  while (list[first - 1]?.text === "(" && list[last + 1]?.text === ")" && !isOperand(list[first - 2])) {
    first--;
    last++;
  }
  return { first, last };
}

/** Whether it is all of an element of a list, or a value of a dict. `join` prints what is undefined as nothing: not there. */
function isElement(list: readonly Token[], { first, last }: Span): boolean {
  if (!/^[[,:]$/.test(list[first - 1]?.text ?? "") || !/^[\]},]$/.test(list[last + 1]?.text ?? ""))
    return false;
  const depth = (list[first]?.depth ?? 0) - 1;
  const opening = list.findLastIndex((token, index) => index < first && token.depth === depth);
  const isLiteral =
    list[opening]?.text === "{" || (list[opening]?.text === "[" && !isOperand(list[opening - 1]));
  const after = list.findIndex((token, index) => index > last && token.depth === depth);
  return isLiteral && !(list[after]?.text === "|" && list[after + 1]?.text === "join");
}

/** What a bracket behind it calls or indexes. */
function isOperand({ text }: Partial<Token> = {}): boolean {
  return text !== undefined && /^[\w"')\]}]/.test(text) && !keywords.has(text);
}

function endOf({ start, text }: Token): number {
  return start + text.length;
}
