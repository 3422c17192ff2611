import { parse as parseToml } from "smol-toml";
import type { Origin, Path } from "../../diagnostics/diagnostic.js";
import type { ReadSource } from "../../diagnostics/place.js";
import type { Layer, Tables, TomlValue } from "../../phases/1-parse/document.js";
import { parseKeyPath, printKeyPath } from "../../phases/1-parse/key-path.js";
import type { Fragment } from "../../phases/2-resolve/fragment.js";
import { isTable, merge, originOf, trace, valueAt } from "../../phases/2-resolve/merge.js";
import { type Word, walk } from "./words.js";

/** One layer's say in a value. */
export interface Row {
  /** Below what is explained: `[0]`, `addrs.eth0[0]`; empty for the value itself. */
  readonly name: string;
  readonly value: TomlValue;
  /** `defaults`, `group edge`, `node r0`, `--set`. */
  readonly layer: string;
  readonly origin: Origin;
  /** A stronger layer has replaced or unset it. */
  readonly status: "set" | "replaced" | "unset";
}

/** Who gave the value at `path`, strongest first; of a table or list who gave each part of it. */
export function rowsOf(
  fragments: readonly Fragment[],
  path: Path,
  value: TomlValue,
  read: ReadSource,
): readonly Row[] {
  const leaves = leavesOf(value, path);
  const isWhole = leaves.length === 1 && leaves[0]?.path.length === path.length;
  if (isWhole && !path.some((key) => typeof key === "number")) return scalarRows(fragments, path, read);
  return leaves.map((leaf) => {
    const { fragment } = trace(fragments, leaf.path);
    const origin = originOf(fragments, leaf.path);
    const name = printKeyPath(leaf.path.slice(path.length));
    return { name, value: leaf.value, layer: layerName(fragment, origin), origin, status: "set" };
  });
}

/** Every layer that says something about one scalar. */
function scalarRows(fragments: readonly Fragment[], path: Path, read: ReadSource): readonly Row[] {
  const rows: Row[] = [];
  const end = (status: Row["status"]) => {
    for (const [index, row] of rows.entries()) if (row.status === "set") rows[index] = { ...row, status };
  };
  const add = (value: TomlValue, layer: string, origin: Origin) => {
    end("replaced");
    rows.push({ name: "", value, layer, origin, status: "set" });
  };
  for (const fragment of fragments) {
    if (unsetIndex(fragment, path) !== undefined) end("unset");
    const value = valueAt(fragment.table, path);
    if (value === undefined) continue;
    const origin = originOf([fragment], path);
    if ("set" in origin) {
      const before = valueAt(tablesOfFile(fragment.layer, read), [...fragment.path, ...path]);
      const at = fileOf(fragment.layer.origin);
      if (before !== undefined && at !== undefined) {
        add(before, layerName(fragment, at), { ...at, path: [...fragment.path, ...path] });
      }
    }
    add(value, layerName(fragment, origin), origin);
  }
  return rows.reverse();
}

/** The index of the entry of a layer's `unset` that removes what is at `path`. */
function unsetIndex({ table }: Fragment, path: Path): number | undefined {
  if (!Array.isArray(table.unset)) return undefined;
  const found = table.unset.findIndex((entry) => {
    const removed = typeof entry === "string" ? parseKeyPath(entry) : undefined;
    return removed?.every((key, index) => key === path[index]) ?? false;
  });
  return found < 0 ? undefined : found;
}

/** What weaker layers said where nothing sets a value any more, below the `unset` that removed it. */
export function removedAt(
  fragments: readonly Fragment[],
  words: readonly Word[],
  read: ReadSource,
): Removed | undefined {
  const kept = fragments.map((fragment) => ({ ...fragment, table: withoutUnset(fragment.table) }));
  const found = walk(words, merge(kept));
  const remover =
    found.found && fragments.findLast((fragment) => unsetIndex(fragment, found.path) !== undefined);
  if (!found.found || !remover) return undefined;
  const index = unsetIndex(remover, found.path) ?? 0;
  const origin = originOf([remover], ["unset", index]);
  const value = { unset: valueAt(remover.table, ["unset", index]) ?? "" };
  const rows = rowsOf(kept, found.path, found.value, read).map((row): Row => ({ ...row, status: "unset" }));
  return {
    path: found.path,
    rows: [{ name: "", value, layer: layerName(remover, origin), origin, status: "set" }, ...rows],
  };
}

interface Removed {
  /** Below the entity. */
  readonly path: Path;
  readonly rows: readonly Row[];
}

function withoutUnset({ unset: _, ...table }: Tables): Tables {
  return table;
}

/** What the file says where `--set` says something else. */
function tablesOfFile(layer: Layer, read: ReadSource): Tables {
  const origin = fileOf(layer.origin);
  const text = origin && read(origin.file);
  return text === undefined ? {} : (parseToml(text) as Tables);
}

function fileOf(origin: Origin) {
  return "file" in origin && "path" in origin ? origin : undefined;
}

export function layerName({ label }: Fragment, origin: Origin): string {
  if ("set" in origin) return "--set";
  if ("plugin" in origin) return `plugin ${origin.plugin}`;
  return /^(topology|infrastructure)\.defaults\b/.test(label) ? "defaults" : label;
}

interface Leaf {
  readonly path: Path;
  readonly value: TomlValue;
}

/** The scalars below a value with their paths; a list within a list, and what is empty, counts as one. */
export function leavesOf(value: TomlValue, path: Path): readonly Leaf[] {
  const entries: readonly (readonly [string | number, TomlValue])[] = isTable(value)
    ? Object.entries(value)
    : Array.isArray(value) && !path.some((key) => typeof key === "number")
      ? value.map((item, index) => [index, item] as const)
      : [];
  return entries.length === 0
    ? [{ path, value }]
    : entries.flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
}
