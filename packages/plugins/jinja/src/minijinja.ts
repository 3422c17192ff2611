import { createRequire } from "node:module";
import type { Environment } from "minijinja-js";

type Minijinja = typeof import("minijinja-js");

/**
 * A new environment in a WebAssembly instance of its own. The package keeps one instance for the whole process: its memory
 * only grows, and a panic leaves it broken for all. One of its own goes with whoever holds it.
 */
export function newMinijinja(): Environment {
  const require = createRequire(import.meta.url);
  const module = require.resolve("minijinja-js");
  // Taken out of the cache before, for a new instance, and after, so that nothing but the caller holds it.
  delete require.cache[module];
  const { Environment } = require(module) as Minijinja;
  delete require.cache[module];
  return new Environment();
}
