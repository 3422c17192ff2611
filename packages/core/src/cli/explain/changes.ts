import { isDeepStrictEqual } from "node:util";
import type { Path } from "../../diagnostics/diagnostic.js";
import type { ReadSource } from "../../diagnostics/place.js";
import type { TomlValue } from "../../phases/1-parse/document.js";
import { printKeyPath } from "../../phases/1-parse/key-path.js";
import { declared, sourceOf } from "../../phases/2-resolve/entity-origin.js";
import { merge, valueAt } from "../../phases/2-resolve/merge.js";
import type { Topology } from "../../phases/2-resolve/topology.js";
import { type Entity, written, writtenKeys } from "../../phases/2-resolve/written.js";
import { leavesOf, type Row, rowsOf } from "./history.js";
import { endKeys, implicitReason } from "./implicit.js";
import type { Subject } from "./subject.js";
import { type Word, walk } from "./words.js";

/* What plugins made of an entity in the hook `topology`, in the language's terms. */

/** A value that a plugin set, changed or removed. */
interface Changed {
  /** Below the subject. */
  readonly path: Path;
  /** Undefined where it was removed. */
  readonly value?: TomlValue;
  readonly rows: readonly Row[];
  /** Who removed it, or what it took the place of. */
  readonly note?: string;
}

/** What the words name, where it is in a key that plugins changed. */
export function changedAt(
  subject: Subject,
  words: readonly Word[],
  topology: Topology,
  read: ReadSource,
): Changed | undefined {
  const { entity, prefix } = entityOf(subject, words, topology);
  if (entity?.change === undefined) return undefined;
  const inner = words.slice(prefix.length);
  const now = walk(inner, changedTable(entity, entity));
  if (now.found && now.path.length > 0) {
    const { path, value } = now;
    const isDeclared = sourceOf(entity, path).plugin === undefined && leavesOf(value, path).length === 1;
    // What a plugin left alone is best explained by the layers, but for an index that it may have moved.
    if (isDeclared && !path.some((key) => typeof key === "number")) return undefined;
    const rows = rowsAt(entity, path, value, read);
    const note = implicitNote(subject, entity, path, rows);
    return { path: [...prefix, ...path], value, rows, ...(note !== undefined && { note }) };
  }
  const before = declared(entity);
  const old = before && walk(inner, changedTable(before, entity));
  if (!old?.found || old.path.length === 0) return undefined;
  const source = sourceOf(entity, old.path);
  if (source.plugin === undefined || source.before === undefined) return undefined;
  const rows = rowsAt(source.before, old.path, old.value, read).map(
    (row): Row => ({ ...row, status: "unset" }),
  );
  return { path: [...prefix, ...old.path], rows, note: `removed by plugin "${source.plugin}"` };
}

/** What no layer gave, and a plugin took the place of. */
function implicitNote(
  subject: Subject,
  entity: Entity,
  path: Path,
  rows: readonly Row[],
): string | undefined {
  const before = declared(entity);
  const old = before && writtenAt(before, path);
  if (old === undefined || typeof old === "object" || !rows.every(({ origin }) => "plugin" in origin))
    return undefined;
  return `in place of ${old}: ${implicitReason(subject, path)}`;
}

/** Of a whole entity: the keys that plugins changed, and who gave what is in them. */
export function changesOf(
  subject: Subject,
  topology: Topology,
  read: ReadSource,
): { readonly keys: readonly string[]; readonly rows: readonly Row[] } {
  const { entity } = entityOf(subject, [], topology);
  if (entity?.change === undefined) return { keys: [], rows: [] };
  const table = changedTable(entity, entity);
  const shown = Object.entries(table).filter(([key]) => subject.kind !== "link" || !endKeys.includes(key));
  const rows = shown.flatMap(([key, value]) =>
    rowsAt(entity, [key], value, read)
      .filter((row) => row.status === "set")
      .map((row) => ({ ...row, name: nameOf(key, row.name) })),
  );
  return { keys: changedKeys(entity), rows };
}

/** Who gave what is in a key of a node that plugins changed; undefined where they did not. */
export function changedRows(entity: Entity, key: string): readonly Row[] | undefined {
  if (entity.change === undefined || !changedKeys(entity).includes(key)) return undefined;
  const value = written(entity, key) as TomlValue | undefined;
  const rows = value === undefined ? [] : rowsAt(entity, [key], value, () => undefined);
  return rows.filter((row) => row.status === "set");
}

