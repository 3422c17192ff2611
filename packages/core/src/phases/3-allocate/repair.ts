import { briefSearch, Effort } from "./effort.js";
import type { Ledger } from "./ledger.js";

/** What one call of `fillBestFit` or `repair` may spend on looks at servers that have to be packed anew. */
const looks = 300_000;

/** Places items, those with the fewest servers and the most cores first, each where the least is left after it. */
export function fillBestFit(ledger: Ledger): void {
  const { items } = ledger.problem;
  const effort = new Effort(looks);
  const waiting = [...items.keys()].filter((item) => ledger.serverOf[item]! < 0);
  for (const item of hardestFirst(waiting, ledger)) {
    const servers = [...items[item]!.allowed.servers];
    servers.sort(
      (a, b) =>
        ledger.slotsLeft(a) - ledger.slotsLeft(b) || ledger.nodesLeft(a) - ledger.nodesLeft(b) || a - b,
    );
    placeOnFirst(ledger, item, servers, effort);
  }
}

function hardestFirst(list: readonly number[], { problem: { items } }: Ledger): number[] {
  const choices = (item: number) => items[item]!.allowed.servers.length;
  return [...list].sort(
    (a, b) =>
      choices(a) - choices(b) ||
      items[b]!.separate.length - items[a]!.separate.length ||
      items[b]!.demand - items[a]!.demand ||
      items[b]!.nodes.length - items[a]!.nodes.length ||
      a - b,
  );
}

/**
 * Places what has no place: where there is room and most traffic goes, or else by sending away what stands in the way,
 * which is then placed in its turn. Gives up after a number of looks. Returns what is left over.
 */
export function repair(ledger: Ledger): readonly number[] {
  const waiting = hardestFirst(
    [...ledger.serverOf.keys()].filter((item) => ledger.serverOf[item]! < 0),
    ledger,
  );
  const effort = new Effort(looks);
  const evictor = new Evictor(ledger, effort);
  while (waiting.length > 0) {
    const item = waiting[0]!;
    if (!placeNearTraffic(ledger, item, effort)) {
      const evicted = evictor.makeRoom(item);
      if (evicted === undefined) return waiting;
      waiting.push(...evicted);
    }
    waiting.shift();
  }
  return [];
}

/** The first server that has room as it is; or else the first that has it when packed anew. */
function placeOnFirst(ledger: Ledger, item: number, servers: readonly number[], effort: Effort): boolean {
  if (servers.some((server) => ledger.place(item, server, 0))) return true;
  return servers.some(
    (server) =>
      ledger.admits(item, server) &&
      effort.spend(ledger.members(server).size) &&
      ledger.place(item, server, briefSearch),
  );
}

function placeNearTraffic(ledger: Ledger, item: number, effort: Effort): boolean {
  const { graph, items } = ledger.problem;
  const traffic = new Map<number, number>();
  for (let k = graph.offsets[item]!; k < graph.offsets[item + 1]!; k++) {
    const server = ledger.serverOf[graph.neighbours[k]!]!;
    traffic.set(server, (traffic.get(server) ?? 0) + graph.weights[k]!);
  }
  const servers = [...items[item]!.allowed.servers];
  servers.sort(
    (a, b) =>
      (traffic.get(b) ?? 0) - (traffic.get(a) ?? 0) || ledger.slotsLeft(a) - ledger.slotsLeft(b) || a - b,
  );
  return placeOnFirst(ledger, item, servers, effort);
}

/** Sends items away from servers; what was sent away often is sent away last, so that it never goes round in circles. */
class Evictor {
  readonly #ledger: Ledger;
  readonly #evictions: Int32Array;
  readonly #effort: Effort;

  constructor(ledger: Ledger, effort: Effort) {
    this.#ledger = ledger;
    this.#effort = effort;
    this.#evictions = new Int32Array(ledger.serverOf.length);
  }

  /** Places the item and returns what had to go; undefined when there is no way, or too much was spent. */
  makeRoom(item: number): readonly number[] | undefined {
    let best:
      | { readonly server: number; readonly evicted: readonly number[]; readonly cost: number }
      | undefined;
    for (const server of this.#ledger.problem.items[item]!.allowed.servers) {
      const evicted = this.#smallestSet(item, server);
      if (evicted === undefined) continue;
      const cost = evicted.reduce((sum, member) => sum + this.#cost(member), 0);
      if (best === undefined || cost < best.cost) best = { server, evicted, cost };
    }
    if (best === undefined) return undefined;
    for (const member of best.evicted) {
      this.#ledger.remove(member);
      this.#evictions[member]!++;
    }
    return this.#ledger.place(item, best.server, briefSearch) ? best.evicted : undefined;
  }

  #cost(item: number): number {
    const { demand, nodes } = this.#ledger.problem.items[item]!;
    return (1 + this.#evictions[item]! ** 2) * (demand + nodes.length);
  }

  /** Few items, cheap to send away, without which the item fits. */
  #smallestSet(item: number, server: number): readonly number[] | undefined {
    const { items } = this.#ledger.problem;
    const separate = new Set(items[item]!.separate);
    const members = [...this.#ledger.members(server)].sort((a, b) => this.#cost(a) - this.#cost(b) || a - b);
    const enemies = members.filter((member) => items[member]!.separate.some((name) => separate.has(name)));
    const gone = new Set(enemies);
    if (this.#fits(item, server, gone)) return enemies;
    const others = members.filter((member) => !gone.has(member));
    for (const other of others) {
      if (this.#fits(item, server, new Set([...enemies, other]))) return [...enemies, other];
    }
    for (const other of others) {
      gone.add(other);
      if (this.#fits(item, server, gone)) return [...gone];
    }
    return undefined;
  }

  #fits(item: number, server: number, gone: ReadonlySet<number>): boolean {
    const members = this.#ledger.members(server).size;
    return this.#effort.spend(members) && this.#ledger.wouldFit(item, server, gone, briefSearch);
  }
}
