import { readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { discardEntry, type ListedEntry, listEntries } from "./cache-entry.js";
import { removeTree } from "./remove-tree.js";
import { makeWorkFolder } from "./work-folder.js";

/** A file beside the entries: the log of a build that failed, or what was noted of a tool. */
interface LooseFile {
  readonly key: string;
  readonly file: string;
  readonly sizeBytes: number;
  readonly usedAt: Date;
}

/**
 * Removes what was not used for the longest time, until the rest fits: entries, logs of builds that failed, notes of tools.
 * @returns the entries that were removed
 */
export async function pruneCache(cacheFolder: string, limitBytes: number): Promise<readonly ListedEntry[]> {
  const entries = await listEntries(cacheFolder);
  const all = [...entries, ...(await looseFiles(cacheFolder))].sort(byLastUse);
  let total = all.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const removed = new Set<ListedEntry | LooseFile>();
  for (const each of all) {
    if (total <= limitBytes) break;
    total -= each.sizeBytes;
    removed.add(each);
  }
  for (const each of removed) if ("file" in each) await rm(each.file, { force: true });
  const programs = [...removed].filter((each) => "facts" in each);
  if (programs.length === 0) return programs;
  const room = await makeWorkFolder(cacheFolder);
  for (const { key } of programs) await discardEntry(cacheFolder, key, room);
  await removeTree(room);
  const kept = entries.filter((entry) => !removed.has(entry));
  await removeReads(cacheFolder, programs, kept);
  return programs;
}

async function looseFiles(cacheFolder: string): Promise<readonly LooseFile[]> {
  const files: LooseFile[] = [];
  for (const folder of ["failed", "tools"]) {
    for (const key of await readdir(join(cacheFolder, folder)).catch(() => [])) {
      const file = join(cacheFolder, folder, key);
      const facts = await stat(file).catch(() => undefined);
      if (facts !== undefined) files.push({ key, file, sizeBytes: facts.size, usedAt: facts.mtime });
    }
  }
  return files;
}

/** The records that led to what was removed, and to nothing else. */
async function removeReads(
  cacheFolder: string,
  removed: readonly ListedEntry[],
  kept: readonly ListedEntry[],
): Promise<void> {
  const used = new Set(kept.map(({ facts }) => facts.reads));
  for (const { facts } of removed) {
    if (facts.reads !== undefined && !used.has(facts.reads))
      await rm(join(cacheFolder, "reads", `${facts.reads}.json`), { force: true });
  }
}

/** Removes all that no running compilation has for its own. */
export async function emptyCache(cacheFolder: string): Promise<readonly ListedEntry[]> {
  const removed = await pruneCache(cacheFolder, -1);
  const room = await makeWorkFolder(cacheFolder);
  // Damaged entries are not listed. The folders stay: another dune may just write into one.
  for (const folder of ["entries", "reads", "tools", "failed"]) {
    const path = join(cacheFolder, folder);
    for (const name of await readdir(path).catch(() => []))
      await rename(join(path, name), join(room, `${folder}-${name}`)).catch(() => undefined);
  }
  await removeTree(room);
  return removed;
}

function byLastUse(a: ListedEntry | LooseFile, b: ListedEntry | LooseFile): number {
  return a.usedAt.getTime() - b.usedAt.getTime() || (a.key < b.key ? -1 : 1);
}
