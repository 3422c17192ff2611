import type { Reporter } from "../../diagnostics/reporter.js";
import { originIn } from "../2-resolve/entity-origin.js";
import { originOfCores, originOfDemand } from "./demand.js";
import { Ledger } from "./ledger.js";
import type { AllowedSet, Item, Problem, Unit } from "./problem.js";
import { andMore, counted } from "./wording.js";

/** Dead ends after which packing one item into an empty server is given up. */
const packingSteps = 10_000;
/** Sets of phynodes compared with each other; there are as many as kinds of constraints. */
const mostSets = 64;

/** Reports what can never fit for want of cores or of room for nodes: single nodes first, then sums. */
export function checkCapacity(problem: Problem, reporter: Reporter): void {
  const before = reporter.errorCount;
  checkItems(problem, reporter);
  if (reporter.errorCount > before) return;
  checkSums(problem, reporter);
}

/** Every item must fit onto some server that has nothing else on it. */
function checkItems(problem: Problem, reporter: Reporter): void {
  const empty = new Ledger(problem);
  const fitting = new Set<string>();
  const setNumbers = new Map<AllowedSet, number>();
  for (const [index, item] of problem.items.entries()) {
    if (item.allowed.servers.length === 0) continue;
    const units = item.units.map((unit) => problem.units[unit]!);
    const shape = units.map(({ cores, widest, spread }) => `${cores}/${widest}/${spread}`);
    if (!setNumbers.has(item.allowed)) setNumbers.set(item.allowed, setNumbers.size);
    const key = `${setNumbers.get(item.allowed)} ${item.nodes.length} ${shape.join()}`;
    if (fitting.has(key)) continue;
    if (fitsSomewhere(empty, index, item.allowed)) fitting.add(key);
    else explainItem(item, units, problem, reporter);
  }
}

function fitsSomewhere(empty: Ledger, index: number, allowed: AllowedSet): boolean {
  const fits = allowed.servers.some((server) => {
    if (!empty.place(index, server, packingSteps)) return false;
    empty.remove(index);
    return true;
  });
  // Once a search was given up a refusal proves nothing; the strategy may find a way.
  return fits || empty.gaveUp;
}

function explainItem(item: Item, units: readonly Unit[], problem: Problem, reporter: Reporter): void {
  if (tooManyNodes(item, problem, reporter)) return;
  for (const unit of units) if (explainUnit(unit, item.allowed, problem, reporter)) return;
  const { topology } = problem;
  const names = item.nodes.map((node) => `"${topology.nodes[node]!.name}"`);
  const first = topology.nodes[item.nodes[0]!]!;
  const largest = largestServer(item.allowed, problem);
  const roomy = problem.servers[largest]!.slots >= item.demand;
  const subject =
    names.length === 1 ? `node ${names[0]} needs` : `nodes ${andMore(names)} are colocated and need`;
  const may = names.length === 1 ? "it may use" : "they may use";
  reporter.report("allocate/not-enough-cores", {
    message: roomy
      ? `${subject} ${counted(item.demand, "core")} in portions that the NUMA nodes of no phynode ${may} have room for together`
      : `${subject} ${counted(item.demand, "core")}; the largest phynode ${may} has ${room(largest, problem)}`,
    at: names.length === 1 ? originOfDemand(first) : originIn(first, ["colocate"]),
    hint: roomy
      ? 'numa = "any" lets processes take cores from several NUMA nodes'
      : `give a phynode more cores or raise its oversubscribe${names.length === 1 ? "" : ", or colocate fewer nodes"}`,
  });
}

/** Whether a single unit is larger than every NUMA node (or, spread, every server) that it may use. */
function explainUnit(unit: Unit, allowed: AllowedSet, problem: Problem, reporter: Reporter): boolean {
  const groups = problem.groups.filter((group) => allowed.has[group.server] === 1);
  if (unit.spread || groups.some((group) => group.slots >= unit.cores && group.cores.length >= unit.widest)) {
    return false;
  }
  const node = problem.topology.nodes[unit.node]!;
  const byCores = groups.every((group) => group.cores.length < unit.widest);
  const needed = byCores ? unit.widest : unit.cores;
  const sizeOf = (group: (typeof groups)[number]) => (byCores ? group.cores.length : group.slots);
  const largest = groups.reduce((best, group) => (sizeOf(group) > sizeOf(best) ? group : best), groups[0]!);
  const phynode = problem.servers[largest.server]!.phynode;
  const alone = node.processes.length > 1 && unit.processes.length === 1;
  const process = alone ? `process "${node.processes[unit.processes[0]!]!.name}" of ` : "";
  const kind = phynode.oversubscribe > 1 && !byCores ? " (cores × oversubscribe)" : "";
  reporter.report("allocate/not-enough-cores", {
    message: `${process}node "${node.name}" needs ${counted(needed, "core")} within one NUMA node; the largest that it may use has ${sizeOf(largest)}${kind}, on "${phynode.name}"`,
    at: originOfDemand(node),
    hint: hintFor(unit, allowed, problem),
  });
  return true;
}

