import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdir, realpath, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Artifact } from "../phases/6-emit/artifacts.js";
import { exitCodes } from "./exit-codes.js";
import { refusalOf } from "./failure.js";
import { Fault } from "./fault.js";
import { interruptible } from "./interrupt.js";
import { checkReplaceable, orAbsent } from "./own-dist.js";
import { shownPath } from "./topology-argument.js";

/** Files to write as one: the folder of the artifacts, and the lock if it is to change. */
export interface Dist {
  /** Absolute. */
  readonly folder: string;
  readonly artifacts: readonly Artifact[];
  readonly lock?: { readonly path: string; readonly text: string; readonly mode: number };
}

/**
 * Writes beside and renames: whatever goes wrong, the folder is the old one or the new one, and no temporary file stays.
 * Refuses to replace a folder that holds anything but an earlier build.
 */
export async function writeDist(dist: Dist): Promise<void> {
  try {
    const folder = await realPath(dist.folder);
    const replaces = await checkReplaceable(folder);
    await interruptible((signal) => writeAndSwap({ ...dist, folder }, replaces, signal));
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    throw new Fault(
      exitCodes.wrongEnvironment,
      `cannot write ${shownPath(dist.folder, ".")}: ${refusal}`,
      "nothing was changed; choose another folder with --out, or mend this one",
    );
  }
}

async function writeAndSwap(dist: Dist, replaces: boolean, signal: AbortSignal): Promise<void> {
  const { folder, artifacts, lock } = dist;
  const mark = `dune-${randomBytes(4).toString("hex")}`;
  const fresh = join(dirname(folder), `.${basename(folder)}.${mark}`);
  const old = `${fresh}.old`;
  const freshLock = lock && `${join(dirname(lock.path), `.${basename(lock.path)}`)}.${mark}`;
  const remove = () => {
    for (const path of [fresh, freshLock])
      if (path !== undefined) rmSync(path, { recursive: true, force: true });
  };
  // For an end without unwinding, a bug elsewhere for example.
  process.once("exit", remove);
  try {
    await makeFolder(dirname(folder));
    await writeArtifacts(fresh, artifacts, signal);
    if (lock !== undefined && freshLock !== undefined)
      await writeFile(freshLock, lock.text, { mode: lock.mode, flag: "wx" });
    signal.throwIfAborted();
    if (replaces) await rename(folder, old);
    try {
      await rename(fresh, folder);
      if (lock !== undefined && freshLock !== undefined) await rename(freshLock, lock.path);
    } catch (error) {
      // Back to what was there; if the new folder is in place already, it was the lock that failed.
      await rename(folder, fresh).catch(() => undefined);
      if (replaces) await rename(old, folder);
      throw error;
    }
    if (replaces) await rm(old, { recursive: true, force: true });
  } finally {
    remove();
    process.off("exit", remove);
  }
}

async function writeArtifacts(
  folder: string,
  artifacts: readonly Artifact[],
  signal: AbortSignal,
): Promise<void> {
  const parents = new Set(artifacts.map(({ path }) => dirname(join(folder, path))));
  for (const parent of [folder, ...parents]) await mkdir(parent, { recursive: true });
  for (const { path, mode, chunks } of artifacts) {
    signal.throwIfAborted();
    await writeFile(join(folder, path), chunks, { mode, flag: "wx" });
  }
}

/** With its parents. Not `recursive`: Node.js never comes back from it on a file system that makes no folders, as /proc. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EEXIST") return;
    if (code !== "ENOENT" || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await mkdir(path);
  }
}

/** Where a link leads, so that the folder is replaced and not the link; what does not exist yet is itself. */
async function realPath(path: string): Promise<string> {
  return (await orAbsent(realpath(path))) ?? path;
}
