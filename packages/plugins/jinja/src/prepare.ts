import { readings, readParts } from "./readings.js";
import { MappedSource, type Piece, type SourceFile } from "./source-map.js";
import { fileExpression, type Range, type Tag, tagsOf } from "./tags.js";

/**
 * A source as minijinja gets it. No line is added, and two things are changed:
 * minijinja cannot ask for a file, so every expression that names one goes through the filter `dune_file`, which notes the
 * names and finds the files. And its strict mode lets undefined values pass in comparisons, filters, `not` and `~`; but
 * `or` stops them, so `x.y` becomes `(x.y or x.y)`.
 */
export function prepare(file: SourceFile): MappedSource {
  const { path, text } = file;
  const pieces: Piece[] = [];
  let at = 0;
  const copyTo = (end: number) => {
    pieces.push({ text: text.slice(at, end), file, offset: at });
    at = end;
  };
  const put = (ours: string) => pieces.push({ text: ours, file, offset: at, isOurs: true });
  const guard = (part: Range) => {
    for (const { start, end } of readings(text, part)) {
      copyTo(start);
      put("(");
      copyTo(end);
      put(` or ${text.slice(start, end).replace(/\s*\n\s*/g, "")})`);
    }
  };
  for (const tag of tagsOf(text)) {
    const name = fileExpression(text, tag);
    if (name === undefined) readParts(text, tag).forEach(guard);
    else {
      copyTo(name.start);
      put("(");
      guard(name);
      copyTo(name.end);
      put(`)|dune_file(${JSON.stringify(path)}, ${tag.word === "include"})`);
    }
  }
  copyTo(text.length);
  return new MappedSource(pieces);
}

/**
 * The source with `child` in the place of the tag that includes it: minijinja tells that an include failed, but not where
 * in it; this way it does. Undefined where there is no such tag.
 */
export function inlined(
  source: MappedSource,
  at: Range,
  name: string,
  child: MappedSource,
): MappedSource | undefined {
  const { text } = source;
  const tag = tagsOf(text).find(
    (each) => each.start <= at.end && each.end > at.start && isReference(text, each),
  );
  const expression = tag && fileExpression(text, tag);
  const first = tag && source.slice(tag)[0];
  if (tag === undefined || expression === undefined || first === undefined) return undefined;
  const ours = (added: string): Piece => ({ ...first, text: added, isOurs: true });
  return new MappedSource([
    ...source.slice({ start: 0, end: tag.start }),
    ours("{% if "),
    ...source.slice(expression).map((piece) => ({ ...piece, offset: first.offset, isOurs: true })),
    ours(` == ${JSON.stringify(name)} %}`),
    ...child.pieces,
    ours("{% else %}"),
    ...source.slice(tag),
    ours("{% endif %}"),
    ...source.slice({ start: tag.end, end: text.length }),
  ]);
}

function isReference(text: string, tag: Tag): boolean {
  return fileExpression(text, tag) !== undefined;
}
