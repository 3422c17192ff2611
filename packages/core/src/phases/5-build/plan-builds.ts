import type { Recipe } from "../../builders/builder.js";
import type { Context } from "../../context.js";
import type { Platform } from "../../values/platform.js";
import type { Binary } from "../2-resolve/topology.js";
import type { Rendering } from "../4-render/rendering.js";
import type { ProgramSources } from "./binaries.js";

/** All that decides what a program becomes, and whom it is for. */
export interface BuildPlan {
  readonly binary: Binary;
  readonly platform: Platform;
  /** Names of the phynodes that it goes to, sorted. */
  readonly phynodes: readonly string[];
  /** Names of the nodes that use it, sorted. */
  readonly nodes: readonly string[];
  readonly inputs: readonly InputFile[];
  readonly sources: ProgramSources;
  readonly recipe: Recipe;
  /** The environment of every command, but for what is this machine's (PATH, HOME, proxies, …). */
  readonly environ: Readonly<Record<string, string>>;
  /** What the recipe needs and was found, sorted by name. */
  readonly tools: readonly FoundTool[];
}

/** A file that a build sees. */
export interface InputFile {
  /** From `source`, with `/`. */
  readonly path: string;
  /** From the topology's folder, as `files` reads it. */
  readonly file: string;
  readonly sha256: string;
  readonly isExecutable: boolean;
}

export interface FoundTool {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** What it says: one line. */
  readonly version: string;
  /** Of the tool's file, and of what comes with it (the C library). */
  readonly sha256: string;
}

/** Every program that is used, for every platform where it is. What is missing or wrong is reported before anything is built. */
export async function planBuilds(_rendering: Rendering, _context: Context): Promise<readonly BuildPlan[]> {
  return [];
}
