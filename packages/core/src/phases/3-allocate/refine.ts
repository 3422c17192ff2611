import { GainQueue } from "./heap.js";
import type { Ledger, Seat } from "./ledger.js";

/** Looks at edges that one call may spend, for each edge and item of the problem, and at least. */
const looksPerElement = 40;
const fewestLooks = 200_000;
/** Moves without an improvement after which a pass ends. */
const patience = 100;
const mostPasses = 10;

/**
 * Lowers the cut by moving items between servers, and by swapping two where there is no room to move. What sits where
 * the lock has it stays. A pass is that of Fiduccia and Mattheyses (A linear-time heuristic for improving network
 * partitions, 1982) over several servers: the best move even if it costs, each item once, then back to the best state.
 */
export function refine(ledger: Ledger): void {
  const refinement = new Refinement(ledger);
  for (let pass = 0; pass < mostPasses; pass++) {
    const moved = refinement.moveAll();
    const swapped = refinement.swapAll();
    if (!moved && !swapped) return;
  }
}

class Refinement {
  readonly #ledger: Ledger;
  /** Weight of the edges from the item under examination to each server. */
  readonly #traffic: Float64Array;
  #looksLeft: number;

  constructor(ledger: Ledger) {
    const { graph, servers, items } = ledger.problem;
    this.#ledger = ledger;
    this.#traffic = new Float64Array(servers.length);
    this.#looksLeft = Math.max(fewestLooks, looksPerElement * (graph.neighbours.length + items.length));
  }

  /** One pass of moves; whether the cut is lower after it. */
  moveAll(): boolean {
    const queue = new GainQueue();
    const isDone = new Uint8Array(this.#ledger.serverOf.length);
    const log: { readonly item: number; readonly seat: Seat }[] = [];
    let gained = 0;
    let best = 0;
    let bestLength = 0;
    for (const item of isDone.keys()) this.#queueMove(item, queue);
    for (let entry = queue.pop(); entry !== undefined && this.#looksLeft > 0; entry = queue.pop()) {
      if (isDone[entry.item] === 1) continue;
      const targets = this.#targets(entry.item);
      // An entry from before a neighbour moved; there is a newer one.
      if (targets[0]?.gain !== entry.gain) continue;
      const seat = this.#ledger.remove(entry.item);
      const target = targets.find(({ server }) => this.#ledger.place(entry.item, server, 0));
      if (target === undefined) {
        this.#ledger.restore(entry.item, seat);
        continue;
      }
      isDone[entry.item] = 1;
      log.push({ item: entry.item, seat });
      gained += target.gain;
      if (gained > best) {
        best = gained;
        bestLength = log.length;
      }
      if (log.length - bestLength > patience) break;
      this.#queueNeighbours(entry.item, queue, isDone);
    }
    for (const { item, seat } of log.slice(bestLength).reverse()) {
      this.#ledger.remove(item);
      this.#ledger.restore(item, seat);
    }
    return best > 0;
  }

  /** Swaps what would rather be where there is no room; whether the cut is lower after it. */
  swapAll(): boolean {
    let improved = false;
    for (const item of this.#ledger.serverOf.keys()) {
      if (this.#isFixed(item)) continue;
      for (const { server, gain } of this.#targets(item)) {
        if (this.#looksLeft <= 0) return improved;
        if (gain > 0 && this.#swapInto(item, server, gain)) {
          improved = true;
          break;
        }
      }
    }
    return improved;
  }

  #swapInto(item: number, server: number, gain: number): boolean {
    const home = this.#ledger.serverOf[item]!;
    for (const other of [...this.#ledger.members(server)]) {
      if (this.#looksLeft <= 0) return false;
      if (this.#isFixed(other) || this.#ledger.problem.items[other]!.allowed.has[home] === 0) continue;
      if (gain + this.#gainOf(other, home) - 2 * this.#weightBetween(item, other) <= 0) continue;
      const seat = this.#ledger.remove(item);
      const otherSeat = this.#ledger.remove(other);
      if (this.#ledger.place(item, server, 0)) {
        if (this.#ledger.place(other, home, 0)) return true;
        this.#ledger.remove(item);
      }
      this.#ledger.restore(other, otherSeat);
      this.#ledger.restore(item, seat);
    }
    return false;
  }

  #isFixed(item: number): boolean {
    return this.#ledger.problem.items[item]!.lockedServer === this.#ledger.serverOf[item];
  }

  #queueNeighbours(item: number, queue: GainQueue, isDone: Uint8Array): void {
    const { offsets, neighbours } = this.#ledger.problem.graph;
    for (let k = offsets[item]!; k < offsets[item + 1]!; k++) {
      const neighbour = neighbours[k]!;
      if (isDone[neighbour] === 0) this.#queueMove(neighbour, queue);
    }
  }

  #queueMove(item: number, queue: GainQueue): void {
    if (this.#isFixed(item)) return;
    const [target] = this.#targets(item);
    if (target !== undefined) queue.push(target.gain, item);
  }

  /** The other servers that the item has traffic to and may use, the best first. */
  #targets(item: number): readonly { readonly server: number; readonly gain: number }[] {
    const { offsets, neighbours, weights } = this.#ledger.problem.graph;
    const { serverOf } = this.#ledger;
    const home = serverOf[item]!;
    const servers: number[] = [];
    this.#looksLeft -= offsets[item + 1]! - offsets[item]! + 1;
    for (let k = offsets[item]!; k < offsets[item + 1]!; k++) {
      const server = serverOf[neighbours[k]!]!;
      if (server !== home && this.#traffic[server] === 0) servers.push(server);
      this.#traffic[server]! += weights[k]!;
    }
    const { has } = this.#ledger.problem.items[item]!.allowed;
    const atHome = this.#traffic[home]!;
    const targets = servers
      .filter((server) => has[server] === 1)
      .map((server) => ({ server, gain: this.#traffic[server]! - atHome }))
      .sort((a, b) => b.gain - a.gain || a.server - b.server);
    this.#traffic[home] = 0;
    for (const server of servers) this.#traffic[server] = 0;
    return targets;
  }

  #gainOf(item: number, server: number): number {
    const { offsets, neighbours, weights } = this.#ledger.problem.graph;
    const { serverOf } = this.#ledger;
    const home = serverOf[item]!;
    let gain = 0;
    this.#looksLeft -= offsets[item + 1]! - offsets[item]! + 1;
    for (let k = offsets[item]!; k < offsets[item + 1]!; k++) {
      const at = serverOf[neighbours[k]!]!;
      if (at === server) gain += weights[k]!;
      else if (at === home) gain -= weights[k]!;
    }
    return gain;
  }

  #weightBetween(a: number, b: number): number {
    const { offsets, neighbours, weights } = this.#ledger.problem.graph;
    for (let k = offsets[a]!; k < offsets[a + 1]!; k++) if (neighbours[k] === b) return weights[k]!;
    return 0;
  }
}
