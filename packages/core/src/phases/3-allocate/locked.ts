import { Ledger } from "./ledger.js";
import type { Problem } from "./problem.js";

/** A ledger in which everything that the lock has, and the rules still allow, sits where it was. */
export function placeLocked(problem: Problem): Ledger {
  const ledger = new Ledger(problem);
  for (const [index, { lockedServer }] of problem.items.entries()) {
    if (lockedServer >= 0) ledger.place(index, lockedServer, 0);
  }
  return ledger;
}

export function unplaced(ledger: Ledger): number[] {
  return [...ledger.serverOf.keys()].filter((item) => ledger.serverOf[item]! < 0);
}
