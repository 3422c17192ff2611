import type { Node, Phynode, Topology } from "../2-resolve/topology.js";
import type { AllowedSet } from "./problem.js";

/** The sets of servers that nodes allow; nodes with the same constraints share one. */
export interface AllowedSets {
  /** For each node the servers that its `phynode` and `tags` allow. */
  readonly ofNode: readonly AllowedSet[];
  /** Those of all nodes, each once. */
  readonly distinct: readonly AllowedSet[];
  /** The servers in all of the sets. */
  intersect(sets: readonly AllowedSet[]): AllowedSet;
  readonly none: AllowedSet;
}

export function createAllowedSets({ nodes, infrastructure: { phynodes } }: Topology): AllowedSets {
  const byConstraint = new Map<string, AllowedSet>();
  const byServers = new Map<string, AllowedSet>();
  const setOf = (servers: readonly number[]): AllowedSet => {
    const key = servers.join(",");
    const known = byServers.get(key);
    if (known !== undefined) return known;
    const has = new Uint8Array(phynodes.length);
    for (const server of servers) has[server] = 1;
    const set = { servers, has };
    byServers.set(key, set);
    return set;
  };
  const ofNode = nodes.map(({ placement }) => {
    const key = JSON.stringify([placement.phynodes, placement.tags]);
    const set = byConstraint.get(key) ?? setOf(serversFor(placement, phynodes));
    byConstraint.set(key, set);
    return set;
  });
  return {
    ofNode,
    distinct: [...new Set(ofNode)],
    intersect: ([first, ...others]) => {
      if (first === undefined || others.every((set) => set === first)) return first ?? setOf([]);
      return setOf(first.servers.filter((server) => others.every(({ has }) => has[server] === 1)));
    },
    none: setOf([]),
  };
}

function serversFor(placement: Node["placement"], phynodes: readonly Phynode[]): readonly number[] {
  return phynodes.flatMap((phynode, index) =>
    isNamed(placement, phynode) && missingTags(placement, phynode).length === 0 ? [index] : [],
  );
}

/** Whether the node's `phynode` allows it. */
export function isNamed({ phynodes }: Node["placement"], phynode: Phynode): boolean {
  return phynodes === undefined || phynodes.includes(phynode.name);
}

/** The tags that the node wants and the phynode has not. */
export function missingTags({ tags }: Node["placement"], phynode: Phynode): readonly string[] {
  return tags.filter((tag) => !phynode.tags.includes(tag));
}
