import type { Ledger } from "./ledger.js";

/** What is compared, in this order; less is better. */
export interface Score {
  /** Weight of the edges between servers. */
  readonly cut: number;
  /** Items that are not where the lock has them. */
  readonly moved: number;
  readonly serversUsed: number;
  /** The fullest server's share of its slots. */
  readonly fullest: number;
}

export function scoreOf(ledger: Ledger): Score {
  const { items, servers } = ledger.problem;
  const used = [...servers.keys()].filter((server) => ledger.members(server).size > 0);
  const shares = used.map((server) => 1 - ledger.slotsLeft(server) / Math.max(1, servers[server]!.slots));
  return {
    cut: cutOf(ledger),
    moved: items.filter(
      ({ lockedServer }, item) => lockedServer >= 0 && lockedServer !== ledger.serverOf[item],
    ).length,
    serversUsed: used.length,
    fullest: shares.reduce((most, share) => Math.max(most, share), 0),
  };
}

function cutOf({ problem: { graph }, serverOf }: Ledger): number {
  let twice = 0;
  for (let item = 0; item < serverOf.length; item++) {
    for (let k = graph.offsets[item]!; k < graph.offsets[item + 1]!; k++) {
      if (serverOf[item] !== serverOf[graph.neighbours[k]!]) twice += graph.weights[k]!;
    }
  }
  return twice / 2;
}

export function byScore(a: Score, b: Score): number {
  return a.cut - b.cut || a.moved - b.moved || a.serversUsed - b.serversUsed || a.fullest - b.fullest;
}
