import { type Digest, makeManifest } from "../../manifest/make-manifest.js";
import type { Manifest } from "../../manifest/manifest.js";
import type { RenderedFile, Rendering } from "../4-render/rendering.js";
import { type NodeUses, Uses } from "../4-render/uses.js";
import type { Binaries } from "../5-build/binaries.js";
import { sha256Of } from "./payload.js";
import type { Slice } from "./tables.js";

/** What was compiled, before bundles are made of it. */
export interface Description {
  readonly digest: Digest;
  readonly usesOf: Slice["usesOf"];
  /** Without what plugins add to `dist`. */
  readonly manifest: Manifest;
}

/** Describes what was compiled; files are hashed and uses are found once, whoever asks. */
export function describe(binaries: Binaries): Description {
  const digest = digester();
  const usesOf = useFinder(binaries.rendering);
  return { digest, usesOf, manifest: makeManifest(binaries, digest, usesOf) };
}

function digester(): Digest {
  const known = new Map<RenderedFile, { sha256: string; size: number }>();
  return (file) => {
    const { content } = file;
    if ("file" in content) return { sha256: content.sha256, size: content.size };
    let digest = known.get(file);
    if (digest === undefined) {
      digest = { sha256: sha256Of(content.text), size: Buffer.byteLength(content.text) };
      known.set(file, digest);
    }
    return digest;
  };
}

function useFinder(rendering: Rendering): Slice["usesOf"] {
  const uses = new Uses(rendering);
  const known = new Map(rendering.nodes.map((node) => [node, uses.ofNode(node)]));
  return (node) => known.get(node) as NodeUses;
}
