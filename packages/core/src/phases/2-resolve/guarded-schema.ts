import { z } from "zod";
import type { PluginCalls } from "../../plugins/plugin-calls.js";
import { PluginError } from "../../plugins/plugin-error.js";
import { notPlainData } from "../1-parse/plain-data.js";

/** A copy of a plugin's schema: what a check or a transform in it throws is the plugin's fault. `hook` is where it is from. */
export function guardedSchema(
  schema: z.ZodType,
  plugin: string,
  hook: string,
  calls: PluginCalls,
): z.ZodType {
  return calls.run(plugin, hook, () => {
    const copy = schema.clone();
    const { run } = copy._zod;
    copy._zod.run = (...input) => calls.run(plugin, hook, () => synchronous(() => run(...input)));
    return copy;
  });
}

function synchronous<T>(run: () => T | Promise<T>): T {
  try {
    const result = run();
    if (!(result instanceof Promise)) return result;
  } catch (error) {
    if (!(error instanceof z.core.$ZodAsyncError)) throw error;
  }
  throw new Error("its schema is asynchronous; check what must be waited for in the hook topologyCheck");
}

/** The value that a plugin's schema gave a key: it ends up in the manifest, and templates may write it. */
export function plainValue(value: unknown, key: string, plugin: string, hook: string): unknown {
  const wrong = notPlainData(value, key, { allowAbsent: true });
  if (wrong === undefined) return value;
  throw new PluginError(plugin, hook, `its schema gives a value where ${wrong}`, "plugin/broken-invariant");
}
