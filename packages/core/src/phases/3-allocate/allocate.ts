/**
 * Phase 3. In: the topology. Out: each node's phynode, each process's cores, each link's kind (veth, or VXLAN and its VNI).
 * Holds on exit: every hard rule of placement; both ends of a crossing link have an underlay that carries its MTU.
 * Plugins may check it (`placementCheck`) and bring strategies (`allocators`).
 */
import { type Context, toolsOf } from "../../context.js";
import { frozen } from "../../values/frozen.js";
import { ownAllocators } from "../2-resolve/allocators.js";
import type { Topology } from "../2-resolve/topology.js";
import { checkCapacity } from "./check-capacity.js";
import { checkConstraints } from "./check-constraints.js";
import { reportMisfit } from "./explain-misfit.js";
import { linkKinds } from "./link-kinds.js";
import { reportMoved } from "./moved.js";
import { placeNodes } from "./place-nodes.js";
import type { Placement } from "./placement.js";
import { createProblem, type Problem } from "./problem.js";
import { standIn } from "./stand-in.js";
import { strategies } from "./strategies.js";
import type { Assignment, Misfit } from "./strategy.js";
import { violations } from "./violations.js";

export async function allocate(topology: Topology, context: Context): Promise<Placement | undefined> {
  const { reporter, hooks } = context;
  const { lock } = topology.document;
  const problem = createProblem(topology, lock);
  checkConstraints(problem, reporter);
  if (reporter.errorCount > 0) return undefined;
  checkCapacity(problem, reporter);
  if (reporter.errorCount > 0) return undefined;

  const answer = place(problem, topology, context);
  if (answer.kind === "misfit") {
    reportMisfit(problem, answer, reporter);
    return undefined;
  }
  const nodes = placeNodes(problem, answer);
  reportMoved(nodes, topology, lock, reporter);
  const links = linkKinds(topology, nodes, lock, reporter);
  if (reporter.errorCount > 0) return undefined;
  const placement: Placement = { topology, nodes, links };
  await hooks.check("placementCheck", placement);
  return standIn(placement, topology.document.localhost);
}

/** Runs the strategy that the topology names; the answer of a plugin's is checked before anything is built on it. */
function place(
  problem: Problem,
  { document, infrastructure }: Topology,
  context: Context,
): Assignment | Misfit {
  const own = ownAllocators.find((name) => name === infrastructure.allocator);
  if (own !== undefined) return strategies[own].place(problem);
  const { allocator: name } = infrastructure;
  for (const { name: plugin, allocators = {} } of document.plugins) {
    const allocator = Object.hasOwn(allocators, name) ? allocators[name] : undefined;
    if (allocator === undefined) continue;
    return context.calls.run(plugin, `allocator ${name}`, () => {
      frozen(problem.topology);
      const answer = allocator.place(problem, toolsOf(plugin, context));
      if (answer.kind === "misfit") return answer;
      const [first] = violations(problem, answer);
      if (first !== undefined) throw new Error(first);
      return answer;
    });
  }
  throw new Error(`there is no allocation strategy "${name}"`);
}
