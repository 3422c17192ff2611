import { nearest } from "../../diagnostics/near.js";
import type { Reporter } from "../../diagnostics/reporter.js";
import { originIn } from "../2-resolve/entity-origin.js";
import type { RenderedNode, RenderedProcess, Rendering } from "./rendering.js";
import { Uses } from "./uses.js";

/** Reports what processes say that they use, where it is nothing of the lab. */
export function reportUnknownUses(rendering: Rendering, reporter: Reporter): void {
  for (const unknown of unknownUses(rendering)) {
    const { node, rank, index, entry } = unknown;
    const server = rendering.phynodes.find(({ phynode }) => phynode.name === node.placed.phynode.name);
    const near = nearest(
      entry,
      [...node.files, ...(server?.files ?? [])].map(({ path }) => path),
    );
    reporter.report("render/unknown-use", {
      message: messageOf(unknown),
      at: originIn(node.placed.node, ["pinned", rank, "uses", index], { target: "value" }),
      hint:
        near === undefined
          ? "name the path on the phynode of a template or a bind, a folder of them, or a program: {{bin.NAME}}"
          : `did you mean "${near}"?`,
    });
  }
}

/** What a plugin has made a process use that is nothing of the lab, or what was there and the plugin has taken away. */
export function brokenUses(rendering: Rendering, before: Rendering): string | undefined {
  const unknownBefore = new Set(
    [...unknownUses(before)].map(({ position, rank, entry }) => keyOf(position, rank, entry)),
  );
  const broken = [...unknownUses(rendering)].find(
    ({ position, rank, entry }) => !unknownBefore.has(keyOf(position, rank, entry)),
  );
  return broken && messageOf(broken);
}

function keyOf(position: number, rank: number, entry: string): string {
  return `${position}\n${rank}\n${entry}`;
}

interface UnknownUse {
  readonly position: number;
  readonly node: RenderedNode;
  readonly rank: number;
  readonly process: RenderedProcess;
  readonly index: number;
  readonly entry: string;
}

function* unknownUses(rendering: Rendering): Iterable<UnknownUse> {
  const uses = new Uses(rendering);
  for (const [position, node] of rendering.nodes.entries())
    for (const [rank, process] of node.processes.entries())
      for (const [index, entry] of uses.unknown(node, process))
        yield { position, node, rank, process, index, entry };
}

function messageOf({ entry, process, node }: UnknownUse): string {
  const { node: own, phynode } = node.placed;
  const label = `process "${process.placed.process.name}" of node "${own.name}"`;
  return `${label} uses ${JSON.stringify(entry)}, which is no file, folder or program of the node or of phynode "${phynode.name}"`;
}
