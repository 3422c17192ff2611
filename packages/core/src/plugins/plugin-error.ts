import type { Code } from "../diagnostics/codes.js";
import { thrownText } from "../diagnostics/thrown-text.js";

/** A plugin's fault, thrown out of its code and turned into a diagnostic by `compile`. */
export class PluginError extends Error {
  readonly plugin: string;
  readonly hook: string;
  readonly code: Code;
  /** Made where the plugin tapped the hook: a place to show where nothing was thrown in the plugin. */
  tapped?: Error;

  constructor(plugin: string, hook: string, cause: unknown, code: Code = "plugin/crash") {
    // The rest of a long message is in the stack.
    super(thrownText(cause).split("\n")[0], { cause });
    this.name = "PluginError";
    this.plugin = plugin;
    this.hook = hook;
    this.code = code;
  }
}
