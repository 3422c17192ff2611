/** What is wrong with a file that is no TOML, in dune's own words. */
export interface TomlProblem {
  readonly message: string;
  readonly hint: string;
  /** The value at fault, where it is one: offset from the place that the parser gives, and length, in UTF-16 units. */
  readonly span?: { readonly offset: number; readonly length: number };
}

/** Reads the parser's complaint; `at` is the offset in `text` that it complains about. */
export function describeTomlError(parserMessage: string, text: string, at: number): TomlProblem {
  const [first = ""] = parserMessage.replace(/^Invalid TOML document: /, "").split("\n");
  const isOpenString =
    first === "unfinished string" || (/in strings$/.test(first) && /[\r\n]/.test(text.charAt(at)));
  if (isOpenString) {
    return {
      message: "not valid TOML: a string is not closed on its line",
      hint: 'add the closing quote; a text of several lines is written between """ and """',
    };
  }
  if (/numeric|number|float|integer|invalid value|date|time|leading zero/.test(first))
    return badValue(first, text, at);
  const known = complaints.find(([pattern]) => pattern.test(first));
  return {
    message: `not valid TOML: ${known?.[1] ?? first}`,
    hint: known?.[2] ?? "see https://toml.io for the syntax",
  };
}

const complaints: readonly (readonly [pattern: RegExp, message: string | undefined, hint: string])[] = [
  [
    /redefine/,
    "this table or key is there already",
    "write each key once, and all keys of a table below one header",
  ],
  [
    /comma or end/,
    "a comma or the closing bracket is missing before this",
    "separate entries by commas; ] closes a list, } a table",
  ],
  [/^unfinished (array|table)/, "this bracket is never closed", "] closes a list, } a table"],
  [/end-of-line/, "the line goes on after its value", "write one key a line; text with blanks needs quotes"],
  [
    / key\b|key-value/,
    undefined,
    'a line is KEY = VALUE or [TABLE]; a key of other signs than letters, digits, "_" and "-" needs quotes',
  ],
  [/nested/, "brackets are nested too deeply", "no topology needs so many levels"],
  [
    /escape/,
    undefined,
    "write a backslash as \\\\, or put the text in single quotes, where it stands for itself",
  ],
  [/control char/, undefined, "remove the invisible character"],
];

/** Usually text without quotes: the whole of it is marked, and shown in quotes. */
function badValue(complaint: string, text: string, at: number): TomlProblem {
  const lineStart = text.lastIndexOf("\n", at - 1) + 1;
  const before = /[^\s=[{,]*$/.exec(text.slice(lineStart, at))?.[0].length ?? 0;
  const start = at - before;
  const value = /^[^\s,\]}#]*/.exec(text.slice(start, start + 200))?.[0] ?? "";
  if (value === "" && text.slice(start).trim() === "" && !/=\s*$/.test(text.slice(0, start))) {
    return {
      message: "not valid TOML: the file ends inside a list or a table",
      hint: "] closes a list, } a table",
    };
  }
  if (value === "") {
    return { message: "not valid TOML: a value is missing here", hint: "write one, text in quotes" };
  }
  const isNumber = /^[-+.\d_eE]+$/.test(value) && value.split(".").length <= 2;
  return {
    message: `not valid TOML: ${value} is neither a number nor text in quotes${isNumber ? ` (${complaint})` : ""}`,
    hint: `if it is text, write ${JSON.stringify(value)}`,
    span: { offset: -before, length: value.length },
  };
}
