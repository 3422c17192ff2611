import type { Lock } from "../1-parse/lock.js";
import type { Phynode, Topology } from "../2-resolve/topology.js";
import { createAllowedSets } from "./allowed.js";
import { createGraph, type Graph } from "./graph.js";
import { createItems, itemsOfNodes } from "./items.js";

/** The topology as numbers, for strategies: everything is an index, in the order of the topology's arrays. */
export interface Problem {
  readonly topology: Topology;
  readonly lock?: Lock;
  /** In the order of `topology.infrastructure.phynodes`. */
  readonly servers: readonly Server[];
  /** The NUMA nodes of all servers, one server's after another's. */
  readonly groups: readonly Group[];
  /** What is placed as a whole: a node, or nodes that are colocated; in the order of their first nodes. */
  readonly items: readonly Item[];
  /** For each node its item. */
  readonly itemOf: Int32Array;
  /** What goes to one NUMA node, or is spread; one item's after another's. */
  readonly units: readonly Unit[];
  /** For each node where the lock has it, -1 where it has nothing or a phynode that is gone. */
  readonly lockedServerOf: Int32Array;
  /** The traffic between items. */
  readonly graph: Graph;
}

export interface Server {
  readonly phynode: Phynode;
  /** Index of its first NUMA node in `problem.groups`, and how many it has. */
  readonly firstGroup: number;
  readonly groupCount: number;
  /** Cores times `oversubscribe`. */
  readonly slots: number;
  /** The first server that no constraint can tell from this one. */
  readonly twin: number;
}

export interface Group {
  readonly server: number;
  /** Ascending. */
  readonly cores: readonly number[];
  /** Cores times `oversubscribe`. */
  readonly slots: number;
}

export interface Item {
  /** Ascending. */
  readonly nodes: readonly number[];
  /** Largest first. */
  readonly units: readonly number[];
  /** Slots that its units take. */
  readonly demand: number;
  /** Its names in `separate`: no other item with one of them may share its server. */
  readonly separate: readonly string[];
  /** Where it may go: the servers that all of its nodes allow; none when its nodes must also be apart. */
  readonly allowed: AllowedSet;
  /** Where the lock has most of its nodes, -1 for nowhere or where it may not go. */
  readonly lockedServer: number;
}

export interface AllowedSet {
  /** Ascending. */
  readonly servers: readonly number[];
  /** 1 for each server in the set. */
  readonly has: Uint8Array;
}

/** Processes of a node that share a NUMA node, or one process that needs none. */
export interface Unit {
  readonly node: number;
  /** Indexes in the node's `processes`. */
  readonly processes: readonly number[];
  /** Slots that it takes: the sum of its processes' cores. */
  readonly cores: number;
  /** The most cores that one of its processes wants; they must be distinct. */
  readonly widest: number;
  /** Whether its cores may lie anywhere on the server (`numa = "any"`); it has one process then. */
  readonly spread: boolean;
  /** The NUMA node that has all its locked cores, an index in `problem.groups`; -1 for none. */
  readonly lockedGroup: number;
}

/** Translates a topology; contradictions in it are found by `checkConstraints` and `checkCapacity`. */
export function createProblem(topology: Topology, lock?: Lock): Problem {
  const { phynodes } = topology.infrastructure;
  const allowedSets = createAllowedSets(topology);
  const groups = createGroups(phynodes);
  const servers = createServers(phynodes, allowedSets.distinct);
  const serverByName = new Map(phynodes.map(({ name }, server) => [name, server]));
  const lockedServerOf = Int32Array.from(topology.nodes, ({ name }) => {
    const locked = lock !== undefined && Object.hasOwn(lock.nodes, name) ? lock.nodes[name] : undefined;
    return (locked && serverByName.get(locked.phynode)) ?? -1;
  });
  const itemOf = itemsOfNodes(topology.nodes);
  const found = { topology, groups, itemOf, lockedServerOf, allowedSets, ...(lock && { lock }) };
  const { items, units } = createItems(found);
  const graph = createGraph(topology, itemOf, items.length);
  return { topology, servers, groups, items, itemOf, units, lockedServerOf, graph, ...(lock && { lock }) };
}

function createGroups(phynodes: readonly Phynode[]): readonly Group[] {
  return phynodes.flatMap(({ cores, oversubscribe }, server) =>
    cores.map((group) => ({
      server,
      cores: [...group].sort((a, b) => a - b),
      slots: group.length * oversubscribe,
    })),
  );
}

function createServers(phynodes: readonly Phynode[], allowedSets: readonly AllowedSet[]): readonly Server[] {
  const twins = new Map<string, number>();
  let firstGroup = 0;
  return phynodes.map((phynode, index) => {
    const sizes = phynode.cores.map((group) => group.length);
    const membership = allowedSets.map(({ has }) => has[index]);
    const signature = JSON.stringify([sizes, phynode.oversubscribe, phynode.limits.nodes, membership]);
    const twin = twins.get(signature) ?? index;
    twins.set(signature, twin);
    const slots = sizes.reduce((sum, size) => sum + size, 0) * phynode.oversubscribe;
    const server = { phynode, firstGroup, groupCount: sizes.length, slots, twin };
    firstGroup += sizes.length;
    return server;
  });
}
