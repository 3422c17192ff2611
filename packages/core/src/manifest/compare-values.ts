import type { ValueChange } from "./comparison.js";
import { isSame } from "./is-same.js";
import { isTableValue, valueText } from "./value-text.js";

/* How values of one entity differ, each kind of value in its own way. Nothing where they are the same. */

type Key = readonly (string | number)[];
/** What it is called, and its key in the language, if it has one. */
type Named = readonly [what: string, key?: Key];
type Scalar = string | number | boolean;

export function compareScalars<T extends Scalar>(
  [what, key]: Named,
  before: T | undefined,
  after: T | undefined,
  format: (value: T) => string = String,
): readonly ValueChange[] {
  if (before === after) return [];
  return [
    {
      what,
      ...(before !== undefined && { before: format(before) }),
      ...(after !== undefined && { after: format(after) }),
      ...(key && { key }),
    },
  ];
}

/** Lists in which the order counts: what both begin and end with is left out, the rest stands side by side. */
export function compareLists(
  [what, key]: Named,
  before: readonly string[],
  after: readonly string[],
): readonly ValueChange[] {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const rows = Math.max(before.length, after.length) - head - tail;
  return Array.from({ length: rows }, (_, row) => {
    const index = head + row;
    const old = index < before.length - tail ? before[index] : undefined;
    const fresh = index < after.length - tail ? after[index] : undefined;
    return compareScalars([what, key && [...key, index]], old, fresh)[0] ?? [];
  }).flat();
}

/** Lists in which the order says nothing. */
export function compareSets(
  [what, key]: Named,
  before: readonly string[],
  after: readonly string[],
): readonly ValueChange[] {
  const gone = before.filter((item) => !after.includes(item));
  const come = after.filter((item) => !before.includes(item));
  return [
    ...gone.flatMap((item) => compareScalars([what, key], item, undefined)),
    ...come.flatMap((item) => compareScalars([what, key], undefined, item)),
  ];
}

/** Texts by name, sorted by it. */
export function compareRecords(
  named: (name: string) => Named,
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): readonly ValueChange[] {
  return differingKeys(before, after, (a, b) => a === b).flatMap((name) =>
    compareScalars(named(name), own(before, name), own(after, name)),
  );
}

/** What users and plugins write, tables in tables: each value that is no table by its path. */
export function compareTables(
  path: readonly string[],
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  key: Key = path,
): readonly ValueChange[] {
  return differingKeys(before, after, isSame).flatMap((name) => {
    const [a, b] = [own(before, name), own(after, name)];
    const innerPath = [...path, name];
    const innerKey = [...key, name];
    if (holdTables(a, b)) return compareTables(innerPath, tableOf(a), tableOf(b), innerKey);
    return {
      what: innerPath.join("."),
      ...(a !== undefined && { before: valueText(a) }),
      ...(b !== undefined && { after: valueText(b) }),
      key: innerKey,
    };
  });
}

/** A table beside a table or nothing is looked into, unless there is nothing in it. */
function holdTables(...values: readonly unknown[]): boolean {
  const there = values.filter((each) => each !== undefined);
  return there.every(isTableValue) && there.some((each) => Object.keys(tableOf(each)).length > 0);
}

function tableOf(value: unknown): Readonly<Record<string, unknown>> {
  return isTableValue(value) ? value : {};
}

function differingKeys<T>(
  before: Readonly<Record<string, T>>,
  after: Readonly<Record<string, T>>,
  same: (a: T | undefined, b: T | undefined) => boolean,
): readonly string[] {
  const keys = Object.keys(before).filter((key) => !same(before[key], own(after, key)));
  for (const key of Object.keys(after)) if (!Object.hasOwn(before, key)) keys.push(key);
  return keys.sort();
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
