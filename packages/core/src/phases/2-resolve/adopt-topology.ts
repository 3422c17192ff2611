import { bad, ok, type Parsed } from "../../values/parsed.js";
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
  const nodes = adoptAll("node", given.nodes, before.nodes, plugin, ({ name }) => name);
  if (!nodes.ok) return nodes;
  const links = adoptAll("link", given.links, before.links, plugin, ({ id }) => id);
  if (!links.ok) return links;
  const infrastructure = adoptInfrastructure(given.infrastructure, before.infrastructure, plugin);
  if (!infrastructure.ok) return infrastructure;
  const parts = { nodes: nodes.value, links: links.value, infrastructure: infrastructure.value };
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
  const phynodes = adoptAll("phynode", given.phynodes, before.phynodes, plugin, ({ name }) => name);
  if (!phynodes.ok) return phynodes;
  const infrastructure = changed({ ...given, phynodes: phynodes.value }, before, plugin);
  const wrong = misshapen("infrastructure", "the infrastructure", infrastructure, before);
  return wrong === undefined ? ok(infrastructure) : bad(wrong);
}

/** What must hold before anything in it can be compared. */
function notATopology(value: unknown, before: Topology): string | undefined {
  const { document, infrastructure, nodes, links } = Object(value) as Partial<Topology>;
  if (document !== undefined && document !== before.document)
    return "the topology must keep the document that it was made from";
  const lists = { nodes, links, "infrastructure.phynodes": Object(infrastructure).phynodes as unknown };
  for (const [name, list] of Object.entries(lists)) {
    if (!Array.isArray(list)) return `a topology needs a list of ${name}`;
    const stranger = [...list.keys()].find(
      (index) => typeof list[index] !== "object" || list[index] === null,
    );
    if (stranger !== undefined) return `${name}[${stranger}] must be a table`;
  }
  return undefined;
}

function adoptAll<E extends Declared<E> & { readonly name: string }>(
  kind: "node" | "link" | "phynode",
  given: readonly E[],
  before: readonly E[],
  plugin: string,
  keyOf: (entity: E) => string,
): Parsed<readonly E[]> {
  if (given === before) return ok(before);
  const known = new Map(before.map((entity) => [keyOf(entity), entity]));
  const adopted: E[] = [];
  for (const entity of given) {
    const old = known.get(keyOf(entity));
    const next = entity === old ? entity : changed(entity, old, plugin);
    const wrong = next === old ? undefined : misshapen(kind, `${kind} ${shown(entity.name)}`, next, old);
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
