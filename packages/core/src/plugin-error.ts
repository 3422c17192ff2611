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

/** Runs a plugin's code: what it throws names the plugin and the hook. */
export function attributed<T>(plugin: string, hook: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw asPluginError(plugin, hook, error);
  }
}

/** The same for code that may be asynchronous. */
export async function attributedAsync<T>(plugin: string, hook: string, call: () => T): Promise<Awaited<T>> {
  try {
    return await call();
  } catch (error) {
    throw asPluginError(plugin, hook, error);
  }
}

function asPluginError(plugin: string, hook: string, error: unknown): PluginError {
  return error instanceof PluginError ? error : new PluginError(plugin, hook, error);
}

/** A transform returned a value that breaks what its phase promises. */
export class BrokenInvariant extends PluginError {}
