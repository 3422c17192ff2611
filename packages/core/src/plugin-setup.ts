import type { Context } from "./context.js";
import { nearest } from "./diagnostics/near.js";
import type { HookName } from "./hooks.js";
import type { Layer, Tables } from "./phases/1-parse/document.js";
import { fileOrigin } from "./phases/1-parse/file-origin.js";
import { type Locate, readEntity } from "./phases/1-parse/read-entity.js";
import { type Dune, isPlugin, type Plugin, pluginApi, type Tools } from "./plugin.js";
import { PluginError } from "./plugin-error.js";

/**
 * Finds the plugins that the topology names beside those given in memory, puts them in order, checks their options and
 * runs their `setup`. Undefined when something was reported.
 */
export async function setUpPlugins(
  layer: Layer,
  given: readonly Plugin[],
  context: Context,
): Promise<readonly Plugin[] | undefined> {
  const before = context.reporter.errorCount;
  const plugins = inOrder(await gather(layer, given, context), context);
  if (plugins === undefined || context.reporter.errorCount > before) return undefined;
  checkOptionTables(layer, plugins, context);
  for (const plugin of plugins) setUp(plugin, layer, context);
  context.hooks.seal();
  return context.reporter.errorCount > before ? undefined : plugins;
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

function optionTables(layer: Layer): Tables {
  const tables = layer.tables.plugin;
  return typeof tables === "object" && !Array.isArray(tables) ? (tables as Tables) : {};
}

function checkOptionTables(layer: Layer, plugins: readonly Plugin[], { reporter }: Context): void {
  const { plugin: tables = {} } = layer.tables;
  if (typeof tables !== "object" || Array.isArray(tables)) {
    reporter.report("resolve/wrong-type", {
      message: "plugin must be a table with a table of options for each plugin",
      at: fileOrigin(layer, ["plugin"]),
      hint: "write [plugin.NAME]; the plugins to load are listed in plugins",
    });
  }
  const names = plugins.map((plugin) => plugin.name);
  for (const name of Object.keys(optionTables(layer))) {
    if (names.includes(name)) continue;
    const near = nearest(name, names);
    reporter.report("parse/unknown-plugin", {
      message: `there are options for plugin "${name}", which is not loaded`,
      at: fileOrigin(layer, ["plugin", name], "key"),
      hint: near === undefined ? `add "${name}" to plugins, or remove the table` : `did you mean "${near}"?`,
    });
  }
}

function setUp(plugin: Plugin, layer: Layer, context: Context): void {
  const options = readOptions(plugin, layer, context);
  if (options === undefined || plugin.setup === undefined) return;
  try {
    plugin.setup(facade(plugin, options.value, context));
  } catch (error) {
    throw error instanceof PluginError ? error : new PluginError(plugin.name, "setup", error);
  }
}

function readOptions(plugin: Plugin, layer: Layer, { reporter }: Context): { value: unknown } | undefined {
  const given = optionTables(layer)[plugin.name];
  const path = ["plugin", plugin.name];
  if (plugin.options === undefined) {
    if (given === undefined) return { value: undefined };
    reporter.report("resolve/unknown-key", {
      message: `plugin "${plugin.name}" has no options`,
      at: fileOrigin(layer, path, "key"),
      hint: "remove the table",
    });
    return undefined;
  }
  const locate: Locate = (inner, target) => fileOrigin(layer, [...path, ...inner], target);
  const before = reporter.errorCount;
  const value = readEntity(
    plugin.options,
    given ?? {},
    { label: `the options of plugin "${plugin.name}"`, locate },
    reporter,
  );
  return reporter.errorCount > before ? undefined : { value };
}

/** Bound to its plugin: every tap names it, and its diagnostics carry its name. */
function facade(plugin: Plugin, options: unknown, context: Context): Dune {
  const { hooks, files, exec, signal, reporter } = context;
  const tools: Tools = {
    options,
    files,
    exec,
    signal,
    report(code, report) {
      const severity = plugin.diagnostics?.[code];
      if (severity === undefined) throw new Error(`the plugin declares no diagnostic "${code}"`);
      reporter.add({ code: `${plugin.name}/${code}`, severity, plugin: plugin.name, ...report });
    },
  };
  return {
    options,
    on: (hook: HookName, call: (value: never, tools: Tools) => unknown) =>
      hooks.tap(plugin.name, hook, (value) => call(value, tools)),
    context: (contribution) => hooks.addContext(plugin.name, contribution),
  };
}
