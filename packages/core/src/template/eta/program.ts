import type { Part } from "./scan.js";
import { createPlacer, type Placer } from "./template-problem.js";

/** A template as the body of one strict function; the same text is checked and run. */
export interface TemplateProgram {
  readonly source: string;
  readonly parts: readonly Part[];
  /** Places in the source. */
  readonly at: Placer;
  readonly text: string;
  /** The parameter through which the program writes; a name that does not occur in the template. */
  readonly writer: string;
  /** Where the code of each tag stands, in order. */
  readonly segments: readonly Segment[];
}

export interface Segment {
  readonly programOffset: number;
  readonly sourceOffset: number;
  readonly length: number;
}

/**
 * Each text and value is written by a block of its own: after unfinished code (`const x =`) a block is a syntax error
 * where a bare statement would be swallowed. Code is followed by a line end because it may end in a `//` comment,
 * and a tag whose first sign could continue the statement of the tag before it gets a ";".
 */
export function joinProgram(source: string, parts: readonly Part[]): TemplateProgram {
  const writer = unusedName(source);
  const segments: Segment[] = [];
  let text = `"use strict";\n`;
  parts.forEach((part, index) => {
    if (part.kind === "text") {
      text += `{${writer}.text += ${quote(part.text)};}\n`;
      return;
    }
    if (part.kind === "value") text += `{${writer}.write(${index}, (`;
    else if (/^[([`+\-/]/.test(part.code)) text += ";";
    segments.push({ programOffset: text.length, sourceOffset: part.offset, length: part.length });
    text += `${part.code}\n`;
    if (part.kind === "value") text += "))}\n";
  });
  return { source, parts, at: createPlacer(source), text, writer, segments };
}

/** The offset in the template of an offset in the program; undefined where the program is not the template's code. */
export function sourceOffsetOf(program: TemplateProgram, programOffset: number): number | undefined {
  const segment = segmentBefore(program, programOffset);
  if (segment === undefined || programOffset > segment.programOffset + segment.length) return undefined;
  return segment.sourceOffset + programOffset - segment.programOffset;
}

/** The last segment that begins at or before an offset in the program. */
export function segmentBefore({ segments }: TemplateProgram, programOffset: number): Segment | undefined {
  let count = 0;
  let limit = segments.length;
  while (count < limit) {
    const middle = (count + limit) >> 1;
    if (segments[middle]!.programOffset <= programOffset) count = middle + 1;
    else limit = middle;
  }
  return segments[count - 1];
}

function unusedName(source: string): string {
  let name = "out";
  while (source.includes(name)) name += "_";
  return name;
}

/** A string literal on one line: U+2028 and U+2029 end a line of JavaScript, but JSON leaves them as they are. */
function quote(text: string): string {
  return JSON.stringify(text).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}
