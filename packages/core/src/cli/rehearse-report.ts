import { printable } from "../diagnostics/printable.js";
import type { CompiledRehearsal } from "../operate/compile-rehearsal.js";
import type { Leftovers } from "../operate/leftovers.js";
import { shellInNode, shellOnServer } from "../operate/places.js";
import type { LinkReport, Running } from "../operate/rehearse.js";
import type { Shaping } from "../phases/2-resolve/topology.js";
import type { PlacedLink, Placement } from "../phases/3-allocate/placement.js";
import { formatDuration } from "../values/duration.js";
import { formatPercent } from "../values/percent.js";
import { formatRate } from "../values/rate.js";
import { coresText } from "./build-summary.js";
import type { Palette } from "./colours.js";
import { alignColumns, counted } from "./table.js";

/** A longer table shows only the links that need a look. */
const mostLinkRows = 40;

/** What differs from the real servers, told before anything starts. */
export function differenceLines(
  { coreChanges, platformChanges, leftOut }: CompiledRehearsal,
  allowHost: boolean,
): readonly string[] {
  const cores = coreChanges.map(({ node, process, phynode, declared, here }) => [
    `${node}/${process}`,
    phynode,
    `${coresText([...new Set(here)])} instead of ${coresText(declared)}`,
  ]);
  const platforms = platformChanges.map(({ phynode, declared, here, programs }) => [
    phynode,
    `${here} instead of ${declared}${programs.length > 0 ? `, with programs for it: ${programs.join(", ")}` : ""}`,
  ]);
  const left = leftOut.map(({ phynode, what }) => [phynode, printable(what)]);
  const why = allowHost
    ? "left out, because only a whole machine has it:"
    : "left out, because it would change this machine (--allow-host puts in what can be done here):";
  return [
    ...(cores.length > 0
      ? ["on other cores here, because this machine does not offer those of the servers:"]
      : []),
    ...indent(alignColumns(cores)),
    ...(platforms.length > 0 ? ["compiled for this machine, which has another architecture:"] : []),
    ...indent(alignColumns(platforms)),
    ...(left.length > 0 ? [why] : []),
    ...indent(alignColumns(left)),
  ];
}

/** The servers, the links, and what is wrong with them. */
export function runningLines(running: Running, palette: Palette): readonly string[] {
  const { placement, ups, links = [], problems } = running;
  const { dim, red } = palette;
  const head = ["server", "address", "nodes", "processes", "cores", "up in"].map(dim);
  const rows = ups.map(({ phynode, seconds, problem }) => [
    ...serverCells(phynode, placement),
    problem === undefined ? `${seconds.toFixed(1)} s` : red("failed"),
  ]);
  const failures = ups.flatMap(({ phynode, problem }) =>
    problem === undefined ? [] : [red(`up failed on ${phynode}:`), ...indent(textLines(problem))],
  );
  return [
    ...indent(alignColumns([head, ...rows], [2, 3])),
    ...(links.length > 0
      ? ["", ...indent(linkTable(links, palette)), ...indent(linkSummary(links, palette))]
      : []),
    ...(failures.length > 0 ? ["", ...failures] : []),
    ...problems.flatMap((problem) => [red("status is not as it should be:"), ...indent(textLines(problem))]),
  ];
}

function serverCells(name: string, { topology, nodes }: Placement): readonly string[] {
  const placed = nodes.filter(({ phynode }) => phynode.name === name);
  const processes = placed.flatMap((node) => node.processes);
  const cores = [...new Set(processes.flatMap((process) => process.cores))].sort((a, b) => a - b);
  const address = topology.infrastructure.phynodes.find((each) => each.name === name)?.address;
  return [
    name,
    address ?? "none",
    String(placed.length),
    String(processes.length),
    cores.join(", ") || "none",
  ];
}

function linkTable(links: readonly LinkReport[], palette: Palette): readonly string[] {
  const { dim } = palette;
  const isLong = links.length > mostLinkRows;
  const shown = isLong ? links.filter(({ traffic }) => traffic.state !== "reached") : links;
  const head = ["link", "kind", "where", "mtu", "shaping", "traffic"].map(dim);
  if (shown.length === 0) return [];
  const rows = shown.slice(0, mostLinkRows).map((report) => linkCells(report, palette));
  return [...alignColumns([head, ...rows], [3]), ""];
}

