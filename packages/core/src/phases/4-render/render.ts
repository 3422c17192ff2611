/**
 * Phase 4. In: the placement. Out: every string expanded, every template and bind a file with path, mode and content.
 * Holds on exit: no string names what is not declared; no two files of a phynode share a path, but in nodes' private
 * folders; each node and phynode lists the programs that it uses; what processes say that they use is there.
 * Plugins declare names (`context`) and may add files (`rendering`).
 */
import type { Context } from "../../context.js";
import { createEngines } from "../../template/engines.js";
import { createInlineStrings } from "../../template/inline-strings.js";
import { originIn } from "../2-resolve/entity-origin.js";
import type { Phynode } from "../2-resolve/topology.js";
import type { PlacedNode, PlacedProcess, Placement } from "../3-allocate/placement.js";
import { adoptRendering } from "./adopt-rendering.js";
import { checkBinaryStrings } from "./binary-strings.js";
import { contextValues } from "./context-values.js";
import { Expander, type Scope } from "./expand.js";
import { renderBinds, renderFolders, renderTemplates } from "./files.js";
import { checkPaths } from "./invariants.js";
import { madeBy } from "./made-by.js";
import { ProgramUses, reportUnusedPrograms } from "./programs.js";
import type { RenderedNode, RenderedPhynode, RenderedProcess, Rendering } from "./rendering.js";
import { Sources } from "./sources.js";
import { reportUnknownUses } from "./unknown-uses.js";
import { labValues } from "./values.js";

export async function render(placement: Placement, context: Context): Promise<Rendering | undefined> {
  const { reporter, hooks, files } = context;
  const expander = new Expander(createInlineStrings(), reporter);
  const engines = createEngines(placement.topology.document.plugins, context);
  const sources = new Sources(files, engines, placement.topology.document, reporter);
  const uses = new ProgramUses(placement.topology);
  const lab = labValues(placement);
  const extra = contextValues(placement, context);
  if (reporter.errorCount > 0) return undefined;

  checkBinaryStrings(placement.topology, reporter);
  const nodes: RenderedNode[] = [];
  for (const [index, placed] of placement.nodes.entries()) {
    const values = { ...extra.globals, ...lab.nodes[index], ...extra.node(placed) };
    const scope: Scope = {
      values,
      label: `node "${placed.node.name}"`,
      locate: (path, narrowing) => originIn(placed.node, path, narrowing),
      madeBy: (name) => madeBy(name, extra.plugins, placement.topology, placed.node),
    };
    nodes.push(await renderNode(placed, scope, expander, sources, uses));
    context.progress(index + 1, placement.nodes.length);
  }
  const phynodes: RenderedPhynode[] = [];
  for (const phynode of placement.topology.infrastructure.phynodes) {
    const values = { ...extra.globals, ...lab.lab, phynode: phynode.name };
    const scope: Scope = {
      values,
      label: `phynode "${phynode.name}"`,
      locate: (path, narrowing) => originIn(phynode, path, narrowing),
      madeBy: (name) => madeBy(name, extra.plugins, placement.topology),
    };
    phynodes.push(await renderPhynode(phynode, scope, expander, sources, uses));
  }
  const rendering: Rendering = { placement, nodes, phynodes };
  checkPaths(rendering, reporter);
  if (reporter.errorCount > 0) return undefined;
  const transformed = await hooks.transform("rendering", rendering, (returned, before, plugin) =>
    adoptRendering(returned, before, plugin, files),
  );
  reportUnknownUses(transformed, reporter);
  reportUnusedPrograms(transformed, reporter);
  return transformed;
}

async function renderNode(
  placed: PlacedNode,
  scope: Scope,
  expander: Expander,
  sources: Sources,
  uses: ProgramUses,
): Promise<RenderedNode> {
  const { node } = placed;
  const rendered = {
    placed,
    files: await renderTemplates(node.templates, scope, expander, sources),
    privateFolders: renderFolders(node.privateFolders, scope, expander),
    exec: expander.list(node.exec, ["exec"], scope),
    processes: placed.processes.map((process, index) => renderProcess(process, index, scope, expander)),
    results: expander.list(node.results, ["results"], scope),
  };
  return { ...rendered, binaries: uses.ofNode(rendered, node.binaries) };
}

function renderProcess(
  placed: PlacedProcess,
  index: number,
  nodeScope: Scope,
  expander: Expander,
): RenderedProcess {
  const { process, cores } = placed;
  const coreValues = Object.fromEntries(process.coreNames.map((n, rank) => [`core_${n}`, cores[rank]]));
  const scope = { ...nodeScope, values: { ...nodeScope.values, ...coreValues } };
  const path = ["pinned", index];
  const expand = (text: string, key: string) => expander.text(text, [...path, key], scope);
  return {
    placed,
    cmd: expand(process.cmd, "cmd"),
    environ: process.environ.map(({ name, value }) => ({
      name,
      value: expander.text(value, [...path, "environ", name], scope),
    })),
    ...(process.ready !== undefined && { ready: expand(process.ready, "ready") }),
    postUp: expander.list(process.postUp, [...path, "post_up"], scope),
    preDown: expander.list(process.preDown, [...path, "pre_down"], scope),
    ...(process.down !== undefined && { down: expand(process.down, "down") }),
    ...(process.reload !== undefined && { reload: expand(process.reload, "reload") }),
    ...(process.uses && { uses: expander.list(process.uses, [...path, "uses"], scope) }),
  };
}

async function renderPhynode(
  phynode: Phynode,
  scope: Scope,
  expander: Expander,
  sources: Sources,
  uses: ProgramUses,
): Promise<RenderedPhynode> {
  const rendered = {
    phynode,
    files: await renderBinds(phynode.binds, scope, expander, sources),
    setup: {
      pre: expander.list(phynode.setup.pre, ["setup", "pre"], scope),
      post: expander.list(phynode.setup.post, ["setup", "post"], scope),
    },
  };
  return { ...rendered, binaries: uses.ofPhynode(rendered) };
}
