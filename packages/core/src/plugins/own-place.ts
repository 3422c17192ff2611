import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import type { Loader, OnLoadResult, Plugin, PluginBuild } from "esbuild";

/** What a file may ask about its own place, and the identifier that stands for it in a bundle. For esbuild's `define`. */
export const placeNames: Readonly<Record<string, string>> = {
  "import.meta.url": "duneOwnUrl",
  "import.meta.filename": "duneOwnFilename",
  "import.meta.dirname": "duneOwnDirname",
};

/** The scheme of a module that exports the place of the file whose path follows. */
const scheme = "dune-place";

/** A bundle is run from elsewhere: every file that asks for its own place imports it. Needs `placeNames`, too. */
export const ownPlace: Plugin = {
  name: "own-place",
  setup(build) {
    build.onLoad({ filter: /\.[cm]?[jt]sx?$/, namespace: "file" }, ({ path }) => loadSource(path, build));
    build.onResolve({ filter: new RegExp(`^${scheme}:`) }, ({ path }) => ({
      path: path.slice(scheme.length + 1),
      namespace: scheme,
      sideEffects: false,
    }));
    build.onLoad({ filter: /^/, namespace: scheme }, ({ path }) => ({ contents: placeOf(path) }));
  },
};

async function loadSource(path: string, build: PluginBuild): Promise<OnLoadResult | undefined> {
  const text = await readFile(path, "utf8");
  const [, language = "js"] = /\.[cm]?([jt]sx?)$/.exec(path) ?? [];
  const loader = language as Loader;
  if (!text.includes("import.meta") || !(await asksForPlace(text, loader, build))) return undefined;
  // Imports are hoisted: at the end this one moves no line and no column.
  const names = Object.values(placeNames).join(", ");
  const contents = `${text}\nimport { ${names} } from ${JSON.stringify(`${scheme}:${path}`)};`;
  return { contents, loader, resolveDir: dirname(path) };
}

/** Whether it does so in code: the import would make an ES module of a CommonJS one that has the words in a string. */
async function asksForPlace(text: string, loader: Loader, { esbuild }: PluginBuild): Promise<boolean> {
  try {
    const { code } = await esbuild.transform(text, { loader, define: { ...placeNames }, logLevel: "silent" });
    return Object.values(placeNames).some((name) => code.includes(name));
  } catch {
    // The bundler says it better.
    return false;
  }
}

function placeOf(path: string): string {
  const values = [pathToFileURL(path).href, path, dirname(path)];
  return Object.values(placeNames)
    .map((name, index) => `export const ${name} = ${JSON.stringify(values[index])};`)
    .join("\n");
}
