import type { Topology } from "../../phases/2-resolve/topology.js";
import type { Placement } from "../../phases/3-allocate/placement.js";
import type { Build } from "../../phases/5-build/binaries.js";
import { coresText } from "../build-summary.js";
import { sizeText } from "../size-text.js";
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

/** Programs with the platforms that they are for. */
export function binaryList({ binaries }: Topology, builds: readonly Build[] | undefined): Fact {
  const ownBuilds = (name: string) => builds?.filter(({ binary }) => binary.name === name) ?? [];
  const built = ({ platform, program }: Build) =>
    `${platform.text} ${program === undefined ? "not built yet" : sizeText(program.size)}`;
  return {
    name: "binaries",
    lines: binaries.map(({ name, builder }) => line(name, builder, ownBuilds(name).map(built).join(", "))),
    data: binaries.map(({ name, builder }) => ({
      name,
      builder,
      platforms: ownBuilds(name).map(({ platform }) => platform.text),
    })),
  };
}

export function toolchainList({ toolchains }: Topology): Fact {
  const names = toolchains.map(({ platform }) => platform.text);
  return { name: "toolchains", lines: names.map((name) => line(name)), data: names };
}
