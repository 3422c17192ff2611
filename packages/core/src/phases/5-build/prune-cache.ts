import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { discardEntry, type ListedEntry, listEntries } from "./cache-entry.js";
import { removeTree } from "./remove-tree.js";
import { makeWorkFolder } from "./work-folder.js";

/**
 * Removes the entries that were not used for the longest time, until the rest fits.
 * @returns what was removed
 */
export async function pruneCache(cacheFolder: string, limitBytes: number): Promise<readonly ListedEntry[]> {
  const entries = [...(await listEntries(cacheFolder))].sort(byLastUse);
  let total = entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const removed: ListedEntry[] = [];
  for (const entry of entries) {
    if (total <= limitBytes) break;
    total -= entry.sizeBytes;
    removed.push(entry);
  }
  if (removed.length === 0) return removed;
  const room = await makeWorkFolder(cacheFolder);
  for (const { key } of removed) await discardEntry(cacheFolder, key, room);
  await removeTree(room);
  await removeReads(cacheFolder, removed, entries.slice(removed.length));
  return removed;
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

function byLastUse(a: ListedEntry, b: ListedEntry): number {
  return a.usedAt.getTime() - b.usedAt.getTime() || (a.key < b.key ? -1 : 1);
}
