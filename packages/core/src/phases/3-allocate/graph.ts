import type { Link, Topology } from "../2-resolve/topology.js";

/**
 * An undirected graph in compressed rows: the neighbours of `v` are `neighbours[k]` with `weights[k]` for k from
 * `offsets[v]` up to `offsets[v + 1]`. Parallel links are one edge; links within an item are none.
 */
export interface Graph {
  readonly offsets: Int32Array;
  readonly neighbours: Int32Array;
  readonly weights: Float64Array;
}

/** The traffic between items, `itemOf` giving each node's. */
export function createGraph({ nodes, links }: Topology, itemOf: Int32Array, itemCount: number): Graph {
  const itemByName = new Map(nodes.map((node, index) => [node.name, itemOf[index]!]));
  const weights = linkWeights(links);
  const edges = new Map<number, number>();
  for (const [index, { endpoints }] of links.entries()) {
    const a = itemByName.get(endpoints[0].node)!;
    const b = itemByName.get(endpoints[1].node)!;
    if (a === b) continue;
    const key = Math.min(a, b) * itemCount + Math.max(a, b);
    edges.set(key, (edges.get(key) ?? 0) + weights[index]!);
  }
  return compress(edges, itemCount);
}

/**
 * What it costs to cut each link: its larger direction's rate in bit/s. A link without a rate could carry anything; it
 * counts as much as the (lower) median of the links that have one, and 1 when none has.
 */
export function linkWeights(links: readonly Link[]): Float64Array {
  const rates = links.map(({ endpoints: [a, b] }) =>
    Math.max(a.rateBitsPerSecond ?? 0, b.rateBitsPerSecond ?? 0),
  );
  const declared = rates.filter((rate) => rate > 0).sort((a, b) => a - b);
  const otherwise = declared[(declared.length - 1) >> 1] ?? 1;
  return Float64Array.from(rates, (rate) => (rate > 0 ? rate : otherwise));
}

function compress(edges: ReadonlyMap<number, number>, itemCount: number): Graph {
  const offsets = new Int32Array(itemCount + 1);
  const endsOf = (key: number) => [Math.floor(key / itemCount), key % itemCount] as const;
  for (const key of edges.keys()) {
    for (const end of endsOf(key)) offsets[end + 1]!++;
  }
  for (let item = 0; item < itemCount; item++) offsets[item + 1]! += offsets[item]!;
  const next = offsets.slice();
  const neighbours = new Int32Array(2 * edges.size);
  const weights = new Float64Array(2 * edges.size);
  for (const [key, weight] of edges) {
    const [a, b] = endsOf(key);
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const slot = next[from]!++;
      neighbours[slot] = to;
      weights[slot] = weight;
    }
  }
  return { offsets, neighbours, weights };
}
