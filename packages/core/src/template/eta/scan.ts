import type { TemplateProblem, TemplateSpan } from "../engine.js";
import { readExpression, readStatements, type TagEnd } from "./javascript.js";
import { createPlacer, lowerFirst, type Placer, problemAt, wordLengthAt } from "./template-problem.js";

/** A template in pieces. The place of a tag is that of its code without the blanks around it. */
export type Part = TextPart | CodePart;

export interface TextPart {
  readonly kind: "text";
  readonly text: string;
}

/** `{{ value }}` or `{{% statements %}}`. */
export interface CodePart extends TemplateSpan {
  readonly kind: "value" | "statements";
  readonly code: string;
}

export type ScanResult =
  | { readonly ok: true; readonly parts: readonly Part[] }
  | { readonly ok: false; readonly problem: TemplateProblem };

/** `from` and `to` enclose the marks; once lines are trimmed, also the blanks that go with them. */
interface Tag {
  readonly part: CodePart;
  from: number;
  to: number;
}

/**
 * Splits a template into text and tags. `{{ e }}` writes the value of a JavaScript expression, `{{% s %}}` runs
 * statements. A closing mark inside a string, a template, a regular expression, a comment or brackets closes nothing.
 *
 * Text stays as it is, byte for byte, with one exception: a line that holds nothing but `{{% %}}` tags and blanks
 * writes nothing, not even its line end (as in Mustache, and in Jinja with trim_blocks and lstrip_blocks), so that
 * loops and conditions leave no empty lines.
 */
export function scanTemplate(source: string): ScanResult {
  const tags: Tag[] = [];
  const at = createPlacer(source);
  for (let open = source.indexOf("{{"); open !== -1; open = source.indexOf("{{", tags.at(-1)!.to)) {
    const isStatements = source.startsWith("{{%", open);
    const codeFrom = open + (isStatements ? 3 : 2);
    const rest = source.slice(codeFrom);
    const read = isStatements ? readStatements(rest) : readExpression(rest);
    if (!read.ok) return { ok: false, problem: describeFault(source, at, open, read) };
    const code = rest.slice(0, read.end);
    const trimmed = code.trim();
    const offset = codeFrom + code.length - code.trimStart().length;
    const kind = isStatements ? "statements" : "value";
    tags.push({
      part: { kind, code: trimmed, ...at(offset, trimmed.length) },
      from: open,
      to: codeFrom + read.end + (isStatements ? 3 : 2),
    });
  }
  trimLinesOfStatements(source, tags);
  return { ok: true, parts: interleave(source, tags) };
}

function trimLinesOfStatements(source: string, tags: readonly Tag[]): void {
  for (let first = 0; first < tags.length; first += 1) {
    if (tags[first]!.part.kind !== "statements") continue;
    let last = first;
    while (isFollowedOnItsLine(source, tags, last)) last += 1;
    const from = lineStartBefore(source, tags[first]!.from);
    const to = lineEndAfter(source, tags[last]!.to);
    if (from !== undefined && to !== undefined) {
      tags[first]!.from = from;
      for (let index = first; index < last; index += 1) tags[index]!.to = tags[index + 1]!.from;
      tags[last]!.to = to;
    }
    first = last;
  }
}

/** Whether the next tag is of statements too, with only blanks between them. */
function isFollowedOnItsLine(source: string, tags: readonly Tag[], index: number): boolean {
  const next = tags[index + 1];
  return next?.part.kind === "statements" && /^[ \t]*$/.test(source.slice(tags[index]!.to, next.from));
}

/** The start of the line, if only blanks stand between it and the offset. */
function lineStartBefore(source: string, offset: number): number | undefined {
  let start = offset;
  while (source[start - 1] === " " || source[start - 1] === "\t") start -= 1;
  return start === 0 || source[start - 1] === "\n" ? start : undefined;
}

/** The start of the next line (or the end of the source), if only blanks stand between it and the offset. */
function lineEndAfter(source: string, offset: number): number | undefined {
  const blanks = /[ \t]*(?:\r?\n|$)/y;
  blanks.lastIndex = offset;
  return blanks.test(source) ? blanks.lastIndex : undefined;
}

function interleave(source: string, tags: readonly Tag[]): Part[] {
  const parts: Part[] = [];
  let textFrom = 0;
  for (const { part, from, to } of tags) {
    if (from > textFrom) parts.push({ kind: "text", text: source.slice(textFrom, from) });
    parts.push(part);
    textFrom = to;
  }
  if (textFrom < source.length) parts.push({ kind: "text", text: source.slice(textFrom) });
  return parts;
}

function describeFault(
  source: string,
  at: Placer,
  open: number,
  { fault, comments }: TagEnd & { ok: false },
): TemplateProblem {
  const [start, end] = source.startsWith("{{%", open) ? ["{{%", "%}}"] : ["{{", "}}"];
  const codeFrom = open + start.length;
  const comment = comments.find(({ type, value }) => type === "Line" && value.includes(end));
  if (comment !== undefined) {
    const place = at(codeFrom + comment.start, comment.end - comment.start);
    const hint = "a // comment runs to the end of its line: write /* … */ instead";
    return problemAt(place, `this comment hides the "${end}" that should close its tag`, hint);
  }
  if (fault.message === "Unclosed" || source.indexOf(end, codeFrom) === -1) {
    const literal = start === "{{" ? `; a literal "{{" is written {{ "{{" }}` : "";
    return problemAt(at(open, start.length), `"${start}" is not closed`, `close it with "${end}"${literal}`);
  }
  if (fault.message === "Empty") {
    const place = at(open, codeFrom + fault.offset + end.length - open);
    return problemAt(
      place,
      `the tag "{{ }}" is empty`,
      "write an expression in it; a comment is {{% /* … */ %}}",
    );
  }
  const isMisplaced = start === "{{" && fault.message === "Unexpected token";
  const hint = isMisplaced ? "{{ }} holds one JavaScript expression; statements go in {{% %}}" : undefined;
  return describeSyntaxFault(source, at, codeFrom + fault.offset, fault.message, hint);
}

/** Says what stands at the offset where a parser only says "unexpected token". */
export function describeSyntaxFault(
  source: string,
  at: Placer,
  offset: number,
  message: string,
  hint?: string,
): TemplateProblem {
  const length = wordLengthAt(source, offset);
  const word = source.slice(offset, offset + length);
  return problemAt(
    at(offset, length),
    message === "Unexpected token" && word !== "" ? `unexpected "${word}"` : lowerFirst(message),
    hint,
  );
}
