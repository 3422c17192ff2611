import type { Path } from "../../diagnostics/diagnostic.js";
import type { Reporter } from "../../diagnostics/reporter.js";
import type { Document, Layer, Tables, TomlValue } from "../1-parse/document.js";
import { shown } from "../1-parse/expectation.js";
import { fileOrigin } from "../1-parse/file-origin.js";
import { parseKeyPath, printKeyPath } from "../1-parse/key-path.js";
import { reportUnknownKey } from "../1-parse/read-entity.js";
import type { Fragment } from "./fragment.js";
import { isTable, valueAt } from "./merge.js";

/** The document cut into the tables that entities are merged from; each list weakest first. */
export interface Fragments {
  readonly infrastructure: readonly Fragment[];
  readonly phynodeDefaults: readonly Fragment[];
  readonly phynodes: ReadonlyMap<string, readonly Fragment[]>;
  readonly topology: readonly Fragment[];
  readonly nodeDefaults: readonly Fragment[];
  readonly linkDefaults: readonly Fragment[];
  readonly groups: readonly Group[];
  readonly nodes: ReadonlyMap<string, readonly Fragment[]>;
  readonly links: readonly Fragment[];
  readonly binaries: ReadonlyMap<string, readonly Fragment[]>;
  /** By platform, as it is written. */
  readonly toolchains: ReadonlyMap<string, readonly Fragment[]>;
}

export interface Group {
  readonly name: string;
  readonly priority: number;
  /** Names or patterns with `*` and `?`. */
  readonly members: readonly string[];
  readonly fragment: Fragment;
}

export function cutIntoFragments(document: Document, reporter: Reporter): Fragments {
  const cutters = document.layers.map((layer) => new Cutter(layer, reporter));
  const each = (cut: (cutter: Cutter) => readonly Fragment[]) => cutters.flatMap(cut);
  return {
    infrastructure: each((c) => c.one(["infrastructure"], "infrastructure")),
    phynodeDefaults: each((c) => c.one(["infrastructure", "defaults"], "infrastructure.defaults")),
    phynodes: byName(
      each((c) => [
        ...c.named(["infrastructure", "node"], "phynode"),
        ...c.named(["infrastructure", "nodes"], "phynode"),
      ]),
    ),
    topology: each((c) => c.topology()),
    nodeDefaults: each((c) =>
      c.one(["topology", "defaults", "nodes"], "topology.defaults.nodes", normaliseNode),
    ),
    linkDefaults: each((c) => c.one(["topology", "defaults", "links"], "topology.defaults.links")),
    groups: cutters.flatMap((c) => c.groups()),
    nodes: byName(each((c) => c.named(["topology", "nodes"], "node", normaliseNode))),
    links: each((c) => c.list(["topology", "links"], "link")),
    binaries: byName(each((c) => c.named(["binaries"], "binary"))),
    toolchains: byName(each((c) => c.named(["toolchains"], "toolchain"))),
  };
}

/** Cuts one layer, reporting what has not the shape of a table or list. */
class Cutter {
  readonly #layer: Layer;
  readonly #reporter: Reporter;

  constructor(layer: Layer, reporter: Reporter) {
    this.#layer = layer;
    this.#reporter = reporter;
  }

