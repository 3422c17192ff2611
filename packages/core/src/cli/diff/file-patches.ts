import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from "diff";
import { decodeUtf8 } from "../../files.js";
import type { Change } from "../../manifest/comparison.js";
import type { Manifest, ManifestFile } from "../../manifest/manifest.js";
import type { WantedContent } from "./contents.js";
import type { Side } from "./side.js";

/** How a file has changed. */
export interface FileDifference {
  /** Absent: it was not there. */
  readonly before?: ManifestFile;
  readonly after?: ManifestFile;
  /** A unified diff with its two heading lines; absent where the content is the same, or `unshown` says why. */
  readonly patch?: string;
  readonly unshown?: "binary" | "large" | "too different" | "not there";
}

/** By the change of the file. */
export type FileDifferences = ReadonlyMap<Change, FileDifference>;

/** Larger files are told by their size and sum. */
const mostBytes = 1 << 20;
/** Lines that come or go: beyond it a diff helps nobody, and finding it takes long. */
const mostEdits = 2000;
const contextLines = 3;

/** Compares the files of changes, by their contents where both sides have them. */
export async function compareFiles(
  changes: readonly Change[],
  before: Side,
  after: Side,
): Promise<FileDifferences> {
  const [findOld, findNew] = [finderIn(before.manifest), finderIn(after.manifest)];
  const pairs = changes
    .filter(({ kind }) => kind === "file")
    .map((change): FilePair => ({ change, before: findOld(change), after: findNew(change) }));
  const wanted = pairs.filter((pair) => isOther(pair) && !isLarge(pair));
  const old = await before.contents.read(wanted.flatMap((pair) => wantedOf(pair.before)));
  const own = await after.contents.read(wanted.flatMap((pair) => wantedOf(pair.after)));
  return new Map(pairs.map((pair) => [pair.change, differenceOf(pair, old, own)]));
}

interface FilePair {
  readonly change: Change;
  readonly before: Found | undefined;
  readonly after: Found | undefined;
}

function wantedOf(found: Found | undefined): readonly WantedContent[] {
  return found === undefined ? [] : [{ sha256: found.file.sha256, phynode: found.phynode }];
}

function isOther({ before, after }: FilePair): boolean {
  return before?.file.sha256 !== after?.file.sha256;
}

function isLarge({ before, after }: FilePair): boolean {
  return [before, after].some((found) => found !== undefined && found.file.size > mostBytes);
}

type ContentBySum = ReadonlyMap<string, Uint8Array>;

function differenceOf(pair: FilePair, old: ContentBySum, own: ContentBySum): FileDifference {
  const { change, before, after } = pair;
  const content = (found: Found | undefined, contents: ContentBySum) =>
    found === undefined ? new Uint8Array() : contents.get(found.file.sha256);
  return {
    ...(before && { before: before.file }),
    ...(after && { after: after.file }),
    ...(isOther(pair) && isLarge(pair) && { unshown: "large" }),
    ...(isOther(pair) && !isLarge(pair) && patchOf(change.name, content(before, old), content(after, own))),
  };
}

interface Found extends Pick<WantedContent, "phynode"> {
  readonly file: ManifestFile;
}

function finderIn({ nodes, phynodes }: Manifest): (change: Change) => Found | undefined {
  const owners = new Map<string, { readonly phynode: string; readonly files: readonly ManifestFile[] }>();
  for (const { name, phynode, files } of nodes) owners.set(`node ${name}`, { phynode, files });
  for (const { name, files } of phynodes) owners.set(`phynode ${name}`, { phynode: name, files });
  return ({ subject: { node, phynode, path } }) => {
    const owner = owners.get(node === undefined ? `phynode ${phynode}` : `node ${node}`);
    const file = owner?.files.find((each) => each.path === path);
    return owner && file && { phynode: owner.phynode, file };
  };
}

function patchOf(
  name: string,
  before: Uint8Array | undefined,
  after: Uint8Array | undefined,
): Pick<FileDifference, "patch" | "unshown"> {
  if (before === undefined || after === undefined) return { unshown: "not there" };
  const [old, own] = [textOf(before), textOf(after)];
  if (old === undefined || own === undefined) return { unshown: "binary" };
  const options = { context: contextLines, maxEditLength: mostEdits };
  const patch = structuredPatch(name, name, old, own, undefined, undefined, options);
  return patch === undefined
    ? { unshown: "too different" }
    : { patch: formatPatch(patch, FILE_HEADERS_ONLY) };
}

function textOf(bytes: Uint8Array): string | undefined {
  const text = decodeUtf8(bytes);
  return text?.includes("\0") ? undefined : text;
}
