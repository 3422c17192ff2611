import { assignCores } from "./assign-cores.js";
import type { PlacedNode } from "./placement.js";
import type { Problem } from "./problem.js";
import { reasonsFor } from "./reasons.js";
import type { Assignment } from "./strategy.js";

/** The topology's nodes with their phynodes, cores and reasons, from an assignment that breaks no rule. */
export function placeNodes(problem: Problem, assignment: Assignment): readonly PlacedNode[] {
  const cores = assignCores(problem, assignment);
  const reasons = reasonsFor(problem, assignment);
  return problem.topology.nodes.map((node, index) => ({
    node,
    phynode: problem.servers[assignment.serverOf[index]!]!.phynode,
    processes: node.processes.map((process, rank) => ({ process, cores: cores[index]![rank]! })),
    reason: reasons[index]!,
  }));
}
