import type { Builder } from "./builder.js";
import { cargo } from "./cargo.js";
import { cc } from "./cc.js";
import { cmake } from "./cmake.js";
import { command } from "./command.js";
import { esbuild } from "./esbuild.js";
import { go } from "./go.js";
import { make } from "./make.js";
import { prebuilt } from "./prebuilt.js";

/** The builders that dune brings, by name. */
export const ownBuilders: Readonly<Record<string, Builder>> = {
  cargo,
  cc,
  cmake,
  command,
  esbuild,
  go,
  make,
  prebuilt,
};
