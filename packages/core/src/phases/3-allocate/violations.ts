import type { Node } from "../2-resolve/topology.js";
import { assignCores, type Cores } from "./assign-cores.js";
import type { Problem } from "./problem.js";
import type { Assignment } from "./strategy.js";

/**
 * The hard rules that an assignment breaks, in words, none for a correct one: a plugin's strategy is judged by it. Rules
 * are read from the topology again, so that it shares no reasoning with the strategies.
 */
export function violations(problem: Problem, assignment: Assignment): readonly string[] {
  const found = placeViolations(problem, assignment);
  return found.length > 0 ? found : coreViolations(problem, assignment, assignCores(problem, assignment));
}

function placeViolations(problem: Problem, assignment: Assignment): readonly string[] {
  const { nodes, infrastructure } = problem.topology;
  const { phynodes } = infrastructure;
  const lost = nodes.filter((_, node) => phynodes[assignment.serverOf[node] ?? -1] === undefined);
  if (lost.length > 0) return lost.map((node) => `node "${node.name}" has no phynode`);
  const phynodeOf = (node: number) => phynodes[assignment.serverOf[node]!]!;
  return [
    ...nodes.flatMap((node, index) => {
      const { name, tags } = phynodeOf(index);
      const isNamed = node.placement.phynodes?.includes(name) ?? true;
      const missing = node.placement.tags.filter((tag) => !tags.includes(tag));
      return [
        ...(isNamed ? [] : [`node "${node.name}" may not sit on "${name}"`]),
        ...missing.map((tag) => `node "${node.name}" needs tag "${tag}", "${name}" has it not`),
      ];
    }),
    ...phynodes.flatMap((phynode, server) => {
      const count = nodes.filter((_, node) => assignment.serverOf[node] === server).length;
      return count > phynode.limits.nodes
        ? [`"${phynode.name}" has ${count} nodes, its limit is ${phynode.limits.nodes}`]
        : [];
    }),
    ...togetherViolations(nodes, assignment),
    ...groupViolations(problem, assignment),
  ];
}

function togetherViolations(nodes: readonly Node[], { serverOf }: Assignment): readonly string[] {
  const found: string[] = [];
  const colocated = new Map<string, number>();
  const separated = new Map<string, number>();
  for (const [index, { name, placement }] of nodes.entries()) {
    for (const group of placement.colocate) {
      const other = colocated.get(group) ?? index;
      colocated.set(group, other);
      if (serverOf[other] !== serverOf[index])
        found.push(`nodes "${nodes[other]!.name}" and "${name}" must share a phynode`);
    }
    for (const group of new Set(placement.separate)) {
      const key = JSON.stringify([group, serverOf[index]]);
      const other = separated.get(key);
      if (other !== undefined)
        found.push(`nodes "${nodes[other]!.name}" and "${name}" must not share a phynode`);
      separated.set(key, index);
    }
  }
  return found;
}

function groupViolations(problem: Problem, { serverOf, groupOf }: Assignment): readonly string[] {
  return problem.units.flatMap((unit, index) => {
    const group = groupOf[index] ?? -1;
    const fits = unit.spread ? group === -1 : problem.groups[group]?.server === serverOf[unit.node];
    return fits ? [] : [`node "${problem.topology.nodes[unit.node]!.name}" has no NUMA node on its phynode`];
  });
}

/** The rules on cores that an assignment with its cores breaks, in words. */
function coreViolations(problem: Problem, assignment: Assignment, cores: Cores): readonly string[] {
  const { nodes, infrastructure } = problem.topology;
  const load = new Map<string, number>();
  const found: string[] = [];
  for (const [index, node] of nodes.entries()) {
    const server = assignment.serverOf[index]!;
    const phynode = infrastructure.phynodes[server];
    if (phynode === undefined) continue;
    const own = cores[index] ?? [];
    for (const [rank, process] of node.processes.entries()) {
      const chosen = own[rank] ?? [];
      const label = `process "${process.name}" of node "${node.name}"`;
      if (chosen.length !== process.coreNames.length) {
        found.push(`${label} has ${chosen.length} cores, it needs ${process.coreNames.length}`);
      }
      if (new Set(chosen).size < chosen.length) found.push(`${label} has a core twice`);
      if (node.placement.numa === "process" && numaNodes(chosen, phynode.cores).size > 1) {
        found.push(`${label} spans NUMA nodes`);
      }
      for (const core of chosen) {
        const key = JSON.stringify([server, core]);
        load.set(key, (load.get(key) ?? 0) + 1);
        if (load.get(key) === phynode.oversubscribe + 1) {
          found.push(`core ${core} of "${phynode.name}" serves more than ${phynode.oversubscribe}`);
        }
        if (!phynode.cores.some((group) => group.includes(core)))
          found.push(`"${phynode.name}" has no core ${core}`);
      }
    }
    if (node.placement.numa === "node" && numaNodes(own.flat(), phynode.cores).size > 1) {
      found.push(`node "${node.name}" spans NUMA nodes`);
    }
  }
  return found;
}

function numaNodes(chosen: readonly number[], cores: readonly (readonly number[])[]): ReadonlySet<number> {
  return new Set(chosen.map((core) => cores.findIndex((group) => group.includes(core))));
}
