import type { Context, Phase } from "./context.js";
import type { Diagnostic } from "./diagnostics/diagnostic.js";
import { createReporter } from "./diagnostics/reporter.js";
import { type Exec, localExec } from "./exec.js";
import type { Files } from "./files.js";
import { Hooks } from "./hooks.js";
import type { Localhost } from "./phases/1-parse/document.js";
import { parse } from "./phases/1-parse/parse.js";
import { resolve } from "./phases/2-resolve/resolve.js";
import { allocate } from "./phases/3-allocate/allocate.js";
import type { Placement } from "./phases/3-allocate/placement.js";
import { render } from "./phases/4-render/render.js";
import { build } from "./phases/5-build/build.js";
import type { Artifacts } from "./phases/6-emit/artifacts.js";
import type { BundleFormat } from "./phases/6-emit/bundle.js";
import { emit } from "./phases/6-emit/emit.js";
import type { Plugin } from "./plugin.js";
import { BrokenInvariant, PluginError } from "./plugin-error.js";

export const phaseNames = ["parse", "resolve", "allocate", "render", "build", "emit"] as const;
export type PhaseName = (typeof phaseNames)[number];

export interface CompileInput {
  /** The topology file, relative to the root of `files`. */
  readonly file: string;
  /** `PATH=VALUE` settings that replace values of the file. */
  readonly set?: readonly string[];
  /** How bundles are written; `run`, one file each, where it is not given. */
  readonly format?: BundleFormat;
}

export interface CompileOptions {
  /** Plugins in memory, before those that the topology names. */
  readonly plugins?: readonly Plugin[];
  /** Finds a plugin that the topology names. */
  readonly resolvePlugin?: (name: string) => Promise<Plugin | undefined>;
  /** Text of the lock of an earlier build. */
  readonly previous?: string;
  /** The machine to use where the topology declares no infrastructure. */
  readonly localhost?: Localhost;
  /** Stops after this phase. */
  readonly until?: PhaseName;
  /** Every read of the topology and of what it names goes through it. */
  readonly files: Files;
  /** What plugins run programs by; on this machine where it is not given. */
  readonly exec?: Exec;
  /** Aborts between phases, by throwing its reason; plugins get it too. */
  readonly signal?: AbortSignal;
  /** Called as phases go on, at least once for each node that is rendered and each bundle. */
  readonly onProgress?: (progress: Progress) => void;
}

/** How far a phase is, in nodes or bundles; `total` is absent where it is not known. */
export interface Progress {
  readonly phase: PhaseName;
  readonly done: number;
  readonly total?: number;
}

export interface CompileResult {
  /** Whether there was no error; warnings may be among the diagnostics. */
  readonly ok: boolean;
  /** The last phase that ended without an error; undefined where parse failed. */
  readonly reached?: PhaseName;
  readonly diagnostics: readonly Diagnostic[];
  /** Where everything sits, from phase 3 on. */
  readonly placement?: Placement;
  /** The files of `dist`, after phase 6. */
  readonly artifacts?: Artifacts;
}

/** Compiles a topology. The user's and plugins' faults are diagnostics; only dune's own bugs and an abort are thrown. */
export async function compile(input: CompileInput, options: CompileOptions): Promise<CompileResult> {
  const { plugins = [], previous, localhost, until = "emit", onProgress } = options;
  const reporter = createReporter();
  const context = { ...createContext(options), reporter };
  let reached: PhaseName | undefined;

  const run = async <I, O>(name: PhaseName, phase: Phase<I, O>, value: I): Promise<O | undefined> => {
    if (reached !== undefined && phaseNames.indexOf(reached) >= phaseNames.indexOf(until)) return undefined;
    context.signal.throwIfAborted();
    const progress = (done: number, total?: number) =>
      onProgress?.({ phase: name, done, ...(total !== undefined && { total }) });
    const output = await blamePlugins(() => phase(value, { ...context, progress }), reporter);
    if (output === undefined || reporter.errorCount > 0) return undefined;
    reached = name;
    return output;
  };

  const { file, set = [], format = "run" } = input;
  const document = await run("parse", parse, {
    file,
    set,
    plugins,
    ...(previous !== undefined && { previous }),
    ...(localhost && { localhost }),
  });
  const topology = document && (await run("resolve", resolve, document));
  const placement = topology && (await run("allocate", allocate, topology));
  const rendering = placement && (await run("render", render, placement));
  const binaries = rendering && (await run("build", build, rendering));
  const artifacts = binaries && (await run("emit", emit(format), binaries));

  return {
    ok: reporter.errorCount === 0,
    ...(reached && { reached }),
    diagnostics: reporter.diagnostics,
    ...(placement && { placement }),
    ...(artifacts && { artifacts }),
  };
}

function createContext({
  files,
  exec = localExec,
  signal,
  resolvePlugin,
}: CompileOptions): Omit<Context, "reporter"> {
  return {
    files,
    exec,
    hooks: new Hooks(),
    signal: signal ?? new AbortController().signal,
    resolvePlugin: resolvePlugin ?? (async () => undefined),
    progress: () => undefined,
  };
}

/** A plugin's crash ends its phase with a diagnostic that names the plugin and the hook; anything else is dune's bug. */
async function blamePlugins<T>(
  call: () => Promise<T>,
  reporter: Context["reporter"],
): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
    const { plugin, hook, cause } = error;
    const isBreach = error instanceof BrokenInvariant;
    const stack = !isBreach && cause instanceof Error ? cause.stack : undefined;
    reporter.add({
      code: isBreach ? "plugin/broken-invariant" : "plugin/crash",
      severity: "error",
      message: `plugin "${plugin}" ${isBreach ? "broke the compilation" : "failed"} in hook "${hook}": ${error.message}`,
      at: { plugin, hook },
      plugin,
      hint: "this is a fault of the plugin, not of the topology; tell its author",
      ...(stack !== undefined && { stack }),
    });
    return undefined;
  }
}