/** Other NUMA rules help only where a whole server has the cores. */
function hintFor(unit: Unit, allowed: AllowedSet, { servers, topology }: Problem): string {
  const roomy = allowed.servers.some((server) => {
    const { phynode, slots } = servers[server]!;
    return slots >= unit.cores && phynode.cores.flat().length >= unit.widest;
  });
  if (!roomy) return "give a phynode more cores, or let processes name fewer core_<n>";
  return topology.nodes[unit.node]!.placement.numa === "node" && unit.processes.length > 1
    ? 'numa = "process" lets each process have a NUMA node of its own, numa = "any" spreads even one process'
    : 'numa = "any" lets a process take cores from several NUMA nodes';
}

function tooManyNodes(item: Item, problem: Problem, reporter: Reporter): boolean {
  const limits = item.allowed.servers.map((server) => problem.servers[server]!.phynode.limits.nodes);
  const most = Math.max(...limits);
  if (item.nodes.length <= most) return false;
  const nodes = item.nodes.map((node) => problem.topology.nodes[node]!);
  reporter.report("allocate/too-many-nodes", {
    message: `${item.nodes.length} nodes are colocated with "${nodes[0]!.name}", but a phynode that they may use takes at most ${most}`,
    at: originIn(nodes[0]!, ["colocate"]),
    hint: "raise limits.nodes of a phynode, or colocate fewer nodes",
  });
  return true;
}

/** For each set of servers: what may sit only there must fit there in sum. */
function checkSums(problem: Problem, reporter: Reporter): void {
  const all = {
    servers: problem.servers.map((_, index) => index),
    has: new Uint8Array(problem.servers.length).fill(1),
  };
  const sets = [...new Set(problem.items.map((item) => item.allowed))].filter(
    (set) => set.servers.length > 0,
  );
  if (checkSum(all, sets, problem, reporter) || sets.length > mostSets) return;
  // A small set that overflows explains the larger ones around it.
  for (const set of sets.sort((a, b) => a.servers.length - b.servers.length)) {
    if (checkSum(set, sets, problem, reporter)) return;
  }
}

function checkSum(
  set: AllowedSet,
  sets: readonly AllowedSet[],
  problem: Problem,
  reporter: Reporter,
): boolean {
  const inside = new Set(sets.filter((other) => other.servers.every((server) => set.has[server] === 1)));
  const items = problem.items.filter((item) => inside.has(item.allowed));
  const servers = set.servers.map((server) => problem.servers[server]!);
  const demand = items.reduce((sum, item) => sum + item.demand, 0);
  const slots = servers.reduce((sum, server) => sum + server.slots, 0);
  const nodes = items.reduce((sum, item) => sum + item.nodes.length, 0);
  const limit = servers.reduce((sum, { phynode }) => sum + phynode.limits.nodes, 0);
  const names = andMore(servers.map(({ phynode }) => `"${phynode.name}"`));
  const everywhere = servers.length === problem.servers.length;
  const subject = everywhere ? "the lab" : `what may sit only on ${names}`;
  const { phynode } = servers[0]!;
  if (demand > slots) {
    const shared = servers.some(({ phynode }) => phynode.oversubscribe > 1) ? " (cores × oversubscribe)" : "";
    reporter.report("allocate/not-enough-cores", {
      message: `${subject} needs ${counted(demand, "core")}, one for each core_<n> of its processes; ${everywhere ? `${names} ${servers.length === 1 ? "has" : "have"}` : "there are"} ${slots}${shared}`,
      at: originOfCores(phynode),
      hint: "add cores or phynodes, raise oversubscribe, or let processes name fewer cores",
    });
  }
  if (nodes > limit) {
    reporter.report("allocate/too-many-nodes", {
      message: `${subject} has ${counted(nodes, "node")}; ${names} ${servers.length === 1 ? "takes" : "take"} at most ${limit}`,
      at: originIn(phynode, ["limits", "nodes"]),
      hint: "raise limits.nodes of a phynode, or add phynodes",
    });
  }
  return demand > slots || nodes > limit;
}

function largestServer(allowed: AllowedSet, { servers }: Problem): number {
  return allowed.servers.reduce((best, server) =>
    servers[server]!.slots > servers[best]!.slots ? server : best,
  );
}

function room(server: number, { servers }: Problem): string {
  const { phynode, slots } = servers[server]!;
  return `${slots}${phynode.oversubscribe > 1 ? " (cores × oversubscribe)" : ""}, "${phynode.name}"`;
}
