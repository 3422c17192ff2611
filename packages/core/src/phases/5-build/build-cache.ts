import { copyFile, mkdir, mkdtemp, rename, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type EntryFacts, type KeptProgram, lookUpEntry, storeEntry, takeEntry } from "./cache-entry.js";
import { refuseForeignCache, refuseUnusualPath } from "./cache-refusal.js";
import { readJson } from "./read-json.js";
import { makeWorkFolder, removeDeadWork } from "./work-folder.js";

/** Programs by what they were made of, in a folder that several dunes may share at once. */
export interface BuildCache {
  readonly folder: string;
  /** Whether it is there after this compilation. */
  readonly isKept: boolean;
  /** A folder in it that is this compilation's own. Its name is the beginning of its builds' marks. */
  readonly work: string;
  /** Whether this compilation has put something in. */
  readonly hasGrown: boolean;
  /** Makes an empty folder in `work`. */
  freshFolder(): Promise<string>;
  /** The program of a key, and counts that as a use; undefined where there is none, or one that is damaged. */
  take(key: string): Promise<KeptProgram | undefined>;
  /** Puts in what a build has made, and takes it; where another dune was first, what that has made. */
  store(key: string, made: MadeProgram): Promise<KeptProgram>;
  /**
   * Keeps a copy of the log of a build that has failed.
   * @returns where, absolute
   */
  keepLog(name: string, log: string): Promise<string>;
  /** Reads a file that `writeRecord` has written; undefined where there is none, or one that is damaged. */
  readRecord(path: string): Promise<unknown>;
  /** Writes JSON into a file of the cache, all of it or nothing; nothing where programs are only looked up. */
  writeRecord(path: string, value: unknown): Promise<void>;
}

/** What a build has left, in files that become the cache's. */
export interface MadeProgram {
  readonly program: string;
  readonly log: string;
  readonly facts: Omit<EntryFacts, "sha256" | "size">;
}

/**
 * @param folder absolute; it is made where it is not there
 * @throws CacheRefusal where it is another user's, or nothing can be built in it
 */
export async function openBuildCache(folder: string, isKept: boolean): Promise<BuildCache> {
  refuseUnusualPath(folder);
  await makeFolder(folder);
  await refuseForeignCache(folder);
  const work = await makeWorkFolder(folder);
  await removeDeadWork(folder);
  let hasGrown = false;
  const freshFolder = () => mkdtemp(join(work, "b-"));
  const take = async (key: string) => takeEntry(folder, key, await freshFolder());
  return {
    folder,
    isKept,
    work,
    get hasGrown() {
      return hasGrown;
    },
    freshFolder,
    take,
    async store(key, made) {
      hasGrown = true;
      // Twice: what another dune has put there may be gone again before it is taken.
      for (let attempt = 0; attempt < 10; attempt++) {
        await storeEntry(folder, key, made, await freshFolder());
        const kept = await take(key);
        if (kept !== undefined) return kept;
      }
      throw new Error(`the program ${key} does not stay in the cache ${folder}`);
    },
    async keepLog(name, log) {
      hasGrown = true;
      const own = join(await freshFolder(), "log");
      await copyFile(log, own);
      return moveTo(join(folder, "failed", `${name}.log`), own);
    },
    readRecord: (path) => readJson(join(folder, path)),
    async writeRecord(path, value) {
      const own = join(await freshFolder(), "record");
      await writeFile(own, `${JSON.stringify(value)}\n`);
      await moveTo(join(folder, path), own);
    },
  };
}

async function moveTo(target: string, file: string): Promise<string> {
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  await rename(file, target);
  return target;
}

/** To see what there is: nothing is made, changed or removed, and there need be no such folder. */
export async function openToLookUp(folder: string): Promise<BuildCache> {
  await refuseForeignCache(folder);
  const cannot = () => Promise.reject(new Error("nothing is built where programs are only looked up"));
  return {
    folder,
    isKept: true,
    work: folder,
    hasGrown: false,
    freshFolder: cannot,
    take: (key) => lookUpEntry(folder, key),
    store: cannot,
    keepLog: cannot,
    readRecord: (path) => readJson(join(folder, path)),
    writeRecord: () => Promise.resolve(),
  };
}

/** Not by `recursive` alone, which says of a read-only file system that there is no such place. */
async function makeFolder(folder: string): Promise<void> {
  if (await isFolder(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder) await makeFolder(parent);
  await mkdir(folder, { mode: 0o700 }).catch(async (error) => {
    // Another dune was faster.
    if (!(await isFolder(folder))) throw error;
  });
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
}
