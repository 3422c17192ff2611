import { stat } from "node:fs/promises";

/** The cache's folder is none that programs are taken from, or built in. */
export class CacheRefusal extends Error {
  override readonly name = "CacheRefusal";
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

const elsewhere = "name another folder in XDG_CACHE_HOME";

/**
 * Refuses a folder that somebody else could put programs into: they go to servers, and run there as root.
 * @throws CacheRefusal; it says nothing of a folder that is not there
 */
export async function refuseForeignCache(folder: string): Promise<void> {
  const facts = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  if (facts === undefined) return;
  if (facts.uid !== process.geteuid?.())
    throw new CacheRefusal(
      `the folder ${folder}, where programs are kept, belongs to another user`,
      `run dune as that user, or ${elsewhere}`,
    );
  if ((facts.mode & 0o022) !== 0)
    throw new CacheRefusal(
      `other users can write to the folder ${folder}, where programs are kept`,
      `if they have not, take that from them: chmod go-w ${folder}; else ${elsewhere}`,
    );
}

/** Refuses a path that compilers get in words that a shell, make or a linker splits. @throws CacheRefusal */
export function refuseUnusualPath(folder: string): void {
  const unusual = /[^\p{L}\p{M}\p{N}/._+,@^~-]/u.exec(folder)?.[0];
  if (unusual === undefined) return;
  throw new CacheRefusal(
    `programs cannot be built in ${folder}: make and compilers do not take a path with ${unusual === " " ? "a blank" : JSON.stringify(unusual)}`,
    elsewhere,
  );
}
