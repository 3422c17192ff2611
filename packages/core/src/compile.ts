import type { Context, Phase } from "./context.js";
import type { Diagnostic } from "./diagnostics/diagnostic.js";
import { createReporter } from "./diagnostics/reporter.js";
import { type Exec, localExec } from "./exec.js";
import type { Files } from "./files.js";
import { Hooks } from "./hooks.js";
import type { Document, Localhost } from "./phases/1-parse/document.js";
import { parse } from "./phases/1-parse/parse.js";
import { locatedOrigin } from "./phases/2-resolve/located-origin.js";
import { resolve } from "./phases/2-resolve/resolve.js";
import type { Topology } from "./phases/2-resolve/topology.js";
import { allocate } from "./phases/3-allocate/allocate.js";
import type { Placement } from "./phases/3-allocate/placement.js";
import { render } from "./phases/4-render/render.js";
import type { Rendering } from "./phases/4-render/rendering.js";
import type { Binaries } from "./phases/5-build/binaries.js";
import { build } from "./phases/5-build/build.js";
import { createWorkshop, type WorkshopOptions } from "./phases/5-build/workshop.js";
import type { Artifacts } from "./phases/6-emit/artifacts.js";
import type { BundleFormat } from "./phases/6-emit/bundle.js";
import { emit } from "./phases/6-emit/emit.js";
import type { Plugin, ResolvePlugin } from "./plugin.js";
import { blamePlugins } from "./plugins/blame-plugins.js";
import { ChoiceBook } from "./plugins/choices.js";
import { type HookTime, type PendingHook, PluginCalls } from "./plugins/plugin-calls.js";

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
  /** Finds a plugin that the topology names, e.g. `pluginLoader(folder)`; without it there are those in memory only. */
  readonly resolvePlugin?: ResolvePlugin;
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
  /** How programs are built, and where they are kept. */
  readonly builds?: WorkshopOptions;
  /** Aborts between phases, by throwing its reason; plugins get it too. */
  readonly signal?: AbortSignal;
  /** Called as phases go on, at least once for each node that is rendered, each program that is built and each bundle. */
  readonly onProgress?: (progress: Progress) => void;
  /** Called every ten seconds while a plugin's hook has not settled. */
  readonly onPendingHook?: (pending: PendingHook) => void;
  /** Called at the end with how long everything took. */
  readonly onTiming?: (timing: Timing) => void;
}

/** How far a phase is, in nodes, programs or bundles; `total` is absent where it is not known. */
export interface Progress {
  readonly phase: PhaseName;
  readonly done: number;
  readonly total?: number;
  /** What the phase is at, where that takes long: `bird for linux/arm64`. */
  readonly what?: string;
}

/** Where the time of a compilation went. */
export interface Timing {
  /** In order; a plugin's time is part of its phase's. */
  readonly phases: readonly PhaseTime[];
  /** The slowest first. */
  readonly hooks: readonly HookTime[];
}

export interface PhaseTime {
  readonly phase: PhaseName;
  readonly milliseconds: number;
}

export interface CompileResult {
  /** Whether there was no error; warnings may be among the diagnostics. */
  readonly ok: boolean;
  /** The last phase that ended without an error; undefined where parse failed. */
  readonly reached?: PhaseName;
  readonly diagnostics: readonly Diagnostic[];
  /** What each phase made, as far as it came. */
  readonly document?: Document;
  readonly topology?: Topology;
  readonly placement?: Placement;
  readonly rendering?: Rendering;
  readonly binaries?: Binaries;
  /** The files of `dist`, after phase 6. */
  readonly artifacts?: Artifacts;
}

/** Compiles a topology. The user's and plugins' faults are diagnostics; only dune's own bugs and an abort are thrown. */
export async function compile(input: CompileInput, options: CompileOptions): Promise<CompileResult> {
  const context = createContext(options);
  try {
    return await runPhases(input, options, context);
  } finally {
    await context.workshop.close();
  }
}

async function runPhases(
  input: CompileInput,
  options: CompileOptions,
  context: Context,
): Promise<CompileResult> {
  const { plugins = [], previous, localhost, until = "emit", onProgress, onTiming } = options;
  const { reporter } = context;
  const phaseTimes: PhaseTime[] = [];
  let reached: PhaseName | undefined;

  const run = async <I, O>(name: PhaseName, phase: Phase<I, O>, value: I): Promise<O | undefined> => {
    if (reached !== undefined && phaseNames.indexOf(reached) >= phaseNames.indexOf(until)) return undefined;
    context.signal.throwIfAborted();
    const progress = (done: number, total?: number, what?: string) =>
      onProgress?.({
        phase: name,
        done,
        ...(total !== undefined && { total }),
        ...(what !== undefined && { what }),
      });
    const start = performance.now();
    const output = await blamePlugins(() => phase(value, { ...context, progress }), context);
    phaseTimes.push({ phase: name, milliseconds: performance.now() - start });
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

  onTiming?.({ phases: phaseTimes, hooks: context.calls.times });
  return {
    ok: reporter.errorCount === 0,
    ...(reached && { reached }),
    diagnostics: reporter.diagnostics,
    ...(document && { document }),
    ...(topology && { topology }),
    ...(placement && { placement }),
    ...(rendering && { rendering }),
    ...(binaries && { binaries }),
    ...(artifacts && { artifacts }),
  };
}

function createContext({
  files,
  exec = localExec,
  signal = new AbortController().signal,
  resolvePlugin = async () => undefined,
  onPendingHook = () => undefined,
  builds,
}: CompileOptions): Context {
  const calls = new PluginCalls(signal, onPendingHook);
  return {
    reporter: createReporter(),
    files,
    exec,
    hooks: new Hooks(calls),
    signal,
    resolvePlugin,
    calls,
    tools: new Map(),
    originOf: locatedOrigin,
    choices: new ChoiceBook(),
    workshop: createWorkshop(builds),
    progress: () => undefined,
  };
}
