import type { Origin, Related } from "../../diagnostics/diagnostic.js";
import { declared, originIn, originOfPart } from "../2-resolve/entity-origin.js";
import type { Node, Phynode } from "../2-resolve/topology.js";
import { counted } from "./wording.js";

/** Whose it is how many cores a node takes, and within how many NUMA nodes. */
export function originOfDemand(node: Node): Origin {
  return originOfPart(node, ["pinned"], ({ processes, placement }) => [
    processes.map((process) => process.coreNames.length),
    placement.numa,
  ]);
}

/** Whose it is how many cores a phynode offers. */
export function originOfCores(phynode: Phynode): Origin {
  return originOfPart(phynode, ["cores"], ({ cores, oversubscribe }) => [cores, oversubscribe]);
}

/** What plugins asked for on top of what the user declared. */
export interface PluginDemand {
  readonly cores: number;
  readonly nodes: number;
  /** For each plugin one note that shows a node of its. */
  readonly notes: readonly Related[];
}

export function pluginDemand(nodes: readonly Node[]): PluginDemand {
  const notes = new Map<string, Related>();
  let cores = 0;
  let made = 0;
  for (const node of nodes) {
    // The nodes that no plugin touched are nearly all.
    if (node.change === undefined) continue;
    const before = declared(node);
    const more = coresOf(node) - (before === undefined ? 0 : coresOf(before));
    if (before === undefined) made++;
    cores += Math.max(more, 0);
    if (before !== undefined && more <= 0) continue;
    const at = before === undefined ? originIn(node, []) : originOfDemand(node);
    const plugin = "plugin" in at ? at.plugin : node.change.plugin;
    const what =
      before === undefined
        ? `made node "${node.name}"`
        : `gave node "${node.name}" processes for ${counted(more, "core")}`;
    if (!notes.has(plugin)) notes.set(plugin, { message: `plugin "${plugin}" ${what}`, at });
  }
  return { cores, nodes: made, notes: [...notes.values()] };
}

function coresOf({ processes }: Node): number {
  return processes.reduce((sum, process) => sum + process.coreNames.length, 0);
}
