import { createInlineStrings } from "../../template/inline-strings.js";
import { parseInterfaceName, parseLabName, parseNodeName, parsePhynodeName } from "../../values/names.js";
import type { Parsed } from "../../values/parsed.js";
import { allocatorNames } from "./allocators.js";
import { brokenBinaries, brokenList } from "./binary-invariants.js";
import { ifindexes } from "./ifindex.js";
import { isSorted } from "./is-sorted.js";
import { bridgeDevice } from "./nodes.js";
import { coreNamesOf } from "./processes.js";
import type { Link, Node, Process, Route, Topology } from "./topology.js";

/**
 * What a topology promises beyond the shape of its fields, checked again after every plugin; says what is broken. Looks only
 * at what plugins changed, and at what relies on what this one changed.
 */
export function brokenTopology(topology: Topology, before: Topology): string | undefined {
  const { nodes, links, infrastructure } = topology;
  const known = new Set(nodes.map((node) => node.name));
  const isSameNodes = isSame(nodes, before.nodes);
  return (
    brokenWhole(topology) ??
    first(links, (link) =>
      isSameNodes && link.change === undefined ? undefined : brokenLink(link, known),
    ) ??
    brokenBinaries(topology) ??
    first(nodes, nodeCheck(topology, before)) ??
    first(infrastructure.phynodes, ({ name }) => problemOf(parsePhynodeName(name))) ??
    lostEnd(topology)
  );
}

/** The fields of a node that name each other or its interfaces. */
const listed = ["kind", "interfaces", "addresses", "routes", "sysctls", "templates", "processes"] as const;

function nodeCheck(
  { links, infrastructure, binaries }: Topology,
  before: Topology,
): (node: Node) => string | undefined {
  const { namespacePrefix, phynodes } = infrastructure;
  const names = new Set(phynodes.map((phynode) => phynode.name));
  const isSamePrefix = namespacePrefix === before.infrastructure.namespacePrefix;
  const programs = new Set(binaries.map((binary) => binary.name));
  const isSamePrograms = isSame(binaries, before.binaries);
  const isSamePhynodes = isSame(phynodes, before.infrastructure.phynodes);
  return (node) => {
    const { change } = node;
    const isSuspect = (relies: boolean, fields: readonly (keyof Node)[]) =>
      relies || (change !== undefined && fields.some((field) => node[field] !== change.before?.[field]));
    return (
      (isSuspect(!isSamePrefix, ["name", "netns"]) ? brokenName(node, namespacePrefix) : undefined) ??
      (isSuspect(links !== before.links, ["interfaces", "kind"])
        ? brokenInterfaces(node, links)
        : undefined) ??
      (isSuspect(false, listed) ? brokenLists(node) : undefined) ??
      (isSuspect(!isSamePhynodes, ["placement"]) ? strayPhynode(node, names) : undefined) ??
      (isSuspect(!isSamePrograms, ["binaries"]) ? brokenList(node, programs) : undefined)
    );
  };
}

function brokenWhole({ name, document, nodes, links, infrastructure }: Topology): string | undefined {
  const { phynodes, allocator } = infrastructure;
  if (!isSorted(nodes.map((node) => node.name))) return "nodes must be sorted by name, each once";
  if (!isSorted(links.map((link) => link.id))) return "links must be sorted by id, each once";
  if (!isSorted(phynodes.map((phynode) => phynode.name))) return "phynodes must be sorted by name, each once";
  if (nodes.length === 0) return "a topology has at least one node";
  if (phynodes.length === 0) return "a topology has at least one phynode";
  if (!allocatorNames(document.plugins).includes(allocator))
    return `there is no allocation strategy "${allocator}"`;
  const shared = duplicate(phynodes.flatMap(({ address }) => address ?? []));
  return shared === undefined ? problemOf(parseLabName(name)) : `two phynodes have the address ${shared}`;
}

/** Each interface is the end of a link that it names, none twice: so the numbers agree only if no end was left out. */
function lostEnd({ nodes, links }: Topology): string | undefined {
  const ends = nodes.reduce((sum, node) => sum + node.interfaces.length, 0);
  return ends === 2 * links.length ? undefined : "each end of a link must be an interface of its node";
}

function brokenLink({ id, name, endpoints, change }: Link, known: ReadonlySet<string>): string | undefined {
  const [a, b] = endpoints;
  for (const end of endpoints) {
    if (!known.has(end.node)) return `link ${name} ends at node "${end.node}", which does not exist`;
    if ((end.jitterNs || end.reorder) && !end.latencyNs)
      return `link ${name} has jitter or reorder at "${end.node}:${end.interface}", but no latency`;
  }
  if (change !== undefined && a.mac === b.mac && !hadOneMac(change.before))
    return `both ends of link ${name} have the MAC address ${a.mac}`;
  if (a.node === b.node) return `link ${name} has both ends on node "${a.node}"`;
  const [one, other] = [`${a.node}:${a.interface}`, `${b.node}:${b.interface}`];
  if (name !== `${one}-${other}`) return `link ${name} must be called ${one}-${other}, by its ends`;
  const sorted = one < other ? `${one}|${other}` : `${other}|${one}`;
  return id === sorted ? undefined : `link ${name} must have the id ${sorted}, its ends sorted`;
}

