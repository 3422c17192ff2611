import type { TemplateProblem } from "../engine.js";
import { sourceOffsetOf, type TemplateProgram } from "./program.js";
import type { Part } from "./scan.js";
import { lowerFirst, problemAt, wordLengthAt } from "./template-problem.js";

/** What a running template threw, at the place in it that threw. `frameName` is the template's file name in stacks. */
export function problemOfThrown(
  program: TemplateProgram,
  frameName: string,
  thrown: unknown,
): TemplateProblem {
  const offset = offsetInStack(program, frameName, thrown) ?? offsetOfThrow(program.parts);
  const place = program.at(offset, wordLengthAt(program.source, offset));
  const message = messageOf(thrown);
  const isAbsent = /^cannot (read|set) properties of (undefined|null)/.test(message);
  const hint = isAbsent
    ? 'what stands before this is absent: check its name, or write "?." if it may be'
    : undefined;
  return problemAt(place, message, hint);
}

/** The words of an Error of the user's own stay as written; the engine's begin with a capital. */
function messageOf(thrown: unknown): string {
  const message: unknown = thrown instanceof Error ? thrown.message : thrown;
  if (typeof message !== "string" || message === "") return "the template threw something without a message";
  return thrown instanceof Error && thrown.constructor !== Error ? lowerFirst(message) : message;
}

/** Where the innermost call in the template stood, from V8's stack. */
function offsetInStack(program: TemplateProgram, frameName: string, thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || typeof thrown.stack !== "string") return undefined;
  const frame = new RegExp(`^\\s+at .*\\b${frameName}:(\\d+):(\\d+)\\)?$`, "m").exec(thrown.stack);
  if (frame === null) return undefined;
  const lineEnds = [...program.text.matchAll(/\r\n|[\n\r\u2028\u2029]/g)];
  const starts = [0, ...lineEnds.map((end) => end.index + end[0].length)];
  const lineStart = starts[Number(frame[1]) - 1];
  return lineStart === undefined ? undefined : sourceOffsetOf(program, lineStart + Number(frame[2]) - 1);
}

/** What is thrown without a stack was thrown by a `throw` of the template's: its first tag that has one. */
function offsetOfThrow(parts: readonly Part[]): number {
  const codes = parts.filter((part) => part.kind !== "text");
  return (codes.find(({ code }) => /\bthrow\b/.test(code)) ?? codes[0])?.offset ?? 0;
}
