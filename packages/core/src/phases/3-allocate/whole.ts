import { briefSearch, Effort } from "./effort.js";
import { serversBySize } from "./grow.js";
import type { Ledger } from "./ledger.js";
import type { Problem } from "./problem.js";

/** What may be spent on looks at servers that have to be packed anew. */
const looks = 300_000;

/**
 * Places everything without cutting a link, each connected part of the graph on one server and all on as few as go;
 * undefined when that does not work out.
 */
export function placeWhole(locked: Ledger): Ledger | undefined {
  const { problem } = locked;
  const parts = connectedParts(problem).map((items) => ({
    items,
    demand: items.reduce((sum, item) => sum + problem.items[item]!.demand, 0),
    home: homeOf(items, locked),
  }));
  if (parts.some(({ home }) => home === "several")) return undefined;
  const order = [...parts.keys()].sort(
    (a, b) =>
      Number(parts[a]!.home === "none") - Number(parts[b]!.home === "none") ||
      parts[b]!.demand - parts[a]!.demand ||
      a - b,
  );
  const effort = new Effort(looks);
  for (const servers of choicesOfServers(locked)) {
    const ledger = locked.copy();
    const fits = order.every((index) => {
      const { items, home } = parts[index]!;
      const choices = typeof home === "number" ? [home] : servers;
      return choices.some((server) => placePart(items, server, ledger, effort));
    });
    if (fits) return ledger;
  }
  return undefined;
}

/** Each server alone that has slots for everything, then all, the largest first. */
function choicesOfServers(locked: Ledger): readonly (readonly number[])[] {
  const { items, servers } = locked.problem;
  const waiting = items.filter((_, item) => locked.serverOf[item]! < 0);
  const demand = waiting.reduce((sum, item) => sum + item.demand, 0);
  const alone = [...servers.keys()].filter((server) => locked.slotsLeft(server) >= demand);
  return [...alone.map((server) => [server]), serversBySize(locked.problem)];
}

function placePart(items: readonly number[], server: number, ledger: Ledger, effort: Effort): boolean {
  const waiting = items.filter((item) => ledger.serverOf[item]! < 0);
  const { problem } = ledger;
  const demand = waiting.reduce((sum, item) => sum + problem.items[item]!.demand, 0);
  if (demand > ledger.slotsLeft(server) || waiting.some((item) => !ledger.admits(item, server))) return false;
  waiting.sort((a, b) => problem.items[b]!.demand - problem.items[a]!.demand || a - b);
  const done = waiting.findIndex((item) => !placeItem(item, server, ledger, effort));
  if (done < 0) return true;
  for (const item of waiting.slice(0, done)) ledger.remove(item);
  return false;
}

function placeItem(item: number, server: number, ledger: Ledger, effort: Effort): boolean {
  if (ledger.place(item, server, 0)) return true;
  return effort.spend(ledger.members(server).size) && ledger.place(item, server, briefSearch);
}

/** The server that has all of a part's items that are placed. */
function homeOf(items: readonly number[], ledger: Ledger): number | "none" | "several" {
  const homes = new Set(items.map((item) => ledger.serverOf[item]!).filter((server) => server >= 0));
  if (homes.size > 1) return "several";
  const [home] = homes;
  return home ?? "none";
}

function connectedParts({ graph, items }: Problem): readonly (readonly number[])[] {
  const seen = new Uint8Array(items.length);
  const parts: number[][] = [];
  for (const start of items.keys()) {
    if (seen[start] === 1) continue;
    const part = [start];
    seen[start] = 1;
    for (let next = 0; next < part.length; next++) {
      const item = part[next]!;
      for (let k = graph.offsets[item]!; k < graph.offsets[item + 1]!; k++) {
        const neighbour = graph.neighbours[k]!;
        if (seen[neighbour] === 1) continue;
        seen[neighbour] = 1;
        part.push(neighbour);
      }
    }
    parts.push(part);
  }
  return parts;
}
