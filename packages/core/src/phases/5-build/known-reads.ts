import { resolve } from "node:path";
import { z } from "zod";
import type { BuildCache } from "./build-cache.js";
import { namesKey, readsKey } from "./build-key.js";
import type { KeptProgram } from "./cache-entry.js";
import { fileDigest } from "./file-digest.js";
import type { BuildPlan } from "./plan-builds.js";

/** Sets of files that builds of one `namesKey` have read, the latest first. */
const recordSchema = z.array(z.array(z.string()));
/** More are made only by who goes to and fro between many versions. */
const mostSets = 20;

const recordOf = (names: string) => `reads/${names}.json`;

/** The program of a plan whose build says what it reads: one for which all that was read then is the same now. */
export async function takeByReads(plan: BuildPlan, cache: BuildCache): Promise<KeptProgram | undefined> {
  const names = namesKey(plan);
  for (const paths of await knownSets(names, cache)) {
    const key = await keyOfReads(names, paths, plan);
    const kept = key === undefined ? undefined : await cache.take(key);
    if (kept !== undefined) return kept;
  }
  return undefined;
}

/** The key of a program whose build has read these files; undefined where one of them is gone. */
export async function keyOfReads(
  names: string,
  paths: readonly string[],
  { inputs, realSource = "/" }: BuildPlan,
): Promise<string | undefined> {
  const known = new Map(inputs.map(({ path, sha256 }) => [path, sha256]));
  const reads: [string, string][] = [];
  for (const path of paths) {
    const sha256 = known.get(path) ?? (await digestIfThere(resolve(realSource, path)));
    if (sha256 === undefined) return undefined;
    reads.push([path, sha256]);
  }
  return readsKey(names, reads);
}

/** Two dunes at once may lose one of two sets: then something is built once more. */
export async function rememberReads(
  names: string,
  paths: readonly string[],
  cache: BuildCache,
): Promise<void> {
  const text = JSON.stringify(paths);
  const others = (await knownSets(names, cache)).filter((set) => JSON.stringify(set) !== text);
  await cache.writeRecord(recordOf(names), [paths, ...others].slice(0, mostSets));
}

async function knownSets(names: string, cache: BuildCache): Promise<readonly (readonly string[])[]> {
  return recordSchema.safeParse(await cache.readRecord(recordOf(names))).data ?? [];
}

/** Of a file of this machine that is no input: a header of the system, a package in node_modules. */
async function digestIfThere(path: string): Promise<string | undefined> {
  return fileDigest(path).then(
    ({ sha256 }) => sha256,
    () => undefined,
  );
}
