import type { Reporter } from "../../diagnostics/reporter.js";
import { nearest } from "../../diagnostics/near.js";
import type { TomlValue } from "../1-parse/document.js";
import { fileOrigin } from "../1-parse/file-origin.js";
import { printKeyPath } from "../1-parse/key-path.js";
import type { Fragment } from "./fragment.js";
import type { Group } from "./fragments.js";
import { isTable } from "./merge.js";

/** For each node name the fragments of its groups, by priority, then name. Reports bad members and conflicts. */
export function groupFragments(
  groups: readonly Group[],
  nodeNames: readonly string[],
  reporter: Reporter,
): ReadonlyMap<string, readonly Fragment[]> {
  const ordered = [...groups].sort((a, b) => a.priority - b.priority || (a.name < b.name ? -1 : 1));
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
    const matcher = isPattern ? patternMatcher(pattern) : (name: string) => name === pattern;
    const matched = nodeNames.filter(matcher);
    for (const name of matched) members.add(name);
    if (matched.length > 0) continue;
    const near = nearest(pattern, nodeNames);
    const at = fileOrigin(group.fragment.layer, [...group.fragment.path, "nodes", index]);
    if (isPattern) {
      reporter.report("resolve/empty-pattern", {
        message: `no node matches "${pattern}" of group "${group.name}"`,
        at,
        hint: "* stands for any text, ? for one character",
      });
    } else {
      reporter.report("resolve/unknown-member", {
        message: `group "${group.name}" lists node "${pattern}", which does not exist`,
        at,
        hint: near === undefined ? `declare it: [topology.nodes.${pattern}]` : `did you mean "${near}"?`,
      });
    }
  }
  return members;
}

function patternMatcher(pattern: string): (name: string) => boolean {
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".");
  const expression = new RegExp(`^${source}$`, "s");
  return (name) => expression.test(name);
}

/** Two groups of one priority that set a scalar of a node differently: neither is stronger. */
function reportConflicts(groupsOf: ReadonlyMap<string, readonly Group[]>, reporter: Reporter): void {
  const compared = new Set<string>();
  for (const [node, groups] of groupsOf) {
    for (const [index, one] of groups.entries()) {
      for (const other of groups.slice(index + 1)) {
        const pair = JSON.stringify([one.name, other.name]);
        if (one.priority !== other.priority || compared.has(pair)) continue;
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
        { message: `group "${one.name}" sets it here`, at: fileOrigin(one.fragment.layer, [...one.fragment.path, ...path]) },
      ],
      hint: "give the group that should win a higher priority, e.g. priority = 10",
    });
  }
}

/** The scalars of a table by their path; lists append, so they cannot conflict. */
function leaves(table: TomlValue, path: readonly string[] = []): Map<string, { path: readonly string[]; value: TomlValue }> {
  if (!isTable(table)) {
    return Array.isArray(table) ? new Map() : new Map([[JSON.stringify(path), { path, value: table }]]);
  }
  return new Map(Object.keys(table).flatMap((key) => [...leaves(table[key] as TomlValue, [...path, key])]));
}
