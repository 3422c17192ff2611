import type { Origin } from "../../diagnostics/diagnostic.js";
import { originOfPart } from "../2-resolve/entity-origin.js";
import type { Node, Phynode } from "../2-resolve/topology.js";

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
