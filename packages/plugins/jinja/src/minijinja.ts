import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { compileFunction } from "node:vm";
import type { Environment } from "minijinja-js";

type Minijinja = typeof import("minijinja-js");

/** What a panic prints nobody is to read: it is reported as what it means. */
const silent = { error: () => undefined };

/**
 * A new environment in a WebAssembly instance of its own. Loaded in the usual way, the package has one instance for the
 * whole process: its memory only grows, and a panic leaves it broken for all. One of its own goes with who holds it.
 */
export function newMinijinja(): Environment {
  const require = createRequire(import.meta.url);
  const filename = require.resolve("minijinja-js");
  const load = compileFunction(
    readFileSync(filename, "utf8"),
    ["module", "exports", "require", "__dirname", "console"],
    { filename },
  );
  const module = { exports: {} };
  load(module, module.exports, require, dirname(filename), silent);
  return new (module.exports as Minijinja).Environment();
}
