import { printable } from "../../diagnostics/printable.js";
import { changeKinds } from "../../manifest/comparison.js";
import { countsOf, type Difference } from "./difference.js";
import { kindPlural } from "./effect-words.js";
import { type Entry, type EntryValue, entriesOf, namesOf } from "./entries.js";
import type { FileDifferences } from "./file-patches.js";
import { countsText, summaryRows, titleOf } from "./summary.js";

/** A comment on a pull request has room for 65,536 characters. */
const mostRows = 50;
const mostPatches = 20;
const mostPatchLines = 200;
/** Longer tables are folded. */
const mostOpenRows = 15;

/** For a comment on a pull request. */
export function printMarkdown(difference: Difference, files: FileDifferences, isStat: boolean): string {
  const { comparison, notes } = difference;
  const parts = [`**${text(titleOf(difference))}**`, ...notes.map(text)];
  if (comparison.changes.length === 0) return `${parts.join("\n\n")}\n`;
  const counts = countsOf(comparison.changes).map(
    ([kind, each]) => `${kindPlural[kind]}: ${countsText(each)}`,
  );
  parts.push(counts.join("; "), summaryTable(difference));
  if (!isStat)
    for (const kind of changeKinds)
      parts.push(...section(entriesOf(difference, kind, files), kindPlural[kind]));
  return `${parts.join("\n\n")}\n`;
}

function summaryTable(difference: Difference): string {
  const rows = summaryRows(difference);
  if (rows.length === 0) return "On a running lab nothing changes.";
  return table(
    ["on a running lab", ""],
    rows.map(([what, names]) => [what, text(names)]),
  );
}

function section(entries: readonly Entry[], title: string): readonly string[] {
  if (entries.length === 0) return [];
  const rows = entries.flatMap(entryRows);
  const rest = rows.length - mostRows;
  const shown = table(["", title, "value", "before", "after", "by", "takes"], rows.slice(0, mostRows));
  const more = rest > 0 ? `\n\n… and ${rest} more rows: \`--format json\` has all` : "";
  const patches = entries.filter(({ patch }) => patch !== undefined);
  return [
    `### ${title}`,
    rows.length > mostOpenRows ? details(`${rows.length} rows`, `${shown}${more}`) : shown,
    ...patches.slice(0, mostPatches).map(patchPart),
    ...(patches.length > mostPatches ? [`… and ${patches.length - mostPatches} more files`] : []),
  ];
}

/** A row for each value; what is of all of them stands in the first. */
function entryRows(entry: Entry): readonly (readonly string[])[] {
  const { change, cause, note, takes } = entry;
  const { shown, many } = namesOf(entry);
  const name = `${code(shown)}${many}`;
  const values: readonly (EntryValue | undefined)[] = entry.values.length === 0 ? [undefined] : entry.values;
  return values.map((value, index) => {
    const isFirst = index === 0;
    return [
      isFirst ? change : "",
      isFirst ? name : "",
      text(value?.what ?? ""),
      code(value?.before ?? ""),
      code(value?.after ?? ""),
      code(value?.cause ?? (isFirst ? (cause ?? "") : "")),
      isFirst ? text(note === undefined ? takes : `${takes} (${note})`) : "",
    ];
  });
}

function patchPart(entry: Entry): string {
  const { patch = [] } = entry;
  const rest = patch.length - mostPatchLines;
  const more = rest > 0 ? [`… and ${rest} more lines`] : [];
  const lines = [...patch.slice(0, mostPatchLines), ...more];
  // Longer than any run of backticks in it, so that nothing in it ends the block.
  const runs = lines.join("\n").match(/`+/g) ?? [];
  const fence = "`".repeat(Math.max(3, ...runs.map(({ length }) => length + 1)));
  return details(code(namesOf(entry).shown), [`${fence}diff`, ...lines, fence].join("\n"));
}

function details(summary: string, body: string): string {
  return `<details><summary>${asHtml(summary)}</summary>\n\n${body}\n\n</details>`;
}

/** Columns that are empty are left out. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const filled = head.map((_, column) => rows.some((row) => row[column] !== ""));
  const line = (cells: readonly string[]) => `| ${cells.filter((_, column) => filled[column]).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Text in which nothing is Markdown or HTML. */
function text(value: string): string {
  return printable(value).replace(/[\\`*_[\]<>|~&#]/g, "\\$&");
}

/** As code, in a cell of a table. */
function code(value: string): string {
  if (value === "") return "";
  const shown = printable(value).replaceAll("|", "\\|");
  return shown.includes("`") ? text(value) : `\`${shown}\``;
}

/** Between tags Markdown counts for nothing. */
function asHtml(value: string): string {
  return value
    .replace(/^`(.*)`$/, "$1")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;");
}
