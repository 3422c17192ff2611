import type { Placement } from "../phases/3-allocate/placement.js";
import type { Build } from "../phases/5-build/binaries.js";
import type { Artifacts, BundleSummary } from "../phases/6-emit/artifacts.js";
import { formatRate } from "../values/rate.js";
import type { Palette } from "./colours.js";
import { programRows } from "./program-rows.js";
import { sizeText } from "./size-text.js";
import { alignColumns, counted } from "./table.js";

export interface BuildSummary {
  readonly placement: Placement;
  readonly builds: readonly Build[];
  /** Whether it was checked that each program is the same when it is built again. */
  readonly isBuiltTwice: boolean;
  readonly artifacts: Artifacts;
  /** The bundles' folder as the user would open it. */
  readonly folder: string;
  /** This machine's cores, where the topology declares no infrastructure. */
  readonly machineCores?: readonly number[];
}

/** A table with a line for each phynode, one with a line for each program, and what crosses between phynodes. */
export function summaryLines(
  { placement, builds, isBuiltTwice, artifacts, folder, machineCores }: BuildSummary,
  palette: Palette,
): readonly string[] {
  const { bold, dim, green } = palette;
  const { topology } = placement;
  const { phynodes } = topology.infrastructure;
  const where = machineCores === undefined ? `on ${counted(phynodes.length, "phynode")}` : "on this machine";
  const head = ["phynode", "nodes", "links", "cores", "bundle", "size"].map(dim);
  const rows = artifacts.bundles.map((bundle) => rowOf(bundle, placement, artifacts, folder));
  const lines = [
    `${green(bold("built"))} ${bold(topology.name)}: ${counted(topology.nodes.length, "node")}, ${counted(topology.links.length, "link")} ${where}`,
    "",
    ...alignColumns([head, ...rows], [1, 5]).map((line) => `  ${line}`),
  ];
  if (builds.length > 0) {
    lines.push(
      "",
      ...alignColumns(programRows(builds, isBuiltTwice, palette), [3]).map((line) => `  ${line}`),
    );
  }
  if (machineCores !== undefined) {
    lines.push(
      "",
      `  no infrastructure is declared: the lab runs on this machine, ${coresText(machineCores)}`,
    );
  }
  const crossing = crossingText(placement);
  return crossing === undefined ? lines : [...lines, "", `  ${crossing}`];
}

function rowOf(
  bundle: BundleSummary,
  placement: Placement,
  artifacts: Artifacts,
  folder: string,
): readonly string[] {
  const { phynode: name, path } = bundle;
  const nodes = placement.nodes.filter((node) => node.phynode.name === name);
  const used = nodes.flatMap((node) => node.processes.flatMap((process) => process.cores));
  const total =
    placement.topology.infrastructure.phynodes.find((each) => each.name === name)?.cores.flat().length ?? 0;
  return [
    name,
    String(nodes.length),
    linksText(name, placement),
    `${new Set(used).size} of ${total}`,
    `${folder}/${path}`,
    sizeText(bundleSize(bundle, artifacts)),
  ];
}

function linksText(phynode: string, { links }: Placement): string {
  const veths = links.filter((placed) => placed.kind === "veth" && placed.phynode.name === phynode).length;
  const tunnels = links.filter(
    (placed) => placed.kind === "vxlan" && placed.phynodes.some(({ name }) => name === phynode),
  ).length;
  const parts = [...(veths > 0 ? [`${veths} veth`] : []), ...(tunnels > 0 ? [`${tunnels} vxlan`] : [])];
  return parts.length === 0 ? "none" : parts.join(", ");
}

/** Bytes of a bundle: of its file, or of all files of its folder. */
export function bundleSize({ phynode, path }: BundleSummary, { files }: Artifacts): number {
  const own = files.filter(
    (file) => file.path === path || (path.includes("/") && file.path.startsWith(`${phynode}/`)),
  );
  return own.reduce((sum, { chunks }) => sum + chunks.reduce((size, chunk) => size + chunk.length, 0), 0);
}

/** What crosses between phynodes; a link counts with the rate of its faster direction. */
function crossingText({ links }: Placement): string | undefined {
  const crossing = links.filter((placed) => placed.kind === "vxlan");
  if (crossing.length === 0) return undefined;
  const rates = crossing.map(({ link: { endpoints } }) => {
    const [a, b] = endpoints.map((end) => end.rateBitsPerSecond ?? 0);
    return Math.max(a ?? 0, b ?? 0);
  });
  const total = rates.reduce((sum, rate) => sum + rate, 0);
  const unlimited = rates.filter((rate) => rate === 0).length;
  const parts = [
    ...(total > 0 ? [`up to ${formatRate(total)}`] : []),
    ...(unlimited > 0
      ? [unlimited === crossing.length ? "no rate declared" : `${unlimited} without a rate`]
      : []),
  ];
  return `${counted(crossing.length, "link")} between phynodes: ${parts.join(", ")}`;
}

/** For example `core 1`, `cores 1-3, 8`. */
export function coresText(cores: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const core of [...cores].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === core - 1) last[1] = core;
    else ranges.push([core, core]);
  }
  const text = ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(", ");
  return `${cores.length === 1 ? "core" : "cores"} ${text}`;
}
