import { type Platform, parsePlatform } from "../../values/platform.js";
import type { Localhost } from "../1-parse/document.js";
import type { Phynode } from "../2-resolve/topology.js";
import type { Placement } from "./placement.js";

/** For a rehearsal: the same placement with this machine's cores and architecture in the place of the servers'. */
export function standIn(placement: Placement, localhost: Localhost | undefined): Placement {
  const coreFor = localhost?.coreFor;
  if (coreFor === undefined) return placement;
  const { topology } = placement;
  const phynodes = topology.infrastructure.phynodes.map((phynode): Phynode => {
    const here = phynode.cores.map((group) => group.map((core) => coreFor(phynode.name, core)));
    const cores = [[...new Set(here.flat())].sort((a, b) => a - b)];
    return { ...phynode, cores, platform: platformHere(phynode.platform, localhost?.platform) };
  });
  const byName = new Map(phynodes.map((phynode) => [phynode.name, phynode]));
  const here = (phynode: Phynode) => byName.get(phynode.name) ?? phynode;
  return {
    topology: { ...topology, infrastructure: { ...topology.infrastructure, phynodes } },
    nodes: placement.nodes.map((placed) => ({
      ...placed,
      phynode: here(placed.phynode),
      processes: placed.processes.map(({ process, cores }) => ({
        process,
        cores: cores.map((core) => coreFor(placed.phynode.name, core)),
      })),
    })),
    links: placement.links.map((placed) =>
      placed.kind === "veth"
        ? { ...placed, phynode: here(placed.phynode) }
        : { ...placed, phynodes: [here(placed.phynodes[0]), here(placed.phynodes[1])] },
    ),
  };
}

/** The declared one where this machine has its architecture. */
function platformHere(declared: Platform, machine: string | undefined): Platform {
  const here = machine === undefined ? undefined : parsePlatform(machine);
  return here?.ok && here.value.arch !== declared.arch ? here.value : declared;
}
