/**
 * Phase 2. In: layers of raw tables. Out: the topology: entities merged, parsed once, units as numbers.
 * Holds on exit: names are valid, endpoints exist, no interface is used twice, constraints and lists of programs name
 * what exists, every interface has a MAC, an ifindex and an MTU; arrays are sorted.
 * Plugins may change it (`topology`), then check it (`topologyCheck`).
 */
import type { Context } from "../../context.js";
import { createInlineStrings } from "../../template/inline-strings.js";
import { labNameFromFile, parseLabName } from "../../values/names.js";
import type { Document, TomlValue } from "../1-parse/document.js";
import { fileOrigin } from "../1-parse/file-origin.js";
import { adoptTopology } from "./adopt-topology.js";
import { readAllocator } from "./allocators.js";
import { resolveBinaries } from "./binaries.js";
import { checkConstraints } from "./constraints.js";
import type { Fragment } from "./fragment.js";
import { cutIntoFragments, type Fragments } from "./fragments.js";
import { createLanguage, infrastructureTables, type Language, nodeKeys, topologyTables } from "./language.js";
import { checkLinkDefaults, resolveLink } from "./link-properties.js";
import { declareLinks, namedInterfaces } from "./links.js";
import { shareLocalhost } from "./localhost.js";
import { isTable } from "./merge.js";
import { defaultMtu } from "./mtu.js";
import { declareNodes, type LinkEnd, type NodeSetting, resolveNode } from "./nodes.js";
import { resolvePhynodes } from "./phynodes.js";
import { readSection } from "./read-section.js";
import { resolveToolchains } from "./toolchains.js";
import type { Infrastructure, Link, Topology } from "./topology.js";

export async function resolve(document: Document, context: Context): Promise<Topology | undefined> {
  const { reporter, hooks } = context;
  const language = createLanguage(document.plugins, context);
  const fragments = cutIntoFragments(document, reporter);
  const name = labName(document, context);
  const infrastructure = resolveInfrastructure(document, fragments, language, context);
  const nodes = declareNodes(fragments, reporter);
  // Without nodes every endpoint would be unknown: one mistake, not as many as there are links.
  const links =
    nodes.length === 0 ? [] : resolveLinks(name, nodes, infrastructure, fragments, language, context);
  const setting: NodeSetting = {
    namespacePrefix: infrastructure.namespacePrefix,
    links,
    ends: endsByNode(links),
    namedInterfaces: namedInterfaces(fragments.links),
    binaryNames: [...fragments.binaries.keys()],
    language,
    keys: { own: nodeKeys, extensions: language.extensionKeys("node") },
    inline: createInlineStrings(),
    reporter,
  };
  const resolved = nodes.flatMap((node) => resolveNode(node, setting) ?? []);
  const topology: Topology = {
    fragments: [...headFragments(document), ...sectionFragments(document, "topology")],
    document,
    name,
    params: readParams(document, context),
    infrastructure,
    nodes: resolved,
    links,
    binaries: resolveBinaries(fragments.binaries, language, reporter),
    toolchains: resolveToolchains(fragments.toolchains, reporter),
    extensions: readTopologyExtensions(fragments, language, context),
  };
  // After an error the nodes may be what was written wrongly.
  if (nodes.length === 0 && reporter.errorCount === 0) reportNoNodes(document, context);
  if (reporter.errorCount > 0) return undefined;
  checkConstraints(topology, reporter);
  const shared = shareLocalhost(topology, reporter);
  if (reporter.errorCount > 0) return undefined;
  const transformed = await hooks.transform("topology", shared, adoptTopology);
  await hooks.check("topologyCheck", transformed);
  return transformed;
}

/** Of every layer the section, be it there or not: a key that is missing has a place, too. */
function sectionFragments({ layers }: Document, section: "infrastructure" | "topology"): readonly Fragment[] {
  return layers.map((layer) => {
    const table = layer.tables[section];
    return { layer, path: [section], table: isTable(table) ? table : {}, label: section };
  });
}

