import type { Localhost } from "../phases/1-parse/document.js";
import type { Phynode } from "../phases/2-resolve/topology.js";
import type { Placement } from "../phases/3-allocate/placement.js";

/** Where a process runs here instead of on the cores that it has on its server. */
export interface CoreChange {
  readonly node: string;
  readonly process: string;
  readonly phynode: string;
  readonly declared: readonly number[];
  readonly here: readonly number[];
}

/** Whether a process was given a core that this machine has not. */
export function lacksCores({ nodes }: Placement, machine: Localhost): boolean {
  const here = new Set(machine.cores.flat());
  return nodes.some(({ processes }) => processes.some(({ cores }) => cores.some((core) => !here.has(core))));
}

/**
 * Stands this machine's cores in for the phynodes': a core that this machine has is itself where all of its phynode's
 * are here; otherwise the n-th of a phynode is the n-th of this machine, and the first again after its last.
 */
export function standInCores(
  phynodes: readonly Phynode[],
  machine: Localhost,
): NonNullable<Localhost["coreFor"]> {
  const here = machine.cores.flat();
  const known = new Set(here);
  const declared = new Map(phynodes.map(({ name, cores }) => [name, cores.flat()]));
  return (phynode, core) => {
    const cores = declared.get(phynode) ?? [];
    if (cores.every((each) => known.has(each))) return core;
    return here[Math.max(0, cores.indexOf(core)) % here.length] ?? 0;
  };
}

/** The processes that differ between the placement as declared and the one with this machine's cores. */
export function coreChanges(declared: Placement, here: Placement): readonly CoreChange[] {
  return declared.nodes.flatMap(({ node, phynode, processes }, index) =>
    processes.flatMap(({ process, cores }, number) => {
      const other = here.nodes[index]?.processes[number]?.cores ?? cores;
      if (cores.join() === other.join()) return [];
      return [
        { node: node.name, process: process.name, phynode: phynode.name, declared: cores, here: other },
      ];
    }),
  );
}
