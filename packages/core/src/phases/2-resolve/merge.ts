import type { FilePathOrigin, Origin, Path } from "../../diagnostics/diagnostic.js";
import type { Tables, TomlValue } from "../1-parse/document.js";
import { fileOrigin } from "../1-parse/file-origin.js";
import { parseKeyPath } from "../1-parse/key-path.js";
import type { Fragment } from "./fragment.js";

/** Called with each entry of an `unset` that names nothing inherited. */
export type OnUnsetNothing = (fragment: Fragment, index: number) => void;

/** Merges an entity's fragments, weakest first: tables by key, lists append, scalars replace, `unset` removes first. */
export function merge(fragments: readonly Fragment[], onUnsetNothing?: OnUnsetNothing): Tables {
  let result: Tables = {};
  for (const fragment of fragments) {
    for (const [index, path] of unsetPaths(fragment).entries()) {
      const next = path && without(result, path);
      if (next === undefined) onUnsetNothing?.(fragment, index);
      else result = next;
    }
    result = mergeTables(result, fragment.table);
  }
  const { unset: _, ...rest } = result;
  return rest;
}

/** Where the value at `path` of a merged entity came from, found by replaying the merge. */
export function originOf(
  fragments: readonly Fragment[],
  path: Path,
  target?: "key" | "value",
  narrowing: Pick<FilePathOrigin, "offset" | "length"> = {},
): Origin {
  const { fragment, path: inner } = trace(fragments, path);
  return fileOrigin(fragment.layer, rawPath(fragment, inner), target, narrowing);
}

/** The fragment that gave the value at `path`, and the value's path in that fragment's table. */
export function trace(fragments: readonly Fragment[], path: Path): { fragment: Fragment; path: Path } {
  const last = fragments.at(-1);
  if (last === undefined) throw new Error("an entity has at least one fragment");
  // Where no fragment has the whole path (a missing key), the place is as deep as one goes.
  for (let length = path.length; length > 0; length--) {
    const found = traceExactly(fragments, path.slice(0, length));
    if (found !== undefined) return found;
  }
  return { fragment: last, path: [] };
}

function traceExactly(
  fragments: readonly Fragment[],
  path: Path,
): { fragment: Fragment; path: Path } | undefined {
  const list = path.findIndex((key) => typeof key === "number");
  const head = list < 0 ? path : path.slice(0, list);
  const index = list < 0 ? 0 : Number(path[list]);
  let found: { fragment: Fragment; path: Path } | undefined;
  let skip = index;
  for (const fragment of fragments) {
    const removed = unsetPaths(fragment).some((unset) => unset?.every((key, at) => key === head[at]));
    if (removed || replaces(fragment.table, head)) {
      found = undefined;
      skip = index;
    }
    const value = valueAt(fragment.table, head);
    if (value === undefined) continue;
    if (list < 0) found = { fragment, path };
    else if (Array.isArray(value)) {
      // Lists append: the index counts on through the fragments.
      if (found === undefined && skip < value.length) {
        const inner = [...head, skip, ...path.slice(list + 1)];
        if (valueAt(fragment.table, inner) !== undefined) found = { fragment, path: inner };
      }
      skip -= value.length;
    } else {
      found = undefined;
      skip = index;
    }
  }
  return found;
}

/** Whether a value on the way to `path` is no table: it takes the place of weaker layers' tables with all that is in them. */
function replaces(table: Tables, path: Path): boolean {
  return path.slice(1).some((_, index) => {
    const value = valueAt(table, path.slice(0, index + 1));
    return value !== undefined && !isTable(value);
  });
}

export function valueAt(value: TomlValue, path: Path): TomlValue | undefined {
  let current: TomlValue | undefined = value;
  for (const key of path) {
    if (typeof current !== "object") return undefined;
    current = Object.hasOwn(current, key)
      ? (current as { [key: string | number]: TomlValue })[key]
      : undefined;
  }
  return current;
}

/** The path in the layer as it was written: a single table that stands for a list of one has no index there. */
function rawPath(fragment: Fragment, path: Path): Path {
  const raw: (string | number)[] = [...fragment.path];
  let value: TomlValue | undefined = valueAt(fragment.layer.tables, fragment.path);
  for (const key of path) {
    if (typeof key === "number" && value !== undefined && !Array.isArray(value)) continue;
    raw.push(key);
    value = value === undefined ? undefined : valueAt(value, [key]);
  }
  return raw;
}

function unsetPaths(fragment: Fragment): readonly (readonly string[] | undefined)[] {
  const { unset } = fragment.table;
  if (!Array.isArray(unset)) return [];
  return unset.map((entry) => (typeof entry === "string" ? parseKeyPath(entry) : undefined));
}

function mergeTables(under: Tables, over: Tables): Tables {
  const result: Record<string, TomlValue> = { ...under };
  for (const key of Object.keys(over)) {
    const below = Object.hasOwn(under, key) ? under[key] : undefined;
    const above = over[key] as TomlValue;
    result[key] = below === undefined ? above : mergeValues(below, above);
  }
  return result;
}

function mergeValues(below: TomlValue, above: TomlValue): TomlValue {
  if (Array.isArray(below) && Array.isArray(above)) return [...below, ...above];
  if (isTable(below) && isTable(above)) return mergeTables(below, above);
  return above;
}

export function isTable(value: unknown): value is Tables {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The tables without the value at `path`; undefined where there is none. */
function without(tables: Tables, path: readonly string[]): Tables | undefined {
  const [key, ...rest] = path;
  if (key === undefined || !Object.hasOwn(tables, key)) return undefined;
  const copy: Record<string, TomlValue> = { ...tables };
  if (rest.length === 0) {
    delete copy[key];
    return copy;
  }
  const inner = tables[key];
  const next = isTable(inner) ? without(inner, rest) : undefined;
  if (next === undefined) return undefined;
  copy[key] = next;
  return copy;
}
