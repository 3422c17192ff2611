import { lstat, readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { earlierBuild } from "../phases/5-build/earlier-build.js";
import { exitCodes } from "./exit-codes.js";
import { Fault } from "./fault.js";
import { shownPath } from "./topology-argument.js";

/** Whether there is a folder to replace; a fault if what is there is not an earlier build and nothing else. */
export async function checkReplaceable(folder: string): Promise<boolean> {
  const facts = await orAbsent(lstat(folder));
  if (facts === undefined) return false;
  const shown = shownPath(folder, ".");
  const hint = "dune replaces only what it built; choose another folder with --out, or move this away";
  if (!facts.isDirectory()) throw new Fault(exitCodes.wrongInput, `${shown} is a file, not a folder`, hint);
  const files = await filesBelow(folder);
  if (files.length === 0) return true;
  const isOwn = await ownFiles(folder);
  if (isOwn === undefined)
    throw new Fault(exitCodes.wrongInput, `${shown} was not built by dune: it holds ${some(files)}`, hint);
  const foreign = files.filter((file) => !isOwn(file));
  if (foreign.length === 0) return true;
  throw new Fault(
    exitCodes.wrongInput,
    `${shown} holds ${foreign.length === 1 ? "a file" : "files"} that dune did not build: ${some(foreign)}`,
    "move it away, or choose another folder with --out: a build replaces the whole folder",
  );
}

/** Tells what an earlier build wrote, by its manifest; undefined where there is no manifest. */
async function ownFiles(folder: string): Promise<((file: string) => boolean) | undefined> {
  const manifest = await orAbsent(readFile(join(folder, "manifest.json"), "utf8"));
  const build = manifest === undefined ? undefined : earlierBuild(manifest);
  if (build === undefined) return undefined;
  const { phynodes, artifacts } = build;
  const bundles = phynodes.flatMap((name) => [`${name}.run`, `${name}/run.sh`]);
  const single = new Set(["manifest.json", ...bundles, ...artifacts]);
  return (file) => {
    const [top = "", second] = file.split("/");
    return single.has(file) || (second === "payload" && phynodes.includes(top));
  };
}

/** Everything but folders, relative, with `/`, sorted. */
async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}

function some(files: readonly string[]): string {
  return files.length <= 3
    ? files.join(", ")
    : `${files.slice(0, 3).join(", ")} and ${files.length - 3} more`;
}

/** What a promise gives; undefined where there is no such file. */
export async function orAbsent<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
