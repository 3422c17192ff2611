import type { ManifestLink, ManifestNode } from "./manifest.js";
import type { Kept, ManifestPair, Pair } from "./manifest-pair.js";
import { leastIpv6Mtu } from "./remade-links.js";

/**
 * Whether a segment must be made anew for what its ports have become. Its bridge follows the least MTU of its ports, of which it needs one; below 1280
 * it has no IPv6.
 */
export function isOtherBridge({ before, after }: Kept<ManifestNode>, { links }: ManifestPair): boolean {
  if (before.kind !== "bridge" || after.kind !== "bridge") return false;
  const old = portMtus(before, links, "before");
  const own = portMtus(after, links, "after");
  if (own.length === 0 && old.length > 0) return true;
  return old.some((mtu) => mtu < leastIpv6Mtu) !== own.some((mtu) => mtu < leastIpv6Mtu);
}

function portMtus(
  { interfaces }: ManifestNode,
  links: ReadonlyMap<string, Pair<ManifestLink>>,
  side: "before" | "after",
): readonly number[] {
  return interfaces.flatMap(({ link }) => links.get(link)?.[side]?.mtu ?? []);
}
