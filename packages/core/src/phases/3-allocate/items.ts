import type { Lock } from "../1-parse/lock.js";
import type { Node, Topology } from "../2-resolve/topology.js";
import type { AllowedSets } from "./allowed.js";
import type { AllowedSet, Group, Item, Unit } from "./problem.js";

/** For each node its item: nodes that share a name in `colocate`, directly or through others, are one. */
export function itemsOfNodes(nodes: readonly Node[]): Int32Array {
  const parent = Int32Array.from(nodes, (_, index) => index);
  const rootOf = (node: number): number => {
    let root = node;
    while (parent[root] !== root) {
      parent[root] = parent[parent[root]!]!;
      root = parent[root]!;
    }
    return root;
  };
  const firstWith = new Map<string, number>();
  for (const [index, { placement }] of nodes.entries()) {
    for (const name of placement.colocate) {
      const first = firstWith.get(name);
      if (first === undefined) firstWith.set(name, index);
      else {
        const [a, b] = [rootOf(first), rootOf(index)];
        // The lowest node stays the root, so that items come in the order of their first nodes.
        parent[Math.max(a, b)] = Math.min(a, b);
      }
    }
  }
  const itemOfRoot = new Map<number, number>();
  return Int32Array.from(nodes, (_, index) => {
    const root = rootOf(index);
    const item = itemOfRoot.get(root) ?? itemOfRoot.size;
    itemOfRoot.set(root, item);
    return item;
  });
}

/** What items are made from. */
export interface ItemSource {
  readonly topology: Topology;
  readonly groups: readonly Group[];
  readonly itemOf: Int32Array;
  readonly lockedServerOf: Int32Array;
  readonly allowedSets: AllowedSets;
  readonly lock?: Lock;
}

export function createItems(source: ItemSource): { items: readonly Item[]; units: readonly Unit[] } {
  const nodesOf: number[][] = [];
  for (const [node, item] of source.itemOf.entries()) {
    const nodes = nodesOf[item];
    if (nodes === undefined) nodesOf[item] = [node];
    else nodes.push(node);
  }
  const locked = lockedGroups(source);
  const units: Unit[] = [];
  const items = nodesOf.map((nodes): Item => {
    const own = nodes.flatMap((node) => unitsOf(node, source.topology.nodes[node]!, locked));
    const indexes = own.map((_, index) => units.length + index);
    units.push(...own);
    const allowed = allowedFor(nodes, source);
    return {
      nodes,
      units: indexes.sort((a, b) => units[b]!.cores - units[a]!.cores || a - b),
      demand: own.reduce((sum, unit) => sum + unit.cores, 0),
      separate: [...new Set(nodes.flatMap((node) => source.topology.nodes[node]!.placement.separate))],
      allowed,
      lockedServer: lockedServer(nodes, allowed, source.lockedServerOf),
    };
  });
  return { items, units };
}

function allowedFor(nodes: readonly number[], { topology, allowedSets }: ItemSource): AllowedSet {
  const separate = nodes.flatMap((node) => [...new Set(topology.nodes[node]!.placement.separate)]);
  if (new Set(separate).size < separate.length) return allowedSets.none;
  return allowedSets.intersect(nodes.map((node) => allowedSets.ofNode[node]!));
}

function lockedServer(nodes: readonly number[], allowed: AllowedSet, lockedServerOf: Int32Array): number {
  let best = -1;
  let most = 0;
  for (const server of nodes.length === 1 ? [lockedServerOf[nodes[0]!]!] : allowed.servers) {
    const count = nodes.filter((node) => lockedServerOf[node] === server).length;
    if (count > most && allowed.has[server] === 1) {
      best = server;
      most = count;
    }
  }
  return best;
}

type LockedGroup = (node: number, processes: readonly number[]) => number;

function unitsOf(node: number, { processes, placement }: Node, lockedGroup: LockedGroup): readonly Unit[] {
  const demands = processes.map((process) => process.coreNames.length);
  const unit = (indexes: readonly number[]): Unit => ({
    node,
    processes: indexes,
    cores: indexes.reduce((sum, index) => sum + demands[index]!, 0),
    widest: indexes.reduce((most, index) => Math.max(most, demands[index]!), 0),
    spread: placement.numa === "any",
    lockedGroup: placement.numa === "any" ? -1 : lockedGroup(node, indexes),
  });
  const all = demands.map((_, index) => index);
  if (placement.numa === "node") return all.length === 0 ? [] : [unit(all)];
  return all.map((index) => unit([index]));
}

/** Finds the NUMA node in which the lock has all cores of some processes of a node. */
function lockedGroups({ topology, groups, lockedServerOf, lock }: ItemSource): LockedGroup {
  return (node, processes) => {
    const server = lockedServerOf[node]!;
    if (lock === undefined || server < 0) return -1;
    const { name, processes: declared } = topology.nodes[node]!;
    const byProcess = lock.nodes[name]?.cores ?? {};
    const cores = processes.flatMap((index) => {
      const process = declared[index]!.name;
      return Object.hasOwn(byProcess, process) ? (byProcess[process] ?? []) : [];
    });
    if (cores.length === 0) return -1;
    return groups.findIndex(
      (group) => group.server === server && cores.every((core) => group.cores.includes(core)),
    );
  };
}
