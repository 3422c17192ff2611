import type { Takes } from "./finding.js";
import type { ManifestNode } from "./manifest.js";
import { isMoved, type Kept, keptOf, type ManifestPair, processNames } from "./manifest-pair.js";

/**
 * A file below /etc/netns/<netns> is mounted for each process of that node when it starts, so whatever of it changes, they do
 * not see it before.
 * @param owner the node that has the file, if one has it
 */
export function takesOfMount(
  path: string,
  phynode: string,
  pair: ManifestPair,
  owner?: Kept<ManifestNode>,
): Takes {
  const [, netns] = /^\/etc\/netns\/([^/]+)\//.exec(path) ?? [];
  if (netns === undefined) return {};
  const node = owner?.after.netns === netns ? owner : nodeIn(netns, phynode, pair);
  return node === undefined ? {} : { restarts: processNames(node) };
}

function nodeIn(netns: string, phynode: string, { nodes }: ManifestPair): Kept<ManifestNode> | undefined {
  for (const [, node] of keptOf(nodes))
    if (node.after.netns === netns && node.after.phynode === phynode && !isMoved(node)) return node;
  return undefined;
}
