import type { BuildCommand } from "../../builders/builder.js";
import type { Platform } from "../../values/platform.js";
import type { Binary } from "../2-resolve/topology.js";
import type { Rendering } from "../4-render/rendering.js";

/** What phase 5 makes: every program that a node uses, for the platforms of the phynodes where it is used. */
export interface Binaries {
  readonly rendering: Rendering;
  /** Sorted by name, then platform. */
  readonly builds: readonly Build[];
}

/** One program for one platform. */
export interface Build {
  readonly binary: Binary;
  readonly platform: Platform;
  /** Names of the phynodes that it goes to, sorted. */
  readonly phynodes: readonly string[];
  /** Names of the nodes that use it, sorted. */
  readonly nodes: readonly string[];
  readonly sources: ProgramSources;
  /** What was run, as the recipe has it. */
  readonly commands: readonly BuildCommand[];
  /** The variables of all commands, those of `[binaries.NAME]` among them, but for what is this machine's. */
  readonly environ: Readonly<Record<string, string>>;
  /** Sorted by name. */
  readonly tools: readonly { readonly name: string; readonly version: string }[];
  /** Absent only where programs were looked up and not built, and there was none. */
  readonly program?: Program;
  /** Whether it was built now, and not taken from the cache: for who watches, nothing that is emitted may depend on it. */
  readonly isFresh: boolean;
}

/** What a program was made from: its inputs, and what esbuild has taken from elsewhere. */
export interface ProgramSources {
  /** The folder, from the topology's. */
  readonly folder: string;
  readonly files: number;
  /** Of the lines `<sha256>  <path>` of all files, by their paths from the folder, sorted. */
  readonly sha256: string;
  /**
   * What is not in the topology's folder: paths from there, sorted. Of what a symbolic link leads to it is that link, as
   * it is written: `src/h -> /etc/hostname`.
   */
  readonly outside: readonly string[];
  /** Whether others may not read one of them; absent: they may. */
  readonly isPrivate?: boolean;
}

/** A program that was built and checked. */
export interface Program {
  /** Where its content is while this compilation lasts, absolute. */
  readonly file: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  readonly facts: ProgramFacts;
}

/** What a program's file says of what it needs. */
export type ProgramFacts =
  | {
      readonly kind: "elf";
      /** As in a platform. */
      readonly arch: Platform["arch"];
      /** The dynamic loader; absent: it is linked statically. */
      readonly interpreter?: string;
      /** Shared libraries, in the file's order. */
      readonly needed: readonly string[];
      /** The highest version of glibc's symbols that it uses: `2.34`. */
      readonly glibc?: string;
    }
  | {
      readonly kind: "script";
      /** The command that runs it: `node` for `#!/usr/bin/env node`, `/bin/sh`. */
      readonly interpreter: string;
      /** The least major version of it. */
      readonly major?: number;
    };
