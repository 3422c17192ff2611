import type { Path } from "../../diagnostics/diagnostic.js";
import { nearest } from "../../diagnostics/near.js";
import { printKeyPath } from "../../phases/1-parse/key-path.js";
import type { Fragment } from "../../phases/2-resolve/fragment.js";
import { valueAt } from "../../phases/2-resolve/merge.js";
import type { Link, Node, Phynode, Topology } from "../../phases/2-resolve/topology.js";
import { exitCodes } from "../exit-codes.js";
import { Fault } from "../fault.js";
import { takeKey, textOf, type Word } from "./words.js";

/** What a path is about, and the words of the path behind its name. */
export type Subject = Entity & {
  /** Its own path: `nodes.r0`; empty for the document. */
  readonly path: Path;
  readonly fragments: readonly Fragment[];
  readonly rest: readonly Word[];
};

export type Entity =
  | { readonly kind: "node"; readonly node: Node }
  | { readonly kind: "link"; readonly link: Link }
  | { readonly kind: "phynode"; readonly phynode: Phynode }
  /** All of a kind. */
  | { readonly kind: "nodes" | "links" | "phynodes" }
  /** The file as a whole: what belongs to no single entity. */
  | { readonly kind: "document" };

/** Finds the entity that a path names; it may be written as in the file, or short. */
export function findSubject(words: readonly Word[], topology: Topology): Subject {
  const [first, second] = words;
  const isLong = first?.text === "topology" && (second?.text === "nodes" || second?.text === "links");
  const isLongPhynode =
    first?.text === "infrastructure" && (second?.text === "nodes" || second?.text === "node");
  if (isLong) return findSubject(words.slice(1), topology);
  if (isLongPhynode) return findSubject([{ text: "phynodes", quoted: false }, ...words.slice(2)], topology);
  const kind = (["nodes", "links", "phynodes"] as const).find((each) => each === first?.text);
  const names = words.slice(1);
  if (kind !== undefined && names.length === 0) return { kind, path: [kind], fragments: [], rest: [] };
  if (kind === "nodes") return findNode(names, topology);
  if (kind === "links") return findLink(names, topology);
  if (kind === "phynodes") return findPhynode(names, topology);
  const { layers } = topology.document;
  const fragments = layers.map((layer) => ({ layer, path: [], table: layer.tables, label: "file" }));
  return { kind: "document", path: [], fragments, rest: words };
}

function findNode(words: readonly Word[], { nodes }: Topology): Subject {
  const names = nodes.map(({ name }) => name);
  const taken = takeKey(words, names);
  const node = taken && nodes[names.indexOf(taken.key)];
  if (node === undefined) throw unknown("node", words, names);
  return {
    kind: "node",
    node,
    path: ["nodes", node.name],
    fragments: node.fragments,
    rest: taken?.rest ?? [],
  };
}

/** By its name, the same from the other end, its id, or its index in the list of the file. */
function findLink(words: readonly Word[], { links }: Topology): Subject {
  const names = new Map<string, Link>();
  for (const link of links) {
    const [a, b] = link.endpoints.map((end) => `${end.node}:${end.interface}`);
    const index = link.fragments.at(-1)?.path.at(-1);
    for (const name of [String(index), link.id, `${b}-${a}`, `${a}-${b}`]) names.set(name, link);
  }
  const taken = takeKey(words, [...names.keys()]);
  const link = taken && names.get(taken.key);
  if (link === undefined) throw unknown("link", words, [...names.keys()]);
  return {
    kind: "link",
    link,
    path: ["links", link.name],
    fragments: withEndpoints(link),
    rest: taken?.rest ?? [],
  };
}

/** The endpoints are the link's identity; the entry of its strongest layer tells where they stand. */
function withEndpoints({ fragments }: Link): readonly Fragment[] {
  const last = fragments.at(-1);
  const endpoints = last && valueAt(last.layer.tables, [...last.path, "endpoints"]);
  if (last === undefined || endpoints === undefined) return fragments;
  return [...fragments.slice(0, -1), { ...last, table: { endpoints, ...last.table } }];
}

function findPhynode(words: readonly Word[], { infrastructure: { phynodes } }: Topology): Subject {
  const names = phynodes.map(({ name }) => name);
  const taken = takeKey(words, names);
  const phynode = taken && phynodes[names.indexOf(taken.key)];
  if (phynode === undefined) throw unknown("phynode", words, names);
  return {
    kind: "phynode",
    phynode,
    path: ["phynodes", phynode.name],
    fragments: phynode.fragments,
    rest: taken?.rest ?? [],
  };
}

function unknown(kind: string, words: readonly Word[], names: readonly string[]): Fault {
  const typed = [textOf(words), words[0]?.text ?? ""];
  const near = typed.map((text) => nearest(text, names)).find((name) => name !== undefined);
  const hint =
    near === undefined ? `${kind}s: ${someOf(names)}` : `did you mean ${printKeyPath([`${kind}s`, near])}?`;
  return new Fault(exitCodes.wrongInput, `there is no ${kind} "${words[0]?.text}"`, hint);
}

function someOf(names: readonly string[]): string {
  const shown = names.filter((name) => !/^\d+$/.test(name)).slice(0, 8);
  return `${shown.join(", ")}${shown.length < names.length ? ", …" : ""}`;
}
