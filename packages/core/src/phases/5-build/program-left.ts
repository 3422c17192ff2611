import type { Stats } from "node:fs";
import { lstat, readdir, realpath, stat } from "node:fs/promises";
import { join, posix, relative } from "node:path";
import type { BuildRoom } from "./build-room.js";
import type { BuildPlan } from "./plan-builds.js";

/** Where a build has left its program, or what is there instead. */
export type ProgramLeft =
  | { readonly file: string }
  | { readonly missing: true; readonly left: readonly string[] }
  | { readonly noFile: string };

const mostNamed = 5;

/** Of CMake and cargo themselves. */
const noise =
  /(^|\/)(CMakeFiles\/|release\/(\.fingerprint|build|deps|incremental)\/|(CMakeCache\.txt|Makefile|[^/]*\.cmake)$)/;

/** A link counts as what it leads to, as long as it does not lead out of the build's own folder. */
export async function programLeft(plan: BuildPlan, room: BuildRoom): Promise<ProgramLeft> {
  const { recipe } = plan;
  const path = recipe.output === undefined ? room.out : join(room.src, recipe.output);
  const entry = await lstat(path).catch(() => undefined);
  if (entry === undefined) return { missing: true, left: await whatIsLeft(plan, room) };
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined) return { noFile: "a link that leads nowhere" };
  const isOutside = !real.startsWith(`${await realpath(room.folder)}/`);
  if (isOutside) return { noFile: "a link that leads out of the folder of the build" };
  const kind = kindOf(await stat(real));
  return kind === undefined ? { file: real } : { noFile: kind };
}

function kindOf(facts: Stats): string | undefined {
  if (facts.isFile()) return undefined;
  if (facts.isDirectory()) return "a folder";
  if (facts.isSocket()) return "a socket";
  return facts.isFIFO() ? "a pipe" : "a device";
}

/** What a topology's `output` is the way from: the folder of the sources, or one that the builder makes in it. */
export function outputFolder({ binary, recipe }: BuildPlan): string {
  const { output = binary.name } = binary;
  const place = recipe.output ?? output;
  return place.endsWith(`/${output}`) ? place.slice(0, -output.length) : "";
}

/** Files that the build has made, as `output` would name them: programs if there are any. */
async function whatIsLeft(plan: BuildPlan, { src }: BuildRoom): Promise<readonly string[]> {
  const known = new Set(plan.inputs.map(({ path }) => path));
  const entries = await readdir(src, { recursive: true, withFileTypes: true });
  const made = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(src, join(entry.parentPath, entry.name)))
    .filter((path) => !known.has(path) && !noise.test(path));
  const executable = new Set<string>();
  for (const path of made) if (((await lstat(join(src, path))).mode & 0o100) !== 0) executable.add(path);
  const found = [...(executable.size > 0 ? executable : made)].sort().slice(0, mostNamed);
  return found.map((path) => posix.relative(outputFolder(plan), path));
}
