import type { Context } from "./context.js";
import type { Layer } from "./phases/1-parse/document.js";
import { fileOrigin } from "./phases/1-parse/file-origin.js";
import { isPlugin, type Plugin, pluginApi } from "./plugin.js";

/**
 * The plugins given in memory, then those that the topology names, in the order in which they run; undefined
 * where they have none.
 */
export async function gatherPlugins(
  layer: Layer,
  given: readonly Plugin[],
  context: Context,
): Promise<readonly Plugin[] | undefined> {
  return inOrder(await gather(layer, given, context), context);
}

async function gather(layer: Layer, given: readonly Plugin[], context: Context): Promise<readonly Plugin[]> {
  const plugins = given.filter((plugin) => isUsable(plugin, context));
  const names = layer.tables.plugins ?? [];
  if (!Array.isArray(names)) {
    context.reporter.report("resolve/wrong-type", {
      message: "plugins must be a list of names",
      at: fileOrigin(layer, ["plugins"]),
      hint: 'write plugins = ["name"]',
    });
    return plugins;
  }
  for (const [index, name] of names.entries()) {
    if (plugins.some((plugin) => plugin.name === name)) continue;
    const at = fileOrigin(layer, ["plugins", index]);
    if (typeof name !== "string") {
      context.reporter.report("resolve/wrong-type", {
        message: `plugins[${index}] must be a name in quotes`,
        at,
      });
      continue;
    }
    const found = await context.resolvePlugin(name);
    if (found === undefined) {
      const known = plugins.map((plugin) => plugin.name).join(", ");
      context.reporter.report("parse/unknown-plugin", {
        message: `there is no plugin "${name}"`,
        at,
        hint: `this version of dune cannot load plugins by name${known === "" ? "" : `; given in memory: ${known}`}`,
      });
    } else if (isUsable(found, context)) plugins.push(found);
  }
  return plugins;
}

function isUsable(plugin: Plugin, { reporter }: Context): boolean {
  const bad = (message: string, hint: string) => {
    reporter.report("plugin/bad-declaration", { message, hint });
    return false;
  };
  if (!isPlugin(plugin)) return bad("a value given as a plugin is none", "make it with definePlugin({ … })");
  if (plugin.api !== pluginApi) {
    return bad(
      `plugin "${plugin.name}" is written for plugin api ${plugin.api}, this dune has api ${pluginApi}`,
      "install a version of the plugin that fits, or of dune",
    );
  }
  if (!/^[a-z0-9][a-z0-9-]*$/.test(plugin.name)) {
    return bad(
      `the plugin's name ${JSON.stringify(plugin.name)} is not allowed`,
      "use lower-case letters, digits and -",
    );
  }
  return true;
}

/** By position, constrained by `after`; absent names are ignored. */
function inOrder(plugins: readonly Plugin[], { reporter }: Context): readonly Plugin[] | undefined {
  const twice = plugins.find(
    (plugin, index) => plugins.findIndex((other) => other.name === plugin.name) !== index,
  );
  if (twice !== undefined) {
    reporter.report("plugin/conflict", {
      message: `two plugins are called "${twice.name}"`,
      hint: "a plugin can be loaded once; remove one of them",
    });
    return undefined;
  }
  const waiting = [...plugins];
  const ordered: Plugin[] = [];
  while (waiting.length > 0) {
    const next = waiting.findIndex((plugin) =>
      (plugin.after ?? []).every(
        (name) => name === plugin.name || !waiting.some((other) => other.name === name),
      ),
    );
    if (next < 0) {
      const cycle = waiting.map((plugin) => `"${plugin.name}"`).join(", ");
      reporter.report("plugin/bad-declaration", {
        message: `the plugins ${cycle} want to run after each other`,
        hint: "remove one name from their `after`",
      });
      return undefined;
    }
    ordered.push(...waiting.splice(next, 1));
  }
  return ordered;
}
