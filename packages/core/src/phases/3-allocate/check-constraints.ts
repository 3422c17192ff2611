import type { Origin } from "../../diagnostics/diagnostic.js";
import type { Reporter } from "../../diagnostics/reporter.js";
import { originIn } from "../2-resolve/entity-origin.js";
import type { Node } from "../2-resolve/topology.js";
import { isNamed, missingTags } from "./allowed.js";
import type { Problem } from "./problem.js";
import { andMore, quotedList } from "./wording.js";

/** Reports constraints that no phynode, or no choice of phynodes, can satisfy, whatever there is of cores. */
export function checkConstraints(problem: Problem, reporter: Reporter): void {
  const impossible = new Set<number>();
  for (const [index, node] of problem.topology.nodes.entries()) {
    if (checkNode(node, problem, reporter)) impossible.add(index);
  }
  for (const { nodes, allowed } of problem.items) {
    if (allowed.servers.length > 0 || nodes.some((node) => impossible.has(node))) continue;
    checkColocated(nodes, problem, reporter);
  }
  checkSeparated(problem, reporter);
}

/** Of the whole constraint, or of one name in it. */
function placeOf(node: Node, key: "phynode" | "tags" | "colocate" | "separate", name?: string): Origin {
  const index = name === undefined || key === "phynode" ? -1 : node.placement[key].indexOf(name);
  return originIn(node, index < 0 ? [key] : [key, index]);
}

/** Whether no phynode satisfies the node's own constraints, which is reported then. */
function checkNode(node: Node, { topology }: Problem, reporter: Reporter): boolean {
  const { phynodes } = topology.infrastructure;
  const { placement } = node;
  const named = phynodes.filter((phynode) => isNamed(placement, phynode));
  if (named.some((phynode) => missingTags(placement, phynode).length === 0)) return false;
  if (placement.phynodes === undefined || placement.tags.length === 0) {
    const tags = quotedList(placement.tags);
    reporter.report("allocate/contradicting-constraints", {
      message:
        placement.tags.length === 0
          ? `node "${node.name}" may sit on no phynode: its list phynode is empty`
          : `node "${node.name}" may sit on no phynode: none has all of its tags ${tags}`,
      at: placeOf(node, placement.tags.length === 0 ? "phynode" : "tags"),
      hint:
        placement.tags.length === 0
          ? "name a phynode, or remove the key"
          : "remove a tag, or add it to a phynode",
    });
    return true;
  }
  const lacking = named.map(
    (phynode) => `"${phynode.name}" lacks ${quotedList(missingTags(placement, phynode))}`,
  );
  reporter.report("allocate/contradicting-constraints", {
    message: `node "${node.name}" may sit on no phynode: of those that its phynode names, ${andMore(lacking)}`,
    at: placeOf(node, "phynode"),
    related: [{ message: "its tags are required here", at: placeOf(node, "tags") }],
    hint: "remove one of the two constraints, or add the tag to the phynode",
  });
  return true;
}

/** Nodes that must share a phynode and cannot. */
function checkColocated(indexes: readonly number[], problem: Problem, reporter: Reporter): void {
  const nodes = indexes.map((index) => problem.topology.nodes[index]!);
  for (const [rank, b] of nodes.entries()) {
    for (const a of nodes.slice(0, rank)) {
      if (reportApart(a, b, reporter) || reportDisjoint(a, b, problem, reporter)) return;
    }
  }
  const [first, ...others] = nodes;
  if (first === undefined) return;
  reporter.report("allocate/contradicting-constraints", {
    message: `nodes ${andMore(nodes.map((node) => `"${node.name}"`))} are colocated, but no phynode is allowed for all of them`,
    at: placeOf(first, "colocate"),
    related: others
      .slice(0, 4)
      .map((node) => ({ message: `"${node.name}" is colocated here`, at: placeOf(node, "colocate") })),
    hint: "remove a constraint of one of them",
  });
}

function reportApart(a: Node, b: Node, reporter: Reporter): boolean {
  const name = a.placement.separate.find((entry) => b.placement.separate.includes(entry));
  if (name === undefined) return false;
  const shared = sharedColocation(a, b);
  reporter.report("allocate/contradicting-constraints", {
    message: `nodes "${a.name}" and "${b.name}" must share a phynode (${colocation(a, b)}) and must not (separate "${name}")`,
    at: placeOf(b, "separate", name),
    related: [
      { message: `"${a.name}" is separated here`, at: placeOf(a, "separate", name) },
      { message: `"${a.name}" is colocated here`, at: placeOf(a, "colocate", shared) },
      { message: `"${b.name}" is colocated here`, at: placeOf(b, "colocate", shared) },
    ],
    hint: "remove colocate or separate from one of the two",
  });
  return true;
}

