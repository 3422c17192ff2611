import type { Problem } from "./problem.js";
import type { Assignment } from "./strategy.js";

/**
 * Servers that no constraint can tell apart change places so that the first node by name is on the first of them: a
 * person expects r1 on server1. With a lock nothing moves.
 */
export function relabel(problem: Problem, assignment: Assignment): Assignment {
  const { servers, groups, units } = problem;
  if (problem.lock !== undefined) return assignment;
  const order = [...new Set(Array.from(assignment.serverOf))];
  const to = servers.map((_, index) => index);
  for (const twin of new Set(servers.map((server) => server.twin))) {
    const twins = servers.flatMap((server, index) => (server.twin === twin ? [index] : []));
    const used = order.filter((server) => twins.includes(server));
    const empty = twins.filter((server) => !used.includes(server));
    for (const [rank, server] of [...used, ...empty].entries()) to[server] = twins[rank] as number;
  }
  const groupTo = groups.map(({ server }, group) => {
    const offset = group - (servers[server]?.firstGroup ?? 0);
    return (servers[to[server] as number]?.firstGroup ?? 0) + offset;
  });
  return {
    kind: "assignment",
    serverOf: Array.from(assignment.serverOf, (server) => to[server] as number),
    groupOf: units.map((_, unit) => groupTo[assignment.groupOf[unit] ?? -1] ?? -1),
  };
}
