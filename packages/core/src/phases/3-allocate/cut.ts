import { type Fill, grow, serversBySize } from "./grow.js";
import { Ledger } from "./ledger.js";
import { placeLocked, unplaced } from "./locked.js";
import { assignmentOf, misfitOf } from "./outcome.js";
import type { Problem } from "./problem.js";
import { refine } from "./refine.js";
import { relabel } from "./relabel.js";
import { fillBestFit, repair } from "./repair.js";
import { byScore, scoreOf } from "./score.js";
import { search } from "./search.js";
import type { Assignment, Misfit, Strategy } from "./strategy.js";
import { placeWhole } from "./whole.js";

/** Elements of the graph (items and edges) that all attempts at growing may come by together. */
const growthBudget = 60_000;
const mostAttempts = 32;
/** Attempts that may end with something left over before growing is given up. */
const mostFailures = 3;

/**
 * The default: little traffic between phynodes. What the lock has stays where the rules allow it. Where the rest does
 * not fit into one phynode, regions are grown from several seeds, refined, and the best result is taken.
 * Room comes before traffic: what growing cannot place is packed by size, repaired, and for small labs searched for.
 */
export const cut: Strategy = {
  place(problem) {
    const locked = placeLocked(problem);
    if (unplaced(locked).length === 0) return assignmentOf(locked);
    const whole = placeWhole(locked);
    if (whole !== undefined) return assignmentOf(whole);
    const answer = growBest(locked) ?? fitAtAll(problem, locked);
    return answer.kind === "misfit" ? answer : relabel(problem, answer);
  },
};

function growBest(locked: Ledger): Assignment | undefined {
  const { problem } = locked;
  const size = problem.items.length + problem.graph.neighbours.length / 2;
  const attempts = Math.min(mostAttempts, Math.max(2, Math.floor(growthBudget / size)));
  const fills = [{ slots: 1, nodes: 1 }, evenFill(problem)];
  let best: Ledger | undefined;
  let failures = 0;
  for (let attempt = 0; attempt < attempts && failures < mostFailures; attempt++) {
    const ledger = locked.copy();
    const root = Math.floor((attempt * problem.items.length) / attempts);
    grow(ledger, fills[attempt % 2]!, root);
    if (repair(ledger).length > 0) failures++;
    else {
      refine(ledger);
      if (best === undefined || byScore(scoreOf(ledger), scoreOf(best)) < 0) best = ledger;
    }
  }
  return best && assignmentOf(best);
}

/** How full the largest servers are when as few as can take everything share it evenly. */
function evenFill(problem: Problem): Fill {
  const demand = problem.items.reduce((sum, item) => sum + item.demand, 0);
  const nodes = problem.itemOf.length;
  let slots = 0;
  let limit = 0;
  for (const index of serversBySize(problem)) {
    const server = problem.servers[index]!;
    slots += server.slots;
    limit += server.phynode.limits.nodes;
    if (slots >= demand && limit >= nodes) break;
  }
  return { slots: slots === 0 ? 1 : Math.min(1, demand / slots), nodes: Math.min(1, nodes / limit) };
}

/** Any assignment: with the lock, then without it, then by trying everything. */
function fitAtAll(problem: Problem, locked: Ledger): Assignment | Misfit {
  let last = locked;
  let left: readonly number[] = [];
  for (const start of [locked, new Ledger(problem)]) {
    last = start.copy();
    fillBestFit(last);
    const packed = last.copy();
    left = repair(packed);
    if (left.length === 0) {
      refine(packed);
      return assignmentOf(packed);
    }
  }
  const { ledger, complete } = search(problem);
  if (ledger === undefined) return misfitOf(last, unplaced(last)[0]!, complete);
  refine(ledger);
  return assignmentOf(ledger);
}
