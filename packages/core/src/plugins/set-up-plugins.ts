import type { Context } from "../context.js";
import { nearest } from "../diagnostics/near.js";
import type { HookName } from "../hooks.js";
import type { Layer, Tables } from "../phases/1-parse/document.js";
import { fileOrigin } from "../phases/1-parse/file-origin.js";
import type { Lock } from "../phases/1-parse/lock.js";
import { type Locate, readEntity } from "../phases/1-parse/read-entity.js";
import type { Dune, Plugin, Tools } from "../plugin.js";
import { createTools } from "./create-tools.js";
import { gatherPlugins } from "./gather-plugins.js";

/**
 * Finds the plugins that the topology names beside those given in memory, puts them in order, checks their options and
 * runs their `setup`. Undefined when something was reported.
 */
export async function setUpPlugins(
  layer: Layer,
  given: readonly Plugin[],
  lock: Lock | undefined,
  context: Context,
): Promise<readonly Plugin[] | undefined> {
  const before = context.reporter.errorCount;
  const plugins = await gatherPlugins(layer, given, context);
  if (plugins === undefined || context.reporter.errorCount > before) return undefined;
  checkOptionTables(layer, plugins, context);
  for (const plugin of plugins) await setUp(plugin, layer, lock, context);
  context.hooks.seal();
  return context.reporter.errorCount > before ? undefined : plugins;
}

function optionTables(layer: Layer): Tables {
  const tables = layer.tables.plugin;
  return typeof tables === "object" && !Array.isArray(tables) ? (tables as Tables) : {};
}

/** An own key only: a plugin may be called "constructor". */
function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
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

async function setUp(plugin: Plugin, layer: Layer, lock: Lock | undefined, context: Context): Promise<void> {
  const { calls } = context;
  const options = calls.run(plugin.name, "options", () => readOptions(plugin, layer, context));
  if (options === undefined) return;
  const locked = own(lock?.choices ?? {}, plugin.name);
  const tools = createTools(plugin, options.value, context.choices.of(plugin.name, locked), context);
  context.tools.set(plugin.name, tools);
  await calls.runAsync(plugin.name, "setup", () => plugin.setup?.(facade(plugin, tools, context)));
}

function readOptions(
  plugin: Plugin,
  layer: Layer,
  { reporter, calls }: Context,
): { value: unknown } | undefined {
  const given = own(optionTables(layer), plugin.name);
  const path = ["plugin", plugin.name];
  if (plugin.options === undefined) {
    if (given === undefined) return { value: {} };
    reporter.report("resolve/unknown-key", {
      message: `plugin "${plugin.name}" has no options`,
      at: fileOrigin(layer, path, "key"),
      hint: "remove the table",
    });
    return undefined;
  }
  // Where it has no table, it is named in `plugins` at least.
  const named = given === undefined ? calls.placeOf(plugin.name) : undefined;
  const locate: Locate = (inner, target) => named ?? fileOrigin(layer, [...path, ...inner], target);
  const before = reporter.errorCount;
  const value = readEntity(
    plugin.options,
    given ?? {},
    { label: `[plugin.${plugin.name}]`, locate },
    reporter,
  );
  return reporter.errorCount > before ? undefined : { value };
}

/** Bound to its plugin: every tap names it. */
function facade(plugin: Plugin, tools: Tools, { hooks }: Context): Dune {
  return {
    options: tools.options,
    on: (hook: HookName, call: (value: never, tools: Tools) => unknown) => {
      if (typeof call !== "function") throw new Error(`what taps the hook "${String(hook)}" is no function`);
      hooks.tap(plugin.name, hook, (value) => call(value, tools));
    },
    context: (contribution) => hooks.addContext(plugin.name, contribution),
  };
}
