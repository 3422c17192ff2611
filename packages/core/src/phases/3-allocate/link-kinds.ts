import type { Reporter } from "../../diagnostics/reporter.js";
import type { Lock } from "../1-parse/lock.js";
import type { Topology } from "../2-resolve/topology.js";
import { createUnderlayChecks } from "./check-underlay.js";
import type { PlacedLink, PlacedNode } from "./placement.js";
import { assignVnis } from "./vni.js";

/**
 * Makes each link a veth pair or a VXLAN by where its nodes sit, in the topology's order, and reports what keeps a
 * crossing link from working: a phynode without an address, addresses of two families, an MTU too large.
 */
export function linkKinds(
  topology: Topology,
  nodes: readonly PlacedNode[],
  lock: Lock | undefined,
  reporter: Reporter,
): readonly PlacedLink[] {
  const checkUnderlay = createUnderlayChecks(reporter);
  const phynodeOf = new Map(nodes.map(({ node, phynode }) => [node.name, phynode]));
  const ends = topology.links.map((link) => {
    const [a, b] = link.endpoints;
    return { link, phynodes: [phynodeOf.get(a.node)!, phynodeOf.get(b.node)!] as const };
  });
  const crossing = ends.filter(({ phynodes: [a, b] }) => a !== b);
  const ids = crossing.map(({ link }) => link.id).sort();
  const vnis = assignVnis(topology.name, topology.infrastructure.namespacePrefix, ids, lock?.vnis ?? {});
  return ends.map(({ link, phynodes }): PlacedLink => {
    const vni = vnis.get(link.id);
    if (vni === undefined) return { kind: "veth", link, phynode: phynodes[0] };
    checkUnderlay(link, phynodes);
    return { kind: "vxlan", link, phynodes, vni };
  });
}
