import { realpath, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { nearest } from "./diagnostics/near.js";
import type { ResolvedPlugin, ResolvePlugin } from "./plugin.js";
import { bundlePlugin } from "./plugins/bundle-plugin.js";
import { importBundle } from "./plugins/import-bundle.js";

/** Plugins that come with dune, each in a package of its own. */
const firstParty: readonly string[] = ["jinja"];

/**
 * Finds the plugins that the topologies of a folder name, on the disk: a name of dune's own (`jinja`), a file relative to
 * the folder (`./bgp.ts`), or an npm package that is installed where the folder is. `@dune/core` and `zod` are the
 * running ones for every plugin, whatever it has installed itself.
 */
export function pluginLoader(topologyFolder: string): ResolvePlugin {
  return async (name) => {
    // Node.js and esbuild name every file by its real path.
    const folder = await realpath(topologyFolder);
    if (firstParty.includes(name)) return loadOwn(name, folder);
    const missing = isFile(name) ? await fileProblem(name, folder) : undefined;
    if (missing !== undefined) return unknown(missing);
    return loadModule(name, { folder, missing: isFile(name) ? undefined : packageProblem(name) });
  };
}

/** As Node.js imports it: whatever begins otherwise is a package. */
function isFile(name: string): boolean {
  return /^(\.\.?)?\//.test(name);
}

/** One that is installed beside dune, or where the topology is. */
async function loadOwn(name: string, folder: string): Promise<ResolvedPlugin> {
  const specifier = `@dune/plugin-${name}`;
  let url: string;
  try {
    url = import.meta.resolve(specifier);
  } catch {
    const missing = {
      what: `the plugin "${name}" is not installed`,
      hint: `install it beside the topology: npm install ${specifier}`,
    };
    return loadModule(specifier, { folder, missing });
  }
  return { ok: true, plugin: (await import(url)).default };
}

interface Missing {
  readonly what: string;
  readonly hint: string;
}

interface Search {
  /** Absolute. */
  readonly folder: string;
  /** What to say where there is no such module. */
  readonly missing: Missing | undefined;
}

async function loadModule(specifier: string, { folder, missing }: Search): Promise<ResolvedPlugin> {
  const bundle = await bundlePlugin(specifier, folder);
  if (bundle.ok) return importBundle(bundle, specifier, folder);
  if (bundle.problem === undefined) return unknown(missing ?? packageProblem(specifier));
  const { text, at } = bundle.problem;
  return {
    ok: false,
    problem: {
      code: "plugin/cannot-load",
      message: `the plugin "${specifier}" cannot be loaded: ${text}`,
      hint:
        at === undefined && !isFile(specifier)
          ? "the package is installed, but not the module that its package.json names; it may have to be built"
          : "mend the plugin; what it imports must be installed where its file is",
      ...(at && { at }),
    },
  };
}

/** Undefined where there is a file. */
async function fileProblem(name: string, folder: string): Promise<Missing | undefined> {
  const facts = await stat(resolve(folder, name)).catch(() => undefined);
  if (facts?.isFile()) {
    if (/\.[cm]?[jt]sx?$/.test(name)) return undefined;
    return { what: `${name} is no TypeScript or JavaScript`, hint: "a plugin's file ends in .ts or .js" };
  }
  if (facts === undefined) {
    return {
      what: `there is no file ${name}`,
      hint: "paths of plugins are relative to the folder of the topology file",
    };
  }
  const kind = facts.isDirectory() ? "a folder" : "not a regular file";
  return {
    what: `${name} is ${kind}`,
    hint: `name the plugin's file, e.g. ${name.replace(/\/$/, "")}/index.ts`,
  };
}

function packageProblem(name: string): Missing {
  const what = `there is no plugin "${name}"`;
  const near = nearest(name, firstParty);
  if (near !== undefined) return { what, hint: `did you mean "${near}"?` };
  if (/\.[cm]?[jt]s$/.test(name)) return { what, hint: `a file is written with its folder: "./${name}"` };
  const own = firstParty.join(", ");
  return {
    what,
    hint: `dune's own are: ${own}; a file is written as "./${name}.ts", a package must be installed: npm install ${name}`,
  };
}

function unknown({ what, hint }: Missing): ResolvedPlugin {
  return { ok: false, problem: { code: "parse/unknown-plugin", message: what, hint } };
}
