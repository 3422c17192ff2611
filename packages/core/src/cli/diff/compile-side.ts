import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Diagnostic } from "../../diagnostics/diagnostic.js";
import { createLocator, type Locate, type ReadSource } from "../../diagnostics/place.js";
import type { Digest } from "../../manifest/make-manifest.js";
import type { Rendering } from "../../phases/4-render/rendering.js";
import { describe } from "../../phases/6-emit/describe.js";
import { compileTopology } from "../compile-topology.js";
import { orAbsent } from "../own-dist.js";
import { readSource } from "../print-diagnostics.js";
import type { TopologyFile } from "../topology-argument.js";
import type { Contents } from "./contents.js";
import type { Side } from "./side.js";

/** What a topology became, with what tells where it stands. */
export interface CompiledSide {
  readonly rendering: Rendering;
  readonly locate: Locate;
  /** Reads a file of it, as long as its folder is there. */
  readonly read: ReadSource;
  /** How a file that an origin names is called for the user. */
  readonly shown: (file: string) => string;
}

/** A side that could not be compiled. */
export interface FailedSide {
  readonly name: string;
  readonly diagnostics: readonly Diagnostic[];
  /** Reads and names the files that the diagnostics name. */
  readonly read: ReadSource;
  readonly shown: (file: string) => string;
}

export interface CompileSideRequest {
  readonly name: string;
  readonly topology: TopologyFile;
  readonly set: readonly string[];
  readonly shown: (file: string) => string;
  readonly signal?: AbortSignal;
}

/** Compiles a topology as `build` does, with the lock beside it; writes nothing but programs into the cache. */
export async function compileSide(request: CompileSideRequest): Promise<Side | FailedSide> {
  const { name, topology, set, shown, signal } = request;
  const result = await compileTopology(topology, { set, until: "build", ...(signal && { signal }) });
  const read: ReadSource = (file) => readSource(resolve(topology.folder, file));
  const { binaries } = result;
  if (!result.ok || binaries === undefined) return { name, diagnostics: result.diagnostics, read, shown };
  const { rendering } = binaries;
  const { digest, manifest } = describe(binaries);
  return {
    name,
    kind: "topology",
    manifest,
    contents: renderedContents(rendering, digest, topology.folder),
    compiled: { rendering, locate: createLocator(read), read, shown },
  };
}

function renderedContents({ nodes, phynodes }: Rendering, digest: Digest, folder: string): Contents {
  const files = [...phynodes, ...nodes].flatMap((each) => each.files);
  return {
    async read(wanted) {
      const sums = new Set(wanted.map(({ sha256 }) => sha256));
      const found = new Map<string, Uint8Array>();
      for (const file of files) {
        const { sha256 } = digest(file);
        if (!sums.has(sha256) || found.has(sha256)) continue;
        const { content } = file;
        const bytes =
          "text" in content
            ? Buffer.from(content.text)
            : await orAbsent(readFile(resolve(folder, content.file)));
        if (bytes !== undefined) found.set(sha256, bytes);
      }
      return found;
    },
  };
}
