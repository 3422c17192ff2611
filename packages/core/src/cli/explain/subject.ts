import type { Path } from "../../diagnostics/diagnostic.js";
import { nearest } from "../../diagnostics/near.js";
import { printKeyPath } from "../../phases/1-parse/key-path.js";
import type { Fragment } from "../../phases/2-resolve/fragment.js";
import { valueAt } from "../../phases/2-resolve/merge.js";
import type { Binary, Link, Node, Phynode, Toolchain, Topology } from "../../phases/2-resolve/topology.js";
import { parsePlatform } from "../../values/platform.js";
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
  | { readonly kind: "binary"; readonly binary: Binary }
  | { readonly kind: "toolchain"; readonly toolchain: Toolchain }
  /** All of a kind. */
  | { readonly kind: Kind }
  /** The file as a whole: what belongs to no single entity. */
  | { readonly kind: "document" };

const kinds = ["nodes", "links", "phynodes", "binaries", "toolchains"] as const;
type Kind = (typeof kinds)[number];

/** Finds the entity that a path names; it may be written as in the file, or short. */
export function findSubject(words: readonly Word[], topology: Topology): Subject {
  const [first, second] = words;
  const isLong = first?.text === "topology" && (second?.text === "nodes" || second?.text === "links");
  const isLongPhynode =
    first?.text === "infrastructure" && (second?.text === "nodes" || second?.text === "node");
  if (isLong) return findSubject(words.slice(1), topology);
  if (isLongPhynode) return findSubject([{ text: "phynodes", quoted: false }, ...words.slice(2)], topology);
  const kind = kinds.find((each) => each === first?.text);
  const names = words.slice(1);
  if (kind !== undefined) return names.length === 0 ? allOf(kind) : finders[kind](names, topology);
  const { layers } = topology.document;
  const fragments = layers.map((layer) => ({ layer, path: [], table: layer.tables, label: "file" }));
  return { kind: "document", path: [], fragments, rest: words };
}

function allOf(kind: Kind): Subject {
  return { kind, path: [kind], fragments: [], rest: [] };
}

const finders: Readonly<Record<Kind, (words: readonly Word[], topology: Topology) => Subject>> = {
  nodes: (words, { nodes }) => {
    const { entity: node, rest } = findNamed("node", "nodes", words, nodes);
    return { kind: "node", node, path: ["nodes", node.name], fragments: node.fragments, rest };
  },
  links: findLink,
  phynodes: (words, { infrastructure: { phynodes } }) => {
    const { entity: phynode, rest } = findNamed("phynode", "phynodes", words, phynodes);
    return { kind: "phynode", phynode, path: ["phynodes", phynode.name], fragments: phynode.fragments, rest };
  },
  binaries: (words, { binaries }) => {
    const { entity: binary, rest } = findNamed("binary", "binaries", words, binaries);
    return { kind: "binary", binary, path: ["binaries", binary.name], fragments: binary.fragments, rest };
  },
  toolchains: findToolchain,
};

interface Named<E> {
  readonly entity: E;
  readonly rest: readonly Word[];
}

function findNamed<E extends { readonly name: string }>(
  noun: string,
  kind: Kind,
  words: readonly Word[],
  entities: readonly E[],
): Named<E> {
  const names = entities.map(({ name }) => name);
  const taken = takeKey(words, names);
  const entity = taken && entities[names.indexOf(taken.key)];
  if (entity === undefined) throw unknown(noun, kind, words, names);
  return { entity, rest: taken?.rest ?? [] };
}

/** By its platform, in any way that one may write it. */
function findToolchain(words: readonly Word[], { toolchains }: Topology): Subject {
  const [first, ...rest] = words;
  const platform = parsePlatform(first?.text ?? "");
  const toolchain = platform.ok && toolchains.find((each) => each.platform.text === platform.value.text);
  if (!toolchain) {
    const names = toolchains.map((each) => each.platform.text);
    throw unknown("toolchain", "toolchains", words, names);
  }
  const path = ["toolchains", toolchain.platform.text];
  return { kind: "toolchain", toolchain, path, fragments: toolchain.fragments, rest };
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
  if (link === undefined) throw unknown("link", "links", words, [...names.keys()]);
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

function unknown(noun: string, kind: Kind, words: readonly Word[], names: readonly string[]): Fault {
  const message = `there is no ${noun} "${words[0]?.text}"`;
  if (names.length === 0) return new Fault(exitCodes.wrongInput, message, `the topology declares no ${kind}`);
  const typed = [textOf(words), words[0]?.text ?? ""];
  const near = typed.map((text) => nearest(text, names)).find((name) => name !== undefined);
  const hint =
    near === undefined ? `${kind}: ${someOf(names)}` : `did you mean ${printKeyPath([kind, near])}?`;
  return new Fault(exitCodes.wrongInput, message, hint);
}

function someOf(names: readonly string[]): string {
  const shown = names.filter((name) => !/^\d+$/.test(name)).slice(0, 8);
  return `${shown.join(", ")}${shown.length < names.length ? ", …" : ""}`;
}
