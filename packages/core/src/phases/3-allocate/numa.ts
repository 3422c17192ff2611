import { type Packing, pack, type Room, spreadFits } from "./packing.js";
import type { Problem, Unit } from "./problem.js";

/** How a unit's NUMA node is chosen: the fullest that fits, or the first. */
export type GroupChoice = "fullest" | "first";

/** Which NUMA node each unit has, and what that leaves: one part of a `Ledger`. */
export class NumaBook {
  /** For each unit its NUMA node, -1 while it has none and for a spread unit. */
  readonly groupOf: Int32Array;
  /** Slots that each NUMA node has left. */
  readonly #left: Int32Array;
  readonly #problem: Problem;
  /** The most cores that a spread unit wants. */
  readonly #widestSpread: number;
  #gaveUp = false;

  constructor(problem: Problem, groupOf?: Int32Array, left?: Int32Array) {
    this.#problem = problem;
    this.groupOf = groupOf ?? new Int32Array(problem.units.length).fill(-1);
    this.#left = left ?? Int32Array.from(problem.groups, (group) => group.slots);
    this.#widestSpread = problem.units.reduce(
      (most, { spread, cores }) => (spread ? Math.max(most, cores) : most),
      0,
    );
  }

  copy(): NumaBook {
    return new NumaBook(this.#problem, this.groupOf.slice(), this.#left.slice());
  }

  /** Whether some server could not be searched to the end, so that a refusal may have been wrong. */
  get gaveUp(): boolean {
    return this.#gaveUp;
  }

  /** A NUMA node for each unit of an item from what is left; undefined when one finds none. Nothing is booked. */
  seat(
    item: number,
    server: number,
    members: Iterable<number>,
    choice: GroupChoice,
  ): readonly number[] | undefined {
    const { units } = this.#problem.items[item]!;
    const groups: number[] = [];
    for (const unit of units) {
      const group = this.#choose(this.#problem.units[unit]!, server, choice);
      if (group === undefined) break;
      this.book(unit, group);
      groups.push(group);
    }
    const fits = groups.length === units.length && this.#spreadFits(item, server, members);
    for (const unit of units.slice(0, groups.length)) this.book(unit, -1);
    return fits ? groups : undefined;
  }

  /** Packs a server anew with these items, until `steps` dead ends, and books it; whether that was possible. */
  packAnew(members: readonly number[], server: number, steps: number): boolean {
    const { roomOf, complete } = this.#pack(members, server, steps);
    if (!complete) this.#gaveUp = true;
    if (roomOf === undefined) return false;
    const { firstGroup } = this.#problem.servers[server]!;
    const blocks = this.#blocks(members);
    for (const unit of blocks) this.book(unit, -1);
    for (const [rank, unit] of blocks.entries()) this.book(unit, firstGroup + roomOf[rank]!);
    return true;
  }

  /** Whether these items alone can be packed into a server. */
  canPack(members: readonly number[], server: number, steps: number): boolean {
    return this.#pack(members, server, steps).roomOf !== undefined;
  }

  /** Books a unit into a NUMA node, -1: out of the one that it has. */
  book(unit: number, group: number): void {
    const { cores } = this.#problem.units[unit]!;
    const before = this.groupOf[unit]!;
    if (before >= 0) this.#left[before]! += cores;
    if (group >= 0) this.#left[group]! -= cores;
    this.groupOf[unit] = group;
  }

  #choose(unit: Unit, server: number, choice: GroupChoice): number | undefined {
    if (unit.spread) return -1;
    const { firstGroup, groupCount } = this.#problem.servers[server]!;
    const fits = (group: number) =>
      this.#left[group]! >= unit.cores && this.#problem.groups[group]!.cores.length >= unit.widest;
    const locked = unit.lockedGroup;
    if (locked >= firstGroup && locked < firstGroup + groupCount && fits(locked)) return locked;
    let best: number | undefined;
    for (let group = firstGroup; group < firstGroup + groupCount; group++) {
      if (!fits(group)) continue;
      if (choice === "first") return group;
      if (best === undefined || this.#left[group]! < this.#left[best]!) best = group;
    }
    return best;
  }

  #spreadFits(item: number, server: number, members: Iterable<number>): boolean {
    const { firstGroup, groupCount, phynode } = this.#problem.servers[server]!;
    // With one process per core the sum of what is left on the server decides, and that is looked at before.
    if (phynode.oversubscribe === 1 || this.#widestSpread === 0) return true;
    const left = [...this.#left.subarray(firstGroup, firstGroup + groupCount)];
    const rooms = this.#rooms(server);
    // Where even processes as large as the largest fit, the members need not be gathered.
    const largest = new Array<number>(phynode.oversubscribe - 1).fill(this.#widestSpread);
    if (spreadFits(largest, rooms, left)) return true;
    return spreadFits(this.#spreadDemands([...members, item]), rooms, left);
  }

  #pack(members: readonly number[], server: number, steps: number): Packing {
    const blocks = this.#blocks(members).map((unit) => this.#problem.units[unit]!);
    return pack(blocks, this.#rooms(server), this.#spreadDemands(members), steps);
  }

  /** The units that need one NUMA node, largest first. */
  #blocks(members: readonly number[]): readonly number[] {
    const { items, units } = this.#problem;
    const blocks = members.flatMap((member) => items[member]!.units.filter((unit) => !units[unit]!.spread));
    return blocks.sort((a, b) => units[b]!.cores - units[a]!.cores || a - b);
  }

  #spreadDemands(members: readonly number[]): readonly number[] {
    const { items, units } = this.#problem;
    const spread = members.flatMap((member) => items[member]!.units.filter((unit) => units[unit]!.spread));
    return spread.map((unit) => units[unit]!.cores).sort((a, b) => b - a);
  }

  #rooms(server: number): readonly Room[] {
    const { firstGroup, groupCount } = this.#problem.servers[server]!;
    const groups = this.#problem.groups.slice(firstGroup, firstGroup + groupCount);
    return groups.map(({ cores, slots }) => ({ cores: cores.length, slots }));
  }
}
