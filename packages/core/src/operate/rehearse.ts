import type { PlacedLink, Placement } from "../phases/3-allocate/placement.js";
import type { Artifacts } from "../phases/6-emit/artifacts.js";
import { bringDown, bringUp, carryBundles, checkStatus, type UpReport } from "./bundles.js";
import {
  findLeftovers,
  type LabNames,
  type Leftovers,
  snapshotMachine,
  snapshotServers,
} from "./leftovers.js";
import { writePlaces } from "./places.js";
import { probeLinks, type Traffic } from "./probe.js";
import { hasNetem, type Obstacle, openRoom, type Room } from "./servers.js";
import { layUnderlay } from "./underlay.js";

/** What is rehearsed. */
export interface Lab {
  readonly placement: Placement;
  readonly artifacts: Artifacts;
}

export interface RehearseOptions<Stayed> {
  /** Ends the rehearsal early, but in order: `down`, then the look for leftovers. */
  readonly signal: AbortSignal;
  /** Ends it at once: everything is killed. */
  readonly kill: AbortSignal;
  readonly onStep?: (step: string) => void;
  /** Called while the lab is up and has been checked. */
  readonly whileUp: (running: Running) => Promise<Stayed>;
}

/** A lab that is up, with what was found out about it. */
export interface Running {
  readonly room: Room;
  readonly placement: Placement;
  readonly ups: readonly UpReport[];
  /** Undefined where not every server came up. */
  readonly links?: readonly LinkReport[];
  /** What `status` found wrong, by server. */
  readonly problems: readonly string[];
}

export interface LinkReport {
  readonly placed: PlacedLink;
  readonly traffic: Traffic;
  /** Whether delay, jitter or loss was asked and this kernel has no netem. */
  readonly notShaped: boolean;
}

export interface Rehearsal<Stayed> extends Running {
  /** What `whileUp` gave; undefined where the lab did not come up. */
  readonly stayed?: Stayed;
  readonly downProblems: readonly string[];
  readonly leftovers: Leftovers;
}

/**
 * Runs a whole testbed on this machine: its phynodes as namespaces, its bundles as they would be copied to the servers,
 * traffic over every link; then takes it down and looks for what is left.
 */
export async function rehearse<Stayed>(
  lab: Lab,
  options: RehearseOptions<Stayed>,
): Promise<Rehearsal<Stayed> | Obstacle> {
  const { placement } = lab;
  const { onStep = () => undefined, signal, kill } = options;
  const { phynodes } = placement.topology.infrastructure;
  const machine = await snapshotMachine();
  onStep("making servers");
  const room = await openRoom(
    phynodes.map(({ name }) => name),
    signal,
  );
  if ("obstacle" in room) return room;
  const killAll = () => void room.close();
  kill.addEventListener("abort", killAll, { once: true });
  try {
    const obstacle = (await layUnderlay(room, phynodes)) ?? (await carryBundles(room, lab.artifacts));
    if (obstacle !== undefined) return { obstacle };
    await writePlaces(room, placement);
    const before = { machine, servers: await snapshotServers(room) };
    const running = await runLab(room, lab, options);
    onStep("taking it down");
    const downProblems = await bringDown(room);
    const servers = await snapshotServers(room);
    await room.close();
    const after = { machine: await snapshotMachine(), servers };
    return { ...running, downProblems, leftovers: findLeftovers(before, after, room.servers, labNames(lab)) };
  } finally {
    kill.removeEventListener("abort", killAll);
    await room.close();
  }
}

/** From `up` to just before `down`; an abort cuts it short. */
async function runLab<Stayed>(
  room: Room,
  { placement }: Lab,
  options: RehearseOptions<Stayed>,
): Promise<Running & { readonly stayed?: Stayed }> {
  const { signal, onStep = () => undefined, whileUp } = options;
  const canShape = await hasNetem(room);
  onStep("bringing it up");
  const ups = await bringUp(room, !canShape, signal);
  const isUp = ups.every(({ problem }) => problem === undefined);
  if (!isUp || signal.aborted) return { room, placement, ups, problems: [] };
  onStep("sending traffic over every link");
  const [traffic, problems] = await Promise.all([
    probeLinks(placement, room.servers, signal),
    checkStatus(room, signal),
  ]);
  if (signal.aborted) return { room, placement, ups, problems: [] };
  const links = placement.links.map(
    (placed, index): LinkReport => ({
      placed,
      traffic: traffic[index] ?? { state: "failed", detail: "it was not probed" },
      notShaped: !canShape && placed.link.endpoints.some(wantsNetem),
    }),
  );
  const running = { room, placement, ups, links, problems };
  return { ...running, stayed: await whileUp(running) };
}

/** Whether an end asks for what only netem gives; tbf holds the rate. */
function wantsNetem(end: PlacedLink["link"]["endpoints"][number]): boolean {
  const { latencyNs, jitterNs, loss, duplicate, corrupt, reorder } = end;
  return [latencyNs, jitterNs, loss, duplicate, corrupt, reorder].some(
    (value) => value !== undefined && value > 0,
  );
}

function labNames({ placement, artifacts }: Lab): LabNames {
  const { nodes, phynodes } = artifacts.manifest;
  const placed = placement.nodes.map(({ node }) => node);
  return {
    lab: placement.topology.name,
    namespaces: new Set(placed.map(({ netns }) => netns)),
    devices: new Set(placed.flatMap(({ interfaces }) => interfaces.map(({ name }) => name))),
    files: new Set([...nodes, ...phynodes].flatMap(({ files }) => files.map(({ path }) => path))),
  };
}
