import type { Origin } from "../../diagnostics/diagnostic.js";
import type { Locate } from "../../diagnostics/place.js";
import { printable } from "../../diagnostics/printable.js";
import type { TomlValue } from "../../phases/1-parse/document.js";
import { printKeyPath } from "../../phases/1-parse/key-path.js";
import { isTable } from "../../phases/2-resolve/merge.js";
import { thisMachine } from "../../phases/2-resolve/phynodes.js";
import type { Palette } from "../colours.js";
import { alignColumns } from "../table.js";
import type { Explanation } from "./explanation.js";
import type { Fact } from "./fact.js";
import type { Row } from "./history.js";

/** How to find a place and name its file for the user. */
export interface Places {
  readonly locate: Locate;
  readonly shown: (file: string) => string;
}

/** Longest value that is printed in a table. */
const mostColumns = 60;

/** For a person. */
export function printExplanation(explanation: Explanation, places: Places, palette: Palette): string {
  const { path, value, facts, rows, note } = explanation;
  const place = placer(places);
  const isList = rows.some(({ name }) => name !== "" && !name.startsWith("from "));
  const equals = value === undefined || isList ? "" : ` = ${printValue(value)}`;
  const lines = [`${palette.bold(printable(printKeyPath(path)))}${equals}`];
  for (const fact of facts) lines.push(...factLines(fact, path[0] === fact.name, place, palette));
  if (rows.length > 0) {
    if (facts.length > 0) lines.push(`  ${palette.dim("values")}`);
    const indent = facts.length > 0 ? "    " : "  ";
    lines.push(
      ...alignColumns(rows.map((row) => cellsOf(row, place, palette))).map((text) => `${indent}${text}`),
    );
  }
  if (note !== undefined) lines.push(`  ${palette.dim(note)}`);
  return `${lines.join("\n")}\n`;
}

/** For a script. */
export function explanationAsJson(explanation: Explanation, { locate, shown }: Places): object {
  const { path, value, facts, rows, note } = explanation;
  return {
    path: printKeyPath(path),
    ...(value !== undefined && { value: plain(value) }),
    ...(note !== undefined && { note }),
    ...Object.fromEntries(facts.map((fact) => [fact.name, plain(fact.data)])),
    from: rows.map(({ name, value: part, layer, origin, status }) => {
      const found = locate(origin);
      return {
        ...(name !== "" && { part: name }),
        value: plain(part),
        layer,
        status,
        ...("set" in origin && { set: origin.set }),
        ...("plugin" in origin && { madeBy: { plugin: origin.plugin, hook: origin.hook } }),
        ...(found && { file: shown(found.file), line: found.line, column: found.column }),
      };
    }),
  };
}

function factLines(
  { name, lines }: Fact,
  isList: boolean,
  place: (origin: Origin) => string,
  { dim }: Palette,
): readonly string[] {
  if (lines.length === 0) return [];
  const rows = lines.map(({ cells, origin }) => [
    ...cells.map(printable),
    ...(origin ? [dim(place(origin))] : []),
  ]);
  const texts = alignColumns(rows);
  const [only] = texts;
  if (isList) return texts.map((text) => `  ${text}`);
  if (texts.length === 1 && (name === "phynode" || name === "reason" || name === "kind" || name === "mtu")) {
    return [`  ${dim(name.padEnd(8))} ${only}`];
  }
  return [`  ${dim(name)}`, ...texts.map((text) => `    ${text}`)];
}

function cellsOf(
  { name, value, layer, origin, status }: Row,
  place: (origin: Origin) => string,
  palette: Palette,
): readonly string[] {
  const { dim, green, yellow } = palette;
  const where = layer === thisMachine ? "" : place(origin);
  const cells = [clip(printValue(value)), printable(layer), dim(where)];
  const named = name === "" ? cells : [printable(name), ...cells];
  if (status === "set") return [green(named[0] ?? ""), ...named.slice(1)];
  return [...named, yellow(status)];
}

function placer({ locate, shown }: Places): (origin: Origin) => string {
  return (origin) => {
    if ("set" in origin) return printable(origin.set);
    if ("plugin" in origin) return printable(`hook ${origin.hook}`);
    const found = locate(origin);
    return printable(
      found === undefined ? shown(origin.file) : `${shown(found.file)}:${found.line}:${found.column}`,
    );
  };
}

/** A value as TOML writes it, on one line. */
function printValue(value: TomlValue): string {
  if (Array.isArray(value)) return `[${value.map(printValue).join(", ")}]`;
  if (isTable(value)) {
    const entries = Object.entries(value).map(
      ([key, inner]) => `${printKeyPath([key])} = ${printValue(inner)}`,
    );
    return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
  }
  return typeof value === "string" ? printable(JSON.stringify(value)) : String(value);
}

function clip(text: string): string {
  return text.length <= mostColumns ? text : `${text.slice(0, mostColumns - 1)}…`;
}

/** JSON has no big integers; they are written as text. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? String(inner) : inner)),
  );
}
