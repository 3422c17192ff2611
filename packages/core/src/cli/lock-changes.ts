import { isDeepStrictEqual } from "node:util";
import type { Lock } from "../phases/1-parse/lock.js";
import { counted } from "./table.js";

type Choices = NonNullable<Lock["choices"]>;

/** How a placement differs from the lock, for a person; empty where it does not. */
export function lockChanges(before: Lock, after: Lock): readonly string[] {
  const known = Object.keys(before.nodes);
  const now = Object.keys(after.nodes);
  const added = now.filter((name) => !Object.hasOwn(before.nodes, name));
  const gone = known.filter((name) => !Object.hasOwn(after.nodes, name));
  const kept = now.filter((name) => Object.hasOwn(before.nodes, name));
  const moved = kept.filter((name) => before.nodes[name]?.phynode !== after.nodes[name]?.phynode);
  const recored = kept.filter(
    (name) => !moved.includes(name) && coresOf(before, name) !== coresOf(after, name),
  );
  return [
    ...described(added, "not in it"),
    ...described(gone, "no longer in the topology"),
    ...described(moved, "on another phynode"),
    ...described(recored, "on other cores"),
    ...(vnisOf(before) === vnisOf(after) ? [] : ["other tunnels or VNIs"]),
    ...otherChoices(before.choices ?? {}, after.choices ?? {}),
  ];
}

function described(names: readonly string[], what: string): readonly string[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, 3).join(", ");
  const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
  return [`${counted(names.length, "node")} ${what} (${shown}${more})`];
}

function otherChoices(before: Choices, after: Choices): readonly string[] {
  const plugins = Object.keys({ ...before, ...after }).sort();
  return plugins.flatMap((plugin) => {
    const [old = {}, now = {}] = [before[plugin], after[plugin]];
    const keys = Object.keys({ ...old, ...now });
    const changed = keys.filter((key) => !isDeepStrictEqual(old[key], now[key]));
    return changed.length === 0 ? [] : [`${counted(changed.length, "choice")} of plugin ${plugin}`];
  });
}

function coresOf(lock: Lock, name: string): string {
  return JSON.stringify(sortedEntries(lock.nodes[name]?.cores ?? {}));
}

function vnisOf(lock: Lock): string {
  return JSON.stringify(sortedEntries(lock.vnis));
}

function sortedEntries<T>(record: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
