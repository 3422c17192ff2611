import { statSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { isAbsolute, join } from "node:path";
import { CacheRefusal } from "../phases/5-build/cache-refusal.js";
import { type BuildMode, defaultCacheLimitBytes, type WorkshopOptions } from "../phases/5-build/workshop.js";
import { parseBytes } from "../values/bytes.js";
import { exitCodes } from "./exit-codes.js";
import { refusalOf } from "./failure.js";
import { Fault } from "./fault.js";

/** The folder that keeps programs for later builds, as the XDG Base Directory Specification wants it. */
export function cacheFolder(): string {
  const { XDG_CACHE_HOME: named } = process.env;
  // The specification: a path that is not absolute is to be ignored.
  const folder = named !== undefined && isAbsolute(named) ? named : join(ownHome(), ".cache");
  return join(folder, "dune");
}

/** Root may have got the HOME of the user who called sudo: what it left there would be in that user's way. */
function ownHome(): string {
  const home = homedir();
  const owner = statSync(home, { throwIfNoEntry: false })?.uid;
  return process.geteuid?.() === 0 && owner !== undefined && owner !== 0 ? userInfo().homedir : home;
}

/** How many bytes it may hold: DUNE_CACHE_MAX. */
export function cacheLimitBytes(): number {
  const { DUNE_CACHE_MAX: text = "" } = process.env;
  if (text === "") return defaultCacheLimitBytes;
  const parsed = parseBytes(text);
  if (!parsed.ok) throw new Fault(exitCodes.wrongInput, `DUNE_CACHE_MAX: ${parsed.message}`, parsed.hint);
  return parsed.value;
}

/** Programs are taken from the cache, and kept there. */
export function keptPrograms(mode: BuildMode = "build"): WorkshopOptions & { readonly cacheFolder: string } {
  return { mode, cacheFolder: cacheFolder(), cacheLimitBytes: cacheLimitBytes() };
}

const noRoom = ["ENOSPC", "EDQUOT"];

/** What to tell where dune or the operating system refuses the cache something; undefined for any other error. */
export function cacheFault(error: unknown, folder: string): Fault | undefined {
  if (error instanceof CacheRefusal) return new Fault(exitCodes.wrongEnvironment, error.message, error.hint);
  const refusal = refusalOf(error);
  if (refusal === undefined) return undefined;
  const { code = "", path } = error as NodeJS.ErrnoException;
  // Who writes to an open file is not told its path.
  const isHere =
    path === undefined ? noRoom.includes(code) : isWithin(path, folder) || isWithin(folder, path);
  if (!isHere) return undefined;
  return new Fault(
    exitCodes.wrongEnvironment,
    `cannot keep programs in ${folder}: ${refusal}`,
    noRoom.includes(code)
      ? 'make room (e.g. by "dune cache prune --all"), or name another folder in XDG_CACHE_HOME'
      : "mend that folder, or name another one in XDG_CACHE_HOME",
  );
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
