import { isSame } from "./is-same.js";
import type { Manifest, ManifestLink, ManifestNode, ManifestPhynode, ManifestProcess } from "./manifest.js";

/** What has one name in both manifests; on the side where it is not, undefined. */
export interface Pair<T> {
  readonly before: T | undefined;
  readonly after: T | undefined;
}

/** What is on both sides. */
export interface Kept<T> extends Pair<T> {
  readonly before: T;
  readonly after: T;
}

/** Two manifests with their entities side by side. */
export interface ManifestPair {
  readonly before: Manifest;
  readonly after: Manifest;
  readonly phynodes: ReadonlyMap<string, Pair<ManifestPhynode>>;
  readonly nodes: ReadonlyMap<string, Pair<ManifestNode>>;
  /** Of the nodes those in which something differs, if only the order of something. */
  readonly differing: ReadonlyMap<string, Kept<ManifestNode>>;
  /** By id. */
  readonly links: ReadonlyMap<string, Pair<ManifestLink>>;
}

export function pairManifests(before: Manifest, after: Manifest): ManifestPair {
  const nodes = pairUp(before.nodes, after.nodes, nameOf);
  return {
    before,
    after,
    phynodes: pairUp(before.phynodes, after.phynodes, nameOf),
    nodes,
    differing: new Map([...keptOf(nodes)].filter(([, node]) => !isSame(node.before, node.after))),
    links: pairUp(before.links, after.links, ({ id }) => id),
  };
}

export function pairUp<T>(
  before: readonly T[],
  after: readonly T[],
  key: (entity: T) => string,
): Map<string, Pair<T>> {
  const pairs = new Map<string, Pair<T>>(
    before.map((each) => [key(each), { before: each, after: undefined }]),
  );
  for (const each of after) pairs.set(key(each), { before: pairs.get(key(each))?.before, after: each });
  return pairs;
}

/** The processes of a node, by name. */
export function pairProcesses({ before, after }: Pair<ManifestNode>): Map<string, Pair<ManifestProcess>> {
  return pairUp(before?.processes ?? [], after?.processes ?? [], nameOf);
}

/** Of a node of both manifests the processes of both, of another all that it has: `r0/bird`. */
export function processNames(node: Pair<ManifestNode>): readonly string[] {
  const pairs = pairProcesses(node);
  const own = isKept(node) ? keptOf(pairs) : pairs;
  return [...own].map(([process]) => `${(node.after ?? node.before)?.name}/${process}`);
}

export function isKept<T>(pair: Pair<T> | undefined): pair is Kept<T> {
  return pair?.before !== undefined && pair.after !== undefined;
}

/** What is on both sides, with its key. */
export function* keptOf<T>(pairs: ReadonlyMap<string, Pair<T>>): Iterable<readonly [string, Kept<T>]> {
  for (const [key, pair] of pairs) if (isKept(pair)) yield [key, pair];
}

export function isMoved({ before, after }: Kept<ManifestNode>): boolean {
  return before.phynode !== after.phynode;
}

function nameOf({ name }: { readonly name: string }): string {
  return name;
}
