import { readFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { dirname, join, relative, resolve } from "node:path";

/** What esbuild writes of a bundle, as far as it is used here. Paths are from the folder where it ran. */
export interface Metafile {
  readonly inputs: Readonly<Record<string, { readonly imports: readonly Import[] }>>;
}

interface Import {
  /** The file, or what is not bundled as it was written. */
  readonly path: string;
  readonly external?: boolean;
  /** As it was written, where that is not the path. */
  readonly original?: string;
}

/** What esbuild looks for in every folder above a file that it reads. */
const configurations = ["package.json", "tsconfig.json", "jsconfig.json", ".pnp.cjs", ".pnp.data.json"];
/** What it tries for an import without an ending. */
const endings = ["", ".tsx", ".ts", ".jsx", ".js", ".css", ".json"];

/**
 * What decides which files are in a bundle, and how they are translated, and is not in its metafile: configurations in the
 * folders above, packages in nearer `node_modules`, files that an import would find first. Most of it is absent: it counts
 * that it is. From `folder`, sorted.
 *
 * @param folder where esbuild ran, absolute
 * @param isInput whether a file is one of which the key has the name anyway
 */
export async function bundleSurroundings(
  { inputs }: Metafile,
  folder: string,
  isInput: (path: string) => boolean,
): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const [path, { imports }] of Object.entries(inputs)) {
    const file = resolve(folder, path);
    for (const above of foldersAbove(file)) for (const name of configurations) found.add(join(above, name));
    for (const { path: to, original = to, external = false } of imports) {
      const isRelative = /^\.{0,2}\//.test(original) || original === "." || original === "..";
      if (!isRelative && !isBuiltin(original))
        for (const each of packagePlaces(file, original)) found.add(each);
      if (isRelative && !external && !isInput(to))
        for (const ending of endings) found.add(resolve(dirname(file), original) + ending);
    }
  }
  // Those that are extended are added while the set is walked, and so walked, too.
  for (const file of found)
    if (/[jt]sconfig[^/]*\.json$/.test(file)) for (const each of await extendedBy(file)) found.add(each);
  return [...found].map((file) => relative(folder, file)).sort();
}

function foldersAbove(file: string): readonly string[] {
  const above = dirname(file);
  return above === file ? [] : [above, ...foldersAbove(above)];
}

/** Where the package of `@scope/name/file` may be. */
function packagePlaces(file: string, name: string): readonly string[] {
  const [first = "", second = ""] = name.split("/");
  const own = first.startsWith("@") ? `${first}/${second}` : first;
  return foldersAbove(file).map((folder) => join(folder, "node_modules", own));
}

/** Where the configurations may be that a `tsconfig.json` extends; it may have comments. */
async function extendedBy(file: string): Promise<readonly string[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  const values = [...text.matchAll(/"extends"\s*:\s*(\[[^\]]*\]|"[^"]*")/g)].map(([, value = ""]) => value);
  const names = values.flatMap((value) => [...value.matchAll(/"([^"]*)"/g)].map(([, name = ""]) => name));
  return names.flatMap((name) => {
    if (/^\.{0,2}\//.test(name)) return ["", ".json"].map((ending) => resolve(dirname(file), name) + ending);
    const places = foldersAbove(file).map((folder) => join(folder, "node_modules", name));
    return places.flatMap((place) => [`${place}.json`, join(place, "tsconfig.json"), place]);
  });
}
