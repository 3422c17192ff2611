/** What minijinja says about a failure, taken apart. */
export interface Failure {
  readonly kind: string;
  readonly detail?: string;
  /** The template that it names, and the line in what minijinja got, from 1. */
  readonly template: string;
  readonly line: number;
  /** In the line, from 0, in code points; absent where it spans lines. */
  readonly columns?: { readonly start: number; readonly length: number };
  /** The variables at that place, as minijinja prints them. */
  readonly variables: readonly string[];
}

/**
 * Reads the text of an error of minijinja in debug mode: `KIND: DETAIL (in TEMPLATE:LINE)`, an excerpt with `^^^` below
 * the place, and the values of variables. Undefined for what is no report of a template's fault.
 */
export function readFailure(message: string): Failure | undefined {
  const [head, what = "", template = "", line = ""] =
    /^(.*?) \(in ([^\n]*):(\d+)\)(?=\n|$)/s.exec(message) ?? [];
  if (head === undefined) return undefined;
  const rest = message.slice(head.length);
  const [, kind = what, detail] = /^([a-z ]+): (.*)$/s.exec(what) ?? [];
  const mark = new RegExp(`^ *${line} > .*\\n {5}i ( *)(\\^+) `, "m").exec(rest);
  const [, variables = ""] = /^Referenced variables: \{\n(.*)^\}$/ms.exec(rest) ?? [];
  return {
    kind,
    ...(detail !== undefined && { detail }),
    template,
    line: Number(line),
    ...(mark && { columns: { start: mark[1]?.length ?? 0, length: mark[2]?.length ?? 0 } }),
    variables: variables.split("\n"),
  };
}

/** What is known of a value: its keys where it is a table. */
export interface Shape {
  readonly isNone: boolean;
  readonly keys: readonly string[] | undefined;
}

/** What the printed variables tell about `path`, a variable and keys in it; undefined where it is not among them. */
export function printedShape(variables: readonly string[], path: readonly string[]): Shape | undefined {
  let lines = variables;
  let isList = false;
  for (const [depth, key] of path.entries()) {
    const indent = " ".repeat(4 * (depth + 1));
    const opening: string = isList ? indent : `${indent}${depth === 0 ? key : JSON.stringify(key)}: `;
    const at: number | undefined = isList
      ? entries(lines, indent)[Number(key)]
      : lines.findIndex((line) => line.startsWith(opening));
    if (at === undefined || at === -1) return undefined;
    const value: string | undefined = lines[at]?.slice(opening.length);
    if (value !== "{" && value !== "[") return depth === path.length - 1 ? leafShape(value) : undefined;
    isList = value === "[";
    const end = lines.indexOf(`${indent}${isList ? "]" : "}"},`, at);
    lines = lines.slice(at + 1, end === -1 ? lines.length : end);
  }
  const indent = " ".repeat(4 * (path.length + 1));
  const found = entries(lines, indent);
  if (isList) return { isNone: false, keys: found.map((_, index) => String(index)) };
  return { isNone: false, keys: found.flatMap((at) => parsedKey(lines[at]?.slice(indent.length))) };
}

/** The lines in which entries of a table or a list begin. */
function entries(lines: readonly string[], indent: string): readonly number[] {
  return lines.flatMap((line, index) =>
    line.startsWith(indent) && /[^\s}\]]/.test(line[indent.length] ?? " ") ? [index] : [],
  );
}

function leafShape(value = ""): Shape | undefined {
  if (value === "undefined,") return undefined;
  return { isNone: value === "none,", keys: value === "[]," || value === "{}," ? [] : undefined };
}

/** Of a line `"key": …`. */
function parsedKey(line = ""): string[] {
  const [, text] = /^("(?:[^"\\]|\\.)*"): /.exec(line) ?? [];
  if (text === undefined) return [];
  try {
    return [JSON.parse(text) as string];
  } catch {
    // Rust escapes a few characters otherwise than JSON; such a key is no name anyone mistypes.
    return [];
  }
}
