import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CompileResult, PhaseName, Timing } from "../compile.js";
import { diskFiles } from "../files.js";
import { pluginLoader } from "../load-plugin.js";
import { jsonText } from "../manifest/json.js";
import { readMachine } from "../operate/machine.js";
import type { Localhost } from "../phases/1-parse/document.js";
import { type Lock, lockSchema } from "../phases/1-parse/lock.js";
import { lockFileOf } from "../phases/1-parse/read-lock.js";
import type { BuildMode } from "../phases/5-build/workshop.js";
import type { BundleFormat } from "../phases/6-emit/bundle.js";
import type { Plugin } from "../plugin.js";
import { cacheFault, keptPrograms } from "./cache-folder.js";
import { Interrupted } from "./fault.js";
import { createInterrupt } from "./interrupt.js";
import { compileProgress, createProgressLine } from "./progress.js";
import { pendingNotice, timingLines } from "./timing.js";
import type { TopologyFile } from "./topology-argument.js";

interface CompileRequest {
  readonly set: readonly string[];
  readonly until?: PhaseName;
  readonly format?: BundleFormat;
  /** Places anew, as if the lock had no placement; what plugins chose stays. */
  readonly placeAnew?: boolean;
  readonly plugins?: readonly Plugin[];
  /** The machine to compile for; default: this one. */
  readonly localhost?: Localhost;
  /** What becomes of programs; default: they are built. */
  readonly builds?: BuildMode;
  /** Prints how long everything took. */
  readonly timing?: boolean;
  /** Aborts, beside the signals that end what is built: of who has more to clean up. */
  readonly signal?: AbortSignal;
}

export interface CompiledTopology extends CompileResult {
  readonly lock: LockFile;
}

/** The lock beside the topology. */
export interface LockFile {
  /** Absolute. */
  readonly path: string;
  /** Its text; undefined where there is none. */
  readonly text?: string;
}

/** Compiles a topology of the disk, on this machine where it declares no infrastructure; shows progress. */
export async function compileTopology(
  topology: TopologyFile,
  request: CompileRequest,
): Promise<CompiledTopology> {
  const { folder, file } = topology;
  const {
    set,
    until,
    format,
    placeAnew = false,
    plugins,
    localhost,
    builds,
    timing = false,
    signal,
  } = request;
  const timings: Timing[] = [];
  const lock = await readLockFile(topology);
  const previous = placeAnew ? choicesAlone(lock) : lock.text;
  const progress = createProgressLine();
  const interrupt = createInterrupt();
  const programs = keptPrograms(builds);
  progress.show(`reading ${file} …`);
  try {
    // Here and not above: help has no use for it, and it takes longer to load than all else.
    const { compile } = await import("../compile.js");
    const machine = localhost ?? (await readMachine());
    const result = await withoutExit(() =>
      compile(
        { file, set, ...(format && { format }) },
        {
          files: diskFiles(folder),
          localhost: machine,
          resolvePlugin: pluginLoader(folder),
          onPendingHook: (pending) => progress.note(pendingNotice(pending)),
          ...(timing && { onTiming: (times) => timings.push(times) }),
          signal: signal === undefined ? interrupt.signal : AbortSignal.any([signal, interrupt.signal]),
          onProgress: (state) => {
            // What is built runs beside dune, and has to be ended; all else ends with it.
            if (state.what === undefined) interrupt.stopWatching();
            else interrupt.watch();
            progress.show(compileProgress(file, state));
          },
          ...(until && { until }),
          builds: programs,
          ...(plugins && { plugins }),
          ...(previous !== undefined && { previous }),
        },
      ),
    );
    return { ...result, lock };
  } catch (error) {
    if (error instanceof Interrupted)
      progress.note(`${error.message}: no build goes on, what was built is kept`);
    throw cacheFault(error, programs.cacheFolder) ?? error;
  } finally {
    interrupt.stopWatching();
    progress.clear();
    for (const times of timings) process.stderr.write(`${timingLines(times).join("\n")}\n`);
  }
}

async function readLockFile({ folder, file }: TopologyFile): Promise<LockFile> {
  const path = join(folder, lockFileOf(file));
  try {
    return { path, text: await readFile(path, "utf8") };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return { path };
    throw error;
  }
}

/** A plugin that ended the program would end the compilation as if all were well. */
async function withoutExit<T>(call: () => Promise<T>): Promise<T> {
  const { exit } = process;
  process.exit = () => {
    throw new Error("process.exit was called, which would end dune");
  };
  try {
    return await call();
  } finally {
    process.exit = exit;
  }
}

/** A lock with nothing but what plugins chose; undefined where there is nothing, or where the lock is damaged. */
function choicesAlone({ text = "{}" }: LockFile): string | undefined {
  try {
    const { choices } = lockSchema.parse(JSON.parse(text));
    return choices && jsonText({ lock: 1, nodes: {}, vnis: {}, choices } satisfies Lock);
  } catch {
    return undefined;
  }
}

/** The cores of this machine that the lab was given, where it declares no infrastructure. */
export function machineCores({ placement }: CompileResult): readonly number[] | undefined {
  const infrastructure = placement?.topology.infrastructure;
  return infrastructure?.isLocalhost
    ? infrastructure.phynodes.flatMap(({ cores }) => cores.flat())
    : undefined;
}
