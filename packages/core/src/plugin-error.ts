/** A plugin's fault, thrown out of a hook and turned into a diagnostic by `compile`. */
export class PluginError extends Error {
  readonly plugin: string;
  readonly hook: string;

  constructor(plugin: string, hook: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = "PluginError";
    this.plugin = plugin;
    this.hook = hook;
  }
}

/** A transform returned a value that breaks what its phase promises. */
export class BrokenInvariant extends PluginError {}