  one(
    path: Path,
    label: string,
    normalise: (table: Tables) => Tables = (table) => table,
  ): readonly Fragment[] {
    const value = this.#at(path);
    if (value === undefined) return [];
    if (!isTable(value)) return this.#wrong(path, "a table");
    this.#checkUnset(value, path);
    return [{ layer: this.#layer, path, table: normalise(value), label }];
  }

  named(path: Path, kind: string, normalise?: (table: Tables) => Tables): readonly Fragment[] {
    const value = this.#at(path);
    if (value === undefined) return [];
    if (!isTable(value)) return this.#wrong(path, "a table with a table for each name");
    return Object.keys(value)
      .sort()
      .flatMap((name) => this.one([...path, name], `${kind} ${name}`, normalise));
  }

  /** The table itself; that its `defaults` are tables and for something is checked here, since nothing else reads them. */
  topology(): readonly Fragment[] {
    for (const { table } of this.one(["topology", "defaults"], "topology.defaults")) {
      for (const key of Object.keys(table)) {
        if (key === "nodes" || key === "links") continue;
        const at = fileOrigin(this.#layer, ["topology", "defaults", key], "key");
        reportUnknownKey(key, ["nodes", "links"], "topology.defaults", at, this.#reporter);
      }
    }
    return this.one(["topology"], "topology");
  }

  list(path: Path, kind: string): readonly Fragment[] {
    const value = this.#at(path);
    if (value === undefined) return [];
    if (!Array.isArray(value)) {
      return this.#wrong(
        path,
        "a list of tables",
        'write e.g. links = [{ endpoints = ["r0:eth0", "r1:eth0"] }]',
      );
    }
    return value.flatMap((_, index) => this.one([...path, index], `${kind} ${index + 1}`));
  }

  groups(): readonly Group[] {
    return this.named(["topology", "groups"], "group", normaliseNode).flatMap(
      (fragment): readonly Group[] => {
        const { nodes, priority = 0, ...table } = fragment.table;
        const name = String(fragment.path.at(-1));
        const isList = Array.isArray(nodes) && nodes.every((entry) => typeof entry === "string");
        const example = 'say which nodes it is for, e.g. nodes = ["r0", "stub-*"]';
        if (!isList) return this.#wrong([...fragment.path, "nodes"], "a list of names or patterns", example);
        if (typeof priority !== "number" || !Number.isInteger(priority)) {
          return this.#wrong([...fragment.path, "priority"], "a whole number", "write e.g. priority = 10");
        }
        return [{ name, priority, members: nodes as string[], fragment: { ...fragment, table } }];
      },
    );
  }

  #at(path: Path): TomlValue | undefined {
    // A parent of the wrong shape is reported once, where it is cut itself.
    return valueAt(this.#layer.tables, path);
  }

  #wrong(path: Path, expected: string, hint?: string): readonly never[] {
    const absent = this.#at(path) === undefined;
    const message = absent
      ? `${printKeyPath(path.slice(0, -1))} has no ${path.at(-1)}`
      : `${printKeyPath(path)} must be ${expected}`;
    const at = fileOrigin(this.#layer, path);
    this.#reporter.report(absent ? "resolve/missing-key" : "resolve/wrong-type", {
      message,
      at,
      ...(hint && { hint }),
    });
    return [];
  }

  #checkUnset(table: Tables, path: Path): void {
    const { unset } = table;
    if (unset === undefined) return;
    if (!Array.isArray(unset))
      this.#wrong([...path, "unset"], "a list of keys", 'write e.g. unset = ["exec"]');
    else {
      for (const [index, entry] of unset.entries()) {
        if (typeof entry === "string" && parseKeyPath(entry) !== undefined) continue;
        this.#reporter.report("resolve/bad-value", {
          message: `${shown(entry)} is not a key`,
          at: fileOrigin(this.#layer, [...path, "unset", index]),
          hint: 'write a key as in TOML, e.g. "exec" or \'sysctls."net.ipv6.conf.all.forwarding"\'',
        });
      }
    }
  }
}

/** A single process may be written as a table instead of a list of one. */
function normaliseNode(table: Tables): Tables {
  return isTable(table.pinned) ? { ...table, pinned: [table.pinned] } : table;
}

function byName(fragments: readonly Fragment[]): ReadonlyMap<string, readonly Fragment[]> {
  const map = new Map<string, Fragment[]>();
  for (const fragment of fragments) {
    const name = String(fragment.path.at(-1));
    const list = map.get(name);
    if (list === undefined) map.set(name, [fragment]);
    else list.push(fragment);
  }
  return map;
}
