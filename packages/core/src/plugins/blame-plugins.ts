import type { Context } from "../context.js";
import type { Code } from "../diagnostics/codes.js";
import { placeOf } from "../diagnostics/hook-place.js";
import { PluginError } from "./plugin-error.js";

/** How the sentence goes on after the plugin's name. */
const verbs: Partial<Record<Code, string>> = {
  "plugin/crash": "failed",
  "plugin/no-result": "gave no result",
  "plugin/broken-invariant": "broke the compilation",
  "plugin/never-settles": "never ends",
};

/** A plugin's fault ends its phase with a diagnostic that names the plugin and the hook; anything else is dune's bug. */
export async function blamePlugins<T>(
  call: () => Promise<T>,
  { reporter, calls }: Pick<Context, "reporter" | "calls">,
): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
    const { plugin, hook, code } = error;
    const { at = { plugin, hook }, stack } = calls.traceOf(error);
    reporter.report(code, {
      message: `plugin "${plugin}" ${verbs[code] ?? "failed"} ${placeOf(hook)}: ${error.message}`,
      at,
      plugin,
      hint: "this is a fault of the plugin, not of the topology; tell its author",
      ...(stack !== undefined && { stack }),
    });
    return undefined;
  }
}
