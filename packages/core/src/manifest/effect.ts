import type { Effect } from "./comparison.js";
import type { RemadeLink, Takes } from "./finding.js";
import { isKept, isMoved, keptOf, type ManifestPair, processNames } from "./manifest-pair.js";
import { endMadeAnew, keptLinksOf } from "./remade-links.js";

/** Works out what changes take with all that follows: what one node's change does to others, only all of them tell. */
export class Effects {
  readonly #pair: ManifestPair;
  /** Nodes that are where they were, and are not made anew by any change. */
  readonly #staying: ReadonlySet<string>;

  constructor(pair: ManifestPair, all: readonly Takes[]) {
    this.#pair = pair;
    const remade = new Set(all.flatMap(({ remadeNodes = [] }) => remadeNodes));
    const staying = [...keptOf(pair.nodes)].filter(([name, node]) => !isMoved(node) && !remade.has(name));
    this.#staying = new Set(staying.map(([name]) => name));
  }

  /** What one change takes. */
  of(takes: Takes): Effect {
    const remadeNodes = (takes.remadeNodes ?? []).filter((node) => !this.#isMoved(node));
    const links = [...(takes.remadeLinks ?? []), ...remadeNodes.flatMap((node) => this.#linksWith(node))];
    const again = [...(takes.restarts ?? []), ...remadeNodes.flatMap((node) => this.#processesIn(node))];
    const elsewhere = again.filter((process) => this.#isMoved(process.slice(0, process.indexOf("/"))));
    const touched = [...links.flatMap(({ nodes }) => nodes), ...(takes.touched ?? [])];
    return inOrder({
      live: takes.live ?? false,
      starts: [...(takes.starts ?? []), ...elsewhere],
      stops: [...(takes.stops ?? []), ...elsewhere],
      restarts: again,
      reloads: takes.reloads ?? [],
      remadeNodes,
      remadeLinks: links.map(({ id }) => this.#pair.links.get(id)?.after?.name ?? id),
      neighbours: touched.filter((node) => this.#staying.has(node)),
    });
  }

  #isMoved(name: string): boolean {
    const node = this.#pair.nodes.get(name);
    return isKept(node) && isMoved(node);
  }

  #processesIn(name: string): readonly string[] {
    const node = this.#pair.nodes.get(name);
    return isKept(node) ? processNames(node) : [];
  }

  #linksWith(node: string): readonly RemadeLink[] {
    return keptLinksOf(node, this.#pair).map((link) => endMadeAnew(link, node));
  }
}

/** What all of it takes together. */
export function togetherOf(effects: readonly Effect[]): Effect {
  const all = (list: Exclude<keyof Effect, "live">) => effects.flatMap((effect) => effect[list]);
  return inOrder({
    live: effects.some(({ live }) => live),
    starts: all("starts"),
    stops: all("stops"),
    restarts: all("restarts"),
    reloads: all("reloads"),
    remadeNodes: all("remadeNodes"),
    remadeLinks: all("remadeLinks"),
    neighbours: all("neighbours"),
  });
}

/** Each once and sorted, and what happens to a process just once: who is stopped is not restarted, who is restarted needs not reload. */
function inOrder(effect: Effect): Effect {
  const once = (names: readonly string[], ...others: readonly (readonly string[])[]) =>
    names.length === 0 ? none : sortedWithout(names, others);
  const { starts, stops, restarts, reloads } = effect;
  return {
    live: effect.live,
    starts: once(starts),
    stops: once(stops),
    restarts: once(restarts, starts, stops),
    reloads: once(reloads, starts, stops, restarts),
    remadeNodes: once(effect.remadeNodes),
    remadeLinks: once(effect.remadeLinks),
    neighbours: once(effect.neighbours),
  };
}

const none: readonly string[] = Object.freeze([]);

function sortedWithout(names: readonly string[], others: readonly (readonly string[])[]): readonly string[] {
  const out = new Set(others.flat());
  return [...new Set(names)].filter((name) => !out.has(name)).sort();
}
