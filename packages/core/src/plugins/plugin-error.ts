import type { Code } from "../diagnostics/codes.js";

/** A plugin's fault, thrown out of its code and turned into a diagnostic by `compile`. */
export class PluginError extends Error {
  readonly plugin: string;
  readonly hook: string;
  readonly code: Code;
  /** Made where the plugin tapped the hook: a place to show where nothing was thrown in the plugin. */
  tapped?: Error;

  constructor(plugin: string, hook: string, cause: unknown, code: Code = "plugin/crash") {
    // Other codes come with a sentence of dune's own, which is not cut.
    super(code === "plugin/crash" ? describeThrown(cause) : String(cause), { cause });
    this.name = "PluginError";
    this.plugin = plugin;
    this.hook = hook;
    this.code = code;
  }
}

const longestMessage = 200;

/**
 * One line, at most 200 characters, for whatever a plugin threw: JavaScript lets it throw anything, also what cannot be
 * turned into text. The rest of a long message is in the stack.
 */
function describeThrown(thrown: unknown): string {
  try {
    const text = thrown instanceof Error ? messageOf(thrown) : String(thrown);
    const [first = "", ...rest] = text.trim().split("\n");
    if (rest.length === 0 && first.length <= longestMessage) return first;
    // The first line may make no sense alone: that of a DataCloneError is a line of source.
    const line = rest.length > 0 && thrown instanceof Error ? `${thrown.name}: ${first.trim()}` : first;
    return `${line.slice(0, longestMessage - 2).trimEnd()} …`;
  } catch {
    return "it threw a value that cannot be shown";
  }
}

function messageOf(error: Error): string {
  const text = String(error.message);
  return text.trim() === "" ? String(error.name) : text;
}
