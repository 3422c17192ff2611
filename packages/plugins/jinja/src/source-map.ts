import type { TemplateSpan } from "@dune/core";
import type { Range } from "./tags.js";

/** A part of what minijinja gets, and where it is from. */
export interface Piece {
  readonly text: string;
  readonly file: SourceFile;
  /** Where the text begins in the file; of what we put in: where it was put. */
  readonly offset: number;
  /** Whether the text is not in the file. */
  readonly isOurs?: boolean;
}

/** A file as its user wrote it. */
export interface SourceFile {
  /** From the topology's folder, normalised. */
  readonly path: string;
  readonly text: string;
}

/** What minijinja gets: users' sources with our own parts between, and the way back. */
export class MappedSource {
  readonly pieces: readonly Piece[];
  readonly text: string;

  constructor(pieces: readonly Piece[]) {
    this.pieces = pieces;
    this.text = pieces.map((piece) => piece.text).join("");
  }

  /** The pieces of a part, cut where it begins and ends. */
  slice({ start, end }: Range): readonly Piece[] {
    const parts: Piece[] = [];
    let at = 0;
    for (const piece of this.pieces) {
      const from = Math.max(start - at, 0);
      const to = Math.min(end - at, piece.text.length);
      if (from < to) {
        const offset = piece.isOurs ? piece.offset : piece.offset + from;
        parts.push({ ...piece, text: piece.text.slice(from, to), offset });
      }
      at += piece.text.length;
    }
    return parts;
  }

  /** The first of the user's own text in a part; the part itself where there is none. */
  ownPart({ start, end }: Range): Range {
    let at = 0;
    for (const { text, isOurs } of this.pieces) {
      const own = { start: Math.max(start, at), end: Math.min(end, at + text.length) };
      if (!isOurs && own.start < own.end) return own;
      at += text.length;
    }
    return { start, end };
  }

  /** Where a part begins in its file, and how long it is there. */
  locate(part: Range): { readonly file: SourceFile; readonly offset: number; readonly length: number } {
    const start = Math.min(part.start, Math.max(this.text.length - 1, 0));
    const parts = this.slice({ start, end: Math.max(part.end, start + 1) });
    const own = parts.filter((piece) => !piece.isOurs);
    const first = own[0] ?? parts[0] ?? (this.pieces.at(-1) as Piece);
    const inFile = own.filter((piece) => piece.file === first.file);
    const last = inFile.at(-1) ?? first;
    const end = last.isOurs ? last.offset : last.offset + last.text.length;
    return { file: first.file, offset: first.offset, length: part.end > part.start ? end - first.offset : 0 };
  }

  /** The place of a line (from 1), and of columns (from 0, in code points) in it; the whole line but for its margins without. */
  rangeOf(line: number, columns?: { readonly start: number; readonly length: number }): Range {
    const lines = this.text.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    const text = lines[line - 1] ?? "";
    if (columns === undefined) {
      const margin = text.length - text.trimStart().length;
      return { start: start + margin, end: start + Math.max(margin, text.trimEnd().length) };
    }
    const points = [...text];
    const units = (count: number) => points.slice(0, count).join("").length;
    return { start: start + units(columns.start), end: start + units(columns.start + columns.length) };
  }
}

/** Line and column, from 1, of a place in a file. */
export function spanIn({ text }: SourceFile, offset: number, length: number): TemplateSpan {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  const line = before.split("\n").length;
  return { offset, length, line, column: offset - lineStart + 1 };
}
