import { createHash } from "node:crypto";
import { sliceManifest } from "../../manifest/make-manifest.js";
import type { Manifest } from "../../manifest/manifest.js";
import type { FileContent } from "../4-render/rendering.js";
import { labTable, makeTables, type Slice } from "./tables.js";

/** A file of a payload. */
export interface PayloadFile {
  readonly name: string;
  readonly content: FileContent;
  /** Whether others may not read it where it was compiled; absent: they may. */
  readonly isPrivate?: boolean;
}

/** The files of one phynode's payload, sorted by name. */
export function makePayload(slice: Slice, manifest: Manifest): readonly PayloadFile[] {
  const texts: Record<string, string> = {
    ...makeTables(slice),
    // On one line: indentation would be half of what is compressed, and compressing is what takes longest.
    "manifest.json": `${JSON.stringify(sliceManifest(manifest, slice.phynode.phynode.name))}\n`,
  };
  const contents = new Map<string, PayloadFile>();
  for (const file of [...slice.phynode.files, ...slice.nodes.flatMap((node) => node.files)]) {
    const name = `content/${slice.hash(file)}`;
    const isPrivate = file.isPrivate || contents.get(name)?.isPrivate;
    contents.set(name, { name, content: file.content, ...(isPrivate && { isPrivate }) });
  }
  const tables = Object.entries(texts).map(([name, value]) => ({ name, content: { text: value } }));
  const files = [...contents.values(), ...tables];
  const lab = { name: "lab", content: { text: labTable(slice, digestOf(files)) } };
  return [...files, lab].sort(byName);
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
