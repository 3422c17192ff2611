import type { BuildCache } from "./build-cache.js";

/**
 * What becomes of a lab's programs: `build` takes what is in the cache and builds the rest, `look up` builds nothing,
 * `build twice` builds all of them anew in two folders, and compares.
 */
export type BuildMode = "build" | "look up" | "build twice";

/** Where the programs of one compilation are built and kept. */
export interface Workshop {
  readonly mode: BuildMode;
  /** Opened when it is first asked for: most compilations build nothing. */
  cache(): Promise<BuildCache>;
  /** Removes what is this compilation's own. */
  close(): Promise<void>;
}

/** @param folder where programs are kept for later compilations, absolute; without it they are kept for this one only */
export function createWorkshop(mode: BuildMode, _folder: string | undefined): Workshop {
  return {
    mode,
    cache: async () => {
      throw new Error("no cache");
    },
    close: async () => undefined,
  };
}
