import { readFile, realpath } from "node:fs/promises";
import { isAbsolute, join, relative, resolve } from "node:path";
import type { Recipe } from "../../builders/builder.js";
import { prerequisitesOf } from "./make-rules.js";
import type { BuildPlan } from "./plan-builds.js";

/**
 * What compilers name when they read it. Of other inputs (a linker's script, a tsconfig.json) nobody knows whether they
 * were read: they always count.
 */
const named = {
  make: /\.(c|cc|cpp|cxx|h|hh|hpp|hxx|inc|S)$/,
  esbuild: /(^|\/)(?!package\.json$|[jt]sconfig[^/]*\.json$)[^/]*\.([cm]?[jt]s|[jt]sx|json)$/,
} as const;

/**
 * The files that a build has read, sorted: inputs by their path from `source`, others of this machine by their absolute
 * one, and what a command in place has read by the way from `source`: in another checkout it is another file. Undefined
 * where the build does not say it after all.
 * @param src the copy of the inputs
 */
export async function filesRead(
  { files, format }: NonNullable<Recipe["reads"]>,
  src: string,
  { inputs, recipe, realSource }: Pick<BuildPlan, "inputs" | "recipe" | "realSource">,
): Promise<readonly string[] | undefined> {
  const inPlace = recipe.commands.some(({ isInPlace }) => isInPlace) ? realSource : undefined;
  const { default: glob } = await import("fast-glob");
  const records = await glob(files, { cwd: src, dot: true, absolute: true });
  if (records.length === 0) return undefined;
  const read = new Set(inputs.map(({ path }) => path).filter((path) => !named[format].test(path)));
  const known = new Set(inputs.map(({ path }) => path));
  const folder = await realpath(src);
  for (const record of records) {
    const paths = pathsIn(await readFile(record, "utf8"), format);
    if (paths === undefined) return undefined;
    for (const path of paths) {
      if (inPlace !== undefined) {
        read.add(relative(inPlace, resolve(inPlace, path)));
        continue;
      }
      const absolute = resolve(src, path);
      const own = relative(isInside(folder, absolute) ? folder : src, absolute);
      if (known.has(own)) read.add(own);
      // What the build itself has made follows from the rest.
      else if (!isInside(join(src, ".."), absolute) && !isInside(join(folder, ".."), absolute))
        read.add(absolute);
    }
  }
  return [...read].sort();
}

function pathsIn(text: string, format: "make" | "esbuild"): readonly string[] | undefined {
  if (format === "make") return prerequisitesOf(text);
  try {
    const { inputs } = JSON.parse(text) as { readonly inputs: Readonly<Record<string, unknown>> };
    return Object.keys(inputs);
  } catch {
    return undefined;
  }
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith("../") && !isAbsolute(way);
}
