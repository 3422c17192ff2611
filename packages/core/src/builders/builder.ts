import type { z } from "zod";
import type { Path } from "../diagnostics/diagnostic.js";
import type { Awaitable } from "../hooks.js";
import type { Binary } from "../phases/2-resolve/topology.js";
import type { Platform } from "../values/platform.js";

/** A way to make a program: it says what is to be run, dune runs it, checks what came out, and keeps it. */
export interface Builder<T = unknown> {
  /** Its own keys of `[binaries.NAME]`, a zod schema each. */
  readonly keys?: Readonly<Record<string, z.ZodType>>;
  /**
   * Globs of what it reads below `source`, where a topology gives no `inputs`; default: everything. What no source is
   * (`.git`, `node_modules`, `*.o`, …) is left out of both.
   */
  readonly inputs?: readonly string[] | ((binary: Binary, platform: Platform) => readonly string[]);
  /** How the program is made for one platform. Runs nothing itself, and says the same for the same request. */
  plan(request: BuildRequest, tools: T): Awaitable<Recipe | BuildRefusal>;
}

/** A program to make for a platform. */
export interface BuildRequest {
  /** As in `[binaries.NAME]`; the strings of its `options` and `environ` are expanded. */
  readonly binary: Binary;
  readonly target: BuildTarget;
  /** Paths of the inputs from `source`, with `/`, sorted. */
  readonly files: readonly string[];
}

/** A platform, and what programs for it are made with. */
export interface BuildTarget {
  readonly platform: Platform;
  /** As compilers call it: `aarch64-linux-gnu`. */
  readonly triple: string;
  /** As `uname -m` says: `aarch64`. */
  readonly machine: string;
  /** Whether this machine runs such programs itself: it is of the same architecture. */
  readonly isNative: boolean;
  /** Commands of the C toolchain; `cc` and `cxx` may have arguments (`clang --target=…`). */
  readonly cc: string;
  readonly cxx: string;
  readonly ar: string;
  readonly ranlib: string;
  readonly strip: string;
}

/** How a program is made. Plain data: the same recipe, inputs and tools are the same program. */
export interface Recipe {
  /** Run one after the other in a fresh copy of the inputs; each must exit 0. */
  readonly commands: readonly BuildCommand[];
  /** Where the program is then, from `source`; default: the commands write it to `{{out}}`. */
  readonly output?: string;
  /** What must be installed. Its version is part of what makes a program the same. */
  readonly needs: readonly ToolNeed[];
  /**
   * Where the commands write which files they have read, so that a change of another one rebuilds nothing: a glob from
   * `source`, and what they are: rules for make (`gcc -MD`), or esbuild's metafile.
   */
  readonly reads?: { readonly files: string; readonly format: "make" | "esbuild" };
  /** Of the program, in hexadecimal, where it is known before. */
  readonly sha256?: string;
  /** What the server needs to run it, beside what the program's file says: a command, and its least major version. */
  readonly runtime?: { readonly command: string; readonly major: number };
}

/** `{{out}}` in an argument or a variable is the file to write, `{{src}}` the folder that the command runs in, both absolute. */
export interface BuildCommand {
  readonly argv: readonly string[];
  /** Beside those that every build has. */
  readonly environ?: Readonly<Record<string, string>>;
  /**
   * Runs in the folder of the sources itself, for a tool that finds packages in folders above; default: in the copy. It
   * writes nothing there, and tells by `reads` what it has read, `../` included.
   */
  readonly isInPlace?: boolean;
}

/** A tool that a recipe runs. */
export interface ToolNeed {
  /** Its name in PATH, which `argv` uses. */
  readonly command: string;
  /** Where it is, for one that is not in PATH. */
  readonly path?: string;
  /** Arguments that make it say its version; default: `--version`. */
  readonly versionArguments?: readonly string[];
  /** What to install where it is missing, as a sentence: `apt-get install golang-go`. */
  readonly install: string;
  /** Whether a build may work without it; it counts where it is there. */
  readonly isOptional?: boolean;
  /** What comes with it and counts with it. */
  readonly companions?: readonly Companion[];
}

/** What a tool uses and knows the place of: the C library of a compiler, the target of a cross compiler. */
export interface Companion {
  /** For a message: `the C library for aarch64-linux-gnu`. */
  readonly name: string;
  /** Arguments that make the tool print where it is: a path, or the name of a command. */
  readonly locate: readonly string[];
  /** The file or folder, from the path that the tool prints; default: that path itself. */
  readonly path?: string;
  /** What to install where it is missing, as a sentence; absent: a build may work without it. */
  readonly install?: string;
}

/** Why a builder makes no program of this. */
export interface BuildRefusal {
  /** One sentence, no full stop. */
  readonly refused: string;
  readonly hint: string;
  /** The place in `[binaries.NAME]` that is wrong. */
  readonly path?: Path;
}
