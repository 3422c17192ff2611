import { realpath, stat } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { z } from "zod";
import { digestFile } from "../../files.js";
import type { BuildCache } from "./build-cache.js";
import { namesKey, readsKey } from "./build-key.js";
import type { KeptProgram } from "./cache-entry.js";
import type { Reads } from "./files-read.js";
import type { BuildPlan } from "./plan-builds.js";

/** What builds of one `namesKey` have read, the latest first. */
const recordSchema = z.array(z.strictObject({ files: z.array(z.string()), around: z.array(z.string()) }));
/** More are made only by who goes to and fro between many versions. */
const mostSets = 20;

const recordOf = (names: string) => `reads/${names}.json`;

/** What is now in each file, by its path. */
type Contents = Map<string, string>;

/** The program of a plan whose build says what it reads: one for which all that was read then is the same now. */
export async function takeByReads(
  plan: BuildPlan,
  cache: BuildCache,
): Promise<{ readonly kept: KeptProgram; readonly reads: Reads } | undefined> {
  const names = namesKey(plan);
  const contents: Contents = new Map();
  for (const reads of await knownSets(names, cache)) {
    const kept = await cache.take(await keyOfReads(names, reads, plan, contents));
    if (kept !== undefined) return { kept, reads };
  }
  return undefined;
}

/** The key of a program whose build has read these files. */
export async function keyOfReads(
  names: string,
  { files, around }: Reads,
  { inputs, realSource = "/" }: BuildPlan,
  contents: Contents = new Map(),
): Promise<string> {
  if (contents.size === 0) for (const { path, sha256 } of inputs) contents.set(path, sha256);
  const read: [string, string][] = [];
  for (const path of [...files, ...around]) {
    const content = contents.get(path) ?? (await contentAt(path, realSource));
    contents.set(path, content);
    read.push([path, content]);
  }
  return readsKey(names, read);
}

/**
 * Whether something beside the inputs, which are copied, has changed since: nobody knows then what a build has read.
 * @param sinceMs as of `Date.now()`
 */
export async function haveChanged(
  { files, around }: Reads,
  { inputs, realSource = "/" }: BuildPlan,
  sinceMs: number,
): Promise<boolean> {
  const known = new Set(inputs.map(({ path }) => path));
  for (const path of [...files, ...around]) {
    if (known.has(path)) continue;
    const facts = await stat(resolve(realSource, path)).catch(() => undefined);
    if (facts !== undefined && facts.ctimeMs > sinceMs) return true;
  }
  return false;
}

/** Two dunes at once may lose one of two sets: then something is built once more. */
export async function rememberReads(names: string, reads: Reads, cache: BuildCache): Promise<void> {
  const set = { files: reads.files, around: reads.around };
  const text = JSON.stringify(set);
  const others = (await knownSets(names, cache)).filter((each) => JSON.stringify(each) !== text);
  await cache.writeRecord(recordOf(names), [set, ...others].slice(0, mostSets));
}

async function knownSets(names: string, cache: BuildCache): Promise<readonly Reads[]> {
  return recordSchema.safeParse(await cache.readRecord(recordOf(names))).data ?? [];
}

/**
 * Of what is no input: a header of the system, a package in `node_modules`. Of a folder it counts where it is: it may be
 * behind a link.
 */
async function contentAt(path: string, realSource: string): Promise<string> {
  const file = resolve(realSource, path);
  try {
    if (!(await stat(file)).isDirectory()) return (await digestFile(file))?.sha256 ?? "no file";
    return `folder ${relative(realSource, await realpath(file))}`;
  } catch {
    return "absent";
  }
}
