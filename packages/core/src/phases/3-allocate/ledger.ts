import { type GroupChoice, NumaBook } from "./numa.js";
import type { Item, Problem } from "./problem.js";

/** Where an item sits: its server, and the NUMA node of each of its units. */
export interface Seat {
  readonly server: number;
  readonly groups: readonly number[];
}

interface State {
  /** For each item its server, -1 while it has none. */
  readonly serverOf: Int32Array;
  readonly numa: NumaBook;
  readonly slotsLeft: Int32Array;
  readonly nodesLeft: Int32Array;
  /** The items on each server, and the names in `separate` that they have. */
  readonly members: readonly Set<number>[];
  readonly separated: readonly Set<string>[];
}

/** An assignment in the making: what is placed, and what every server has left. No hard rule is ever broken in it. */
export class Ledger {
  readonly problem: Problem;
  readonly #state: State;

  constructor(problem: Problem, state: State = emptyState(problem)) {
    this.problem = problem;
    this.#state = state;
  }

  copy(): Ledger {
    const { serverOf, numa, slotsLeft, nodesLeft, members, separated } = this.#state;
    return new Ledger(this.problem, {
      serverOf: serverOf.slice(),
      numa: numa.copy(),
      slotsLeft: slotsLeft.slice(),
      nodesLeft: nodesLeft.slice(),
      members: members.map((items) => new Set(items)),
      separated: separated.map((names) => new Set(names)),
    });
  }

  /** For each item its server, -1 while it has none. */
  get serverOf(): Int32Array {
    return this.#state.serverOf;
  }

  /** For each unit its NUMA node, -1 while it has none and for a spread unit. */
  get groupOf(): Int32Array {
    return this.#state.numa.groupOf;
  }

  /** Whether some server could not be searched to the end, so that a refusal may have been wrong. */
  get gaveUp(): boolean {
    return this.#state.numa.gaveUp;
  }

  /** The items on a server. */
  members(server: number): ReadonlySet<number> {
    return this.#state.members[server]!;
  }

  /** Slots left on a server, over all of its NUMA nodes and less what is spread. */
  slotsLeft(server: number): number {
    return this.#state.slotsLeft[server]!;
  }

  nodesLeft(server: number): number {
    return this.#state.nodesLeft[server]!;
  }

  /** Whether all rules but those of NUMA let the item onto the server. */
  admits(index: number, server: number): boolean {
    const item = this.problem.items[index]!;
    const separated = this.#state.separated[server]!;
    return (
      item.allowed.has[server] === 1 &&
      item.demand <= this.slotsLeft(server) &&
      item.nodes.length <= this.nodesLeft(server) &&
      (separated.size === 0 || !item.separate.some((name) => separated.has(name)))
    );
  }

  /**
   * Places an item on a server, if the rules let it. When no NUMA node has enough left, the server is packed
   * anew, which gives up after `steps` dead ends; 0: it is not tried.
   */
  place(index: number, server: number, steps: number, choice: GroupChoice = "fullest"): boolean {
    if (!this.admits(index, server)) return false;
    const { numa, members } = this.#state;
    const groups = numa.seat(index, server, members[server]!, choice);
    if (groups !== undefined) {
      this.restore(index, { server, groups });
      return true;
    }
    if (steps === 0 || !numa.packAnew([...members[server]!, index], server, steps)) return false;
    this.#settle(index, server);
    return true;
  }

  /** Takes an item off its server and says where it sat. */
  remove(index: number): Seat {
    const { serverOf, numa, members } = this.#state;
    const server = serverOf[index]!;
    const item = this.problem.items[index]!;
    const groups = item.units.map((unit) => numa.groupOf[unit]!);
    for (const unit of item.units) numa.book(unit, -1);
    this.#count(item, server, -1);
    members[server]!.delete(index);
    serverOf[index] = -1;
    return { server, groups };
  }

  /** Puts an item where it sat; nothing else may have taken its place meanwhile. */
  restore(index: number, { server, groups }: Seat): void {
    const { units } = this.problem.items[index]!;
    for (const [rank, group] of groups.entries()) this.#state.numa.book(units[rank]!, group);
    this.#settle(index, server);
  }

  /** Whether an item would fit onto a server if some of its members left. */
  wouldFit(index: number, server: number, without: ReadonlySet<number>, steps: number): boolean {
    const { phynode, slots } = this.problem.servers[server]!;
    const members = [...this.members(server)].filter((member) => !without.has(member)).concat(index);
    const items = members.map((member) => this.problem.items[member]!);
    const sum = (of: (item: Item) => number) => items.reduce((total, item) => total + of(item), 0);
    if (this.problem.items[index]!.allowed.has[server] !== 1 || sum((item) => item.demand) > slots)
      return false;
    if (sum((item) => item.nodes.length) > phynode.limits.nodes) return false;
    const separate = items.flatMap((item) => item.separate);
    if (new Set(separate).size < separate.length) return false;
    return this.#state.numa.canPack(members, server, steps);
  }

  #settle(index: number, server: number): void {
    this.#count(this.problem.items[index]!, server, 1);
    this.#state.members[server]!.add(index);
    this.#state.serverOf[index] = server;
  }

  #count(item: Item, server: number, count: 1 | -1): void {
    this.#state.slotsLeft[server]! -= count * item.demand;
    this.#state.nodesLeft[server]! -= count * item.nodes.length;
    for (const name of item.separate) {
      if (count > 0) this.#state.separated[server]!.add(name);
      else this.#state.separated[server]!.delete(name);
    }
  }
}

function emptyState(problem: Problem): State {
  const { items, servers } = problem;
  return {
    serverOf: new Int32Array(items.length).fill(-1),
    numa: new NumaBook(problem),
    slotsLeft: Int32Array.from(servers, (server) => server.slots),
    nodesLeft: Int32Array.from(servers, ({ phynode }) => phynode.limits.nodes),
    members: servers.map(() => new Set()),
    separated: servers.map(() => new Set()),
  };
}
