import { nearest } from "../../diagnostics/near.js";
import type { Reporter } from "../../diagnostics/reporter.js";
import type { TomlValue } from "../1-parse/document.js";
import { fileOrigin } from "../1-parse/file-origin.js";
import { printKeyPath } from "../1-parse/key-path.js";
import type { Fragment } from "./fragment.js";
import type { Group } from "./fragments.js";
import { declareHint } from "./links.js";
import { isTable } from "./merge.js";

/** For each node name the fragments of its groups, by priority, then name. Reports bad members and conflicts. */
export function groupFragments(
  groups: readonly Group[],
  nodeNames: readonly string[],
  reporter: Reporter,
): ReadonlyMap<string, readonly Fragment[]> {
  const ordered = [...groups].sort(
    (a, b) => a.priority - b.priority || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
  const groupsOf = new Map<string, Group[]>();
  for (const group of ordered) {
    for (const name of membersOf(group, nodeNames, reporter)) {
      const list = groupsOf.get(name);
      if (list === undefined) groupsOf.set(name, [group]);
      else list.push(group);
    }
  }
  reportConflicts(groupsOf, reporter);
  return new Map([...groupsOf].map(([name, list]) => [name, list.map((group) => group.fragment)]));
}

function membersOf(group: Group, nodeNames: readonly string[], reporter: Reporter): ReadonlySet<string> {
  const members = new Set<string>();
  for (const [index, pattern] of group.members.entries()) {
    const isPattern = /[*?]/.test(pattern);
    const matched = nodeNames.filter((name) => (isPattern ? matches(pattern, name) : name === pattern));
    for (const name of matched) members.add(name);
    if (matched.length > 0) continue;
    const near = nearest(pattern, nodeNames);
    const at = fileOrigin(group.fragment.layer, [...group.fragment.path, "nodes", index]);
    if (isPattern) {
      reporter.report("resolve/empty-pattern", {
        message: `no node matches "${pattern}" of group "${group.name}"`,
        at,
        hint: "mend or remove the pattern; * stands for any text, ? for one character",
      });
    } else {
      reporter.report("resolve/unknown-member", {
        message: `group "${group.name}" lists node "${pattern}", which does not exist`,
        at,
        hint: declareHint(pattern, near),
      });
    }
  }
  return members;
}

/** Of the text only the last `*` can have to take more: so the time is at most pattern × name, whatever they are. */
function matches(pattern: string, name: string): boolean {
  let at = 0;
  let from = 0;
  let star = -1;
  let starTook = 0;
  while (at < name.length) {
    if (pattern[from] === "*") {
      star = from++;
      starTook = at;
    } else if (from < pattern.length && (pattern[from] === "?" || pattern[from] === name[at])) {
      from++;
      at++;
    } else if (star >= 0) {
      from = star + 1;
      at = ++starTook;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(from));
}

/** Two groups of one priority that set a scalar of a node differently: neither is stronger. */
function reportConflicts(groupsOf: ReadonlyMap<string, readonly Group[]>, reporter: Reporter): void {
  const compared = new Set<string>();
  for (const [node, groups] of groupsOf) {
    for (const [index, one] of groups.entries()) {
      for (const other of groups.slice(index + 1)) {
        const pair = JSON.stringify([one.name, other.name]);
        // Two layers' tables of one group are no rivals: the later layer is stronger.
        if (one.priority !== other.priority || one.name === other.name || compared.has(pair)) continue;
        compared.add(pair);
        reportConflict(one, other, node, reporter);
      }
    }
  }
}

function reportConflict(one: Group, other: Group, node: string, reporter: Reporter): void {
  const ours = leaves(one.fragment.table);
  for (const [key, { path, value }] of leaves(other.fragment.table)) {
    const mine = ours.get(key);
    if (mine === undefined || mine.value === value) continue;
    reporter.report("resolve/group-conflict", {
      message: `groups "${one.name}" and "${other.name}" both set ${printKeyPath(path)} of node "${node}", to different values`,
      at: fileOrigin(other.fragment.layer, [...other.fragment.path, ...path]),
      related: [
        {
          message: `group "${one.name}" sets it here`,
          at: fileOrigin(one.fragment.layer, [...one.fragment.path, ...path]),
        },
      ],
      hint: "give the group that should win a higher priority, e.g. priority = 10",
    });
  }
}

/** The scalars of a table by their path; lists append, so they cannot conflict. */
function leaves(
  table: TomlValue,
  path: readonly string[] = [],
): Map<string, { path: readonly string[]; value: TomlValue }> {
  if (!isTable(table)) {
    return Array.isArray(table) ? new Map() : new Map([[JSON.stringify(path), { path, value: table }]]);
  }
  return new Map(Object.keys(table).flatMap((key) => [...leaves(table[key] as TomlValue, [...path, key])]));
}
