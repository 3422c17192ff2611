import type { Builder, BuildRefusal, BuildRequest, Recipe } from "../../builders/builder.js";
import { ownBuilders } from "../../builders/own-builders.js";
import { type Context, toolsOf } from "../../context.js";
import type { Plugin } from "../../plugin.js";
import { PluginError } from "../../plugins/plugin-error.js";
import { frozen } from "../../values/frozen.js";
import type { Platform } from "../../values/platform.js";
import type { Binary } from "../2-resolve/topology.js";
import { adoptPlan } from "./recipe-shape.js";

/** A builder by its name, with the plugin whose it is; dune's own have none. */
export interface NamedBuilder {
  readonly name: string;
  readonly builder: Builder;
  readonly plugin?: string;
}

/** What `builder` of `[binaries.NAME]` names. */
export function builderCalled(name: string, plugins: readonly Plugin[]): NamedBuilder {
  const own = Object.hasOwn(ownBuilders, name) ? ownBuilders[name] : undefined;
  if (own !== undefined) return { name, builder: own };
  for (const { name: plugin, builders = {} } of plugins) {
    const builder = Object.hasOwn(builders, name) ? (builders[name] as Builder) : undefined;
    if (builder !== undefined) return { name, builder, plugin };
  }
  throw new Error(`there is no builder "${name}"`);
}

/** The globs of what it reads, where the topology says nothing of them. */
export function defaultInputs(
  { name, builder, plugin }: NamedBuilder,
  binary: Binary,
  platform: Platform,
  { calls }: Pick<Context, "calls">,
): readonly string[] {
  const { inputs = ["**"] } = builder;
  if (typeof inputs !== "function") return inputs;
  if (plugin === undefined) return inputs(binary, platform);
  const hook = `builder ${name}`;
  const given = frozen(binary);
  const returned: unknown = calls.run(plugin, hook, () => inputs(given, platform));
  if (Array.isArray(returned) && returned.every((glob) => typeof glob === "string" && glob !== ""))
    return returned;
  throw new PluginError(plugin, hook, "its `inputs` returned no list of globs", "plugin/broken-invariant");
}

/** The recipe, or why there is none. A plugin's is checked before anything is run by it. */
export async function askBuilder(
  { name, builder, plugin }: NamedBuilder,
  request: BuildRequest,
  context: Context,
): Promise<Recipe | BuildRefusal> {
  if (plugin === undefined) return builder.plan(request, undefined);
  const hook = `builder ${name}`;
  const given = frozen(request);
  const returned: unknown = await context.calls.runAsync(plugin, hook, () =>
    builder.plan(given, toolsOf(plugin, context)),
  );
  const adopted = adoptPlan(returned);
  if (!adopted.ok) throw new PluginError(plugin, hook, adopted.message, "plugin/broken-invariant");
  return adopted.value;
}
