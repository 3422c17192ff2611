import type { Change, Comparison, Effect } from "../../manifest/comparison.js";
import type { Manifest } from "../../manifest/manifest.js";

/** Phynodes by what is to be run there to get from one version to the other, each list sorted. */
export interface ConcernedServers {
  /** Both have it, and something is to be done there. */
  readonly apply: readonly string[];
  /** Only the new one has it. */
  readonly up: readonly string[];
  /** Only the old one has it. */
  readonly down: readonly string[];
}

export function concernedServers(
  { changes }: Comparison,
  before: Manifest,
  after: Manifest,
): ConcernedServers {
  const [old, own] = [before, after].map(({ phynodes }) => new Set(phynodes.map(({ name }) => name))) as [
    Set<string>,
    Set<string>,
  ];
  const places = [before, after].map(placesIn);
  const concerned = new Set(
    changes
      .filter((change) => change.change !== "changed" || isSomething(change.effect))
      .flatMap((change) => places.flatMap((placesOf) => placesOf(change))),
  );
  const both = [...concerned].filter((name) => old.has(name) && own.has(name));
  return {
    apply: both.sort(),
    up: [...own].filter((name) => !old.has(name)).sort(),
    down: [...old].filter((name) => !own.has(name)).sort(),
  };
}

/** Whether it takes anything on a running lab. */
export function isSomething({ live, ...lists }: Effect): boolean {
  return live || Object.values(lists).some(({ length }) => length > 0);
}

/** Ends that are made anew are their nodes' and not the link's: of a tunnel it may be one, and then the far server has nothing to do. */
function isAtEnd({ change, values, effect }: Change, end: string): boolean {
  if (change !== "changed") return true;
  return effect.live && values.some(({ key = [] }) => key.length === 1 || key[0] === end);
}

/** Where all sits that a change is of, or that it touches. */
function placesIn({ nodes, links, binaries = [] }: Manifest): (change: Change) => readonly string[] {
  const phynodeOf = new Map(nodes.map(({ name, phynode }) => [name, phynode]));
  const endsOf = new Map(
    links.map(({ id, endpoints }) => [
      id,
      endpoints.map((end) => ({ text: `${end.node}:${end.interface}`, node: end.node })),
    ]),
  );
  return (change) => {
    const { subject, effect } = change;
    const { phynode, node, link, binary, platform } = subject;
    const processes = [effect.starts, effect.stops, effect.restarts, effect.reloads].flat();
    const touched = [
      ...(node === undefined ? [] : [node]),
      ...(endsOf.get(link ?? "") ?? []).filter(({ text }) => isAtEnd(change, text)).map((end) => end.node),
      ...processes.map((process) => process.slice(0, process.indexOf("/"))),
      ...effect.remadeNodes,
      ...effect.neighbours,
    ];
    const builds = binaries.find(({ name }) => name === binary)?.builds ?? [];
    return [
      ...(phynode === undefined ? [] : [phynode]),
      ...touched.flatMap((each) => phynodeOf.get(each) ?? []),
      ...builds.flatMap((build) => (build.platform === platform ? build.phynodes : [])),
    ];
  };
}
