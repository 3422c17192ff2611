import { type Context, toolsOf } from "../context.js";
import type { Plugin } from "../plugin.js";
import { Claims } from "../plugins/claims.js";
import { PluginError } from "../plugins/plugin-error.js";
import type { Engine, Renderable } from "./engine.js";
import { brokenEngineResult, brokenRenderResult } from "./engine-results.js";
import { compileTemplate } from "./eta/template.js";

/** Which engine renders a file. */
export interface Engines {
  forFile(path: string): Engine;
}

const eta: Engine = { compile: compileTemplate };

type PluginTools = Pick<Context, "calls" | "tools" | "reporter">;

/** `*` is every file that no ending claims; Eta has it unless a plugin does. */
export function createEngines(plugins: readonly Plugin[], context: PluginTools): Engines {
  const engines = new Map<string, () => Engine>([[".eta", () => eta]]);
  const claims = new Claims((ending) => ending === ".eta", context);
  for (const plugin of plugins) {
    for (const [ending, create] of Object.entries(plugin.engines ?? {})) {
      if (claims.claim(ending, plugin.name, `the file ending "${ending}"`))
        engines.set(
          ending,
          once(() => guarded(create, plugin.name, ending, context)),
        );
    }
  }
  // The longest ending wins: `.conf.j2` before `.j2`.
  const endings = [...engines.keys()].filter((ending) => ending !== "*").sort((a, b) => b.length - a.length);
  const fallback = engines.get("*") ?? (() => eta);
  return {
    forFile: (path) => (engines.get(endings.find((ending) => path.endsWith(ending)) ?? "") ?? fallback)(),
  };
}

/** A plugin's engine: what it throws is the plugin's fault. */
function guarded(
  create: NonNullable<Plugin["engines"]>[string],
  plugin: string,
  ending: string,
  context: PluginTools,
): Engine {
  const { calls } = context;
  const hook = `engine ${ending}`;
  const engine = calls.run(plugin, hook, () => create(toolsOf(plugin, context)));
  return {
    async compile(source, file) {
      const result = await calls.runAsync(plugin, hook, () => engine.compile(source, file));
      refuse(brokenEngineResult(result), plugin, hook);
      if (!result.ok) return result;
      const { template } = result;
      const render: Renderable["render"] = async (values) => {
        const rendered = await calls.runAsync(plugin, hook, () => template.render(values));
        refuse(brokenRenderResult(rendered), plugin, hook);
        return rendered;
      };
      return { ok: true, template: { names: template.names, render } };
    },
  };
}

function refuse(broken: string | undefined, plugin: string, hook: string): void {
  if (broken !== undefined) throw new PluginError(plugin, hook, broken, "plugin/broken-invariant");
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
