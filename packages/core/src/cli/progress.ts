import { basename } from "node:path";
import type { Progress } from "../compile.js";
import { columnsOf, printable } from "../diagnostics/printable.js";
import { paletteOf } from "./colours.js";

/** One line on stderr that is written over; nothing where stderr is no terminal. */
interface ProgressLine {
  show(text: string): void;
  /** Writes a line that stays, terminal or not. */
  note(text: string): void;
  /** Removes the line, before anything else is printed. */
  clear(): void;
}

/** How often the line changes at most: more is flicker. */
const intervalMs = 80;

export function createProgressLine(): ProgressLine {
  const { stderr } = process;
  const write = (text: string) => void stderr.write(`${printable(text)}\n`);
  if (!stderr.isTTY) return { show: () => undefined, note: write, clear: () => undefined };
  const { dim } = paletteOf(stderr);
  let shownAt: number | undefined;
  let waiting: NodeJS.Timeout | undefined;
  const show = (text: string) => {
    shownAt = performance.now();
    stderr.write(`\r\x1b[K${dim(clip(printable(text), (stderr.columns || 80) - 1))}`);
  };
  return {
    show(text) {
      clearTimeout(waiting);
      const restMs = shownAt === undefined ? 0 : shownAt + intervalMs - performance.now();
      // The last of several is shown in any case: it may stand for long.
      if (restMs <= 0) show(text);
      else waiting = setTimeout(show, restMs, text);
    },
    note(text) {
      this.clear();
      write(text);
    },
    clear() {
      clearTimeout(waiting);
      if (shownAt !== undefined) stderr.write("\r\x1b[K");
      shownAt = undefined;
    },
  };
}

/** How far a compilation is, for a progress line. */
export function compileProgress(file: string, { phase, done, total, what }: Progress): string {
  if (what !== undefined && total !== undefined) return `building ${what} (${done + 1} of ${total}) …`;
  const verbs = {
    parse: "reading",
    resolve: "resolving",
    allocate: "placing",
    render: "rendering",
    build: "building",
    emit: "bundling",
  };
  return `${verbs[phase]} ${basename(file)} … ${done}${total === undefined ? "" : ` of ${total}`}`;
}

function clip(text: string, columns: number): string {
  let clipped = text;
  while (columnsOf(clipped) > columns) clipped = clipped.slice(0, -1);
  return clipped;
}