/** What stands at the top of each layer and is the topology's. */
function headFragments({ layers }: Document): readonly Fragment[] {
  return layers.map((layer) => {
    const { name, params } = layer.tables;
    const table = { ...(name !== undefined && { name }), ...(params !== undefined && { params }) };
    return { layer, path: [], table, label: "file" };
  });
}

function labName(document: Document, { reporter }: Context): string {
  const layer = document.layers.findLast((each) => each.tables.name !== undefined);
  if (layer === undefined) return labNameFromFile(document.file.split("/").at(-1) ?? "");
  const { name } = layer.tables;
  const valid = typeof name === "string" ? parseLabName(name) : undefined;
  if (valid?.ok) return valid.value;
  reporter.report(valid === undefined ? "resolve/wrong-type" : "resolve/bad-name", {
    message: valid === undefined ? "name must be text in quotes" : valid.message,
    at: fileOrigin(layer, ["name"]),
    hint: valid?.hint ?? 'write a name for the lab, e.g. name = "triangle"',
  });
  return "lab";
}

function resolveInfrastructure(
  document: Document,
  fragments: Fragments,
  language: Language,
  context: Context,
): Infrastructure {
  const { reporter } = context;
  const section = {
    label: "infrastructure",
    fragments: fragments.infrastructure,
    tables: infrastructureTables,
  };
  const { given, locate } = readSection(language.infrastructure, section, reporter);
  return {
    fragments: sectionFragments(document, "infrastructure"),
    namespacePrefix: given.namespace_prefix ?? "",
    vxlanPort: given.vxlan?.port ?? 4789,
    allocator: readAllocator(given.allocator, document.plugins, () => locate(["allocator"]), context),
    phynodes: resolvePhynodes(document, fragments, language, reporter),
    isLocalhost: fragments.phynodes.size === 0,
    extensions: language.extensionsOf("infrastructure", given),
  };
}

function resolveLinks(
  lab: string,
  nodes: readonly { readonly name: string }[],
  { phynodes }: Infrastructure,
  fragments: Fragments,
  language: Language,
  { reporter }: Context,
): readonly Link[] {
  const declared = declareLinks(fragments.links, new Set(nodes.map((node) => node.name)), reporter);
  const setting = { lab, defaults: fragments.linkDefaults, mtu: defaultMtu(phynodes), language, reporter };
  if (declared.length === 0 && setting.defaults.length > 0) checkLinkDefaults(setting);
  return declared.flatMap((link) => resolveLink(link, setting) ?? []);
}

function endsByNode(links: readonly Link[]): ReadonlyMap<string, readonly LinkEnd[]> {
  const ends = new Map<string, LinkEnd[]>();
  for (const [link, { endpoints }] of links.entries()) {
    for (const side of [0, 1] as const) {
      const list = ends.get(endpoints[side].node);
      if (list === undefined) ends.set(endpoints[side].node, [{ link, side }]);
      else list.push({ link, side });
    }
  }
  return ends;
}

function readParams({ layers }: Document, { reporter }: Context): Topology["params"] {
  let params: Record<string, TomlValue> = {};
  for (const layer of layers) {
    const { params: given = {} } = layer.tables;
    if (isTable(given)) params = { ...params, ...given };
    else {
      reporter.report("resolve/wrong-type", {
        message: "params must be a table",
        at: fileOrigin(layer, ["params"]),
        hint: 'write [params], and below it e.g. rate = "1gbit"',
      });
    }
  }
  return params;
}

function readTopologyExtensions(
  fragments: Fragments,
  language: Language,
  { reporter }: Context,
): Topology["extensions"] {
  const section = { label: "topology", fragments: fragments.topology, tables: topologyTables };
  return language.extensionsOf("topology", readSection(language.topology, section, reporter).given);
}

function reportNoNodes({ layers, file }: Document, { reporter }: Context): void {
  const last = layers.at(-1);
  reporter.report("resolve/no-nodes", {
    message: "the topology has no nodes",
    at: last === undefined ? { file, line: 1, column: 1 } : fileOrigin(last, ["topology"]),
    hint: "declare one: [topology.nodes.r0]",
  });
}
