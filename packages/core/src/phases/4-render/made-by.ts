import type { Path, Related } from "../../diagnostics/diagnostic.js";
import { isByPlugin, originOfPart } from "../2-resolve/entity-origin.js";
import type { Node, Topology } from "../2-resolve/topology.js";

/** What of a node each of dune's own names is made from, where plugins can change it. */
const partsOfNode: Readonly<Record<string, (node: Node) => unknown>> = {
  data: (node) => node.data,
  ctx: (node) => node.data,
  kind: (node) => node.kind,
  netns: (node) => node.netns,
  addrs: (node) => node.addresses,
  ifaces: (node) => [node.interfaces, node.addresses],
};

/** The same of the lab, with the part's path. */
const partsOfTopology: Readonly<Record<string, readonly [Path, (topology: Topology) => unknown]>> = {
  param: [["params"], ({ params }) => params],
  bin: [["binaries"], ({ binaries }) => binaries.map(({ name }) => name)],
};

/**
 * Says of a name in a template which plugin made its value: declared it (`contexts`: plugins by name), or changed what it is
 * made from.
 */
export function madeBy(
  name: string,
  contexts: ReadonlyMap<string, string>,
  topology: Topology,
  node?: Node,
): Related | undefined {
  const plugin = contexts.get(name);
  if (plugin !== undefined)
    return { message: `"${name}" is a name of plugin "${plugin}"`, at: { plugin, hook: "context" } };
  const part = Object.hasOwn(partsOfNode, name) ? partsOfNode[name] : undefined;
  const whole = Object.hasOwn(partsOfTopology, name) ? partsOfTopology[name] : undefined;
  const at = whole ? originOfPart(topology, ...whole) : node && part && originOfPart(node, [], part);
  return at && isByPlugin(at) ? { message: `"${name}" is made from what a plugin changed`, at } : undefined;
}
