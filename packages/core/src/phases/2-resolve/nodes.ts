import type { Reporter } from "../../diagnostics/reporter.js";
import type { InlineStrings } from "../../template/inline-strings.js";
import { parseNodeName } from "../../values/names.js";
import { type Locate, readEntity } from "../1-parse/read-entity.js";
import { readNodeBinaries } from "./binaries.js";
import type { Fragment } from "./fragment.js";
import type { Fragments } from "./fragments.js";
import { groupFragments } from "./groups.js";
import { ifindexes } from "./ifindex.js";
import type { Language } from "./language.js";
import { endOrigin } from "./links.js";
import { merge, originOf } from "./merge.js";
import { naturalOrder } from "./natural-order.js";
import { checkRoutes, readAddresses } from "./node-network.js";
import { resolveProcesses } from "./processes.js";
import { nodeSysctls } from "./sysctls.js";
import type { Interface, Link, Node, PrivateFolder, Template } from "./topology.js";
import { onUnsetNothing } from "./unset.js";
import { type NodeKeys, partUserData } from "./user-data.js";

/** The device that joins the interfaces of a node of kind bridge. */
export const bridgeDevice = "br0";

/** How long an `exec` command may take where `exec_timeout` is not given. */
const defaultExecTimeoutNs = 60_000_000_000;

export interface DeclaredNode {
  readonly name: string;
  /** Defaults, groups by priority, own. */
  readonly fragments: readonly Fragment[];
}

/** Every node with its fragments, sorted by name. */
export function declareNodes(fragments: Fragments, reporter: Reporter): readonly DeclaredNode[] {
  const names = [...fragments.nodes.keys()].sort();
  const groups = groupFragments(fragments.groups, names, reporter);
  return names.map((name) => {
    const own = fragments.nodes.get(name) ?? [];
    const valid = parseNodeName(name);
    if (!valid.ok) {
      const { message, hint } = valid;
      reporter.report("resolve/bad-name", { message, at: originOf(own, [], "key"), ...(hint && { hint }) });
    }
    return { name, fragments: [...fragments.nodeDefaults, ...(groups.get(name) ?? []), ...own] };
  });
}

export interface NodeSetting {
  readonly namespacePrefix: string;
  readonly links: readonly Link[];
  /** Which ends each node has. */
  readonly ends: ReadonlyMap<string, readonly LinkEnd[]>;
  /** Every interface of each node that a link entry names, be the entry right or wrong. */
  readonly namedInterfaces: ReadonlyMap<string, readonly string[]>;
  /** Every program that the file names, be it declared rightly or wrongly. */
  readonly binaryNames: readonly string[];
  readonly language: Language;
  readonly keys: NodeKeys;
  readonly inline: InlineStrings;
  readonly reporter: Reporter;
}

export interface LinkEnd {
  readonly link: number;
  readonly side: 0 | 1;
}

export function resolveNode({ name, fragments }: DeclaredNode, setting: NodeSetting): Node | undefined {
  const { language, reporter } = setting;
  const label = `node "${name}"`;
  const locate: Locate = (path, target) => originOf(fragments, path, target);
  const table = merge(fragments, onUnsetNothing(label, reporter));
  const parted = partUserData(table, setting.keys, label, locate, reporter);
  const given = readEntity(language.node, parted.language, { label, locate }, reporter);
  if (given === undefined) return undefined;
  const kind = given.kind ?? "node";
  const interfaces = interfacesOf(name, setting);
  const named = new Set([
    ...interfaces.map((each) => each.name),
    ...(setting.namedInterfaces.get(name) ?? []),
  ]);
  const devices = ["lo", ...named, ...(kind === "bridge" ? [bridgeDevice] : [])];
  if (kind === "bridge") checkBridge(interfaces, label, setting);
  const at = (key: string, target: "key" | "value") => locate(["sysctls", key], target);
  checkRoutes(given.routes ?? [], devices, label, locate, reporter);
  return {
    name,
    fragments,
    kind,
    netns: `${setting.namespacePrefix}${name}`,
    interfaces,
    addresses: readAddresses(given.addrs ?? {}, devices, label, locate, reporter),
    routes: (given.routes ?? []).map(({ to, via, dev, metric }) => ({
      to: to.kind === "default" ? "default" : to.prefix,
      family: to.kind === "prefix" ? to.family : (via?.family ?? 6),
      ...(via && { via: via.text }),
      ...(dev !== undefined && { dev }),
      ...(metric !== undefined && { metric }),
    })),
    sysctls: nodeSysctls(given.sysctls ?? {}, devices, { label, at }, reporter),
    templates: readTemplates(given.templates ?? {}),
    privateFolders: readPrivateFolders(given.private ?? []),
    exec: given.exec ?? [],
    execTimeoutNs: given.exec_timeout ?? defaultExecTimeoutNs,
    processes: resolveProcesses(given.pinned ?? [], label, locate, setting),
    binaries: readNodeBinaries(given.binaries ?? [], setting.binaryNames, { label, locate }, reporter),
    results: given.results ?? [],
    placement: {
      ...(given.phynode && { phynodes: given.phynode }),
      tags: given.tags ?? [],
      separate: given.separate ?? [],
      colocate: given.colocate ?? [],
      numa: given.numa ?? "node",
    },
    data: parted.data,
    extensions: language.extensionsOf("node", given),
  };
}

/** In natural order, so that eth2 comes before eth10. */
function interfacesOf(node: string, { links, ends }: NodeSetting): readonly Interface[] {
  const own = (ends.get(node) ?? []).map(({ link, side }) => {
    const end = (links[link] as Link).endpoints[side];
    return { name: end.interface, mac: end.mac, link, side };
  });
  const indexes = ifindexes(own.map(({ name }) => name));
  return own
    .sort((a, b) => naturalOrder(a.name, b.name))
    .map(({ name, ...rest }) => ({ name, ifindex: indexes.get(name) as number, ...rest }));
}

function checkBridge(
  interfaces: readonly Interface[],
  label: string,
  { links, reporter }: NodeSetting,
): void {
  const taken = interfaces.find((each) => each.name === bridgeDevice);
  if (taken === undefined) return;
  reporter.report("resolve/bad-interface-name", {
    message: `${label} is a bridge, whose own device is called "${bridgeDevice}": none of its links can use that name`,
    at: endOrigin(links[taken.link] as Link, taken.side),
    hint: "give that end of the link another name, e.g. port0",
  });
}

type Destinations = NonNullable<ReturnType<Language["node"]["parse"]>["templates"]>;

function readTemplates(given: Destinations): readonly Template[] {
  return Object.keys(given)
    .sort()
    .map((src) => {
      const { dst, mode, owner } = given[src] as Destinations[string];
      return {
        src,
        dst,
        mode: mode ?? 0o644,
        modeDeclared: mode !== undefined,
        ...(owner !== undefined && { owner }),
      };
    });
}

type PrivateFolders = NonNullable<ReturnType<Language["node"]["parse"]>["private"]>;

function readPrivateFolders(given: PrivateFolders): readonly PrivateFolder[] {
  return given.map(({ path, mode, owner }) => ({
    path,
    ...(mode !== undefined && { mode }),
    ...(owner !== undefined && { owner }),
  }));
}
