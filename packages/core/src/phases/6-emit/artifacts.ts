import type { Manifest } from "../../manifest/manifest.js";
import type { Lock } from "../1-parse/lock.js";

/** What phase 6 makes: the files of `dist`, sorted by path, and the lock that this placement would be. */
export interface Artifacts {
  readonly manifest: Manifest;
  readonly lock: Lock;
  readonly bundles: readonly BundleSummary[];
  readonly files: readonly Artifact[];
}

export interface BundleSummary {
  readonly phynode: string;
  /** In `dist`. */
  readonly path: string;
  /** Of the file at `path`, which vouches for the rest of a folder. */
  readonly sha256: string;
}

export interface Artifact {
  /** Relative to `dist`, with `/`. */
  readonly path: string;
  readonly mode: number;
  readonly chunks: readonly Uint8Array[];
}
