import type { Problem } from "./problem.js";
import type { Assignment } from "./strategy.js";
import { andMore, quotedList } from "./wording.js";

/** For each node why it sits where it sits, one plain sentence: the strongest reason that is true of it. */
export function reasonsFor(problem: Problem, { serverOf }: Assignment): readonly string[] {
  const neighbours = neighboursOf(problem);
  return problem.topology.nodes.map((_, node) => {
    const server = serverOf[node]!;
    return (
      forcedReason(node, problem) ??
      lockedReason(node, server, problem) ??
      colocatedReason(node, problem) ??
      neighbourReason(neighbours[node]!, server, serverOf, problem) ??
      separateReason(node, problem) ??
      (neighbours[node]!.length === 0
        ? "it has no links, and there was room"
        : "there was room; none of its neighbours is here")
    );
  });
}

function forcedReason(node: number, { topology, servers, items, itemOf }: Problem): string | undefined {
  if (servers.length === 1) return "the only phynode";
  const { phynodes, tags } = topology.nodes[node]!.placement;
  if (items[itemOf[node]!]!.allowed.servers.length > 1) return undefined;
  if (phynodes?.length === 1) return `phynode = "${phynodes[0]}"`;
  if (phynodes === undefined && tags.length > 0)
    return `the only phynode with ${tags.length === 1 ? "tag" : "tags"} ${quotedList(tags)}`;
  return "the only phynode that its constraints leave";
}

function lockedReason(
  node: number,
  server: number,
  { lockedServerOf, servers }: Problem,
): string | undefined {
  return lockedServerOf[node] === server ? `locked to ${servers[server]!.phynode.name}` : undefined;
}

function colocatedReason(node: number, { topology, items, itemOf }: Problem): string | undefined {
  const { nodes } = items[itemOf[node]!]!;
  if (nodes.length === 1) return undefined;
  const others = nodes.filter((other) => other !== node).map((other) => topology.nodes[other]!.name);
  return `colocated with ${andMore(others, 2)}`;
}

function neighbourReason(
  neighbours: readonly number[],
  server: number,
  serverOf: ArrayLike<number>,
  { topology }: Problem,
): string | undefined {
  const here = neighbours.filter((neighbour) => serverOf[neighbour] === server);
  if (here.length === 0) return undefined;
  const names = [...new Set(here)].sort((a, b) => a - b).map((neighbour) => topology.nodes[neighbour]!.name);
  const links = neighbours.length === 1 ? "its only link" : `${here.length} of ${neighbours.length} links`;
  return `with ${andMore(names, 2)}, its ${names.length === 1 ? "neighbour" : "neighbours"} by ${links}`;
}

function separateReason(node: number, { topology }: Problem): string | undefined {
  const { separate } = topology.nodes[node]!.placement;
  return separate.length === 0 ? undefined : `separate ${quotedList(separate)}`;
}

/** For each node the other end of each of its links. */
function neighboursOf({ topology: { nodes, links } }: Problem): readonly (readonly number[])[] {
  const indexOf = new Map(nodes.map(({ name }, index) => [name, index]));
  const neighbours: number[][] = nodes.map(() => []);
  for (const {
    endpoints: [first, second],
  } of links) {
    const [a, b] = [indexOf.get(first.node)!, indexOf.get(second.node)!];
    neighbours[a]!.push(b);
    neighbours[b]!.push(a);
  }
  return neighbours;
}
