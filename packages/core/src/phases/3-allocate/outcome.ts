import type { Ledger } from "./ledger.js";
import type { Assignment, Misfit } from "./strategy.js";

/** The assignment that a ledger in which everything is placed stands for. */
export function assignmentOf(ledger: Ledger): Assignment {
  return { kind: "assignment", ...placesOf(ledger) };
}

/** What to say when `item` is left over. */
export function misfitOf(ledger: Ledger, item: number, proven: boolean): Misfit {
  return { kind: "misfit", node: ledger.problem.items[item]!.nodes[0]!, proven, ...placesOf(ledger) };
}

function placesOf(ledger: Ledger) {
  return {
    serverOf: ledger.problem.itemOf.map((item) => ledger.serverOf[item]!),
    groupOf: ledger.groupOf.slice(),
  };
}