/** A user may want that. */
function hadOneMac(link: Link | undefined): boolean {
  return link !== undefined && link.endpoints[0].mac === link.endpoints[1].mac;
}

function brokenName({ name, netns }: Node, prefix: string): string | undefined {
  const wrong = problemOf(parseNodeName(name));
  if (wrong !== undefined || netns === `${prefix}${name}`) return wrong;
  return `node "${name}" must have the netns "${prefix}${name}": the prefix and its name`;
}

function brokenInterfaces(
  { name: node, kind, interfaces }: Node,
  links: readonly Link[],
): string | undefined {
  const indexes = ifindexes(interfaces.map((each) => each.name));
  const taken = new Set<string>();
  for (const { name, link, side, mac, ifindex } of interfaces) {
    const label = `interface "${name}" of node "${node}"`;
    const end = links[link]?.endpoints[side];
    if (end?.node !== node || end.interface !== name || end.mac !== mac)
      return `${label} does not match its link`;
    const wrong = problemOf(parseInterfaceName(name, { allowLoopback: false }));
    if (wrong !== undefined) return wrong;
    if (taken.has(name)) return `${label} is used by two links`;
    if (kind === "bridge" && name === bridgeDevice) return `${label} is called as the bridge itself`;
    if (ifindex !== indexes.get(name))
      return `${label} must have the ifindex ${indexes.get(name)}, which goes by its name`;
    taken.add(name);
  }
  return undefined;
}

function brokenLists({ name, kind, interfaces, addresses, routes, sysctls, templates, processes }: Node) {
  const label = `node "${name}"`;
  const own = kind === "bridge" ? ["lo", bridgeDevice] : ["lo"];
  const devices = new Set([...own, ...interfaces.map((each) => each.name)]);
  const named = [
    ...addresses.map((each) => each.interface),
    ...routes.flatMap(({ dev }) => dev ?? []),
    ...sysctls.flatMap((sysctl) => sysctl.interface ?? []),
  ];
  const stray = named.find((device) => !devices.has(device));
  if (stray !== undefined) return `${label} has no interface "${stray}"`;
  if (!isSorted(addresses.map((each) => each.interface)))
    return `the addresses of ${label} must be sorted by interface, each once`;
  if (!isSorted(templates.map(({ src }) => src)))
    return `the templates of ${label} must be sorted by src, each once`;
  const twice =
    duplicate(addresses.flatMap((each) => each.addresses.map(({ address }) => address))) ??
    duplicate(processes.map((process) => process.name)) ??
    duplicate(sysctls.map((sysctl) => sysctl.path));
  if (twice !== undefined) return `${label} has ${twice} twice`;
  return (
    first(processes, (process) => missingCore(process, label)) ??
    first(routes, (route) => brokenRoute(route, label))
  );
}

function missingCore(process: Process, label: string): string | undefined {
  const missing = coreNamesOf(process, createInlineStrings()).find((n) => !process.coreNames.includes(n));
  return missing === undefined
    ? undefined
    : `process "${process.name}" of ${label} names core_${missing}, which is not in its coreNames`;
}

function brokenRoute({ to, via, dev, family }: Route, label: string): string | undefined {
  const texts = [to, via].filter((text) => text !== undefined && text !== "default") as string[];
  if (via === undefined && dev === undefined) return `the route to ${to} of ${label} has neither via nor dev`;
  if (texts.length === 0) return `the default route of ${label} has no next hop`;
  return texts.every((text) => (text.includes(":") ? 6 : 4) === family)
    ? undefined
    : `the route to ${to} of ${label} must be of one address family, and say which`;
}

function strayPhynode({ name, placement }: Node, known: ReadonlySet<string>): string | undefined {
  const stray = placement.phynodes?.find((phynode) => !known.has(phynode));
  return stray === undefined ? undefined : `node "${name}" wants phynode "${stray}", which does not exist`;
}

function problemOf(parsed: Parsed<string>): string | undefined {
  return parsed.ok ? undefined : parsed.message;
}

function first<E>(entities: readonly E[], broken: (entity: E) => string | undefined): string | undefined {
  for (const entity of entities) {
    const found = broken(entity);
    if (found !== undefined) return found;
  }
  return undefined;
}

function duplicate(names: readonly string[]): string | undefined {
  return new Set(names).size === names.length
    ? undefined
    : names.find((name, index) => names.indexOf(name) !== index);
}

/** Whether they are called as before. */
function isSame(
  now: readonly { readonly name: string }[],
  before: readonly { readonly name: string }[],
): boolean {
  if (now === before) return true;
  return now.length === before.length && now.every(({ name }, index) => name === before[index]?.name);
}
