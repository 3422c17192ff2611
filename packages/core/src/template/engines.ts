import { Claims } from "../claims.js";
import type { Reporter } from "../diagnostics/reporter.js";
import type { Plugin } from "../plugin.js";
import { attributed } from "../plugin-error.js";
import type { Engine, Renderable } from "./engine.js";
import { compileTemplate } from "./eta/template.js";

/** Which engine renders a file. */
export interface Engines {
  forFile(path: string): Engine;
}

const eta: Engine = { compile: compileTemplate };

/** `*` is every file that no ending claims; Eta has it unless a plugin does. */
export function createEngines(plugins: readonly Plugin[], reporter: Reporter): Engines {
  const engines = new Map<string, Engine>([[".eta", eta]]);
  const claims = new Claims((ending) => ending === ".eta", reporter);
  for (const plugin of plugins) {
    for (const [ending, engine] of Object.entries(plugin.engines ?? {})) {
      if (claims.claim(ending, plugin.name, `the file ending "${ending}"`))
        engines.set(ending, guarded(engine, plugin.name, ending));
    }
  }
  // The longest ending wins: `.conf.j2` before `.j2`.
  const endings = [...engines.keys()].filter((ending) => ending !== "*").sort((a, b) => b.length - a.length);
  const fallback = engines.get("*") ?? eta;
  return {
    forFile: (path) => engines.get(endings.find((ending) => path.endsWith(ending)) ?? "") ?? fallback,
  };
}

/** A plugin's engine: what it throws is the plugin's fault. */
function guarded(engine: Engine, plugin: string, ending: string): Engine {
  const hook = `engine ${ending}`;
  return {
    compile(source) {
      const result = attributed(plugin, hook, () => engine.compile(source));
      if (!result.ok) return result;
      const { template } = result;
      const render: Renderable["render"] = (values) =>
        attributed(plugin, hook, () => template.render(values));
      return { ok: true, template: { names: template.names, render } };
    },
  };
}
