/**
 * Phase 3. In: the topology. Out: each node's phynode, each process's cores, each link's kind (veth, or VXLAN and its VNI).
 * Holds on exit: every hard rule of placement; both ends of a crossing link have an underlay that carries its MTU.
 * Plugins may check it (`placementCheck`) and bring strategies (`allocators`).
 */
import { type Context, toolsOf } from "../../context.js";
import type { Reporter } from "../../diagnostics/reporter.js";
import { frozen } from "../../values/frozen.js";
import { ownAllocators } from "../2-resolve/allocators.js";
import type { Topology } from "../2-resolve/topology.js";
import { type Attempt, allocateOrBlame } from "./blame-allocation.js";
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
  const isOwn = ownAllocators.some((name) => name === topology.infrastructure.allocator);
  const attempt: Attempt<Placement> = (given, found) => attemptPlacement(given, found, context);
  // A plugin's strategy runs once: it may report, and keep choices.
  const retry = isOwn ? attempt : (given: Topology, found: Reporter) => possible(given, found);
  const placement = await allocateOrBlame(topology, attempt, retry, reporter);
  if (placement === undefined) return undefined;
  await hooks.check("placementCheck", placement);
  return standIn(placement, topology.document.localhost);
}

async function attemptPlacement(
  topology: Topology,
  reporter: Reporter,
  context: Context,
): Promise<Placement | undefined> {
  const { lock } = topology.document;
  const problem = possible(topology, reporter);
  if (problem === undefined) return undefined;
  const answer = await place(problem, topology, context);
  if (answer.kind === "misfit") {
    reportMisfit(problem, answer, reporter);
    return undefined;
  }
  const nodes = placeNodes(problem, answer);
  reportMoved(nodes, topology, lock, reporter);
  const links = linkKinds(topology, nodes, lock, reporter);
  return reporter.errorCount > 0 ? undefined : { topology, nodes, links };
}

/** The topology as a problem; undefined where nothing can solve it, which is reported. */
function possible(topology: Topology, reporter: Reporter): Problem | undefined {
  const problem = createProblem(topology, topology.document.lock);
  checkConstraints(problem, reporter);
  if (reporter.errorCount === 0) checkCapacity(problem, reporter);
  return reporter.errorCount > 0 ? undefined : problem;
}

/** Runs the strategy that the topology names; the answer of a plugin's is checked before anything is built on it. */
async function place(
  problem: Problem,
  { document, infrastructure }: Topology,
  context: Context,
): Promise<Assignment | Misfit> {
  const own = ownAllocators.find((name) => name === infrastructure.allocator);
  if (own !== undefined) return strategies[own].place(problem);
  const { allocator: name } = infrastructure;
  for (const { name: plugin, allocators = {} } of document.plugins) {
    const allocator = Object.hasOwn(allocators, name) ? allocators[name] : undefined;
    if (allocator === undefined) continue;
    const { calls } = context;
    const hook = `allocator ${name}`;
    frozen(problem.topology);
    const answer = await calls.runAsync(plugin, hook, () =>
      allocator.place(problem, toolsOf(plugin, context)),
    );
    return calls.attribute(plugin, hook, () => checked(answer, problem));
  }
  throw new Error(`there is no allocation strategy "${name}"`);
}

/** The answer, if it keeps the hard rules. */
function checked(answer: Assignment | Misfit, problem: Problem): Assignment | Misfit {
  if (answer.kind === "misfit") return usable(answer, problem);
  const [first] = violations(problem, answer);
  if (first !== undefined) throw new Error(first);
  return answer;
}

/** A misfit that can be explained. */
function usable(misfit: Misfit, { topology, units, servers, groups }: Problem): Misfit {
  const { node, serverOf, groupOf } = misfit;
  const isIndex = (index: number, count: number) => Number.isInteger(index) && index >= -1 && index < count;
  const isRight =
    node >= 0 &&
    isIndex(node, topology.nodes.length) &&
    serverOf.length === topology.nodes.length &&
    groupOf.length === units.length &&
    Array.from(serverOf).every((server) => isIndex(server, servers.length)) &&
    Array.from(groupOf).every((group) => isIndex(group, groups.length));
  if (!isRight)
    throw new Error("its misfit does not name a node, and a server for each node and a group for each unit");
  return misfit;
}
