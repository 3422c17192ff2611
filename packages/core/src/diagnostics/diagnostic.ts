/** A key path into a TOML document: table keys and list indexes, outermost first. */
export type Path = readonly (string | number)[];

/** Where something in the compilation came from. Files are named as the caller named them, never absolute by us. */
export type Origin =
  | FilePathOrigin
  | FilePositionOrigin
  | { readonly set: string }
  | { readonly plugin: string; readonly hook: string; readonly from?: Origin };

/**
 * A place in a TOML file by its path; line and column are found only when someone asks.
 * `target`: the key's or the value's text. `offset` and `length` narrow a string value: UTF-16 units of the decoded string.
 */
export interface FilePathOrigin {
  readonly file: string;
  readonly path: Path;
  readonly target?: "key" | "value";
  readonly offset?: number;
  readonly length?: number;
}

/** A place in any text file. Line and column count from 1, in UTF-16 units; `length` 0 is a point. */
export interface FilePositionOrigin {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly length?: number;
}

export type Severity = "error" | "warning";

/** A place that helps to understand a diagnostic, with what it shows. */
export interface Related {
  readonly message: string;
  readonly at: Origin;
}

/** One thing to tell the user. Only dune's own bugs are thrown; everything else is one of these. */
export interface Diagnostic {
  /** Permanent: `phase/what-is-wrong`, or `plugin-name/…`. */
  readonly code: string;
  readonly severity: Severity;
  /** One sentence, what is wrong, with the user's own names; no trailing full stop. */
  readonly message: string;
  readonly at?: Origin;
  readonly related: readonly Related[];
  /** What to do. */
  readonly hint?: string;
  /** The plugin at fault or that reported it. */
  readonly plugin?: string;
  /** Only for a plugin's crash: its stack. */
  readonly stack?: string;
  /** The end of what a program has said: a line each. */
  readonly output?: string;
  /** The page that explains the code. */
  readonly url?: string;
  /** How many times the same code was found at the same origin. */
  readonly count: number;
}
