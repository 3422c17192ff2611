import { bridgeDevice } from "../phases/2-resolve/nodes.js";
import type { Node } from "../phases/2-resolve/topology.js";
import type { PlacedLink, Placement } from "../phases/3-allocate/placement.js";
import { deriveMac, linkLocal } from "../values/mac.js";
import { runIn } from "./enter.js";
import { scriptCommand } from "./scripts.js";
import type { Server } from "./servers.js";

/** Whether traffic crossed a link, in both directions; `detail` says why not. */
export type Traffic =
  | { readonly state: "reached" }
  | { readonly state: "failed" | "not probed"; readonly detail: string };

/** Where one end of a link is spoken to: its interface, on a bridge node the bridge itself. */
interface End {
  readonly label: string;
  readonly node: string;
  readonly phynode: string;
  readonly netns: string;
  readonly device: string;
  readonly mac: string;
}

/** What `ends.sh` says of an end. */
type EndState = "ok" | "absent" | "off" | "none";

/** Rounds of `probe.sh`, each 0.2 s: two times three solicitations, a second apart. */
const probeRounds = 34;

/**
 * Sends traffic over every link: one end asks the kernel of the other for its MAC address (IPv6 neighbour discovery), and
 * the answer comes back over the link.
 * @returns one for each link of the placement, in its order
 */
export async function probeLinks(
  placement: Placement,
  servers: readonly Server[],
  signal: AbortSignal,
): Promise<readonly Traffic[]> {
  const ends = placement.links.map((placed) => endsOf(placed, placement));
  const states = await lookAtEnds(ends.flat(), servers, signal);
  const stateOf = (end: End) => states.get(endKey(end)) ?? "absent";
  const obstacles = ends.map((pair) =>
    pair.map((end) => obstacle(end, stateOf(end))).find((each) => each !== undefined),
  );
  const asked = ends.filter((_, index) => obstacles[index] === undefined);
  const slowestNs = Math.max(0, ...placement.links.map(({ link }) => roundTripNs(link.endpoints)));
  const rounds = probeRounds + Math.ceil(slowestNs / 0.2e9);
  const answered = await ask(asked, servers, rounds, signal);
  return ends.map((pair, index) => {
    const known = obstacles[index];
    if (known !== undefined) return known;
    if (answered.has(probeLine(pair))) return { state: "reached" };
    return { state: "failed", detail: `${pair[1].label} does not answer ${pair[0].label}` };
  });
}

function endsOf({ link }: PlacedLink, placement: Placement): readonly [End, End] {
  const end = (side: 0 | 1): End => {
    const { node: name, interface: device, mac } = link.endpoints[side];
    const placed = placement.nodes.find(({ node }) => node.name === name);
    if (placed === undefined) throw new Error(`link ${link.name} ends at a node that has no place`);
    const { node, phynode } = placed;
    const spoken = node.kind === "bridge" ? bridgeOf(node, placement) : { device, mac };
    return { label: `${name}:${device}`, node: name, phynode: phynode.name, netns: node.netns, ...spoken };
  };
  return [end(0), end(1)];
}

function bridgeOf({ name }: Node, { topology }: Placement): Pick<End, "device" | "mac"> {
  return { device: bridgeDevice, mac: deriveMac(topology.name, `${name}:${bridgeDevice}`) };
}

function obstacle(end: End, state: EndState): Traffic | undefined {
  switch (state) {
    case "ok":
      return undefined;
    case "absent":
      return { state: "failed", detail: `${end.label} is not there` };
    case "off":
      return { state: "not probed", detail: `IPv6 is off in ${end.node}` };
    case "none":
      return { state: "not probed", detail: `${end.label} has no link-local address` };
  }
}

async function lookAtEnds(
  ends: readonly End[],
  servers: readonly Server[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, EndState>> {
  const said = await onEachServer(servers, signal, scriptCommand("ends.sh"), (phynode) =>
    ends.filter((end) => end.phynode === phynode).map((end) => `${end.netns}\t${end.device}`),
  );
  const states = new Map<string, EndState>();
  for (const line of said) {
    const at = line.lastIndexOf("\t");
    states.set(line.slice(0, at), line.slice(at + 1) as EndState);
  }
  return states;
}

/** Netns names are unique in a lab. */
function endKey({ netns, device }: End): string {
  return `${netns}\t${device}`;
}

async function ask(
  pairs: readonly (readonly [End, End])[],
  servers: readonly Server[],
  rounds: number,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const command = scriptCommand("probe.sh", String(rounds));
  const answered = await onEachServer(servers, signal, command, (phynode) =>
    pairs.filter(([from]) => from.phynode === phynode).map(probeLine),
  );
  return new Set(answered);
}

function probeLine([from, to]: readonly [End, End]): string {
  return [from.netns, from.device, linkLocal(to.mac), to.mac].join("\t");
}

/** Feeds each server's lines, sorted, to the command there; all lines that come back. */
async function onEachServer(
  servers: readonly Server[],
  signal: AbortSignal,
  command: readonly string[],
  linesFor: (phynode: string) => readonly string[],
): Promise<readonly string[]> {
  const answers = await Promise.all(
    servers.map(async (server) => {
      const lines = [...new Set(linesFor(server.phynode))].sort();
      if (lines.length === 0) return [];
      const { stdout } = await runIn(server, command, { input: `${lines.join("\n")}\n`, signal });
      return stdout.split("\n").filter((line) => line !== "");
    }),
  );
  return answers.flat();
}

function roundTripNs(ends: PlacedLink["link"]["endpoints"]): number {
  return ends.reduce((sum, { latencyNs = 0, jitterNs = 0 }) => sum + latencyNs + 3 * jitterNs, 0);
}
