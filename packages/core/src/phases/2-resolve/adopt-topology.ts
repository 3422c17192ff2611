import { bad, ok, type Parsed } from "../../values/parsed.js";
import type { Platform } from "../../values/platform.js";
import { shown } from "../1-parse/expectation.js";
import { brokenTopology } from "./invariants.js";
import type { Change, Declared, Infrastructure, Topology } from "./topology.js";
import { misshapen } from "./topology-shape.js";

/**
 * Makes of what a plugin returned the next topology: every entity that is not the very one that the plugin was given
 * remembers which it was, and that the plugin changed it. Says what is wrong where it breaks what a topology promises.
 */
export function adoptTopology(returned: unknown, before: Topology, plugin: string): Parsed<Topology> {
  if (returned === before) return ok(before);
  const wrong = notATopology(returned, before);
  if (wrong !== undefined) return bad(wrong);
  const given = returned as Topology;
  const nodes = adoptAll("node", given.nodes, before.nodes, plugin, byName);
  if (!nodes.ok) return nodes;
  const links = adoptAll("link", given.links, before.links, plugin, ({ id }) => id, byName);
  if (!links.ok) return links;
  const binaries = adoptAll("binary", given.binaries, before.binaries, plugin, byName);
  if (!binaries.ok) return binaries;
  const toolchains = adoptAll("toolchain", given.toolchains, before.toolchains, plugin, byPlatform);
  if (!toolchains.ok) return toolchains;
  const infrastructure = adoptInfrastructure(given.infrastructure, before.infrastructure, plugin);
  if (!infrastructure.ok) return infrastructure;
  const parts = {
    nodes: nodes.value,
    links: links.value,
    binaries: binaries.value,
    toolchains: toolchains.value,
    infrastructure: infrastructure.value,
  };
  const topology = { ...changed({ ...given, ...parts }, before, plugin), document: before.document };
  const broken = misshapen("topology", "the topology", topology, before) ?? brokenTopology(topology, before);
  return broken === undefined ? ok(topology) : bad(broken);
}

function adoptInfrastructure(
  given: Infrastructure,
  before: Infrastructure,
  plugin: string,
): Parsed<Infrastructure> {
  if (given === before) return ok(before);
  const phynodes = adoptAll("phynode", given.phynodes, before.phynodes, plugin, byName);
  if (!phynodes.ok) return phynodes;
  const infrastructure = changed({ ...given, phynodes: phynodes.value }, before, plugin);
  const wrong = misshapen("infrastructure", "the infrastructure", infrastructure, before);
  return wrong === undefined ? ok(infrastructure) : bad(wrong);
}

/** What must hold before anything in it can be compared. */
function notATopology(value: unknown, before: Topology): string | undefined {
  const { document, infrastructure, nodes, links, binaries, toolchains } = Object(value) as Partial<Topology>;
  if (document !== undefined && document !== before.document)
    return "the topology must keep the document that it was made from";
  const phynodes: unknown = Object(infrastructure).phynodes;
  const lists = { nodes, links, binaries, toolchains, "infrastructure.phynodes": phynodes };
  for (const [name, list] of Object.entries(lists)) {
    if (!Array.isArray(list)) return `a topology needs a list of ${name}`;
    const stranger = [...list.keys()].find(
      (index) => typeof list[index] !== "object" || list[index] === null,
    );
    if (stranger !== undefined) return `${name}[${stranger}] must be a table`;
  }
  return undefined;
}

const byName = ({ name }: { readonly name: string }) => name;
/** A plugin may have left it out: that is found when the shape is checked. */
const byPlatform = ({ platform }: { readonly platform?: Platform }) => platform?.text;

function adoptAll<E extends Declared<E>>(
  kind: "node" | "link" | "phynode" | "binary" | "toolchain",
  given: readonly E[],
  before: readonly E[],
  plugin: string,
  keyOf: (entity: E) => unknown,
  nameOf = keyOf,
): Parsed<readonly E[]> {
  if (given === before) return ok(before);
  const known = new Map(before.map((entity) => [keyOf(entity), entity]));
  const adopted: E[] = [];
  for (const entity of given) {
    const old = known.get(keyOf(entity));
    const next = entity === old ? entity : changed(entity, old, plugin);
    const wrong = next === old ? undefined : misshapen(kind, `${kind} ${shown(nameOf(entity))}`, next, old);
    if (wrong !== undefined) return bad(wrong);
    adopted.push(next);
  }
  return ok(adopted);
}

/** A copy, since a plugin may have frozen its own; what the plugin says of the entity's origin does not count. */
function changed<E extends Declared<E>>(entity: E, before: E | undefined, plugin: string): E {
  const change: Change<E> = { plugin, ...(before && { before }) };
  return { ...entity, fragments: before?.fragments ?? fragmentsOf(entity), change };
}

/** Those of an entity that a made-up one was made from by spreading it. */
function fragmentsOf({ fragments }: { readonly fragments?: unknown }): Declared<unknown>["fragments"] {
  const isOurs = Array.isArray(fragments) && fragments.every((each) => isFragment(Object(each)));
  return isOurs ? (fragments as Declared<unknown>["fragments"]) : [];
}

function isFragment({ layer, path, table }: { layer?: unknown; path?: unknown; table?: unknown }): boolean {
  const { origin, overridden, tables } = Object(layer) as Record<string, unknown>;
  const isLayer = [origin, overridden, tables].every((part) => typeof part === "object" && part !== null);
  return isLayer && Array.isArray(path) && typeof table === "object" && table !== null;
}
