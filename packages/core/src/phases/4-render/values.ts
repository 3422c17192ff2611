import { formatDuration } from "../../values/duration.js";
import { frozen } from "../../values/frozen.js";
import { linkLocal } from "../../values/mac.js";
import { formatPercent } from "../../values/percent.js";
import { formatRate } from "../../values/rate.js";
import type { Link } from "../2-resolve/topology.js";
import type { PlacedLink, PlacedNode, Placement } from "../3-allocate/placement.js";
import { programPaths } from "./programs.js";

/** What templates and inline strings see, by name. Plain frozen data, the same for every engine. */
type TemplateValues = Readonly<Record<string, unknown>>;

/** Names that every node's strings have. */
export const nodeNames = [
  "node",
  "netns",
  "phynode",
  "data",
  "ctx",
  "ifaces",
  "kind",
  "addrs",
  "dir",
] as const;
/** Names that every string has, a phynode's own too. */
export const labNames = ["lab", "param", "nodes", "links", "bin"] as const;

/** The values of a whole lab; one node's values hang on them. */
interface LabValues {
  readonly lab: TemplateValues;
  /** By the placement's order. */
  readonly nodes: readonly TemplateValues[];
}

export function labValues(placement: Placement): LabValues {
  const { topology } = placement;
  const own = placement.nodes.map((placed) => nodeValues(placed, placement));
  const byName = Object.fromEntries(own.map((values) => [values.node as string, summary(values)]));
  const lab = Object.freeze({
    lab: topology.name,
    param: frozen(topology.params),
    nodes: Object.freeze(byName),
    links: Object.freeze(placement.links.map(linkValues)),
    bin: Object.freeze(programPaths(topology)),
  });
  return { lab, nodes: own.map((values) => Object.freeze({ ...lab, ...values })) };
}

/** A node as others see it. */
function summary({ node, netns, phynode, data, ifaces, addrs, kind }: TemplateValues): TemplateValues {
  return Object.freeze({ name: node, kind, netns, phynode, data, ifaces, addrs });
}

function nodeValues(placed: PlacedNode, { topology, links }: Placement): TemplateValues {
  const { node, phynode } = placed;
  const addresses = new Map(node.addresses.map((entry) => [entry.interface, entry.addresses]));
  const addressValues = (name: string) =>
    Object.freeze(
      (addresses.get(name) ?? []).map(({ address, prefix, plen }) =>
        Object.freeze({ address, prefix, plen }),
      ),
    );
  const ifaces = node.interfaces.map(({ name, ifindex, mac, link, side }) => {
    const placedLink = links[link] as PlacedLink;
    const value = interfaceValue(placedLink, side, { name, ifindex, mac, addrs: addressValues(name) });
    return [name, value] as const;
  });
  const data = frozen(node.data);
  const addrs = Object.fromEntries(node.addresses.map(({ interface: name }) => [name, addressValues(name)]));
  return {
    node: node.name,
    kind: node.kind,
    netns: node.netns,
    phynode: phynode.name,
    data,
    ctx: data,
    ifaces: Object.freeze(Object.fromEntries(ifaces)),
    addrs: Object.freeze(addrs),
    dir: nodeFolder(topology.name, node.name),
  };
}

/** A node's own folder on its phynode. */
export function nodeFolder(lab: string, node: string): string {
  return `/var/lib/dune/${lab}/node/${node}`;
}

interface OwnSide {
  readonly name: string;
  readonly ifindex: number;
  readonly mac: string;
  readonly addrs: unknown;
}

/** Written out as one literal: a large lab makes tens of thousands, and spreading objects together costs ten times as much. */
function interfaceValue({ kind, link }: PlacedLink, side: 0 | 1, own: OwnSide): TemplateValues {
  const end = link.endpoints[side];
  const peer = link.endpoints[side === 0 ? 1 : 0];
  const bandwidth = formatted(end.rateBitsPerSecond, formatRate);
  return Object.freeze({
    name: own.name,
    idx: side,
    ifindex: own.ifindex,
    mac: own.mac,
    lladdr: linkLocal(own.mac),
    addrs: own.addrs,
    peer: Object.freeze({ node: peer.node, interface: peer.interface }),
    link: link.name,
    direction: side === 0 ? "forward" : "backward",
    kind,
    mtu: link.mtu,
    metric: end.metric,
    latency: formatted(end.latencyNs, formatDuration),
    jitter: formatted(end.jitterNs, formatDuration),
    loss: formatted(end.loss, formatPercent),
    bw: bandwidth,
    bandwidth,
  });
}

function formatted(value: number | undefined, format: (value: number) => string): string | undefined {
  return value === undefined ? undefined : format(value);
}

function linkValues({ kind, link }: PlacedLink): TemplateValues {
  const { name, mtu, endpoints } = link as Link;
  const ends = endpoints.map(({ node, interface: device, metric }) =>
    Object.freeze({ node, interface: device, metric }),
  );
  return Object.freeze({ name, kind, mtu, endpoints: Object.freeze(ends) });
}
