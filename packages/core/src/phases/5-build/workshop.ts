import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BuildCache, openBuildCache, openToLookUp } from "./build-cache.js";
import { pruneCache } from "./prune-cache.js";
import { removeTree } from "./remove-tree.js";

/**
 * What becomes of a lab's programs: `build` takes what is in the cache and builds the rest, `build twice` builds all of
 * them anew in two folders, and compares, `look up` builds nothing. `plan` only sees whether they could be built, but for
 * the tools that this machine has: no phase 5 comes of it.
 */
export type BuildMode = "build" | "build twice" | "look up" | "plan";

/** Where the programs of one compilation are built and kept. */
export interface Workshop {
  readonly mode: BuildMode;
  /** Opened when it is first asked for: most compilations build nothing. */
  cache(): Promise<BuildCache>;
  /** Removes what is this compilation's own, and from the cache what is too much. */
  close(): Promise<void>;
}

export interface WorkshopOptions {
  readonly mode?: BuildMode;
  /** Where programs are kept for later compilations, absolute; without it they are kept for this one only. */
  readonly cacheFolder?: string;
  /** How large that folder's programs may be in all, in bytes, when the compilation ends. */
  readonly cacheLimitBytes?: number;
}

/** 5 GB. */
export const defaultCacheLimitBytes = 5_000_000_000;

export function createWorkshop(options: WorkshopOptions = {}): Workshop {
  const { mode = "build", cacheFolder, cacheLimitBytes = defaultCacheLimitBytes } = options;
  let opening: Promise<BuildCache> | undefined;
  const open = async () => {
    if (mode === "look up" && cacheFolder !== undefined) return openToLookUp(cacheFolder);
    const folder = cacheFolder ?? (await mkdtemp(join(tmpdir(), "dune-programs-")));
    return openBuildCache(folder, cacheFolder !== undefined);
  };
  return {
    mode,
    cache() {
      opening ??= open();
      return opening;
    },
    async close() {
      const cache = await opening?.catch(() => undefined);
      if (cache === undefined) return;
      if (!cache.isKept) return removeTree(cache.folder);
      if (mode === "look up") return;
      await removeTree(cache.work);
      if (cache.hasGrown) await pruneCache(cache.folder, cacheLimitBytes);
    },
  };
}
