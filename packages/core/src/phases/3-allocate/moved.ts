import type { Reporter } from "../../diagnostics/reporter.js";
import type { Lock } from "../1-parse/lock.js";
import { lockFileOf } from "../1-parse/read-lock.js";
import type { Topology } from "../2-resolve/topology.js";
import type { PlacedNode } from "./placement.js";

/** Says which nodes could not stay where the lock has them. */
export function reportMoved(
  nodes: readonly PlacedNode[],
  { document }: Topology,
  lock: Lock | undefined,
  reporter: Reporter,
): void {
  if (lock === undefined) return;
  const moved = nodes.filter(({ node, phynode }) => {
    const locked = Object.hasOwn(lock.nodes, node.name) ? lock.nodes[node.name] : undefined;
    return locked !== undefined && locked.phynode !== phynode.name;
  });
  const [first] = moved;
  if (first === undefined) return;
  const others = moved.length === 1 ? "" : ` and ${moved.length - 1} more`;
  reporter.report("allocate/moved", {
    message: `node "${first.node.name}"${others} cannot stay on "${lock.nodes[first.node.name]?.phynode}", where the lock has it`,
    at: { file: lockFileOf(document.file), line: 1, column: 1 },
    hint: "the topology has changed since the lock was made; accept the new placement with dune build --update-lock",
  });
}
