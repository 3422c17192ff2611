import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Files } from "../../files.js";
import { sliceManifest } from "../../manifest/make-manifest.js";
import type { Manifest } from "../../manifest/manifest.js";
import type { FileContent } from "../4-render/rendering.js";
import { builtProgram } from "../5-build/built-program.js";
import { labTable, makeTables, type Slice } from "./tables.js";

/** A file of a payload. */
export interface PayloadFile {
  readonly name: string;
  readonly content: PayloadContent;
  /** Whether others may not read it where it was compiled; absent: they may. */
  readonly isPrivate?: boolean;
}

/** What is in it: a text, or what is read in pieces when it is written. */
export type PayloadContent =
  | { readonly text: string }
  | { readonly sha256: string; readonly size: number; stream(): AsyncIterable<Uint8Array> };

/** The files of one phynode's payload, sorted by name; carried files are read by `files`. */
export function makePayload(slice: Slice, manifest: Manifest, files: Files): readonly PayloadFile[] {
  const texts: Record<string, string> = {
    ...makeTables(slice),
    // On one line: indentation would be half of what is compressed, and compressing is what takes longest.
    "manifest.json": `${JSON.stringify(sliceManifest(manifest, slice.phynode.phynode.name))}\n`,
  };
  const contents = new Map<string, PayloadFile>();
  for (const file of [...slice.phynode.files, ...slice.nodes.flatMap((node) => node.files)]) {
    const name = `content/${slice.hash(file)}`;
    const isPrivate = file.isPrivate || contents.get(name)?.isPrivate;
    contents.set(name, { name, content: contentOf(file.content, files), ...(isPrivate && { isPrivate }) });
  }
  const tables = Object.entries(texts).map(([name, value]) => ({ name, content: { text: value } }));
  const all = [...contents.values(), ...programsOf(slice), ...tables];
  const lab = { name: "lab", content: { text: labTable(slice, digestOf(all)) } };
  return [...all, lab].sort(byName);
}

function contentOf(content: FileContent, files: Files): PayloadContent {
  if ("text" in content) return content;
  const { file, sha256, size } = content;
  return { sha256, size, stream: () => files.stream(file) };
}

/** Programs are on this machine's disk, wherever the topology's files are read from. */
function programsOf({ builds }: Slice): readonly PayloadFile[] {
  return builds.map((build) => {
    const { file, sha256, size } = builtProgram(build);
    const content = { sha256, size, stream: () => createReadStream(file) };
    const isPrivate = build.sources.isPrivate === true;
    return { name: `bin/${build.binary.name}`, content, ...(isPrivate && { isPrivate }) };
  });
}

/** sha256 over the names and contents (contents of carried files by their sha256), in the order of names. */
function digestOf(files: readonly PayloadFile[]): string {
  const hash = createHash("sha256");
  for (const { name, content } of [...files].sort(byName)) {
    const sha256 = "text" in content ? sha256Of(content.text) : content.sha256;
    hash.update(`${sha256}  ${name}\n`);
  }
  return hash.digest("hex");
}

export function sha256Of(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function byName(a: PayloadFile, b: PayloadFile): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