function reportDisjoint(a: Node, b: Node, problem: Problem, reporter: Reporter): boolean {
  const { phynodes } = problem.topology.infrastructure;
  const allowed = ({ placement }: Node) =>
    phynodes.filter((phynode) => isNamed(placement, phynode) && missingTags(placement, phynode).length === 0);
  const [forA, forB] = [allowed(a), allowed(b)];
  if (forA.some((phynode) => forB.includes(phynode))) return false;
  const names = (list: typeof forA) => andMore(list.map((phynode) => `"${phynode.name}"`));
  const limiting = (node: Node) => placeOf(node, node.placement.phynodes === undefined ? "tags" : "phynode");
  reporter.report("allocate/contradicting-constraints", {
    message: `nodes "${a.name}" and "${b.name}" must share a phynode (${colocation(a, b)}), but "${a.name}" may sit only on ${names(forA)} and "${b.name}" only on ${names(forB)}`,
    at: limiting(b),
    related: [
      { message: `"${a.name}" is constrained here`, at: limiting(a) },
      { message: `"${b.name}" is colocated here`, at: placeOf(b, "colocate", sharedColocation(a, b)) },
    ],
    hint: "let both sit on the same phynode, or remove colocate from one of the two",
  });
  return true;
}

function sharedColocation(a: Node, b: Node): string | undefined {
  return a.placement.colocate.find((entry) => b.placement.colocate.includes(entry));
}

function colocation(a: Node, b: Node): string {
  const name = sharedColocation(a, b);
  return name === undefined ? "colocated through other nodes" : `colocate "${name}"`;
}

/** Nodes of one name in `separate` need a phynode each: a matching of nodes to phynodes says whether there are. */
function checkSeparated({ topology, items, itemOf }: Problem, reporter: Reporter): void {
  const members = new Map<string, number[]>();
  for (const [index, { placement }] of topology.nodes.entries()) {
    for (const name of new Set(placement.separate)) {
      const list = members.get(name);
      if (list === undefined) members.set(name, [index]);
      else list.push(index);
    }
  }
  for (const [name, nodes] of [...members].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const choices = nodes.map((node) => items[itemOf[node]!]!.allowed.servers);
    // Those that may go nowhere were reported before.
    if (choices.some((choice) => choice.length === 0)) continue;
    const crowd = findCrowd(choices);
    if (crowd === undefined) continue;
    const names = crowd.members.map((member) => `"${topology.nodes[nodes[member]!]!.name}"`);
    const phynodes = crowd.servers.map((server) => `"${topology.infrastructure.phynodes[server]!.name}"`);
    const last = topology.nodes[nodes[crowd.members.at(-1)!]!]!;
    reporter.report("allocate/contradicting-constraints", {
      message: `separate "${name}" needs ${names.length} phynodes for ${andMore(names)}, but they may sit only on ${andMore(phynodes)}`,
      at: placeOf(last, "separate", name),
      hint: "add a phynode, allow more of them, or remove separate from some of the nodes",
    });
  }
}

/**
 * Members that together have fewer servers to choose from than they are (Hall's theorem), found where Kuhn's
 * augmenting paths for a bipartite matching end; undefined when each can have a server of its own.
 */
function findCrowd(
  choices: readonly (readonly number[])[],
): { readonly members: readonly number[]; readonly servers: readonly number[] } | undefined {
  const holder = new Map<number, number>();
  for (const start of choices.keys()) {
    const reachedFrom = new Map<number, number>();
    const members = [start];
    let free: number | undefined;
    for (let next = 0; next < members.length && free === undefined; next++) {
      const member = members[next]!;
      for (const server of choices[member]!) {
        if (reachedFrom.has(server)) continue;
        reachedFrom.set(server, member);
        const held = holder.get(server);
        if (held === undefined) {
          free = server;
          break;
        }
        members.push(held);
      }
    }
    if (free === undefined) {
      return {
        members: members.sort((a, b) => a - b),
        servers: [...reachedFrom.keys()].sort((a, b) => a - b),
      };
    }
    augment(holder, reachedFrom, free, start);
  }
  return undefined;
}

/** Moves every member on the path from `free` back to `start` over by one server. */
function augment(
  holder: Map<number, number>,
  reachedFrom: ReadonlyMap<number, number>,
  free: number,
  start: number,
): void {
  const serverOf = new Map([...holder].map(([server, member]) => [member, server]));
  let server: number | undefined = free;
  while (server !== undefined) {
    const member: number = reachedFrom.get(server)!;
    holder.set(server, member);
    server = member === start ? undefined : serverOf.get(member);
  }
}
