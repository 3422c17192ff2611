import type { Program } from "acorn";
import type { NameUse, TemplateProblem, TemplateSpan } from "../engine.js";
import { type FreeVariable, freeVariables, isLanguageName } from "./free-variables.js";
import { parseBody, type SyntaxFault } from "./javascript.js";
import { segmentBefore, sourceOffsetOf, type TemplateProgram } from "./program.js";
import { findRefusal } from "./refusals.js";
import { describeSyntaxFault } from "./scan.js";
import { lowerFirst, problemAt } from "./template-problem.js";

export type Analysis =
  | { readonly ok: true; readonly names: readonly NameUse[] }
  | { readonly ok: false; readonly problem: TemplateProblem };

/** Checks a template's program as a whole and finds the names that it needs, in the order of their uses. */
export function analyse(program: TemplateProgram): Analysis {
  const parsed = parseBody(program.text);
  if (!parsed.ok) return { ok: false, problem: describeFault(program, parsed.fault, parsed.openBracket) };
  const free = freeVariables(parsed.body);
  if (!free.ok) return { ok: false, problem: describeFault(program, free.fault, undefined) };
  const uses = free.uses.filter(({ name }) => name !== program.writer);
  const problem = findRefused(program, parsed.body) ?? findMisuse(program, uses);
  if (problem !== undefined) return { ok: false, problem };
  const names = uses.filter(({ name }) => !isLanguageName(name));
  return {
    ok: true,
    names: names.map((use) => ({
      name: use.name,
      ...placeOf(program, use.start, use.end),
      ...memberOf(program, use),
    })),
  };
}

/** `.bird` or `["bird"]`, directly behind a name. */
const memberText =
  /\s*(?:\??\.\s*([\p{ID_Start}$_][\p{ID_Continue}$]*)|(?:\?\.)?\s*\[\s*("[^"\\\n]*"|'[^'\\\n]*')\s*\])/uy;

function memberOf(program: TemplateProgram, { end }: FreeVariable): Pick<NameUse, "member"> {
  memberText.lastIndex = end;
  const [text = "", key, quoted] = memberText.exec(program.text) ?? [];
  const word = key ?? quoted;
  if (word === undefined) return {};
  const start = end + text.lastIndexOf(word);
  const name = key ?? word.slice(1, -1);
  return { member: { name, ...placeOf(program, start, start + word.length) } };
}

function describeFault(
  program: TemplateProgram,
  fault: SyntaxFault,
  openBracket: number | undefined,
): TemplateProblem {
  const { source, at } = program;
  const offset = sourceOffsetOf(program, fault.offset);
  if (offset !== undefined) return describeSyntaxFault(source, at, offset, reword(fault.message));
  const openOffset = openBracket === undefined ? undefined : sourceOffsetOf(program, openBracket);
  if (fault.offset >= program.text.length && openOffset !== undefined) {
    const bracket = source[openOffset];
    const hint = bracket === "{" ? "close it with {{% } %}}" : undefined;
    return problemAt(at(openOffset, 1), `"${bracket}" is never closed`, hint);
  }
  const segment = segmentBefore(program, fault.offset);
  const place = at(segment?.sourceOffset ?? 0, segment?.length ?? source.length);
  if (fault.message !== "Unexpected token") return problemAt(place, lowerFirst(reword(fault.message)));
  return problemAt(
    place,
    "no text or value can follow here, because this statement is not complete",
    'finish the statement in its tag; only a "{" may stay open',
  );
}

/** acorn's words where they speak of things that a template's author does not have. */
function reword(message: string): string {
  if (message.startsWith("'import' and 'export'")) return "a template cannot import or export";
  if (message.startsWith("Unsyntactic")) return `${message.slice("Unsyntactic ".length)} outside of a loop`;
  return message;
}

function findRefused(program: TemplateProgram, body: Program): TemplateProblem | undefined {
  const isTemplateCode = (offset: number) => sourceOffsetOf(program, offset) !== undefined;
  const refusal = findRefusal(body, isTemplateCode);
  if (refusal === undefined) return undefined;
  const { start, end } = refusal.node;
  return problemAt(placeOf(program, start, end), refusal.message, refusal.hint);
}

/** `eval` and `arguments` are no names that a value could be given; to overwrite `Math` would reach other templates. */
function findMisuse(program: TemplateProgram, uses: readonly FreeVariable[]): TemplateProblem | undefined {
  for (const { name, start, end, isWritten } of uses) {
    const place = placeOf(program, start, end);
    if (name === "eval" || name === "arguments") return problemAt(place, `a template cannot use ${name}`);
    if (isWritten && isLanguageName(name)) {
      return problemAt(place, `a template cannot replace JavaScript's own ${name}`, "choose another name");
    }
  }
  return undefined;
}

/** A node may go on over text and further tags: it is then underlined to the end of the tag where it starts. */
function placeOf(program: TemplateProgram, start: number, end: number): TemplateSpan {
  const from = sourceOffsetOf(program, start) ?? 0;
  const segment = segmentBefore(program, start);
  const to = segment === undefined ? from : segment.sourceOffset + segment.length;
  return program.at(from, Math.min(end - start, to - from));
}
