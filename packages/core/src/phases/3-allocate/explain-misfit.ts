import type { Reporter } from "../../diagnostics/reporter.js";
import { originIn } from "../2-resolve/entity-origin.js";
import { isNamed, missingTags } from "./allowed.js";
import { originOfDemand } from "./demand.js";
import type { Item, Problem, Unit } from "./problem.js";
import type { Misfit } from "./strategy.js";
import { andMore, counted, quotedList } from "./wording.js";

const mostPhynodes = 6;

/** Reports a node that was left over: what it needs, what every phynode had left for it, and why others are out. */
export function reportMisfit(problem: Problem, misfit: Misfit, reporter: Reporter): void {
  const node = problem.topology.nodes[misfit.node]!;
  const item = problem.items[problem.itemOf[misfit.node]!]!;
  const states = problem.servers.map((_, server) => stateOf(server, item, problem, misfit));
  const left = states.slice(0, mostPhynodes).join("; ");
  const more = states.length > mostPhynodes ? `; and ${states.length - mostPhynodes} more phynodes` : "";
  const others = item.nodes
    .filter((other) => other !== misfit.node)
    .map((other) => `"${problem.topology.nodes[other]!.name}"`);
  const subject =
    others.length === 0
      ? `node "${node.name}" needs`
      : `node "${node.name}" and those colocated with it, ${andMore(others)}, need`;
  reporter.report("allocate/does-not-fit", {
    message: `${misfit.proven ? "the lab does not fit" : "no placement found"}: ${subject} ${needOf(item, problem)}; ${left}${more}`,
    at: item.demand > 0 ? originOfDemand(node) : originIn(node, []),
    hint: misfit.proven
      ? "every placement was tried: add cores or phynodes, raise oversubscribe, or relax a constraint"
      : "the rest was placed before it, and not every placement was tried: add cores or phynodes, raise oversubscribe, or relax a constraint",
  });
}

function needOf(item: Item, problem: Problem): string {
  const units = item.units.map((unit) => problem.units[unit]!);
  const whole = units.filter((unit) => !unit.spread);
  const spread = units.filter((unit) => unit.spread);
  const parts: string[] = [];
  if (whole.length === 1) parts.push(`${counted(whole[0]!.cores, "core")} in one NUMA node`);
  else if (whole.length > 1) parts.push(`${sizes(whole)} cores, each number in one NUMA node`);
  if (spread.length > 0) parts.push(counted(sum(spread), "core"));
  return parts.length === 0 ? "no core, but a place" : parts.join(" and ");
}

function stateOf(server: number, item: Item, problem: Problem, misfit: Misfit): string {
  const { name, limits, oversubscribe } = problem.servers[server]!.phynode;
  const excluded = exclusionOf(server, item, problem, misfit);
  if (excluded !== undefined) return `"${name}" ${excluded}`;
  const here = problem.topology.nodes.filter((_, node) => misfit.serverOf[node] === server).length;
  if (here + item.nodes.length > limits.nodes)
    return `"${name}" has ${here} of at most ${limits.nodes} nodes`;
  return `"${name}" has ${leftOn(server, problem, misfit)} left${oversubscribe > 1 ? " (cores × oversubscribe)" : ""}`;
}

function exclusionOf(server: number, item: Item, problem: Problem, misfit: Misfit): string | undefined {
  const { nodes } = problem.topology;
  const { phynode } = problem.servers[server]!;
  for (const index of item.nodes) {
    const { placement } = nodes[index]!;
    if (!isNamed(placement, phynode)) return "excluded by phynode";
    const missing = missingTags(placement, phynode);
    if (missing.length > 0) return `excluded by tags (it lacks ${quotedList(missing)})`;
  }
  const rival = nodes.find(
    ({ placement }, index) =>
      misfit.serverOf[index] === server && placement.separate.some((name) => item.separate.includes(name)),
  );
  if (rival === undefined) return undefined;
  const name = rival.placement.separate.find((entry) => item.separate.includes(entry));
  return `excluded by separate "${name}" (it has "${rival.name}")`;
}

/** Slots left by NUMA node: `2+1`; where processes are spread, their sum. */
function leftOn(server: number, problem: Problem, { serverOf, groupOf }: Misfit): string {
  const { firstGroup, groupCount, slots } = problem.servers[server]!;
  const here = [...problem.units.entries()].filter(([, unit]) => serverOf[unit.node] === server);
  const units = here.map(([, unit]) => unit);
  if (groupCount === 0 || units.some((unit) => unit.spread)) return String(slots - sum(units));
  const left = problem.groups.slice(firstGroup, firstGroup + groupCount).map((group) => group.slots);
  for (const [index, unit] of here) left[groupOf[index]! - firstGroup]! -= unit.cores;
  return left.join("+");
}

function sum(units: readonly Unit[]): number {
  return units.reduce((total, unit) => total + unit.cores, 0);
}

function sizes(units: readonly Unit[]): string {
  const shown = units.slice(0, 6).map((unit) => unit.cores);
  return `${shown.join("+")}${units.length > 6 ? "+…" : ""}`;
}
