import { readFile, realpath } from "node:fs/promises";
import { isAbsolute, join, relative, resolve } from "node:path";
import type { Recipe } from "../../builders/builder.js";
import { bundleSurroundings, type Metafile } from "./bundle-surroundings.js";
import { prerequisitesOf } from "./make-rules.js";
import type { BuildPlan } from "./plan-builds.js";

/**
 * What compilers name when they read it. Of other inputs (a linker's script, a table that `.incbin` takes, a
 * tsconfig.json) nobody knows whether they were read: they always count.
 */
const named = {
  make: /\.(c|C|cc|cpp|cxx|c\+\+|h|H|hh|hpp|hxx|inl|ipp)$/,
  esbuild: /(^|\/)(?!package\.json$|[jt]sconfig[^/]*\.json$)[^/]*\.([cm]?[jt]s|[jt]sx|json)$/,
} as const;

/** What an assembler includes it tells nobody: that may be any file. */
const assembler = /\.[sS]$/;

/**
 * What a program was made of. Inputs by their path from `source`, others of this machine by their absolute one, and what
 * concerns a command in place by the way from `source`: in another checkout it is another file.
 */
export interface Reads {
  /** Sorted. */
  readonly files: readonly string[];
  /** What else decides, there or not: sorted. */
  readonly around: readonly string[];
}

/**
 * Undefined where the build does not say it after all.
 * @param src the copy of the inputs
 */
export async function filesRead(
  { files, format }: NonNullable<Recipe["reads"]>,
  src: string,
  { inputs, recipe, realSource }: Pick<BuildPlan, "inputs" | "recipe" | "realSource">,
): Promise<Reads | undefined> {
  const inPlace = recipe.commands.some(({ isInPlace }) => isInPlace) ? realSource : undefined;
  const { default: glob } = await import("fast-glob");
  const records = await glob(files, { cwd: src, dot: true, absolute: true });
  if (records.length === 0) return undefined;
  const known = new Set(inputs.map(({ path }) => path));
  const always =
    format === "make" && [...known].some((path) => assembler.test(path))
      ? known
      : [...known].filter((path) => !named[format].test(path));
  const read = new Set(always);
  const around = new Set<string>();
  const place = inPlace === undefined ? await placeOfCopy(src, known) : placeIn(inPlace);
  for (const record of records) {
    const text = await readFile(record, "utf8");
    const metafile = format === "esbuild" ? metafileIn(text) : undefined;
    if (format === "esbuild" && metafile === undefined) return undefined;
    const paths = metafile === undefined ? prerequisitesOf(text) : bundled(metafile);
    for (const path of paths) for (const each of place(path)) read.add(each);
    if (metafile === undefined || inPlace === undefined) continue;
    for (const each of await bundleSurroundings(metafile, inPlace, (path) => known.has(path)))
      if (!read.has(each)) around.add(each);
  }
  return { files: [...read].sort(), around: [...around].sort() };
}

/** How a path is kept, if it is. */
type Place = (path: string) => readonly string[];

function placeIn(folder: string): Place {
  return (path) => [relative(folder, resolve(folder, path))];
}

async function placeOfCopy(src: string, known: ReadonlySet<string>): Promise<Place> {
  const folder = await realpath(src);
  return (path) => {
    const absolute = resolve(src, path);
    const own = relative(isInside(folder, absolute) ? folder : src, absolute);
    if (known.has(own)) return [own];
    // What the build itself has made follows from the rest.
    const isMade = isInside(join(src, ".."), absolute) || isInside(join(folder, ".."), absolute);
    return isMade ? [] : [absolute];
  };
}

/** Without what is no file: a package that another one switches off, a `data:` address. */
function bundled({ inputs }: Metafile): readonly string[] {
  return Object.keys(inputs).filter((path) => !/^(\(disabled\):|<)/.test(path));
}

function metafileIn(text: string): Metafile | undefined {
  try {
    return JSON.parse(text) as Metafile;
  } catch {
    return undefined;
  }
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith("../") && !isAbsolute(way);
}
