import type { NodeSketch, PhynodeSketch, Sketch } from "./make-topology.js";

/** Whether any placement obeys every hard rule: all placements are tried, down to the cores. For tiny labs only. */
export function fitsByBruteForce({ phynodes, nodes }: Sketch): boolean {
  const servers = Object.entries(phynodes);
  const list = Object.values(nodes);
  const serverOf: number[] = [];
  const descend = (index: number): boolean => {
    const node = list[index];
    if (node === undefined) {
      return servers.every(([, phynode], server) =>
        coresSuffice(
          phynode,
          list.filter((_, other) => serverOf[other] === server),
        ),
      );
    }
    return servers.some(([name, phynode], server) => {
      serverOf[index] = server;
      const earlier = list
        .slice(0, index)
        .map((other, rank) => ({ other, together: serverOf[rank] === server }));
      return mayJoin(node, name, phynode, earlier) && descend(index + 1);
    });
  };
  return descend(0);
}

function mayJoin(
  node: NodeSketch,
  name: string,
  phynode: PhynodeSketch,
  earlier: readonly { readonly other: NodeSketch; readonly together: boolean }[],
): boolean {
  const share = (a: readonly string[] = [], b: readonly string[] = []) =>
    a.some((entry) => b.includes(entry));
  return (
    (node.phynode?.includes(name) ?? true) &&
    (node.tags ?? []).every((tag) => phynode.tags?.includes(tag)) &&
    earlier.filter(({ together }) => together).length < (phynode.limit ?? 250) &&
    earlier.every(({ other, together }) =>
      together ? !share(node.separate, other.separate) : !share(node.colocate, other.colocate),
    )
  );
}

/** Processes one after the other take every set of cores that they may; states seen before are not tried again. */
function coresSuffice(phynode: PhynodeSketch, nodes: readonly NodeSketch[]): boolean {
  const cores = phynode.cores.flatMap((group, numa) => group.map((core) => ({ core, numa })));
  const processes = nodes.flatMap((node, index) =>
    (node.demands ?? []).map((count) => ({ count, index, numa: node.numa ?? "node" })),
  );
  const seen = new Set<string>();
  const descend = (rank: number, load: readonly number[], numaOf: ReadonlyMap<number, number>): boolean => {
    const process = processes[rank];
    if (process === undefined) return true;
    const key = JSON.stringify([rank, load, numaOf.get(process.index)]);
    if (seen.has(key)) return false;
    seen.add(key);
    const free = cores.flatMap((_, at) => (load[at]! < (phynode.oversubscribe ?? 1) ? [at] : []));
    return subsets(free, process.count).some((chosen) => {
      const numas = new Set(chosen.map((at) => cores[at]!.numa));
      const [numa] = numas;
      if (process.numa !== "any" && numas.size > 1) return false;
      const before = numaOf.get(process.index);
      if (process.numa === "node" && before !== undefined && before !== numa) return false;
      const next = load.map((count, at) => count + (chosen.includes(at) ? 1 : 0));
      return descend(rank + 1, next, new Map(numaOf).set(process.index, numa!));
    });
  };
  return descend(
    0,
    cores.map(() => 0),
    new Map(),
  );
}

function subsets(list: readonly number[], size: number): readonly (readonly number[])[] {
  if (size === 0) return [[]];
  return list.flatMap((first, index) =>
    subsets(list.slice(index + 1), size - 1).map((rest) => [first, ...rest]),
  );
}
