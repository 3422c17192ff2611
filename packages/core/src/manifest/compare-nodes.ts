import { sysctlName } from "../phases/2-resolve/sysctls.js";
import { programPath } from "../phases/4-render/programs.js";
import { formatDuration } from "../values/duration.js";
import { compareAddresses, comparePrivateFolders, compareRoutes } from "./compare-node-network.js";
import { compareLists, compareScalars, compareSets, compareTables } from "./compare-values.js";
import type { ValueChange } from "./comparison.js";
import { type Finding, type Takes, takesAll } from "./finding.js";
import { isSame } from "./is-same.js";
import type { Manifest, ManifestNode } from "./manifest.js";
import { isKept, isMoved, type Kept, type ManifestPair, type Pair, processNames } from "./manifest-pair.js";
import { sysctlChange, sysctlTitle } from "./node-sysctls.js";
import { keptLinksOf, linkMadeAnew } from "./remade-links.js";
import { takesOfUsers } from "./uses.js";

/** Nodes, but for their processes and files. A netns has the prefix and the node's name: another prefix is the lab's change. */
export function compareNodes(pair: ManifestPair): readonly Finding[] {
  const programs = [programsByNode(pair.before), programsByNode(pair.after)] as const;
  return [...pair.nodes].flatMap(([name, node]): readonly Finding[] => {
    const entity = { kind: "node", name, subject: { node: name } } as const;
    if (!isKept(node)) {
      const change = node.before === undefined ? "added" : "removed";
      return [{ ...entity, change, values: [], takes: takesOfLone(node, pair) }];
    }
    const [before = [], after = []] = programs.map((byNode) => byNode.get(name));
    if (!differs(name, pair) && isSame(before, after)) return [];
    const values = [...nodeValues(node, pair), ...compareSets(["binaries", ["binaries"]], before, after)];
    if (values.length === 0) return [];
    if (isMoved(node)) return [{ ...entity, change: "moved", values, takes: takesOfMoved(node, pair) }];
    const other = otherNames(before, after);
    const takes = takesAll([takesOf(node, pair), ...other.map((each) => takesOfProgram(each, node, pair))]);
    return [{ ...entity, change: "changed", values, takes }];
  });
}

/** Whether something differs beside processes and files. */
function differs(name: string, { differing }: ManifestPair): boolean {
  const node = differing.get(name);
  if (node === undefined) return false;
  const { files: _, processes: __, ...before } = node.before;
  const { files: ___, processes: ____, ...after } = node.after;
  return !isSame(before, after);
}

function nodeValues(node: Kept<ManifestNode>, pair: ManifestPair): readonly ValueChange[] {
  const { before, after } = node;
  return [
    ...compareScalars(["phynode", ["phynode"]], before.phynode, after.phynode),
    ...compareScalars(["kind", ["kind"]], before.kind, after.kind),
    ...compareAddresses(node),
    ...compareRoutes(node),
    ...sysctlChange(node, pair, "node").paths.flatMap((path) =>
      compareScalars(
        [sysctlTitle(path), ["sysctls", sysctlName(path)]],
        before.sysctls[path] ?? pair.before.baseline[path],
        after.sysctls[path] ?? pair.after.baseline[path],
      ),
    ),
    ...comparePrivateFolders(node),
    ...compareLists(["exec", ["exec"]], before.exec, after.exec),
    ...compareScalars(
      ["exec_timeout", ["exec_timeout"]],
      before.execTimeoutNs,
      after.execTimeoutNs,
      formatDuration,
    ),
    ...compareSets(["results", ["results"]], before.results, after.results),
    ...compareTables(["data"], before.data, after.data),
    ...compareTables([], before.extensions, after.extensions),
  ];
}

function takesOf(node: Kept<ManifestNode>, pair: ManifestPair): Takes {
  const { before, after } = node;
  const sysctls = sysctlChange(node, pair, "node");
  const isRemade =
    before.kind !== after.kind ||
    before.exec.some((command, index) => command !== after.exec[index]) ||
    sysctls.remakes;
  return {
    live:
      sysctls.paths.length > 0 ||
      after.exec.length > before.exec.length ||
      (after.exec.length > 0 && before.execTimeoutNs !== after.execTimeoutNs) ||
      compareAddresses(node).length + compareRoutes(node).length > 0,
    remadeNodes: isRemade ? [after.name] : [],
    restarts: comparePrivateFolders(node).length > 0 ? processNames(node) : [],
  };
}

/** That the server gets or loses a program counts for who uses it; that the server had it for others does not. */
function takesOfProgram(name: string, node: Kept<ManifestNode>, pair: ManifestPair): Takes {
  const [before, after] = [pair.before, pair.after].map((manifest) =>
    isOn(node.after.phynode, name, manifest),
  );
  return before === after ? {} : takesOfUsers(node, programPath(pair.after.lab, name), "program");
}

function isOn(phynode: string, name: string, { binaries = [] }: Manifest): boolean {
  const binary = binaries.find((each) => each.name === name);
  return binary?.builds.some(({ phynodes }) => phynodes.includes(phynode)) ?? false;
}

function otherNames(before: readonly string[], after: readonly string[]): readonly string[] {
  return [
    ...before.filter((name) => !after.includes(name)),
    ...after.filter((name) => !before.includes(name)),
  ];
}

function takesOfLone(node: Pair<ManifestNode>, { links }: ManifestPair): Takes {
  const side = (node.before ?? node.after) as ManifestNode;
  const touched = side.interfaces.flatMap(({ link }) => {
    const { before, after } = links.get(link) ?? {};
    return (after ?? before)?.endpoints.map((end) => end.node) ?? [];
  });
  const processes = processNames(node);
  return { live: true, touched, ...(node.before ? { stops: processes } : { starts: processes }) };
}

/** It goes on one server and comes on the other. */
function takesOfMoved(node: Kept<ManifestNode>, pair: ManifestPair): Takes {
  return {
    live: true,
    remadeLinks: keptLinksOf(node.after.name, pair).map(linkMadeAnew),
    stops: processNames({ before: node.before, after: undefined }),
    starts: processNames({ before: undefined, after: node.after }),
  };
}

/** Names of the programs that each node uses, sorted. */
function programsByNode({ binaries = [] }: Manifest): ReadonlyMap<string, readonly string[]> {
  const byNode = new Map<string, string[]>();
  for (const { name, builds } of binaries)
    for (const { nodes } of builds)
      for (const node of nodes) byNode.set(node, [...(byNode.get(node) ?? []), name]);
  return byNode;
}
