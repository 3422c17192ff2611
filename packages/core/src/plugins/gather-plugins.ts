import type { Context } from "../context.js";
import type { Code } from "../diagnostics/codes.js";
import type { Origin } from "../diagnostics/diagnostic.js";
import type { Layer } from "../phases/1-parse/document.js";
import { fileOrigin } from "../phases/1-parse/file-origin.js";
import { isPlugin, type Plugin, pluginApi } from "../plugin.js";
import { wrongDeclaration } from "./declaration-shape.js";
import type { PluginCalls } from "./plugin-calls.js";

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
  const plugins = given.filter((plugin) => isUsable(plugin, undefined, context));
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
    const at = fileOrigin(layer, ["plugins", index]);
    if (typeof name !== "string") {
      context.reporter.report("resolve/wrong-type", {
        message: `plugins[${index}] must be a name in quotes`,
        at,
      });
    } else if (names.indexOf(name) < index) reportTwice(name, at, context);
    else if (!given.some((plugin) => plugin?.name === name)) {
      const plugin = await load({ name, at }, context);
      if (plugin !== undefined) plugins.push(plugin);
    }
  }
  return plugins;
}

function reportTwice(name: string, at: Origin, { reporter }: Context): void {
  reporter.report("plugin/conflict", {
    message: `the plugin "${name}" is listed twice`,
    at,
    hint: "a plugin can be loaded once; remove one of them",
  });
}

/** What `name` stands for; undefined where that is no plugin that can be used, which is reported. */
async function load({ name, at }: Named, context: Context): Promise<Plugin | undefined> {
  const { reporter, calls } = context;
  const found = await calls.settled(name, "load", context.resolvePlugin(name));
  if (found === undefined) {
    reporter.report("parse/unknown-plugin", {
      message: `there is no plugin "${name}"`,
      at,
      hint: "this program loads no plugins by name; give it in memory",
    });
    return undefined;
  }
  if (!found.ok) {
    const { code, ...problem } = found.problem;
    reporter.report(code, { at, ...problem });
    return undefined;
  }
  if (!isUsable(found.plugin, { name, at }, context)) return undefined;
  calls.know(found.plugin.name, { at, ...found });
  return found.plugin;
}

/** Where a topology names a plugin. */
interface Named {
  readonly name: string;
  readonly at: Origin;
}

function isUsable(plugin: unknown, named: Named | undefined, { reporter }: Context): plugin is Plugin {
  const bad = (code: Code, message: string, hint: string) => {
    reporter.report(code, { message, hint, ...(named && { at: named.at }) });
    return false;
  };
  const badDeclaration = (message: string, hint: string) => bad("plugin/bad-declaration", message, hint);
  if (!isPlugin(plugin)) {
    const what = named === undefined ? "a value given as a plugin" : `what "${named.name}" exports`;
    return badDeclaration(
      `${what} is no plugin`,
      "a plugin is made by definePlugin({ … }), and is its module's default export",
    );
  }
  const label = labelOf(plugin, named);
  const api: unknown = plugin.api;
  if (typeof api === "number" && api !== pluginApi) {
    return bad(
      "plugin/wrong-api",
      `${label} is written for plugin api ${api}, this dune has api ${pluginApi}`,
      "install a version of the plugin that fits, or of dune",
    );
  }
  if (typeof plugin.name !== "string") return badDeclaration(`${label} has no name`, nameHint);
  if (!/^[a-z0-9][a-z0-9-]*$/.test(plugin.name))
    return badDeclaration(`the plugin's name ${JSON.stringify(plugin.name)} is not allowed`, nameHint);
  const wrong = api === pluginApi ? wrongDeclaration(plugin) : `\`api\` must be ${pluginApi}`;
  if (wrong === undefined) return true;
  return badDeclaration(
    `${label} is declared wrongly: ${wrong}`,
    "this is a fault of the plugin, not of the topology; tell its author",
  );
}

const nameHint = "use lower-case letters, digits and -";

/** What a plugin is called in a message: its name may be missing. */
function labelOf({ name }: Plugin, named: Named | undefined): string {
  if (typeof name === "string") return `plugin "${name}"`;
  return named === undefined ? "a plugin given in memory" : `plugin "${named.name}"`;
}

/** By position, constrained by `after`; absent names are ignored. */
function inOrder(plugins: readonly Plugin[], { reporter, calls }: Context): readonly Plugin[] | undefined {
  const twice = plugins.find(
    (plugin, index) => plugins.findIndex((other) => other.name === plugin.name) !== index,
  );
  if (twice !== undefined) {
    reporter.report("plugin/conflict", {
      message: `two plugins are called "${twice.name}"`,
      ...atOf(twice, calls),
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
      reporter.report("plugin/cycle", {
        message: `the plugins ${cycle} want to run after each other`,
        ...atOf(waiting.at(-1), calls),
        hint: "remove one name from their `after`",
      });
      return undefined;
    }
    ordered.push(...waiting.splice(next, 1));
  }
  return ordered;
}

function atOf(plugin: Plugin | undefined, calls: PluginCalls): { at?: Origin } {
  const at = plugin && calls.placeOf(plugin.name);
  return at === undefined ? {} : { at };
}
