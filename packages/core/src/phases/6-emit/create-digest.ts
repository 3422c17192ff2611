import type { Digest } from "../../manifest/make-manifest.js";
import type { RenderedFile } from "../4-render/rendering.js";
import { sha256Of } from "./payload.js";

/** Hashes each rendered file once: the manifest, the tables and the payload all ask. */
export function createDigest(): Digest {
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
