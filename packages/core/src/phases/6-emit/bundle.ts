import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { archive } from "./archive.js";
import type { Artifact, BundleSummary } from "./artifacts.js";
import { type PayloadFile, sha256Of } from "./payload.js";

/** How bundles are written: one file for each phynode, or a folder. */
export type BundleFormat = "run" | "dir";

/** One phynode's bundle: its files in `dist`, and its summary. */
export interface Bundle {
  readonly summary: BundleSummary;
  readonly files: readonly Artifact[];
}

interface Names {
  readonly lab: string;
  readonly phynode: string;
}

/** The runtime: `packages/core/runtime/*.sh` in the order of their names. */
export function readRuntime(): string {
  const folder = new URL("../../../runtime/", import.meta.url);
  const parts = readdirSync(folder)
    .filter((name) => name.endsWith(".sh"))
    .sort();
  return parts.map((name) => readFileSync(new URL(name, folder), "utf8")).join("\n");
}

/** The single file: runtime, then the archive. */
export async function runBundle(
  names: Names,
  payload: readonly PayloadFile[],
  runtime: string,
): Promise<Bundle> {
  const chunks = await archive(payload);
  const hash = createHash("sha256").update(runtime);
  for (const chunk of chunks) hash.update(chunk);
  const head = new TextEncoder().encode(script(names, hash.digest("hex"), runtime));
  const path = `${names.phynode}.run`;
  const all = [head, ...chunks];
  const whole = createHash("sha256");
  for (const chunk of all) whole.update(chunk);
  return {
    summary: { phynode: names.phynode, path, sha256: whole.digest("hex") },
    files: [{ path, mode: payload.some(({ isPrivate }) => isPrivate) ? 0o700 : 0o755, chunks: all }],
  };
}

/** The folder: `run.sh`, `payload/`, and the sums that guard it. */
export async function folderBundle(
  names: Names,
  payload: readonly PayloadFile[],
  runtime: string,
): Promise<Bundle> {
  const sums = payload.map(({ name, content }) => {
    const sha256 = "text" in content ? sha256Of(content.text) : content.sha256;
    return `${sha256}  ${name}\n`;
  });
  const sumsText = sums.join("");
  const runSh = folderScript(names, sha256Of(runtime + sumsText), runtime);
  const encode = (text: string) => [new TextEncoder().encode(text)];
  const artifacts: Artifact[] = [
    { path: `${names.phynode}/run.sh`, mode: 0o755, chunks: encode(runSh) },
    { path: `${names.phynode}/payload/SHA256SUMS`, mode: 0o644, chunks: encode(sumsText) },
  ];
  for (const { name, content, isPrivate } of payload) {
    const chunks = "text" in content ? encode(content.text) : await collect(content.stream());
    artifacts.push({ path: `${names.phynode}/payload/${name}`, mode: isPrivate ? 0o600 : 0o644, chunks });
  }
  const summary = { phynode: names.phynode, path: `${names.phynode}/run.sh`, sha256: sha256Of(runSh) };
  return { summary, files: artifacts };
}

/** The script that stands before the archive; the offset has a fixed width, so that writing it does not move the payload. */
function script(names: Names, sha256: string, runtime: string): string {
  const withOffset = (offset: number) => head(names, sha256, String(offset).padStart(10, "0")) + runtime;
  return withOffset(Buffer.byteLength(withOffset(0)));
}

/** The script of a folder, which has no offset; the sum is that of the runtime and the list of sums. */
function folderScript(names: Names, sha256: string, runtime: string): string {
  return head(names, sha256, "") + runtime;
}

function head({ lab, phynode }: Names, sha256: string, payloadOffset: string): string {
  return [
    "#!/bin/sh",
    `# dune bundle: lab "${lab}", phynode "${phynode}". Readable to the payload; look inside with: extract DIR`,
    "DUNE_FORMAT=1",
    `DUNE_LAB=${lab}`,
    `DUNE_PHYNODE=${phynode}`,
    `DUNE_SHA256=${sha256}`,
    `DUNE_PAYLOAD_OFFSET=${payloadOffset}`,
    "",
  ].join("\n");
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<readonly Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}
