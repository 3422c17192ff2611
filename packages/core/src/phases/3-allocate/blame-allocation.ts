import type { Code } from "../../diagnostics/codes.js";
import type { Diagnostic, Origin } from "../../diagnostics/diagnostic.js";
import { createReporter, type Reporter } from "../../diagnostics/reporter.js";
import type { Topology } from "../2-resolve/topology.js";

/** Allocates, and reports what is wrong; undefined where it could not. */
export type Attempt<T> = (topology: Topology, reporter: Reporter) => T | undefined;

/**
 * Allocates, and finds whose fault it is where that fails: what the user declared is tried, then what each plugin made of it.
 * The plugin is at fault whose topology is the first that fails; the user is if that is the declared one. No single value
 * tells: cores may be too few because a plugin added a process, took a core, or constrained a third node.
 */
export function allocateOrBlame<T>(
  topology: Topology,
  attempt: Attempt<T>,
  retry: Attempt<unknown>,
  reporter: Reporter,
): T | undefined {
  const found = createReporter();
  const result = attempt(topology, found);
  const culprit = found.errorCount > 0 && fails(topology, retry) ? firstToFail(topology, retry) : undefined;
  for (const diagnostic of found.diagnostics) passOn(diagnostic, culprit, reporter);
  return result;
}

function fails(topology: Topology, attempt: Attempt<unknown>): boolean {
  const found = createReporter();
  attempt(topology, found);
  return found.errorCount > 0;
}

function firstToFail({ change }: Topology, attempt: Attempt<unknown>): string | undefined {
  if (change?.before === undefined) return undefined;
  return fails(change.before, attempt) ? firstToFail(change.before, attempt) : change.plugin;
}

function passOn(
  { code, message, at, hint, related, severity, plugin, count }: Diagnostic,
  culprit: string | undefined,
  reporter: Reporter,
): void {
  const isPlugins = severity === "error" && culprit !== undefined && !(at !== undefined && "plugin" in at);
  const origin: Origin | undefined = isPlugins
    ? { plugin: culprit, hook: "topology", ...(at && { from: at }) }
    : at;
  const report = {
    message,
    related,
    ...(origin && { at: origin }),
    ...(hint !== undefined && { hint }),
    ...(plugin !== undefined && { plugin }),
  };
  for (let time = 0; time < count; time++) reporter.report(code as Code, report);
}
