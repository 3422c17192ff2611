import { z } from "zod";
import type { Origin } from "../../diagnostics/diagnostic.js";
import type { Files } from "../../files.js";
import { bad, ok, type Parsed } from "../../values/parsed.js";
import { must } from "../1-parse/expectation.js";
import {
  environ,
  filledText,
  misshapenField,
  mode,
  owner,
  text,
  texts,
  wholeNumber,
} from "../2-resolve/shape.js";
import type { Phynode, Topology } from "../2-resolve/topology.js";
import { misshapen } from "../2-resolve/topology-shape.js";
import { brokenCarried } from "./carried-files.js";
import { brokenPaths } from "./invariants.js";
import { ProgramUses } from "./programs.js";
import type { RenderedFile, RenderedFolder, RenderedNode, RenderedPhynode, Rendering } from "./rendering.js";
import { brokenUses } from "./unknown-uses.js";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, must("a sha256 in hexadecimal"));
const content = z
  .union([
    z.object({ text: z.string() }),
    z.object({ file: filledText, sha256, size: wholeNumber(0, Number.MAX_SAFE_INTEGER, "bytes") }),
  ])
  .meta({ expected: "{ text }, or { file, sha256, size } of a file in the topology's folder" });
const files = z.array(
  z.object({ path: text, mode, owner: owner.optional(), isPrivate: z.boolean().optional(), content }),
);
const privateFolders = z.array(z.object({ path: text, mode: mode.optional(), owner: owner.optional() }));

const nodeShape = {
  files,
  privateFolders,
  exec: texts,
  processes: z.array(
    z.object({
      cmd: filledText,
      environ,
      ready: filledText.optional(),
      postUp: texts,
      preDown: texts,
      down: filledText.optional(),
      reload: filledText.optional(),
      uses: texts.optional(),
    }),
  ),
  results: texts,
  binaries: texts,
};
const phynodeShape = { files, setup: z.object({ pre: texts, post: texts }), binaries: texts };

/**
 * Makes of what a plugin returned the next rendering. Files and folders that the plugin was not given are its own, whatever
 * they say of their origin. Says what is wrong where it breaks what a rendering promises.
 */
export async function adoptRendering(
  returned: unknown,
  before: Rendering,
  plugin: string,
  sources: Pick<Files, "stat" | "stream">,
): Promise<Parsed<Rendering>> {
  if (returned === before) return ok(before);
  const { placement, nodes, phynodes } = Object(returned) as Partial<Rendering>;
  if (placement !== undefined && placement !== before.placement)
    return bad("a rendering must keep its placement");
  if (!Array.isArray(nodes) || !Array.isArray(phynodes))
    return bad("a rendering needs lists of nodes and phynodes");
  const wrong =
    brokenNodes(nodes, before) ??
    brokenPhynodes(phynodes, before) ??
    strayBinary([...nodes, ...phynodes], before.placement.topology);
  if (wrong !== undefined) return bad(wrong);
  const uses = new ProgramUses(before.placement.topology);
  const rendering: Rendering = {
    placement: before.placement,
    nodes: nodes.map((node, index) => ownNode(node, before.nodes[index] as RenderedNode, plugin, uses)),
    phynodes: phynodes.map((phynode, index) =>
      ownPhynode(phynode, before.phynodes[index] as RenderedPhynode, plugin, uses),
    ),
  };
  const broken =
    brokenPaths(rendering) ??
    brokenUses(rendering, before) ??
    (await brokenCarried(rendering, before, sources));
  return broken === undefined ? ok(rendering) : bad(broken);
}

function brokenNodes(nodes: readonly unknown[], before: Rendering): string | undefined {
  if (nodes.length !== before.nodes.length) return "every placed node must stay in the rendering";
  for (const [index, old] of before.nodes.entries()) {
    const node = nodes[index];
    if (node === old) continue;
    const label = `node "${old.placed.node.name}"`;
    const { placed, processes } = Object(node) as Partial<RenderedNode>;
    if (placed !== old.placed)
      return `nodes[${index}] of the rendering must be ${label}, with what is placed of it`;
    const wrong = misshapenField(nodeShape, label, node as RenderedNode, old);
    if (wrong !== undefined) return wrong;
    const isKept = processes?.length === old.processes.length;
    if (!isKept || !old.processes.every((process, rank) => processes[rank]?.placed === process.placed))
      return `the processes of ${label} must be those that are placed, in their order`;
  }
  return undefined;
}

function brokenPhynodes(phynodes: readonly unknown[], before: Rendering): string | undefined {
  if (phynodes.length !== before.phynodes.length) return "every phynode must stay in the rendering";
  for (const [index, old] of before.phynodes.entries()) {
    const phynode = phynodes[index];
    if (phynode === old) continue;
    const label = `phynode "${old.phynode.name}"`;
    const { phynode: own } = Object(phynode) as Partial<RenderedPhynode>;
    if (!isSameServer(own, old.phynode))
      return `phynodes[${index}] of the rendering must be ${label}, with other sysctls at most`;
    const wrong =
      misshapen("phynode", label, own as Phynode, old.phynode) ??
      misshapenField(phynodeShape, label, phynode as RenderedPhynode, old);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function strayBinary(
  users: readonly (RenderedNode | RenderedPhynode)[],
  { binaries }: Topology,
): string | undefined {
  const known = new Set(binaries.map(({ name }) => name));
  const stray = users.flatMap((user) => user.binaries).find((name) => !known.has(name));
  return stray === undefined ? undefined : `there is no program "${stray}" that a node or phynode could use`;
}

/** All else of a phynode is in the placement, too, and was decided on. */
function isSameServer(own: unknown, old: Phynode): boolean {
  if (own === old) return true;
  const fields = [...new Set([...Object.keys(Object(own)), ...Object.keys(old)])] as (keyof Phynode)[];
  return fields.every((field) => field === "sysctls" || (Object(own) as Phynode)[field] === old[field]);
}

/** What the plugin's strings name is used, too. */
function ownNode(node: RenderedNode, old: RenderedNode, plugin: string, uses: ProgramUses): RenderedNode {
  if (node === old) return node;
  return {
    ...node,
    binaries: uses.ofNode(node, node.binaries),
    files: owned(node.files, old.files, plugin),
    privateFolders: owned(node.privateFolders, old.privateFolders, plugin),
  };
}

function ownPhynode(
  phynode: RenderedPhynode,
  old: RenderedPhynode,
  plugin: string,
  uses: ProgramUses,
): RenderedPhynode {
  if (phynode === old) return phynode;
  const files = owned(phynode.files, old.files, plugin);
  return { ...phynode, files, binaries: uses.ofPhynode(phynode, phynode.binaries) };
}

/** What the plugin made of a file that it was given is its own, too: that one is where it came from. */
function owned<T extends RenderedFile | RenderedFolder>(
  entries: readonly T[],
  before: readonly T[],
  plugin: string,
): readonly T[] {
  if (entries === before) return entries;
  const known = new Set<T>(before);
  return entries.map((entry) => {
    if (known.has(entry)) return entry;
    const from = before.find(({ origin }) => origin === entry.origin)?.origin;
    const origin: Origin = { plugin, hook: "rendering", ...(from && { from }) };
    return { ...entry, origin };
  });
}
