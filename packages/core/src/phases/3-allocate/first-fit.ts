import { placeLocked, unplaced } from "./locked.js";
import { assignmentOf, misfitOf } from "./outcome.js";
import type { Strategy } from "./strategy.js";

/**
 * Nodes in the order of their names, each to the first phynode by name that has room, and there to the first NUMA node.
 * It looks at no link. What the lock has stays where it is.
 */
export const firstFit: Strategy = {
  place(problem) {
    const ledger = placeLocked(problem);
    for (const item of unplaced(ledger)) {
      const { servers } = problem.items[item]!.allowed;
      const isPlaced = servers.some((server) => ledger.place(item, server, 0, "first"));
      if (!isPlaced) return misfitOf(ledger, item, false);
    }
    return assignmentOf(ledger);
  },
};
