import { nearest } from "../../diagnostics/near.js";
import type { Reporter } from "../../diagnostics/reporter.js";
import { originOf } from "./merge.js";
import type { Topology } from "./topology.js";

/** Placement constraints name phynodes and tags that exist. */
export function checkConstraints({ nodes, infrastructure }: Topology, reporter: Reporter): void {
  const phynodes = infrastructure.phynodes.map((phynode) => phynode.name);
  const tags = [...new Set(infrastructure.phynodes.flatMap((phynode) => phynode.tags))].sort();
  for (const { name, placement, fragments } of nodes) {
    for (const [index, phynode] of (placement.phynodes ?? []).entries()) {
      if (phynodes.includes(phynode)) continue;
      const near = nearest(phynode, phynodes);
      reporter.report("resolve/unknown-phynode", {
        message: `node "${name}" wants phynode "${phynode}", which does not exist`,
        at: originOf(fragments, ["phynode", index]),
        hint: near === undefined ? `there are: ${some(phynodes)}` : `did you mean "${near}"?`,
      });
    }
    for (const [index, tag] of placement.tags.entries()) {
      if (tags.includes(tag)) continue;
      const near = nearest(tag, tags);
      const known = tags.length === 0 ? "" : ` (there are: ${some(tags)})`;
      reporter.report("resolve/unknown-tag", {
        message: `node "${name}" wants a phynode with tag "${tag}", which none has`,
        at: originOf(fragments, ["tags", index]),
        hint: near === undefined ? `add it to the tags of a phynode${known}` : `did you mean "${near}"?`,
      });
    }
  }
}

function some(names: readonly string[]): string {
  return `${names.slice(0, 8).join(", ")}${names.length > 8 ? ", …" : ""}`;
}
