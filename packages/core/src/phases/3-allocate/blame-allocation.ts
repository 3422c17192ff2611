import type { Code } from "../../diagnostics/codes.js";
import type { Diagnostic, Origin } from "../../diagnostics/diagnostic.js";
import { createReporter, type Reporter } from "../../diagnostics/reporter.js";
import type { Awaitable } from "../../hooks.js";
import type { Topology } from "../2-resolve/topology.js";

/** Allocates, and reports what is wrong; undefined where it could not. */
export type Attempt<T> = (topology: Topology, reporter: Reporter) => Awaitable<T | undefined>;

/**
 * Allocates, and finds whose fault it is where that fails: what the user declared is tried, then what each plugin made of it.
 * The plugin is at fault whose topology is the first that fails; the user is if that is the declared one. No single value
 * tells: cores may be too few because a plugin added a process, took a core, or constrained a third node.
 */
export async function allocateOrBlame<T>(
  topology: Topology,
  attempt: Attempt<T>,
  retry: Attempt<unknown>,
  reporter: Reporter,
): Promise<T | undefined> {
  const found = createReporter();
  const result = await attempt(topology, found);
  const isWrong = found.errorCount > 0 && (await fails(topology, retry));
  const culprit = isWrong ? await firstToFail(topology, retry) : undefined;
  for (const diagnostic of found.diagnostics) passOn(diagnostic, culprit, reporter);
  return result;
}

async function fails(topology: Topology, attempt: Attempt<unknown>): Promise<boolean> {
  const found = createReporter();
  await attempt(topology, found);
  return found.errorCount > 0;
}

async function firstToFail({ change }: Topology, attempt: Attempt<unknown>): Promise<string | undefined> {
  if (change?.before === undefined) return undefined;
  return (await fails(change.before, attempt)) ? firstToFail(change.before, attempt) : change.plugin;
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