/** The entity that has the values below a subject, and the keys of the path that lead to it. */
function entityOf(
  subject: Subject,
  [first]: readonly Word[],
  topology: Topology,
): { readonly entity?: Entity; readonly prefix: readonly string[] } {
  if (subject.kind === "node") return { entity: subject.node, prefix: [] };
  if (subject.kind === "link") return { entity: subject.link, prefix: [] };
  if (subject.kind === "phynode") return { entity: subject.phynode, prefix: [] };
  if (subject.kind === "binary") return { entity: subject.binary, prefix: [] };
  if (subject.kind === "toolchain") return { entity: subject.toolchain, prefix: [] };
  if (subject.kind !== "document" || first === undefined) return { prefix: [] };
  if (first.text === "infrastructure") return { entity: topology.infrastructure, prefix: ["infrastructure"] };
  return { entity: topology, prefix: first.text === "topology" ? ["topology"] : [] };
}

function changedKeys(entity: Entity): readonly string[] {
  const before = declared(entity);
  const keys = [entity, before].flatMap((each) => (each === undefined ? [] : writtenKeys(each)));
  const all = "endpoints" in entity ? [...keys, ...endKeys] : keys;
  return [...new Set(all)].filter(
    (key) => !isDeepStrictEqual(before && written(before, key), written(entity, key)),
  );
}

/** The values of `of` by the keys in which plugins changed `entity`. */
function changedTable(of: Entity, entity: Entity): Readonly<Record<string, TomlValue>> {
  const values = changedKeys(entity).map((key) => [key, written(of, key)] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as Record<string, TomlValue>;
}

/** Who gave the value, strongest first; of a table or list who gave each part of it. */
function rowsAt(entity: Entity, path: Path, value: TomlValue, read: ReadSource): readonly Row[] {
  const leaves = leavesOf(value, path);
  const [only] = leaves;
  if (leaves.length === 1 && only?.path.length === path.length) return leafRows(entity, path, value, read);
  return leaves.flatMap((leaf) => {
    const [row] = leafRows(entity, "endpoints" in entity ? ofEnd(leaf.path) : leaf.path, leaf.value, read);
    return row === undefined ? [] : [{ ...row, name: printKeyPath(leaf.path.slice(path.length)) }];
  });
}

function leafRows(entity: Entity, path: Path, value: TomlValue, read: ReadSource): readonly Row[] {
  const source = sourceOf(entity, path);
  if (source.plugin === undefined) return declaredRows(source.declared, source.path, read);
  const { plugin, before } = source;
  const own: Row = {
    name: "",
    value,
    layer: `plugin ${plugin}`,
    origin: { plugin, hook: "topology" },
    status: "set",
  };
  const old = before && writtenAt(before, path);
  if (before === undefined || old === undefined) return [own];
  const replaced = leafRows(before, path, old, read).map(
    (row): Row => ({ ...row, status: row.status === "set" ? "replaced" : row.status }),
  );
  return [own, ...replaced];
}

/** Who said it in the layers, where it may be written shorter: a list of one as its entry, an end's property as the link's. */
function declaredRows({ fragments }: Entity, path: Path, read: ReadSource): readonly Row[] {
  const table = merge(fragments);
  const [first, second] = path;
  const isOfEnd = path.length === 2 && typeof second === "string" && endKeys.includes(second);
  const same = [path, ...(isOfEnd ? [[second]] : []), ...(first === "data" ? [path.slice(1)] : [])];
  const outer = path.slice(1).map((_, index) => path.slice(0, index + 1));
  const found =
    same.find((each) => valueAt(table, each) !== undefined) ??
    outer.find((each) => typeof (valueAt(table, each) ?? {}) !== "object");
  if (found === undefined) return [];
  const raw = valueAt(table, found) as TomlValue;
  return rowsOf(fragments, found, raw, read).map((row) => ({ ...row, name: "" }));
}

function writtenAt(entity: Entity, path: Path): TomlValue | undefined {
  const [key] = path;
  const value = typeof key === "string" ? (written(entity, key) as TomlValue | undefined) : undefined;
  return value === undefined ? undefined : valueAt({ [String(key)]: value }, path);
}

/** A property of both ends is each end's own. */
function ofEnd(path: Path): Path {
  const [key, end, ...more] = path;
  const isOfEnds =
    typeof key === "string" && endKeys.includes(key) && typeof end === "string" && more.length === 0;
  return isOfEnds ? [end, key] : path;
}

function nameOf(key: string, inner: string): string {
  const joint = inner === "" || inner.startsWith("[") ? "" : ".";
  return `${printKeyPath([key])}${joint}${inner}`;
}
