import { existsSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { BuildFailure, Message, OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from "esbuild";
import type { Origin } from "../diagnostics/diagnostic.js";
import { ownPlace, placeNames } from "./own-place.js";

/** A plugin's module and what it is made of, in one ES module that exports it as the namespace `plugin`. */
export interface PluginBundle {
  readonly ok: true;
  readonly code: string;
  /** A source map of version 3; its sources are relative to `bundleFolder`. */
  readonly map: string;
}

export type BundleResult = PluginBundle | { readonly ok: false; readonly problem: BundleProblem | undefined };

/** Why it cannot be bundled; none where there is no such module. */
interface BundleProblem {
  readonly text: string;
  readonly at?: Origin;
}

/** Where the bundle seems to be: sources are relative to it. Nothing is written there. */
export const bundleFolder = join(tmpdir(), "dune-plugin");

/** The name of the module that imports the plugin, which stands for the topology. */
export const importer = "dune-topology";

/** Bundles a module, by its path from `folder` or its package's name there. TypeScript is stripped, not checked. */
export async function bundlePlugin(specifier: string, folder: string): Promise<BundleResult> {
  // Here and not above: most topologies need it for nothing.
  const { build } = await import("esbuild");
  try {
    const { outputFiles } = await build({
      stdin: {
        contents: `export * as plugin from ${JSON.stringify(specifier)};`,
        resolveDir: folder,
        sourcefile: importer,
      },
      absWorkingDir: folder,
      outfile: join(bundleFolder, "plugin.mjs"),
      plugins: [ownPlace, oneCore],
      define: placeNames,
      banner: { js: requireForCommonJs(folder) },
      bundle: true,
      write: false,
      format: "esm",
      platform: "node",
      // As Node.js resolves: it is the one that loads what is left out.
      mainFields: ["main"],
      conditions: [],
      target: "node20",
      charset: "utf8",
      sourcemap: "external",
      logLevel: "silent",
    });
    const textOf = (ending: string) => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? "";
    return { ok: true, code: textOf(".mjs"), map: textOf(".map") };
  } catch (error) {
    const [first] = (error as Partial<BuildFailure>).errors ?? [];
    if (first === undefined) throw error;
    const isMissing =
      first.location?.file === importer &&
      first.text.startsWith("Could not resolve") &&
      !isInstalled(specifier, folder);
    return { ok: false, problem: isMissing ? undefined : problemOf(first, folder) };
  }
}

/** In one line, so that places in the bundle's source map stay where they are. */
function requireForCommonJs(folder: string): string {
  const url = JSON.stringify(pathToFileURL(join(folder, "x")).href);
  return `import { createRequire as duneCreateRequire } from "node:module"; const require = duneCreateRequire(${url});`;
}

/**
 * Decides what becomes part of the bundle: the plugin, what it imports by path or by an alias of one, and packages
 * that are written for dune. `@dune/core` and `zod` are those that run. The JavaScript of any other package that is
 * installed is left to Node.js, at its own place.
 */
const oneCore: Plugin = {
  name: "one-core",
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, (request) => resolvePackage(request, build));
  },
};

/** Marks a resolution that was asked for here, or it would go round in circles. */
const isAsked = Symbol("asked");

async function resolvePackage(
  request: OnResolveArgs,
  build: PluginBuild,
): Promise<OnResolveResult | undefined> {
  const { path, kind, pluginData, ...from } = request;
  if (pluginData === isAsked) return undefined;
  if (isBuiltin(path)) return { path, external: true };
  const isRequired = kind === "require-call" || kind === "require-resolve";
  if (/^(@dune\/core|zod)($|\/)/.test(path)) return { path: running(path, isRequired), external: true };
  const { resolveDir, importer: by } = from;
  const found = await build.resolve(path, { kind, resolveDir, importer: by, pluginData: isAsked });
  // Asked by esbuild itself, it says why.
  if (found.errors.length > 0) return undefined;
  if (by.endsWith(importer) || !isInstalledScript(found.path)) return found;
  if (isForDune(found.path)) return found;
  return { path: isRequired ? found.path : pathToFileURL(found.path).href, external: true };
}

/** The module of that name that this program uses itself. */
function running(specifier: string, isRequired: boolean): string {
  const url = import.meta.resolve(specifier);
  return isRequired ? fileURLToPath(url) : url;
}

/** Not so a module behind an alias, nor a workspace's package, which esbuild names by its real path. */
function isInstalledScript(file: string): boolean {
  return file.includes("/node_modules/") && /\.([cm]?js|node)$/.test(file);
}

/** Whether the package of a file says that it uses dune's core or its zod. */
function isForDune(file: string): boolean {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (!existsSync(manifest)) continue;
    const { name, dependencies, peerDependencies } = JSON.parse(readFileSync(manifest, "utf8"));
    // A folder within a package may have one that says how its modules are to be read, and nothing else.
    if (name === undefined) continue;
    return ["@dune/core", "zod"].some((each) => each in { ...dependencies, ...peerDependencies });
  }
  return false;
}

/** Whether there is a package of that name: what cannot be resolved then is its own module. */
function isInstalled(specifier: string, folder: string): boolean {
  const [name] = /^(@[^/]+\/)?[^/]+/.exec(specifier) ?? [];
  if (name === undefined) return false;
  if (existsSync(join(folder, "node_modules", name))) return true;
  return folder !== dirname(folder) && isInstalled(specifier, dirname(folder));
}

function problemOf({ text, location, notes }: Message, folder: string): BundleProblem {
  const sentence = uncapitalized(text);
  if (location === null) return { text: sentence };
  if (location.file === importer) {
    // A note with a place tells what is wrong there; one without is about options of esbuild.
    const reason = notes.find((note) => note.location !== null)?.text.replace(/:$/, "");
    return { text: reason === undefined ? sentence : `${sentence}: ${uncapitalized(reason)}` };
  }
  const { file, line, column, length, lineText } = location;
  // esbuild counts bytes, from 0.
  const before = Buffer.from(lineText).subarray(0, column).toString();
  const at = { file: relative(folder, join(folder, file)), line, column: before.length + 1, length };
  return { text: sentence, at };
}

function uncapitalized(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