function linkCells(
  { placed, traffic, notShaped }: LinkReport,
  { green, red, yellow }: Palette,
): readonly string[] {
  const { link, kind } = placed;
  const outcome = {
    reached: () => green("reached"),
    failed: () => red("failed"),
    "not probed": () => yellow("not probed"),
  }[traffic.state]();
  const detail = traffic.state === "reached" ? "" : `: ${traffic.detail}`;
  const shaping = notShaped ? `, ${yellow("not shaped")}` : "";
  return [
    link.name,
    kind,
    whereText(placed),
    String(link.mtu),
    shapingText(link.endpoints),
    `${outcome}${shaping}${detail}`,
  ];
}

function whereText(placed: PlacedLink): string {
  return placed.kind === "veth" ? placed.phynode.name : placed.phynodes.map(({ name }) => name).join(" – ");
}

/** What was asked for: once where both directions are alike, else with the direction from the first end first. */
function shapingText([there, back]: readonly [Shaping, Shaping]): string {
  const [first, second] = [directionText(there), directionText(back)];
  if (first === second) return first || "none";
  return `→ ${first || "none"}, ← ${second || "none"}`;
}

function directionText(shaping: Shaping): string {
  const { latencyNs, jitterNs, rateBitsPerSecond, queue } = shaping;
  const percents = (["loss", "duplicate", "corrupt", "reorder"] as const).flatMap((name) => {
    const percent = shaping[name];
    return percent === undefined ? [] : [`${name} ${formatPercent(percent)}`];
  });
  return [
    ...(latencyNs === undefined ? [] : [formatDuration(latencyNs)]),
    ...(jitterNs === undefined ? [] : [`± ${formatDuration(jitterNs)}`]),
    ...(rateBitsPerSecond === undefined ? [] : [formatRate(rateBitsPerSecond)]),
    ...percents,
    ...(queue === undefined ? [] : [`queue ${queue}`]),
  ].join(" ");
}

function linkSummary(links: readonly LinkReport[], { dim }: Palette): readonly string[] {
  const count = (state: LinkReport["traffic"]["state"]) =>
    links.filter(({ traffic }) => traffic.state === state).length;
  const parts = (["reached", "failed", "not probed"] as const).flatMap((state) =>
    count(state) > 0 ? [`${count(state)} ${state}`] : [],
  );
  const unshaped = links.filter(({ notShaped }) => notShaped).length;
  return [
    `${counted(links.length, "link")}: ${parts.join(", ")}`,
    ...(unshaped > 0
      ? [dim("not shaped: this kernel has no netem; rates hold, delay, jitter and loss are left out")]
      : []),
  ];
}

/** How to get into a lab that stays up. */
export function keepLines({ room, placement }: Running, { bold, cyan }: Palette): readonly string[] {
  const sample = placement.nodes.find(({ node }) => node.kind === "node");
  const server = room.servers.find(({ phynode }) => phynode === sample?.phynode.name);
  const inNode =
    sample && server
      ? [`  a shell in ${sample.node.name}:  ${cyan(shellInNode(server, sample.node.name))}`]
      : [];
  const onServers = room.servers.map((each) => `  a shell on ${each.phynode}:  ${cyan(shellOnServer(each))}`);
  return [bold("the lab stays up until Ctrl-C; from another terminal:"), ...inNode, ...onServers];
}

/** The proof that nothing is left, or what is. */
export function leftoverLines(
  leftovers: Leftovers,
  downProblems: readonly string[],
  palette: Palette,
): readonly string[] {
  const { green, red, dim } = palette;
  const { ofLab, ofCommands, ofOthers } = leftovers;
  return [
    ...downProblems.flatMap((problem) => [red("down failed:"), ...indent(textLines(problem))]),
    ...(ofLab.length === 0
      ? [
          `${green("nothing left")}: no namespace, link, process, mount or file of the lab, on its servers or on this machine`,
        ]
      : [red("left behind:"), ...indent(ofLab.map(printable))]),
    ...(ofCommands.length > 0 ? ["written by the lab's own commands, which dune does not undo:"] : []),
    ...indent(ofCommands.map(printable)),
    ...(ofOthers.length > 0 ? [dim("changed on this machine meanwhile, not by the lab:")] : []),
    ...indent(ofOthers.map((each) => dim(printable(each)))),
  ];
}

function textLines(text: string): readonly string[] {
  return text.split("\n").map(printable);
}

function indent(lines: readonly string[]): readonly string[] {
  return lines.map((line) => (line === "" ? line : `  ${line}`));
}
