import type { RenderedNode } from "../4-render/rendering.js";
import type { Use } from "../4-render/uses.js";
import { builtProgram } from "../5-build/built-program.js";
import { type Row, table, text } from "./fields.js";
import type { Slice } from "./tables.js";

/** What stands for a node's exec commands where a process could be. */
const execName = ".exec";

/** What processes and exec commands use, each with the sha256 of its content. */
export function useTable({ nodes, builds, hash, usesOf }: Slice): string {
  const programs = new Map(builds.map((build) => [build.binary.name, builtProgram(build).sha256]));
  const sha256Of = (use: Use) => ("file" in use ? hash(use.file) : programs.get(use.program));
  const rowsOf = (node: RenderedNode): readonly Row[] => {
    const { name } = node.placed.node;
    const { exec, processes } = usesOf(node);
    const rows = (user: string, uses: readonly Use[]) =>
      uses.map((use): Row => [name, user, text(use.path), sha256Of(use)]);
    const own = processes.map((uses, index) => rows(node.processes[index]?.placed.process.name ?? "", uses));
    return [rows(execName, exec), ...own].flat();
  };
  return table(nodes.flatMap(rowsOf));
}
