import type { Reporter } from "../diagnostics/reporter.js";
import type { Plugin } from "../plugin.js";
import type { Engine } from "./engine.js";
import { compileTemplate } from "./eta/template.js";

/** Which engine renders a file. */
export interface Engines {
  forFile(path: string): Engine;
}

const eta: Engine = { compile: compileTemplate };

/** Built-in engines claim endings as plugins do. `*` is every file that no ending claims; Eta has it unless a plugin does. */
export function createEngines(plugins: readonly Plugin[], reporter: Reporter): Engines {
  const claims = new Map<string, { plugin: string; engine: Engine }>([
    [".eta", { plugin: "dune", engine: eta }],
  ]);
  for (const plugin of plugins) {
    for (const [ending, engine] of Object.entries(plugin.engines ?? {})) {
      const holder = claims.get(ending);
      if (holder === undefined) claims.set(ending, { plugin: plugin.name, engine });
      else {
        reporter.report("plugin/conflict", {
          message: `plugin "${plugin.name}" wants to render files ending in "${ending}", which ${holder.plugin === "dune" ? "dune renders itself" : `plugin "${holder.plugin}" renders`}`,
          hint: "load one of them only",
        });
      }
    }
  }
  // The longest ending wins: `.conf.j2` before `.j2`.
  const endings = [...claims.keys()].filter((ending) => ending !== "*").sort((a, b) => b.length - a.length);
  const fallback = claims.get("*")?.engine ?? eta;
  return {
    forFile: (path) => claims.get(endings.find((ending) => path.endsWith(ending)) ?? "")?.engine ?? fallback,
  };
}
