import type { Phynode } from "../2-resolve/topology.js";
import type { Problem, Unit } from "./problem.js";
import type { Assignment } from "./strategy.js";

/** For each node, for each of its processes, the cores: `cores[node][process][i]` is `core_<coreNames[i]>`. */
export type Cores = readonly (readonly (readonly number[])[])[];

/**
 * Gives every process its cores in the NUMA node of its unit. Cores of the lock are kept where the process still sits on
 * that server and they are still free; every other process gets the least loaded cores, of equal ones the lowest.
 */
export function assignCores(problem: Problem, assignment: Assignment): Cores {
  const cores: number[][][] = problem.topology.nodes.map(({ processes }) => processes.map(() => []));
  const unitsOn: number[][] = problem.servers.map(() => []);
  for (const [index, unit] of problem.units.entries()) unitsOn[assignment.serverOf[unit.node]!]?.push(index);
  for (const [server, units] of unitsOn.entries()) {
    const tasks = tasksOf(units, server, problem, assignment.groupOf);
    // Locked cores can load some cores so unevenly that the rest no longer fits, only where cores are shared.
    const dealt = deal(tasks, problem, server, true) ?? deal(tasks, problem, server, false) ?? [];
    for (const { task, chosen } of dealt) cores[task.node]![task.process] = [...chosen];
  }
  return cores;
}

/** One process that wants cores. */
interface Task {
  readonly node: number;
  readonly process: number;
  readonly count: number;
  /** What it may choose from. */
  readonly choice: readonly number[];
  readonly locked: readonly number[] | undefined;
}

/**
 * In the order in which they choose. Spread processes come last, the largest first: with the rest dealt out evenly this
 * finds cores whenever there are enough (the greedy construction of Gale and Ryser).
 */
function tasksOf(
  units: readonly number[],
  server: number,
  problem: Problem,
  groupOf: ArrayLike<number>,
): readonly Task[] {
  const { phynode } = problem.servers[server]!;
  const everyCore = phynode.cores.flat().sort((a, b) => a - b);
  const fixed: Task[] = [];
  const spread: Task[] = [];
  for (const index of [...units].sort((a, b) => problem.units[a]!.node - problem.units[b]!.node || a - b)) {
    const unit = problem.units[index]!;
    if (unit.spread) spread.push(...tasksOfUnit(unit, everyCore, phynode, problem));
    else fixed.push(...tasksOfUnit(unit, problem.groups[groupOf[index]!]?.cores ?? [], phynode, problem));
  }
  return [...fixed, ...spread.sort((a, b) => b.count - a.count || a.node - b.node || a.process - b.process)];
}

function tasksOfUnit(
  unit: Unit,
  choice: readonly number[],
  phynode: Phynode,
  problem: Problem,
): readonly Task[] {
  const node = problem.topology.nodes[unit.node]!;
  const { lock } = problem;
  const lockedNode =
    lock !== undefined && Object.hasOwn(lock.nodes, node.name) ? lock.nodes[node.name] : undefined;
  return unit.processes.map((index) => {
    const process = node.processes[index]!;
    const count = process.coreNames.length;
    const isThere = lockedNode?.phynode === phynode.name && Object.hasOwn(lockedNode.cores, process.name);
    const cores = isThere ? lockedNode.cores[process.name] : undefined;
    const isValid =
      cores?.length === count &&
      new Set(cores).size === count &&
      cores.every((core) => choice.includes(core));
    return { node: unit.node, process: index, count, choice, locked: isValid ? cores : undefined };
  });
}

interface Dealt {
  readonly task: Task;
  readonly chosen: readonly number[];
}

function deal(
  tasks: readonly Task[],
  problem: Problem,
  server: number,
  useLock: boolean,
): readonly Dealt[] | undefined {
  const { oversubscribe } = problem.servers[server]!.phynode;
  const load = new Int32Array(
    1 + problem.servers[server]!.phynode.cores.flat().reduce((a, b) => Math.max(a, b), 0),
  );
  const dealt: Dealt[] = [];
  const take = (task: Task, chosen: readonly number[]) => {
    for (const core of chosen) load[core]!++;
    dealt.push({ task, chosen });
  };
  const isFree = (core: number) => load[core]! < oversubscribe;
  const isSpread = (task: Task) => problem.topology.nodes[task.node]!.placement.numa === "any";
  const takeFor = (some: readonly Task[]): boolean => {
    const kept = new Set<Task>();
    for (const task of useLock ? some : []) {
      if (!task.locked?.every(isFree)) continue;
      take(task, task.locked);
      kept.add(task);
    }
    return some.every((task) => {
      if (kept.has(task)) return true;
      const chosen = leastLoaded(task, load).filter(isFree);
      take(task, chosen);
      return chosen.length === task.count;
    });
  };
  // A spread process must not keep a core that a process bound to that NUMA node has to have.
  const fits = takeFor(tasks.filter((task) => !isSpread(task))) && takeFor(tasks.filter(isSpread));
  return fits ? dealt : undefined;
}

/** As many cores as the task wants, ascending, so that `core_0` is the lowest. */
function leastLoaded({ choice, count }: Task, load: Int32Array): readonly number[] {
  const chosen: number[] = [];
  let level = choice.reduce((least, core) => Math.min(least, load[core]!), Number.POSITIVE_INFINITY);
  for (let enough = choice.length >= count; enough && chosen.length < count; level++) {
    for (const core of choice) if (load[core] === level && chosen.length < count) chosen.push(core);
  }
  return chosen.sort((a, b) => a - b);
}
