import {
  compareLists,
  compareRecords,
  compareScalars,
  compareSets,
  compareTables,
} from "./compare-values.js";
import type { ValueChange } from "./comparison.js";
import type { Finding, Takes } from "./finding.js";
import type { Manifest } from "./manifest.js";
import { isKept, keptOf, type ManifestPair } from "./manifest-pair.js";
import { sysctlChange, sysctlTitle } from "./node-sysctls.js";
import { linkMadeAnew } from "./remade-links.js";

/** What is of the lab as a whole. */
export function compareLab(pair: ManifestPair): readonly Finding[] {
  const { before, after } = pair;
  const values = labValues(before, after);
  if (values.length === 0) return [];
  return [{ kind: "lab", name: after.lab, change: "changed", subject: {}, values, takes: takesOfLab(pair) }];
}

function labValues(before: Manifest, after: Manifest): readonly ValueChange[] {
  const { infrastructure: old } = before;
  const { infrastructure: own } = after;
  return [
    ...compareScalars(["name", ["name"]], before.lab, after.lab),
    ...compareScalars(
      ["namespace_prefix", ["infrastructure", "namespace_prefix"]],
      old.namespacePrefix,
      own.namespacePrefix,
    ),
    ...compareScalars(["vxlan.port", ["infrastructure", "vxlan", "port"]], old.vxlanPort, own.vxlanPort),
    ...compareScalars(["allocator", ["infrastructure", "allocator"]], old.allocator, own.allocator),
    ...compareTables([], old.extensions, own.extensions, ["infrastructure"]),
    ...compareTables([], before.extensions, after.extensions, ["topology"]),
    ...compareTables(["params"], before.params, after.params),
    ...compareLists(["--set"], before.settings, after.settings),
    ...compareRecords((name) => [`plugin ${name}`, ["plugins"]], plugins(before), plugins(after)),
    ...compareTables(["plugin"], optionsIn(before, after), optionsIn(after, before)),
    ...compareRecords((path) => [`baseline ${sysctlTitle(path)}`], before.baseline, after.baseline),
    ...compareScalars(["dune's version"], before.dune, after.dune),
    ...compareSets(["artifact"], before.artifacts, after.artifacts),
  ];
}

function plugins(manifest: Manifest): Readonly<Record<string, string>> {
  return Object.fromEntries(manifest.plugins.map(({ name, version = "loaded" }) => [name, version]));
}

/** By plugin, of those that both have: manifests of before do not know them. */
function optionsIn(manifest: Manifest, other: Manifest): Readonly<Record<string, unknown>> {
  const known = new Set(other.plugins.filter(({ options }) => options).map(({ name }) => name));
  const both = manifest.plugins.filter(({ name, options }) => options && known.has(name));
  return Object.fromEntries(both.map(({ name, options }) => [name, options]));
}

/** A lab of another name has other folders, and its namespaces are not those of before: nothing can stay. */
function takesOfLab(pair: ManifestPair): Takes {
  const { before, after, nodes } = pair;
  const isOther =
    before.lab !== after.lab ||
    before.infrastructure.namespacePrefix !== after.infrastructure.namespacePrefix;
  const baseline = [...keptOf(nodes)].map(([name, node]) => ({
    name,
    ...sysctlChange(node, pair, "baseline"),
  }));
  const remade = baseline.filter((node) => isOther || node.remakes);
  return {
    live: baseline.some(({ paths }) => paths.length > 0),
    remadeNodes: remade.map(({ name }) => name),
    remadeLinks: before.infrastructure.vxlanPort === after.infrastructure.vxlanPort ? [] : tunnels(pair),
  };
}

function tunnels({ links }: ManifestPair): Takes["remadeLinks"] {
  return [...links.values()]
    .filter(isKept)
    .filter((link) => link.before.kind === "vxlan" && link.after.kind === "vxlan")
    .map(linkMadeAnew);
}
