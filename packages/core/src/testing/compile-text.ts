/**
 * `@dune/core/testing`: for tests of plugins, with any test runner. A topology is a string, its files are strings, and what
 * comes out is either everything that was made or what the user would be told.
 */
import { compile, type PhaseName } from "../compile.js";
import type { Diagnostic } from "../diagnostics/diagnostic.js";
import { printText } from "../diagnostics/text.js";
import type { Exec } from "../exec.js";
import { memoryFiles } from "../files.js";
import { jsonText } from "../manifest/json.js";
import type { Document, Localhost } from "../phases/1-parse/document.js";
import type { Topology } from "../phases/2-resolve/topology.js";
import type { Placement } from "../phases/3-allocate/placement.js";
import type { Rendering } from "../phases/4-render/rendering.js";
import type { Binaries } from "../phases/5-build/binaries.js";
import type { Artifacts } from "../phases/6-emit/artifacts.js";
import type { Plugin } from "../plugin.js";
import { artifactReader, type Contents, type FileOwner, fileReader, textOf } from "./readers.js";

export type { Contents, FileOwner } from "./readers.js";

export interface CompileTextOptions<Until extends PhaseName = PhaseName> {
  readonly plugins?: readonly Plugin[];
  /** The files beside the topology, by path: templates, binds, what a plugin reads. */
  readonly files?: Contents;
  /** `PATH=VALUE` settings, as of `--set`. */
  readonly set?: readonly string[];
  /** The `lock` of an earlier compilation. */
  readonly previous?: string;
  /** The machine to use where the topology declares no infrastructure; one with four cores where it is not given. */
  readonly localhost?: Localhost;
  /** What plugins run programs by; on this machine where it is not given. */
  readonly exec?: Exec;
  /** Stops after this phase; what later ones make is then absent from the result, and from its type. */
  readonly until?: Until;
}

/** What a test can look at, by the phase that makes it. */
export interface Made {
  readonly parse: { readonly document: Document };
  readonly resolve: Made["parse"] & { readonly topology: Topology };
  readonly allocate: Made["resolve"] & { readonly placement: Placement };
  readonly render: Made["allocate"] & {
    readonly rendering: Rendering;
    /** The text of a file of a node or phynode, by its path there; throws where there is none, and says which there are. */
    file(path: string, owner: FileOwner): string;
  };
  readonly build: Made["render"] & { readonly binaries: Binaries };
  readonly emit: Made["build"] & {
    readonly artifacts: Artifacts;
    /** The text of a file of `dist`, by its path there; throws where there is none, and says which there are. */
    artifact(path: string): string;
    /** The text of the lock file that a build would write: `previous` of the next one. */
    readonly lock: string;
  };
}

/** What a user is told. */
export interface Said {
  readonly diagnostics: readonly Diagnostic[];
  /**
   * The diagnostics as a user sees them, without colours; empty where there are none. The same on every machine, so a
   * crash's stack is not in it but in the diagnostic.
   */
  readonly printed: string;
}

/** A topology that was compiled; the diagnostics are warnings. */
export type Compiled<Until extends PhaseName = "emit"> = { readonly ok: true } & Said & Made[Until];

/** A topology that was refused; an error is among the diagnostics. */
export type Refused = { readonly ok: false } & Said;

const fourCores: Localhost = { cores: [[0, 1, 2, 3]] };

/** Compiles a topology given as text; its name in diagnostics is `topology.toml`. */
export async function compileText<Until extends PhaseName = "emit">(
  text: string,
  { files = {}, set = [], localhost = fourCores, ...options }: CompileTextOptions<Until> = {},
): Promise<Compiled<Until> | Refused> {
  const contents: Contents = { ...files, "topology.toml": text };
  const result = await compile(
    { file: "topology.toml", set },
    { ...options, localhost, files: memoryFiles(contents) },
  );
  const { ok, diagnostics, rendering, artifacts } = result;
  const printed = print(
    diagnostics.map(({ stack: _, ...each }) => each),
    contents,
  );
  if (!ok) return { ok, diagnostics, printed };
  return {
    ...result,
    printed,
    ...(rendering && { file: fileReader(rendering, contents) }),
    ...(artifacts && { artifact: artifactReader(artifacts), lock: jsonText(artifacts.lock) }),
    // What a phase makes is there when it was reached.
  } as unknown as Compiled<Until>;
}

/** The same for a topology that must compile: a refusal is thrown, as an `Error` with all that the user would be told. */
export async function mustCompile<Until extends PhaseName = "emit">(
  text: string,
  options: CompileTextOptions<Until> = {},
): Promise<Compiled<Until>> {
  const result = await compileText(text, options);
  if (result.ok) return result;
  throw new Error(print(result.diagnostics, { ...options.files, "topology.toml": text }));
}

function print(diagnostics: readonly Diagnostic[], contents: Contents): string {
  return printText(diagnostics, { read: (file) => textOf(file, contents) });
}
