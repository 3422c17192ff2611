import type { Origin } from "../../diagnostics/diagnostic.js";
import type { Plugin } from "../../plugin.js";
import type { Lock } from "./lock.js";

/** A TOML value as the parser gives it (dates have no meaning in the language and are refused). */
export type TomlValue = string | number | bigint | boolean | readonly TomlValue[] | Tables;
export interface Tables {
  readonly [key: string]: TomlValue;
}

/** Tables in the document's shape from one source: the topology file, or a plugin that generates. */
export interface Layer {
  /** For a file `{ file, path: [] }`, for a plugin `{ plugin, hook }`. */
  readonly origin: Origin;
  readonly tables: Tables;
  /** Values given from outside (`--set`): their paths, and the text that set them. Already in `tables`. */
  readonly overridden: readonly { readonly path: readonly string[]; readonly text: string }[];
}

/** What phase 1 makes: the plugins, and the layers that phase 2 merges, weakest first. */
export interface Document {
  /** The topology file, relative to the topology's folder. */
  readonly file: string;
  readonly plugins: readonly Plugin[];
  readonly layers: readonly Layer[];
  /** What an earlier build decided, where there is a lock. */
  readonly lock?: Lock;
  /** Whether others than its owner and group may not read the topology file; absent: they may. */
  readonly isPrivate?: boolean;
  readonly localhost?: Localhost;
}

/** The machine at hand, for a topology without an infrastructure. */
export interface Localhost {
  /** Core numbers by NUMA node. */
  readonly cores: readonly (readonly number[])[];
  /** As in the language, e.g. `linux/arm64`; `linux/amd64` where it is absent. */
  readonly platform?: string;
  /**
   * For a rehearsal: the core of this machine that stands for a phynode's core. Its platform then stands for those of
   * phynodes of another architecture, too.
   */
  readonly coreFor?: (phynode: string, core: number) => number;
}
