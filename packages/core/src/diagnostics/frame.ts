import type { Place } from "./place.js";
import { columnsOf, printable } from "./printable.js";

/** How the parts of a frame are coloured. */
export interface FrameStyle {
  readonly mark: (text: string) => string;
  readonly dim: (text: string) => string;
}

const MAX_COLUMNS = 100;
/** How much of a clipped line is kept before the marked text. */
const LEFT_COLUMNS = 40;
const TAB = "  ";

/** The line of a place with its text underlined: two lines without a line break at the end. A point gets one mark. */
export function frame(place: Place, style: FrameStyle): string {
  const { lineText } = place;
  const start = place.column - 1;
  // Of a text over several lines the first is marked, up to its last visible character.
  const end = place.endLine === place.line ? place.endColumn - 1 : lineText.trimEnd().length;
  const view = clip(lineText, start);
  const before = (view.from > 0 ? "…" : "") + draw(lineText.slice(view.from, start));
  const markEnd = Math.min(Math.max(end, start), view.to);
  const marked = draw(lineText.slice(start, markEnd));
  const after = draw(lineText.slice(markEnd, view.to)) + (view.to < lineText.length ? "…" : "");
  const underline = "^".repeat(Math.max(columnsOf(marked), 1));
  const number = `  ${place.line}`;
  return [
    `${style.dim(`${number} │`)} ${before}${marked}${after}`,
    `${style.dim(`${" ".repeat(number.length)} │`)} ${" ".repeat(columnsOf(before))}${style.mark(underline)}`,
  ].join("\n");
}

function draw(text: string): string {
  return text.split("\t").map(printable).join(TAB);
}

/** The part of a line to show, in UTF-16 units: all of it if it fits, else what is around the marked text. */
function clip(line: string, start: number): { from: number; to: number } {
  // The length is looked at first: a line may be megabytes long.
  if (line.length <= 2 * MAX_COLUMNS && columnsOf(draw(line)) <= MAX_COLUMNS)
    return { from: 0, to: line.length };
  let from = start;
  let columns = 0;
  for (let text = characterBefore(line, from); text !== ""; text = characterBefore(line, from)) {
    const wider = columns + columnsOf(draw(text));
    if (wider > LEFT_COLUMNS) break;
    columns = wider;
    from -= text.length;
  }
  let to = start;
  for (let text = characterAt(line, to); text !== ""; text = characterAt(line, to)) {
    columns += columnsOf(draw(text));
    if (columns > MAX_COLUMNS) break;
    to += text.length;
  }
  return { from, to };
}

function characterAt(line: string, at: number): string {
  const codePoint = line.codePointAt(at);
  return codePoint === undefined ? "" : String.fromCodePoint(codePoint);
}

function characterBefore(line: string, at: number): string {
  const pair = at >= 2 ? characterAt(line, at - 2) : "";
  return pair.length === 2 ? pair : line.slice(Math.max(at - 1, 0), at);
}
