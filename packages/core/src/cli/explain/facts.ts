import type { TomlValue } from "../../phases/1-parse/document.js";
import { isByPlugin, originIn } from "../../phases/2-resolve/entity-origin.js";
import { merge, originOf, trace } from "../../phases/2-resolve/merge.js";
import type { Link, Node, Phynode, Topology } from "../../phases/2-resolve/topology.js";
import type { PlacedLink, PlacedNode, Placement } from "../../phases/3-allocate/placement.js";
import type { Build } from "../../phases/5-build/binaries.js";
import { coresText } from "../build-summary.js";
import { changedRows } from "./changes.js";
import { type Fact, kindData, kindText, line } from "./fact.js";
import { layerName } from "./history.js";
import { binaryList, linkList, nodeList, phynodeList, toolchainList } from "./overviews.js";
import { programFacts } from "./program-facts.js";
import type { Entity } from "./subject.js";

interface Explained {
  readonly topology: Topology;
  readonly placement?: Placement;
  /** Programs as they were looked up, where that is asked for and could be done. */
  readonly builds?: readonly Build[];
}

export function factsOf(entity: Entity, { topology, placement, builds }: Explained): readonly Fact[] {
  switch (entity.kind) {
    case "node":
      return nodeFacts(entity.node, topology, placement);
    case "link":
      return linkFacts(entity.link, placement);
    case "phynode":
      return phynodeFacts(entity.phynode, placement);
    case "binary":
      return builds === undefined ? [] : programFacts(entity.binary, builds);
    case "toolchain":
      return [];
    case "nodes":
      return [nodeList(topology, placement)];
    case "links":
      return [linkList(topology, placement)];
    case "phynodes":
      return [phynodeList(topology, placement)];
    case "binaries":
      return [binaryList(topology, builds)];
    case "toolchains":
      return [toolchainList(topology)];
    case "document":
      return [];
  }
}

function nodeFacts(node: Node, { links }: Topology, placement: Placement | undefined): readonly Fact[] {
  const placed = placement?.nodes.find((each) => each.node.name === node.name);
  const ends = node.interfaces.map((each) => ({ ...each, target: links[each.link] as Link }));
  return [
    ...(placed === undefined ? [] : placeFacts(placed)),
    ...constraintFacts(node),
    {
      name: "links",
      lines: ends.map(({ name, target, side }) => {
        const peer = target.endpoints[side === 0 ? 1 : 0];
        return line(name, `to ${peer.node}:${peer.interface}`, kindText(placedLink(target, placement)));
      }),
      data: ends.map(({ name, target }) => ({
        interface: name,
        link: target.name,
        ...kindData(placedLink(target, placement)),
      })),
    },
  ];
}

function placeFacts({ phynode, reason, processes }: PlacedNode): readonly Fact[] {
  const cores = {
    name: "cores",
    lines: processes.map((each) => line(each.process.name, coresText(each.cores))),
  };
  return [
    { name: "phynode", lines: [line(phynode.name)], data: phynode.name },
    { name: "reason", lines: [line(reason)], data: reason },
    { ...cores, data: Object.fromEntries(processes.map((each) => [each.process.name, each.cores])) },
  ];
}

const constraintKeys = ["phynode", "tags", "separate", "colocate", "numa"] as const;

/** What the user asked of the placement, each with its place. */
function constraintFacts(node: Node): readonly Fact[] {
  const { fragments } = node;
  const merged = merge(fragments);
  const declared = constraintKeys.flatMap((key) => {
    const changed = changedRows(node, key);
    if (changed !== undefined) return changed.map((row) => ({ ...row, key }));
    const value: TomlValue | undefined = merged[key];
    if (value === undefined) return [];
    const items = Array.isArray(value)
      ? value.map((item, index) => ({ item, path: [key, index] }))
      : [{ item: value, path: [key] }];
    return items.map(({ item, path }) => {
      const origin = originOf(fragments, path);
      return { key, value: item, layer: layerName(trace(fragments, path).fragment, origin), origin };
    });
  });
  return [
    {
      name: "constraints",
      lines: declared.map(({ key, value, layer, origin }) => ({
        cells: [`${key} ${JSON.stringify(value)}`, layer],
        origin,
      })),
      data: declared.map(({ key, value, layer }) => ({ key, value, layer })),
    },
  ];
}

function linkFacts(link: Link, placement: Placement | undefined): readonly Fact[] {
  const placed = placedLink(link, placement);
  const nodes = link.endpoints.map((end) => placement?.nodes.find(({ node }) => node.name === end.node));
  return [
    ...(placed === undefined
      ? []
      : [{ name: "kind", lines: [line(kindText(placed))], data: kindData(placed) }]),
    {
      name: "mtu",
      lines: [
        line(
          `${link.mtu}${link.mtuDeclared || isByPlugin(originIn(link, ["mtu"])) ? "" : " (not declared)"}`,
        ),
      ],
      data: link.mtu,
    },
    {
      name: "ends",
      lines: link.endpoints.map((end, side) => {
        const where = nodes[side] === undefined ? "" : `on ${nodes[side].phynode.name}`;
        return line(`${end.node}:${end.interface}`, where, end.mac);
      }),
      data: link.endpoints.map((end, side) => ({
        node: end.node,
        interface: end.interface,
        mac: end.mac,
        ...(nodes[side] && { phynode: nodes[side].phynode.name }),
      })),
    },
  ];
}

function phynodeFacts(phynode: Phynode, placement: Placement | undefined): readonly Fact[] {
  const nodes = placement?.nodes.filter((placed) => placed.phynode.name === phynode.name) ?? [];
  const used = nodes.flatMap(({ node, processes }) =>
    processes.map(({ process, cores }) => ({ process: `${node.name}/${process.name}`, cores })),
  );
  const links =
    placement?.links.filter(
      (placed) => placed.kind === "vxlan" && placed.phynodes.some(({ name }) => name === phynode.name),
    ) ?? [];
  return [
    {
      name: "nodes",
      lines: nodes.map(({ node, reason }) => line(node.name, reason)),
      data: nodes.map(({ node }) => node.name),
    },
    { name: "cores", lines: used.map(({ process, cores }) => line(process, coresText(cores))), data: used },
    {
      name: "tunnels",
      lines: links.map((placed) => line(placed.link.name, kindText(placed))),
      data: links.map((placed) => placed.link.name),
    },
  ];
}

function placedLink({ id }: Link, placement: Placement | undefined): PlacedLink | undefined {
  return placement?.links.find((placed) => placed.link.id === id);
}
