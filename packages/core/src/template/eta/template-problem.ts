import type { TemplateProblem, TemplateSpan } from "../engine.js";

/** Gives the place of `source.slice(offset, offset + length)`. */
export type Placer = (offset: number, length: number) => TemplateSpan;

/** Lines end at "\n", as editors count them ("\r\n" included). */
export function createPlacer(source: string): Placer {
  const lineStarts = [0];
  for (let end = source.indexOf("\n"); end !== -1; end = source.indexOf("\n", end + 1)) {
    lineStarts.push(end + 1);
  }
  return (offset, length) => {
    let line = 1;
    let above = lineStarts.length;
    while (above - line > 0) {
      const middle = (line + above + 1) >> 1;
      if (lineStarts[middle - 1]! <= offset) line = middle;
      else above = middle - 1;
    }
    return { offset, length, line, column: offset - lineStarts[line - 1]! + 1 };
  };
}

export function problemAt(place: TemplateSpan, message: string, hint?: string): TemplateProblem {
  const { offset, length, line, column } = place;
  return { message, offset, length, line, column, ...(hint === undefined ? {} : { hint }) };
}

/** The length of the word or the sign at an offset: what to underline there. At the end of the source 0. */
export function wordLengthAt(source: string, offset: number): number {
  const word = /%?\}\}|[\p{ID_Continue}$]+|./suy;
  word.lastIndex = offset;
  return word.exec(source)?.[0].length ?? 0;
}

/** JavaScript engines begin their messages with a capital; ours do not. */
export function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
