import type { Diagnostic, Origin, Path, Severity } from "./diagnostic.js";
import type { Locate, ReadSource } from "./place.js";
import { createLocator } from "./place.js";

/** Where something is, as far as it is known. Lines and columns count from 1, columns in UTF-16 units. */
export interface JsonLocation {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly endLine?: number;
  /** The first column behind. */
  readonly endColumn?: number;
  /** The keys and list indexes in a TOML file. */
  readonly path?: Path;
  /** The `--set` argument that it comes from. */
  readonly set?: string;
  /** The plugin that made it; the other properties then say what it was made from. */
  readonly madeBy?: { readonly plugin: string; readonly hook: string };
}

export interface JsonRelated extends JsonLocation {
  readonly message: string;
}

/** A diagnostic as `--json` prints it. Properties without a value are left out. */
export interface JsonDiagnostic extends JsonLocation {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly hint?: string;
  readonly related: readonly JsonRelated[];
  readonly plugin?: string;
  /** The end of what a program has said, a line each. */
  readonly output?: string;
  readonly url?: string;
  readonly count: number;
}

export function toJson(
  diagnostics: readonly Diagnostic[],
  options: { readonly read: ReadSource },
): JsonDiagnostic[] {
  const locate = createLocator(options.read);
  return diagnostics.map((diagnostic) => {
    const { code, severity, message, at, related, hint, plugin, output, url, count } = diagnostic;
    return {
      code,
      severity,
      message,
      ...(at === undefined ? {} : locationOf(at, locate)),
      ...(hint === undefined ? {} : { hint }),
      related: related.map((one) => ({ message: one.message, ...locationOf(one.at, locate) })),
      ...(plugin === undefined ? {} : { plugin }),
      ...(output === undefined ? {} : { output }),
      ...(url === undefined ? {} : { url }),
      count,
    };
  });
}

function locationOf(origin: Origin, locate: Locate): JsonLocation {
  if ("set" in origin) return { set: origin.set };
  if ("plugin" in origin) {
    const { plugin, hook, from } = origin;
    return { ...(from === undefined ? {} : locationOf(from, locate)), madeBy: { plugin, hook } };
  }
  const path = "path" in origin ? { path: origin.path } : {};
  const place = locate(origin);
  if (place === undefined) return { file: origin.file, ...path };
  const { file, line, column, endLine, endColumn } = place;
  return { file, line, column, endLine, endColumn, ...path };
}
