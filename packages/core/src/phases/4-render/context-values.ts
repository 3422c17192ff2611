import type { Reporter } from "../../diagnostics/reporter.js";
import type { Hooks } from "../../hooks.js";
import { PluginError } from "../../plugin-error.js";
import type { PlacedNode, Placement } from "../3-allocate/placement.js";
import { labNames, nodeNames } from "./values.js";

/** The values of the names that plugins declare. */
export interface ContextValues {
  readonly globals: Readonly<Record<string, unknown>>;
  node(placed: PlacedNode): Readonly<Record<string, unknown>>;
}

export function contextValues(
  placement: Placement,
  contexts: Hooks["contexts"],
  reporter: Reporter,
): ContextValues {
  const owners = new Map<string, string>([...nodeNames, ...labNames].map((name) => [name, "dune"]));
  const globals: Record<string, unknown> = {};
  const perNode: [name: string, plugin: string, call: (placed: PlacedNode) => unknown][] = [];
  for (const { plugin, contribution } of contexts) {
    for (const [name, call] of Object.entries(contribution.globals ?? {})) {
      if (claim(name, plugin)) globals[name] = guarded(plugin, () => call(placement));
    }
    for (const [name, call] of Object.entries(contribution.node ?? {})) {
      if (claim(name, plugin)) perNode.push([name, plugin, (placed) => call(placed, placement)]);
    }
  }
  return {
    globals,
    node: (placed) =>
      Object.fromEntries(perNode.map(([name, plugin, call]) => [name, guarded(plugin, () => call(placed))])),
  };

  function claim(name: string, plugin: string): boolean {
    const owner = owners.get(name);
    if (owner === undefined && !name.startsWith("core_")) {
      owners.set(name, plugin);
      return true;
    }
    reporter.report("plugin/conflict", {
      message: `plugin "${plugin}" declares the name "${name}", which ${owner === undefined || owner === "dune" ? "is dune's own" : `plugin "${owner}" has declared`}`,
      hint: "load one of them only, or let the plugin use another name",
    });
    return false;
  }
}

function guarded(plugin: string, call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    throw new PluginError(plugin, "context", error);
  }
}
