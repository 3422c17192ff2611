import type { Context } from "../context.js";
import type { Origin, Related } from "../diagnostics/diagnostic.js";
import type { Plugin, PluginReport, Tools } from "../plugin.js";
import type { Choices } from "./choices.js";

/** What a plugin's code gets. Bound to its plugin: its diagnostics carry its name. */
export function createTools(plugin: Plugin, options: unknown, choices: Choices, context: Context): Tools {
  const { files, exec, signal, reporter, originOf } = context;
  return {
    options,
    files,
    exec,
    signal,
    choices,
    report(code, report) {
      const { diagnostics = {}, name } = plugin;
      const severity = Object.hasOwn(diagnostics, code) ? diagnostics[code] : undefined;
      if (severity === undefined) throw new Error(`the plugin declares no diagnostic "${code}"`);
      reporter.add({ code: `${name}/${code}`, severity, plugin: name, ...checked(report, code) });
    },
    originOf,
  };
}

/** A plugin in JavaScript has no type checker, and what is printed later must not fail there. */
function checked({ message, at, hint, related = [] }: PluginReport, code: string): PluginReport {
  const isText = typeof message === "string" && (hint === undefined || typeof hint === "string");
  const areRelated = (each: Related) => typeof each?.message === "string" && isOrigin(each.at);
  if (!isText || !Array.isArray(related) || !related.every(areRelated) || !(at === undefined || isOrigin(at)))
    throw new Error(`the diagnostic "${code}" needs a message, and places as \`originOf\` gives them`);
  return { message, ...(at && { at }), ...(hint !== undefined && { hint }), related };
}

function isOrigin(value: unknown): value is Origin {
  if (typeof value !== "object" || value === null) return false;
  const { file, path, line, column, set, plugin, hook, from } = value as Record<string, unknown>;
  if (typeof file === "string")
    return Array.isArray(path) || (typeof line === "number" && typeof column === "number");
  if (typeof set === "string") return true;
  return typeof plugin === "string" && typeof hook === "string" && (from === undefined || isOrigin(from));
}
