import { Ledger } from "./ledger.js";
import { unplaced } from "./locked.js";
import type { Problem } from "./problem.js";

/** Up to so many items a complete search is worth a try. */
const mostItems = 40;
/** Placements tried. */
const mostSteps = 60_000;
/** Dead ends after which packing one server is given up, and the search with it: it would be long and prove nothing. */
const packingSteps = 1_000;

export interface SearchResult {
  /** Everything placed; undefined when no way was found. */
  readonly ledger?: Ledger;
  /** Whether every possibility was tried. */
  readonly complete: boolean;
}

/** Tries every way to place a small problem's items, up to a number of steps; the lock is only a preference. */
export function search(problem: Problem): SearchResult {
  if (problem.items.length > mostItems) return { complete: false };
  const ledger = new Ledger(problem);
  const order = unplaced(ledger).sort((a, b) => {
    const [first, second] = [problem.items[a]!, problem.items[b]!];
    const choices = first.allowed.servers.length - second.allowed.servers.length;
    return choices || second.demand - first.demand || a - b;
  });
  let stepsLeft = mostSteps;
  const descend = (depth: number): boolean => {
    const item = order[depth];
    if (item === undefined) return true;
    for (const server of candidates(item, ledger)) {
      if (stepsLeft-- <= 0 || ledger.gaveUp) return false;
      if (!ledger.place(item, server, packingSteps)) continue;
      if (descend(depth + 1)) return true;
      ledger.remove(item);
    }
    return false;
  };
  if (descend(0)) return { ledger, complete: true };
  return { complete: stepsLeft >= 0 && !ledger.gaveUp };
}

/** The servers to try, the locked one first; of empty ones that are alike only the first. */
function candidates(item: number, ledger: Ledger): readonly number[] {
  const { items, servers } = ledger.problem;
  const { allowed, lockedServer } = items[item]!;
  const emptyTwins = new Set<number>();
  const distinct = allowed.servers.filter((server) => {
    if (ledger.members(server).size > 0) return true;
    const { twin } = servers[server]!;
    if (emptyTwins.has(twin)) return false;
    emptyTwins.add(twin);
    return true;
  });
  return distinct.sort((a, b) => Number(b === lockedServer) - Number(a === lockedServer));
}
