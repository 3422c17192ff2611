import { parseInterfaceName, parseNodeName, parsePhynodeName } from "../../values/names.js";
import type { Node, Topology } from "./topology.js";

/** What a topology promises, checked again after every plugin; says what is broken. */
export function brokenTopology(topology: Topology): string | undefined {
  const { nodes, links } = topology;
  const { phynodes } = topology.infrastructure;
  if (!isSorted(nodes.map((node) => node.name))) return "nodes must be sorted by name, each once";
  if (!isSorted(links.map((link) => link.id))) return "links must be sorted by id, each once";
  if (phynodes.length === 0) return "a topology has at least one phynode";
  if (!isSorted(phynodes.map((phynode) => phynode.name))) return "phynodes must be sorted by name, each once";
  for (const { name } of phynodes) {
    const valid = parsePhynodeName(name);
    if (!valid.ok) return valid.message;
  }
  const known = new Set(nodes.map((node) => node.name));
  for (const link of links) {
    const stray = link.endpoints.find((end) => !known.has(end.node));
    if (stray !== undefined) return `link ${link.name} ends at node "${stray.node}", which does not exist`;
  }
  const names = new Set(phynodes.map((phynode) => phynode.name));
  for (const node of nodes) {
    const broken = brokenNode(node, topology) ?? strayPhynode(node, names);
    if (broken !== undefined) return broken;
  }
  // Each interface is the end of a link that it names, none twice: so the numbers agree only if no end was left out.
  const ends = nodes.reduce((sum, node) => sum + node.interfaces.length, 0);
  return ends === 2 * links.length ? undefined : "each end of a link must be an interface of its node";
}

function brokenNode(node: Node, { links }: Topology): string | undefined {
  const valid = parseNodeName(node.name);
  if (!valid.ok) return valid.message;
  const taken = new Set<string>();
  for (const { name, link, side } of node.interfaces) {
    const end = links[link]?.endpoints[side];
    if (end?.node !== node.name || end.interface !== name)
      return `interface "${name}" of node "${node.name}" does not match its link`;
    const named = parseInterfaceName(name, { allowLoopback: false });
    if (!named.ok) return named.message;
    if (taken.has(name)) return `interface "${name}" of node "${node.name}" is used by two links`;
    taken.add(name);
  }
  return undefined;
}

function strayPhynode({ name, placement }: Node, known: ReadonlySet<string>): string | undefined {
  const stray = placement.phynodes?.find((phynode) => !known.has(phynode));
  return stray === undefined ? undefined : `node "${name}" wants phynode "${stray}", which does not exist`;
}

/** By code unit, none twice. */
function isSorted(names: readonly string[]): boolean {
  return names.every((name, index) => index === 0 || (names[index - 1] as string) < name);
}
