import { printable } from "../../diagnostics/printable.js";
import { changeKinds } from "../../manifest/comparison.js";
import type { Palette } from "../colours.js";
import { alignColumns } from "../table.js";
import { clip, clipBoth } from "./clip.js";
import type { Difference } from "./difference.js";
import { kindPlural } from "./effect-words.js";
import { type Entry, type EntryValue, entriesOf, namesOf } from "./entries.js";
import type { FileDifferences } from "./file-patches.js";
import { statLines, summaryLines, titleOf } from "./summary.js";

/** What a person reads of one kind of change; the rest is a number. */
const mostEntries = 20;
const mostValues = 12;
const mostPatchLines = 40;

const signs = { added: "+", removed: "-", moved: "→", changed: "~" } as const;

/** For a person in a terminal. */
export function printText(difference: Difference, files: FileDifferences, palette: Palette): string {
  const { comparison } = difference;
  const lines = headLines(difference, palette);
  for (const kind of changeKinds) {
    const entries = entriesOf(difference, kind, files);
    if (entries.length === 0) continue;
    lines.push("", palette.bold(kindPlural[kind]));
    for (const way of Object.keys(signs) as (keyof typeof signs)[]) {
      const own = entries.filter(({ change }) => change === way);
      for (const entry of own.slice(0, mostEntries)) lines.push(...entryLines(entry, palette));
      const rest = own.slice(mostEntries).reduce((sum, { names }) => sum + names.length, 0);
      if (rest > 0) lines.push(palette.dim(`  … and ${rest} more ${kindPlural[kind]} ${way}`));
    }
  }
  if (comparison.changes.length > 0) lines.push("", ...summaryLines(difference, palette));
  return `${lines.join("\n")}\n`;
}

/** Only how much has changed, and what all of it takes. */
export function printStat(difference: Difference, palette: Palette): string {
  const lines = headLines(difference, palette);
  if (difference.comparison.changes.length > 0)
    lines.push(...statLines(difference), "", ...summaryLines(difference, palette));
  return `${lines.join("\n")}\n`;
}

function headLines(difference: Difference, { bold }: Palette): string[] {
  return [bold(printable(titleOf(difference))), ...difference.notes.map((note) => `  ${printable(note)}`)];
}

function entryLines(entry: Entry, palette: Palette): readonly string[] {
  const { change, cause, note, takes, patch } = entry;
  const { shown, many } = namesOf(entry);
  const colour = { added: palette.green, removed: palette.red, moved: palette.cyan, changed: palette.yellow };
  const head = `${colour[change](signs[change])} ${palette.bold(printable(shown))}${many}`;
  const place = cause === undefined ? "" : `  ${palette.dim(printable(cause))}`;
  return [
    `  ${head}${place}`,
    ...valueLines(entry.values, palette),
    ...(note === undefined ? [] : [`      ${printable(note)}`]),
    ...(patch === undefined ? [] : patchLines(patch, palette)),
    `      ${palette.dim("takes:")} ${printable(takes)}`,
  ];
}

function valueLines(values: readonly EntryValue[], palette: Palette): readonly string[] {
  const { dim } = palette;
  const rows = values.slice(0, mostValues).map((value) => {
    const { what, cause = "" } = value;
    return [printable(what), changeText(value, palette), dim(printable(cause))];
  });
  const rest = values.length - rows.length;
  const more = rest > 0 ? [dim(`… and ${rest} more`)] : [];
  return [...alignColumns(rows), ...more].map((line) => `      ${line}`);
}

function changeText({ before, after }: EntryValue, { red, green }: Palette): string {
  if (before === undefined) return green(`+ ${clip(printable(after ?? ""))}`);
  if (after === undefined) return red(`- ${clip(printable(before))}`);
  const [old, own] = clipBoth(printable(before), printable(after));
  return `${red(old)} → ${green(own)}`;
}

function patchLines(patch: readonly string[], { dim, red, green, cyan }: Palette): readonly string[] {
  const shown = patch.slice(0, mostPatchLines).map((line) => {
    if (line.startsWith("+")) return green(line);
    if (line.startsWith("-")) return red(line);
    return line.startsWith("@@") ? cyan(line) : line;
  });
  const rest = patch.length - mostPatchLines;
  const more = rest > 0 ? [dim(`… and ${rest} more lines`)] : [];
  return [...shown, ...more].map((line) => `      ${line}`.trimEnd());
}
