import { printable } from "../../diagnostics/printable.js";
import type { Palette } from "../colours.js";
import { alignColumns, firstOf } from "../table.js";
import { isSomething } from "./concerned-servers.js";
import { type Counts, countsOf, type Difference } from "./difference.js";
import { effectRows, kindPlural } from "./effect-words.js";

const mostServers = 4;

/** What is compared, on one line. */
export function titleOf({ before, after, comparison }: Difference): string {
  const { lab } = after.manifest;
  const isSame = comparison.changes.length === 0;
  return isSame
    ? `lab ${lab}: no difference between ${before.name} and ${after.name}`
    : `lab ${lab}: from ${before.name} to ${after.name}`;
}

/** For example `1 added, 2 changed`. */
export function countsText(counts: Counts): string {
  return Object.entries(counts)
    .map(([way, count]) => `${count} ${way}`)
    .join(", ");
}

/** How much there is of everything. */
export function statLines({ comparison }: Difference): readonly string[] {
  const rows = countsOf(comparison.changes).map(([kind, counts]) => [kindPlural[kind], countsText(counts)]);
  return alignColumns(rows).map((line) => `  ${line}`);
}

/** What all of it takes on a running lab, and what is to be run where. */
export function summaryRows(difference: Difference): readonly (readonly [string, string])[] {
  const { comparison, before, after } = difference;
  const { lab } = after.manifest;
  if (before.manifest.lab !== lab)
    return [["another lab", `down of ${before.manifest.lab}, then up of ${lab}`]];
  if (!isSomething(comparison.effect) && stepsOf(difference).length === 0) return [];
  return [...effectRows(comparison), ...stepsOf(difference)];
}

export function summaryLines(difference: Difference, { bold, dim }: Palette): readonly string[] {
  const rows = summaryRows(difference).map(([what, names]) => [dim(what), printable(names)]);
  if (rows.length === 0) return [`${bold("on a running lab")}: nothing changes`];
  return [bold("on a running lab"), ...alignColumns(rows).map((line) => `  ${line}`)];
}

/** The commands, each on its server. */
function stepsOf({ servers }: Difference): readonly (readonly [string, string])[] {
  const commands = (phynodes: readonly string[], command: string) =>
    firstOf(
      phynodes.map((phynode) => `sh ${phynode}.run ${command}`),
      mostServers,
    );
  const { apply, up, down } = servers;
  return [
    ...(apply.length === 0 ? [] : [["apply with", commands(apply, "apply")] as const]),
    ...(up.length === 0 ? [] : [["new servers", commands(up, "up")] as const]),
    ...(down.length === 0 ? [] : [["servers that go", commands(down, "down")] as const]),
  ];
}
