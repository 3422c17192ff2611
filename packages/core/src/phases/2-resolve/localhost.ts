import type { Reporter } from "../../diagnostics/reporter.js";
import type { Topology } from "./topology.js";

/**
 * Without an infrastructure the lab runs on the machine at hand, whatever its size: where it has too few cores,
 * processes share them, and the user is told.
 */
export function shareLocalhost(topology: Topology, reporter: Reporter): Topology {
  const [machine] = topology.infrastructure.phynodes;
  if (machine === undefined || !topology.infrastructure.isLocalhost) return topology;
  const demands = topology.nodes.flatMap((node) => node.processes.map(({ coreNames }) => coreNames.length));
  const demand = demands.reduce((sum, each) => sum + each, 0);
  const cores = machine.cores.flat().length;
  // A process cannot share a core with itself: that it asks for more than there are is left to the allocation to say.
  if (demand <= cores || demands.some((each) => each > cores)) return topology;
  const { document } = topology;
  reporter.report("resolve/shared-machine", {
    message: `the processes ask for ${demand} cores, this machine offers ${cores}: they share them`,
    at: { file: document.file, path: ["topology", "nodes"] },
    hint: "for measurements declare servers with enough cores under [infrastructure.nodes]",
  });
  // Any process may land on any core, so the packing never fails for want of slots.
  const shared = { ...machine, oversubscribe: Math.max(machine.oversubscribe, demand) };
  return { ...topology, infrastructure: { ...topology.infrastructure, phynodes: [shared] } };
}
