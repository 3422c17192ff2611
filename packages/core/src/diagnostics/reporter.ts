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
        ...report,
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

function severityOf(code: Code): Severity {
  return codes[code];
}
