import { GainQueue } from "./heap.js";
import type { Ledger } from "./ledger.js";
import type { Problem } from "./problem.js";

/** How full a server may get while regions grow, as fractions of its slots and of its `limits.nodes`. */
export interface Fill {
  readonly slots: number;
  readonly nodes: number;
}

/** Seeds searched for by walking through the graph, for one server; after these the first that is left is taken. */
const mostWalks = 8;

/**
 * Places what is left by growing a region for each server, the largest server first: from a seed at the rim of the
 * graph, always the item that has the most traffic to the region and the least to what has no place yet.
 * What no region takes stays without a place.
 */
export function grow(ledger: Ledger, fill: Fill, firstRoot: number): void {
  const region = new Region(ledger, fill);
  for (const server of serversBySize(ledger.problem)) {
    region.grow(server, firstRoot);
  }
}

export function serversBySize({ servers }: Problem): readonly number[] {
  const limit = (server: number) => servers[server]!.phynode.limits.nodes;
  return [...servers.keys()].sort(
    (a, b) => servers[b]!.slots - servers[a]!.slots || limit(b) - limit(a) || a - b,
  );
}

class Region {
  readonly #ledger: Ledger;
  readonly #fill: Fill;
  /** Weight of each item's edges to items without a place. */
  readonly #open: Float64Array;
  /** Weight of each item's edges into the region. */
  readonly #inside: Float64Array;
  /** The last server that refused the item, plus 1. */
  readonly #refused: Int32Array;
  /** The last walk that came by the item. */
  readonly #walked: Int32Array;
  #walks = 0;

  constructor(ledger: Ledger, fill: Fill) {
    const { length } = ledger.problem.items;
    this.#ledger = ledger;
    this.#fill = fill;
    this.#open = new Float64Array(length);
    this.#inside = new Float64Array(length);
    this.#refused = new Int32Array(length);
    this.#walked = new Int32Array(length);
    const { offsets, neighbours, weights } = ledger.problem.graph;
    for (let item = 0; item < length; item++) {
      for (let k = offsets[item]!; k < offsets[item + 1]!; k++) {
        if (ledger.serverOf[neighbours[k]!]! < 0) this.#open[item]! += weights[k]!;
      }
    }
  }

  grow(server: number, firstRoot: number): void {
    this.#inside.fill(0);
    const queue = new GainQueue();
    for (const member of this.#ledger.members(server)) this.#spreadTo(member, queue, false);
    let walksLeft = mostWalks;
    let next = 0;
    for (;;) {
      const entry = queue.pop();
      let item: number;
      if (entry !== undefined) {
        item = entry.item;
        if (!this.#isFree(item, server) || entry.gain !== this.#gain(item)) continue;
      } else {
        while (next < this.#open.length && !this.#isFree(this.#root(next, firstRoot), server)) next++;
        if (next === this.#open.length) return;
        const root = this.#root(next, firstRoot);
        item = walksLeft-- > 0 ? this.#farthest(root, server) : root;
      }
      if (this.#hasRoom(item, server) && this.#ledger.place(item, server, 0))
        this.#spreadTo(item, queue, true);
      else this.#refused[item] = server + 1;
    }
  }

  #root(rank: number, firstRoot: number): number {
    return (rank + firstRoot) % this.#open.length;
  }

  #isFree(item: number, server: number): boolean {
    return this.#ledger.serverOf[item]! < 0 && this.#refused[item] !== server + 1;
  }

  #gain(item: number): number {
    return this.#inside[item]! - this.#open[item]!;
  }

  #hasRoom(index: number, server: number): boolean {
    const { items, servers } = this.#ledger.problem;
    const { slots, phynode } = servers[server]!;
    const item = items[index]!;
    const slotsUsed = slots - this.#ledger.slotsLeft(server) + item.demand;
    const nodesUsed = phynode.limits.nodes - this.#ledger.nodesLeft(server) + item.nodes.length;
    if (item.demand > 0 && slotsUsed > Math.ceil(slots * this.#fill.slots)) return false;
    return nodesUsed <= Math.ceil(phynode.limits.nodes * this.#fill.nodes);
  }

  /** Counts a member's edges as inside, and queues the neighbours that have no place. */
  #spreadTo(member: number, queue: GainQueue, isNew: boolean): void {
    const { offsets, neighbours, weights } = this.#ledger.problem.graph;
    for (let k = offsets[member]!; k < offsets[member + 1]!; k++) {
      const neighbour = neighbours[k]!;
      this.#inside[neighbour]! += weights[k]!;
      if (isNew) this.#open[neighbour]! -= weights[k]!;
      if (this.#ledger.serverOf[neighbour]! < 0) queue.push(this.#gain(neighbour), neighbour);
    }
  }

  /** The last item that a breadth-first walk over what is free comes to: one at the rim. */
  #farthest(root: number, server: number): number {
    const { offsets, neighbours } = this.#ledger.problem.graph;
    const walk = ++this.#walks;
    const reached = [root];
    this.#walked[root] = walk;
    for (let next = 0; next < reached.length; next++) {
      const item = reached[next]!;
      for (let k = offsets[item]!; k < offsets[item + 1]!; k++) {
        const neighbour = neighbours[k]!;
        if (this.#walked[neighbour] === walk || !this.#isFree(neighbour, server)) continue;
        this.#walked[neighbour] = walk;
        reached.push(neighbour);
      }
    }
    return reached.at(-1)!;
  }
}
