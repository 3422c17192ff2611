import { constants, copyFile, link, mkdir, readdir, rename, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { fileDigest } from "./file-digest.js";
import { readJson } from "./read-json.js";
import { removeTree } from "./remove-tree.js";

const factsSchema = z.strictObject({
  /** The format of entries; one of another is as good as absent. */
  entry: z.literal(1),
  name: z.string(),
  platform: z.string(),
  tools: z.array(z.strictObject({ name: z.string(), version: z.string() })),
  /** The record in `reads/` that leads to this entry. */
  reads: z.string().optional(),
  sha256: z.string(),
  size: z.int(),
});

/** What stands beside a program in the cache. */
export type EntryFacts = z.infer<typeof factsSchema>;

/** A program of the cache, linked where nobody else removes it. */
export interface KeptProgram {
  /** Absolute. */
  readonly file: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** An entry as `dune cache list` shows it. */
export interface ListedEntry {
  readonly key: string;
  readonly facts: EntryFacts;
  /** All its files together. */
  readonly sizeBytes: number;
  readonly builtAt: Date;
  readonly usedAt: Date;
}

const entriesOf = (cacheFolder: string) => join(cacheFolder, "entries");

/** @param room an empty folder of this compilation's own, for the program */
export async function takeEntry(
  cacheFolder: string,
  key: string,
  room: string,
): Promise<KeptProgram | undefined> {
  const entry = join(entriesOf(cacheFolder), key);
  const file = join(room, "program");
  const inode = await inodeOf(entry);
  if (inode === undefined) return undefined;
  const facts = await readFacts(entry);
  const isThere = facts !== undefined && (await linkOrCopy(join(entry, "program"), file));
  if (isThere) {
    const { sha256, size } = await fileDigest(file);
    if (sha256 === facts.sha256 && size === facts.size) {
      const now = new Date();
      await utimes(entry, now, now).catch(ifGone);
      return { file, sha256, size };
    }
  }
  await discardEntry(cacheFolder, key, room, inode);
  return undefined;
}

/** The program of an entry where it is, which any dune may remove; that is no use of it. */
export async function lookUpEntry(cacheFolder: string, key: string): Promise<KeptProgram | undefined> {
  const entry = join(entriesOf(cacheFolder), key);
  const facts = await readFacts(entry);
  if (facts === undefined) return undefined;
  const file = join(entry, "program");
  const { sha256, size } = (await fileDigest(file).catch(ifGone)) ?? {};
  return sha256 === facts.sha256 && size === facts.size ? { file, sha256, size } : undefined;
}

/** Moves a build's files into the cache at one stroke; nothing happens where there is an entry already. */
export async function storeEntry(
  cacheFolder: string,
  key: string,
  made: { program: string; log: string; facts: Omit<EntryFacts, "sha256" | "size"> },
  room: string,
): Promise<void> {
  const own = join(room, "entry");
  await mkdir(own, { mode: 0o700 });
  await mkdir(entriesOf(cacheFolder), { recursive: true, mode: 0o700 });
  await copyFile(made.program, join(own, "program"), constants.COPYFILE_FICLONE);
  await copyFile(made.log, join(own, "log"));
  const facts: EntryFacts = { ...made.facts, ...(await fileDigest(join(own, "program"))) };
  await writeFile(join(own, "facts.json"), `${JSON.stringify(facts)}\n`);
  try {
    await rename(own, join(entriesOf(cacheFolder), key));
  } catch (error) {
    if (!["ENOTEMPTY", "EEXIST"].includes(codeOf(error))) throw error;
  }
}

/**
 * Removes an entry at one stroke, so that nobody sees half of one.
 * @param inode of the one that is meant: one that another dune has put there since stays
 */
export async function discardEntry(
  cacheFolder: string,
  key: string,
  room: string,
  inode?: number,
): Promise<void> {
  const entry = join(entriesOf(cacheFolder), key);
  const away = join(room, `away-${key}`);
  try {
    if (inode !== undefined && (await inodeOf(entry)) !== inode) return;
    await rename(entry, away);
  } catch (error) {
    return ifGone(error);
  }
  // Exchanged in just this moment: it goes back, unless there is yet another.
  if (inode !== undefined && (await inodeOf(away)) !== inode)
    return rename(away, entry).catch(() => removeTree(away));
  await removeTree(away);
}

/** All entries that are whole as far as can be seen without reading the programs, by key. */
export async function listEntries(cacheFolder: string): Promise<readonly ListedEntry[]> {
  const keys = await readdir(entriesOf(cacheFolder)).catch((error) => ifGone(error) ?? []);
  const found = await Promise.all(keys.sort().map((key) => listedEntry(cacheFolder, key)));
  return found.flatMap((entry) => (entry === undefined ? [] : [entry]));
}

async function listedEntry(cacheFolder: string, key: string): Promise<ListedEntry | undefined> {
  const entry = join(entriesOf(cacheFolder), key);
  const facts = await readFacts(entry);
  if (facts === undefined) return undefined;
  try {
    const [own, ...files] = await Promise.all(
      ["", "facts.json", "log", "program"].map((name) => stat(join(entry, name))),
    );
    const sizeBytes = files.reduce((sum, { size }) => sum + size, 0);
    return {
      key,
      facts,
      sizeBytes,
      builtAt: files[0]?.mtime ?? new Date(0),
      usedAt: own?.mtime ?? new Date(0),
    };
  } catch (error) {
    return ifGone(error);
  }
}

async function readFacts(entry: string): Promise<EntryFacts | undefined> {
  return factsSchema.safeParse(await readJson(join(entry, "facts.json"))).data;
}

async function inodeOf(entry: string): Promise<number | undefined> {
  return stat(entry).then(({ ino }) => ino, ifGone);
}

/** Whether it was there. Other file systems, and some owners, allow no link. */
async function linkOrCopy(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to).catch((error) => {
      if (codeOf(error) === "ENOENT") throw error;
      return copyFile(from, to);
    });
    return true;
  } catch (error) {
    ifGone(error);
    return false;
  }
}

/** Another dune may remove an entry at any time. */
function ifGone(error: unknown): undefined {
  if (codeOf(error) !== "ENOENT") throw error;
  return undefined;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
