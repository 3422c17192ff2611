import type { Topology } from "../../phases/2-resolve/topology.js";
import type { Placement } from "../../phases/3-allocate/placement.js";
import { coresText } from "../build-summary.js";
import { counted } from "../table.js";
import { type Fact, kindData, kindText, line } from "./fact.js";

/* All of a kind at a glance, for paths like `nodes`. */

export function nodeList({ nodes }: Topology, placement: Placement | undefined): Fact {
  const lines = nodes.map(({ name }, index) => {
    const placed = placement?.nodes[index];
    return placed === undefined ? line(name) : line(name, `on ${placed.phynode.name}`, placed.reason);
  });
  const data = nodes.map(({ name }, index) => {
    const placed = placement?.nodes[index];
    return { name, ...(placed && { phynode: placed.phynode.name, reason: placed.reason }) };
  });
  return { name: "nodes", lines, data };
}

export function linkList({ links }: Topology, placement: Placement | undefined): Fact {
  const placed = links.map((_, index) => placement?.links[index]);
  return {
    name: "links",
    lines: links.map(({ name }, index) => line(name, kindText(placed[index]))),
    data: links.map(({ name }, index) => ({ name, ...kindData(placed[index]) })),
  };
}

export function phynodeList({ infrastructure }: Topology, placement: Placement | undefined): Fact {
  const counts = infrastructure.phynodes.map(({ name, cores }) => {
    const nodes = placement?.nodes.filter((placed) => placed.phynode.name === name).length ?? 0;
    return { name, nodes, cores: cores.flat() };
  });
  return {
    name: "phynodes",
    lines: counts.map(({ name, nodes, cores }) => line(name, counted(nodes, "node"), coresText(cores))),
    data: counts,
  };
}
