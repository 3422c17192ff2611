import type { JsonDiagnostic } from "../diagnostics/json.js";
import type { CompiledRehearsal } from "../operate/compile-rehearsal.js";
import type { Rehearsal } from "../operate/rehearse.js";
import type { CommandEnd } from "../operate/user-command.js";

/** What became of the time that the lab was up. */
export interface Stayed {
  /** How the user's command ended, if there was one. */
  readonly command?: CommandEnd;
  /** Whether it then stayed up until a signal, as asked. */
  readonly wasKept: boolean;
}

/** What `rehearse --json` prints. */
export function rehearsalAsJson(
  ok: boolean,
  { coreChanges, platformChanges, leftOut }: CompiledRehearsal,
  rehearsal: Rehearsal<Stayed>,
  diagnostics: readonly JsonDiagnostic[],
) {
  const { placement, ups, links = [], problems, downProblems, leftovers, stayed } = rehearsal;
  return {
    ok,
    lab: placement.topology.name,
    servers: ups.map(({ phynode, seconds, problem }) => ({
      phynode,
      nodes: placement.nodes.filter((each) => each.phynode.name === phynode).map(({ node }) => node.name),
      upSeconds: Math.round(seconds * 1000) / 1000,
      ...(problem !== undefined && { problem }),
    })),
    links: links.map(({ placed, traffic, notShaped }) => ({
      name: placed.link.name,
      kind: placed.kind,
      phynodes: placed.kind === "veth" ? [placed.phynode.name] : placed.phynodes.map(({ name }) => name),
      mtu: placed.link.mtu,
      traffic: traffic.state,
      ...(traffic.state !== "reached" && { detail: traffic.detail }),
      ...(notShaped && { notShaped }),
    })),
    coreChanges,
    platformChanges,
    leftOut,
    ...(stayed?.command && { command: stayed.command }),
    problems: [...problems, ...downProblems],
    leftovers,
    diagnostics,
  };
}
