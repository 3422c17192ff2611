import type { Topology } from "./topology.js";

/** What a topology promises, checked again after every plugin; says what is broken. */
export function brokenTopology(topology: Topology): string | undefined {
  const names = topology.nodes.map((node) => node.name);
  const known = new Set(names);
  if (!isSorted(names)) return "nodes must be sorted by name, each once";
  if (!isSorted(topology.links.map((link) => link.id))) return "links must be sorted by id, each once";
  if (topology.infrastructure.phynodes.length === 0) return "a topology has at least one phynode";
  for (const link of topology.links) {
    const stray = link.endpoints.find((end) => !known.has(end.node));
    if (stray !== undefined) return `link ${link.name} ends at node "${stray.node}", which does not exist`;
  }
  for (const node of topology.nodes) {
    for (const { name, link, side } of node.interfaces) {
      const end = topology.links[link]?.endpoints[side];
      if (end?.node !== node.name || end.interface !== name) {
        return `interface "${name}" of node "${node.name}" does not match its link`;
      }
    }
  }
  return undefined;
}

function isSorted(names: readonly string[]): boolean {
  return names.every((name, index) => index === 0 || (names[index - 1] as string) < name);
}
