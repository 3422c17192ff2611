import { isDeepStrictEqual } from "node:util";
import type { FilePathOrigin, Origin, Path } from "../../diagnostics/diagnostic.js";
import { isTable, originOf, trace } from "./merge.js";
import { sysctlName } from "./sysctls.js";
import { type Entity, written } from "./written.js";

/** How an origin in a file is narrowed. */
export type Narrowing = Pick<FilePathOrigin, "target" | "offset" | "length">;

/** What a value comes from: the change of the plugin that made it, or the entity as declared and the value's path in that. */
export type Source =
  | { readonly plugin: string; readonly before?: Entity }
  | { readonly plugin?: never; readonly declared: Entity; readonly path: Path };

/**
 * Finds what the value at `path` of a resolved entity comes from. The path is one of the language (`["exec", 0]`,
 * `["pinned", 1, "cmd"]`) with the indexes that the entity's lists have now; the empty path is the entity itself. No value
 * carries its origin: the changes that plugins made are replayed backwards.
 */
export function sourceOf(entity: Entity, path: Path): Source {
  const { change } = entity;
  if (change === undefined) return { declared: entity, path };
  const { plugin, before } = change;
  const inherited = before && pathBefore(before, entity, path);
  if (before !== undefined && inherited !== undefined) return sourceOf(before, inherited);
  return { plugin, ...(before && { before }) };
}

/** Whose the value at `path` is: the plugin's, or the place in the file, the `--set` or the layer that it was merged from. */
export function originIn(entity: Entity, path: Path, narrowing: Narrowing = {}): Origin {
  const source = sourceOf(entity, path);
  const { target, ...span } = narrowing;
  if (source.plugin === undefined)
    return originOf(source.declared.fragments, rawPath(source.declared, source.path), target, span);
  const { plugin, before } = source;
  if (before !== undefined)
    return madeBy(plugin, isWritten(before, path) ? originIn(before, path) : ownPlace(before));
  // Made from another entity by spreading it: that one's place helps.
  const { fragments } = entity;
  return madeBy(plugin, fragments.length === 0 ? undefined : originOf(fragments, [], keyOf(entity)));
}

/**
 * Whose something is that several values make up, e.g. how many cores a node takes: the plugin's that changed it last,
 * else the origin of the value at `path`.
 */
export function originOfPart<E extends Entity>(entity: E, path: Path, part: (entity: E) => unknown): Origin {
  const { change } = entity;
  if (change === undefined) return originIn(entity, path);
  const before = change.before as E | undefined;
  if (before === undefined) return originIn(entity, []);
  if (isDeepStrictEqual(part(before), part(entity))) return originOfPart(before, path, part);
  return madeBy(change.plugin, originIn(before, path));
}

/** The entity as the user declared it, without what plugins changed; undefined for what a plugin made up. */
export function declared<E extends Entity>(entity: E): E | undefined {
  const { change } = entity;
  if (change === undefined) return entity;
  return change.before === undefined ? undefined : declared(change.before as E);
}

export function isByPlugin(origin: Origin): boolean {
  return "plugin" in origin;
}

function madeBy(plugin: string, from: Origin | undefined): Origin {
  return { plugin, hook: "topology", ...(from && { from }) };
}

/** Where the entity itself is declared. */
function ownPlace(entity: Entity): Origin {
  const target = keyOf(entity);
  return originIn(entity, [], target && { target });
}

/** A table of a name is best shown by its name. */
function keyOf(entity: Entity): "key" | undefined {
  const isNamed = "netns" in entity || "platform" in entity || "builder" in entity;
  return isNamed ? "key" : undefined;
}

function isWritten(entity: Entity, [key, ...rest]: Path): boolean {
  let value = typeof key === "string" ? written(entity, key) : undefined;
  for (const inner of rest) value = own(value, inner);
  return value !== undefined;
}

/** Where the value at `path` stood before the change; undefined where the change made it. */
function pathBefore(before: Entity, after: Entity, [key, ...rest]: Path): Path | undefined {
  if (typeof key !== "string") return [];
  const [was, is] = [written(before, key), written(after, key)];
  const [sysctl] = rest;
  if (key === "sysctls" && typeof sysctl === "string") {
    const name = sysctlName(sysctl);
    return isDeepStrictEqual(own(was, name), own(is, name)) ? [key, ...rest] : undefined;
  }
  const inner = inherited(was, is, rest);
  return inner && [key, ...inner];
}

/** A user's own key stands under `data` or beside the language's keys. */
function rawPath(entity: Entity, path: Path): Path {
  const [first, ...rest] = path;
  if (first !== "data" || rest.length === 0 || !("netns" in entity)) return path;
  return trace(entity.fragments, path).path.length < 2 ? rest : path;
}

function inherited(was: unknown, is: unknown, path: Path): Path | undefined {
  if (isDeepStrictEqual(was, is)) return path;
  const [key, ...rest] = path;
  if (key === undefined) return undefined;
  if (Array.isArray(was) && Array.isArray(is)) {
    if (typeof key !== "number") return undefined;
    const from = counterpart(was, is, key);
    const inner = from === undefined ? undefined : inherited(was[from], is[key], rest);
    return inner && [from as number, ...inner];
  }
  if (!isTable(was) || !isTable(is)) return undefined;
  const inner = inherited(own(was, key), own(is, key), rest);
  return inner && [key, ...inner];
}

/** The item of the old list that an item of the new one is: one that is the same, else one that is called the same. */
function counterpart(was: readonly unknown[], is: readonly unknown[], index: number): number | undefined {
  return (
    nth(was, is, index, (item) => item) ??
    (nameOf(is[index]) === undefined ? undefined : nth(was, is, index, nameOf))
  );
}

/** Of items that are alike the first is the first, the second the second. */
function nth(
  was: readonly unknown[],
  is: readonly unknown[],
  index: number,
  by: (item: unknown) => unknown,
): number | undefined {
  const wanted = by(is[index]);
  const alike = (item: unknown) => isDeepStrictEqual(by(item), wanted);
  const rank = is.slice(0, index).filter(alike).length;
  return [...was.keys()].filter((position) => alike(was[position]))[rank];
}

/** What tells an item of a list of tables from the others: a process's name, a route's target, a file's source or path. */
function nameOf(item: unknown): unknown {
  return ["name", "to", "src", "path"].map((key) => own(item, key)).find((value) => value !== undefined);
}

function own(value: unknown, key: string | number): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string | number, unknown>)[key];
}
