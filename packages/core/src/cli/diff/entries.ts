import { printable } from "../../diagnostics/printable.js";
import type { Change, ChangeKind } from "../../manifest/comparison.js";
import { togetherOf } from "../../manifest/effect.js";
import { sizeText } from "../size-text.js";
import { firstOf } from "../table.js";
import { generalOf, isOfContent, likeness } from "./alike.js";
import { causeText, type FoundCause } from "./causes.js";
import type { Difference } from "./difference.js";
import { effectWords, mostNames } from "./effect-words.js";
import type { FileDifference, FileDifferences } from "./file-patches.js";

/** What is told in one piece: a change, or several that are alike. */
export interface Entry {
  readonly kind: ChangeKind;
  readonly change: Change["change"];
  readonly names: readonly string[];
  readonly values: readonly EntryValue[];
  /** Where it is declared: `topology.toml:12`. */
  readonly cause?: string;
  readonly note?: string;
  /** What it takes on a running lab, in words. */
  readonly takes: string;
  /** The lines of a unified diff, printable, without its heading. */
  readonly patch?: readonly string[];
}

export interface EntryValue {
  readonly what: string;
  readonly before?: string;
  readonly after?: string;
  readonly cause?: string;
}

/** What comes or goes is told one by one up to this many: each has its own line. */
const mostAlone = 6;

/** In the order that they are told: by kind, then what came, what went, what moved, what changed. */
const order: readonly Change["change"][] = ["added", "removed", "moved", "changed"];

/** Puts together what is alike: where one default has changed a thousand links, it is told once. */
export function entriesOf(
  difference: Difference,
  kind: ChangeKind,
  files: FileDifferences,
): readonly Entry[] {
  const { comparison, before, after } = difference;
  const labs = new Set([before.manifest.lab, after.manifest.lab]);
  const own = comparison.changes.filter((change) => change.kind === kind);
  return order.flatMap((way) => {
    const changes = own.filter(({ change }) => change === way);
    return groupsOf(changes, files, labs).map((group) => entryOf(group, difference.causes, files, labs));
  });
}

type Group = readonly [Change, ...Change[]];

function groupsOf(
  changes: readonly Change[],
  files: FileDifferences,
  labs: ReadonlySet<string>,
): readonly Group[] {
  const groups = new Map<string, [Change, ...Change[]]>();
  for (const change of changes) {
    const key = likeness(change, files.get(change), generalOf(change, labs));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [change]);
    else group.push(change);
  }
  return [...groups.values()].flatMap((group): readonly Group[] =>
    group[0].values.length === 0 && group.length <= mostAlone
      ? group.map((change): Group => [change])
      : [group],
  );
}

function entryOf(
  group: Group,
  causes: Difference["causes"],
  files: FileDifferences,
  labs: ReadonlySet<string>,
): Entry {
  const [first] = group;
  const shown = group.length > 1 ? generalOf(first, labs) : (text: string) => text;
  const { kind, change, note } = first;
  const file = files.get(first);
  const effect = togetherOf(group.map((each) => each.effect));
  const values = first.values.map((value, index): EntryValue => {
    const { what, before, after } = value;
    const found = group.map((each) => causes.ofValue(each, each.values[index] ?? value));
    return {
      what,
      ...(before !== undefined && { before: shown(shortened(before)) }),
      ...(after !== undefined && { after: shown(shortened(after)) }),
      ...causeOf(found),
    };
  });
  const names = group.map(({ name }) => name);
  return {
    kind,
    change,
    names,
    values: file === undefined ? values : fileValues(file, values),
    ...causeOf(group.map((each) => causes.ofChange(each))),
    ...(note !== undefined && { note }),
    takes: effectWords({ kind, change }, names, effect),
    ...(file?.patch !== undefined && {
      patch: shown(file.patch).trimEnd().split("\n").slice(2).map(shownLine),
    }),
  };
}

/** A tab is no danger to a terminal, and belongs to what is shown. */
function shownLine(line: string): string {
  return line.split("\t").map(printable).join("\t");
}

/** The names of what an entry tells of, the first of many, and how many there are where not all are named: ` (12)`. */
export function namesOf({ names }: Entry): { readonly shown: string; readonly many: string } {
  const many = names.length > mostNames + 1 ? ` (${names.length})` : "";
  return { shown: firstOf(names, mostNames), many };
}

/** A person tells sums apart by their beginnings. */
function shortened(value: string): string {
  return /^[0-9a-f]{64}$/.test(value) ? value.slice(0, 12) : value;
}

/** The place that all have; of several the first, with their number. */
function causeOf(found: readonly (FoundCause | undefined)[]): { readonly cause?: string } {
  const [first, ...others] = new Map(
    found.flatMap((each) => (each === undefined ? [] : [[each.key, each] as const])),
  ).values();
  if (first === undefined) return {};
  const text = causeText(first);
  return { cause: others.length === 0 ? text : `${text} and ${others.length} more` };
}

/** A diff says more than sums do; where there is none they say that the content is another. */
function fileValues({ before, after, patch, unshown }: FileDifference, values: readonly EntryValue[]) {
  const others = values.filter(({ what }) => !isOfContent(what));
  if (patch !== undefined || before?.sha256 === after?.sha256) return others;
  const content = (file: FileDifference["before"]) =>
    file && `${sizeText(file.size)}, sha256 ${shortened(file.sha256)}`;
  const [old, own] = [content(before), content(after)];
  const why = unshown === undefined || unshown === "not there" ? "content" : `content (${unshown})`;
  return [
    { what: why, ...(old !== undefined && { before: old }), ...(own !== undefined && { after: own }) },
    ...others,
  ];
}
