import { type Code, codes } from "./codes.js";
import type { Diagnostic, Origin, Related, Severity } from "./diagnostic.js";

/** What a phase says to report something. */
export interface Report {
  readonly message: string;
  readonly at?: Origin;
  readonly hint?: string;
  readonly related?: readonly Related[];
  /** The plugin at fault. */
  readonly plugin?: string;
  /** Only for a plugin's crash. */
  readonly stack?: string;
  /** The end of what a program has said, a line each. */
  readonly output?: string;
}

/** Collects the diagnostics of one compilation: one per code and origin, with a count. */
export interface Reporter {
  /** Reports under one of dune's own codes. */
  report(code: Code, report: Report): void;
  /** Reports a diagnostic that a plugin declares. */
  add(diagnostic: Omit<Diagnostic, "count" | "related"> & { readonly related?: readonly Related[] }): void;
  readonly diagnostics: readonly Diagnostic[];
  /** How many errors so far (not warnings). */
  readonly errorCount: number;
}

export function createReporter(): Reporter {
  const found = new Map<string, Diagnostic>();
  let errorCount = 0;
  const add: Reporter["add"] = (entry) => {
    const key = JSON.stringify([entry.code, entry.at ?? entry.message]);
    const known = found.get(key);
    if (known === undefined && entry.severity === "error") errorCount++;
    found.set(key, known ? { ...known, count: known.count + 1 } : { related: [], ...entry, count: 1 });
  };
  return {
    add,
    report(code, report) {
      add({
        code,
        severity: severityOf(code),
        url: `packages/core/src/diagnostics/codes/${code}.md`,
        ...ofPlugin(report),
      });
    },
    get diagnostics() {
      return [...found.values()];
    },
    get errorCount() {
      return errorCount;
    },
  };
}

/**
 * What is wrong with a value that a plugin made is the plugin's fault, and nothing that the user could mend in the
 * topology: what the hint says is for its author.
 */
function ofPlugin(report: Report): Report {
  const { at, hint, plugin } = report;
  if (plugin !== undefined || at === undefined || !("plugin" in at)) return report;
  const author = hint === undefined ? "" : ` (for its author: ${hint})`;
  return {
    ...report,
    plugin: at.plugin,
    hint: `this is not in the topology, plugin "${at.plugin}" made it: check what the plugin was given, or tell its author${author}`,
  };
}

function severityOf(code: Code): Severity {
  return codes[code];
}
