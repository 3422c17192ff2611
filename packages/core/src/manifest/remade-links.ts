import type { RemadeLink } from "./finding.js";
import type { ManifestLink } from "./manifest.js";
import { isKept, type Kept, type ManifestPair } from "./manifest-pair.js";

/** Bytes: below it the kernel takes IPv6 from an interface, with what it was told of it (RFC 8200, section 5). */
export const leastIpv6Mtu = 1280;

/** The link with both its ends. */
export function linkMadeAnew({ after }: Kept<ManifestLink>): RemadeLink {
  return { id: after.id, nodes: after.endpoints.map(({ node }) => node) };
}

/** The link where one node's end is made anew: a veth pair goes as a whole, of a tunnel each server has its own end. */
export function endMadeAnew(link: Kept<ManifestLink>, node: string): RemadeLink {
  const isTunnel = link.before.kind === "vxlan" && link.after.kind === "vxlan";
  return isTunnel ? { id: link.after.id, nodes: [node] } : linkMadeAnew(link);
}

/** Links that both manifests have, of a node that both have. */
export function keptLinksOf(node: string, { nodes, links }: ManifestPair): readonly Kept<ManifestLink>[] {
  const interfaces = nodes.get(node)?.after?.interfaces ?? [];
  return interfaces.map(({ link }) => links.get(link)).filter((link) => isKept(link));
}
