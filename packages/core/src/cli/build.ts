import { join, resolve } from "node:path";
import { Command, Option } from "commander";
import { jsonText } from "../manifest/json.js";
import { lockSchema } from "../phases/1-parse/lock.js";
import type { Build } from "../phases/5-build/binaries.js";
import type { Artifacts } from "../phases/6-emit/artifacts.js";
import type { BundleFormat } from "../phases/6-emit/bundle.js";
import { act, printJson } from "./act.js";
import { bundleSize, summaryLines } from "./build-summary.js";
import { paletteOf } from "./colours.js";
import { type CompiledTopology, compileTopology, type LockFile, machineCores } from "./compile-topology.js";
import { exitCodeOf, exitCodes } from "./exit-codes.js";
import { lockChanges } from "./lock-changes.js";
import { nextSteps } from "./next-steps.js";
import { jsonOption, setOption, timingOption } from "./options.js";
import { diagnosticsAsJson, printDiagnostics } from "./print-diagnostics.js";
import { locateTopology, shownPath, type TopologyFile } from "./topology-argument.js";
import { writeDist } from "./write-dist.js";

interface BuildOptions {
  readonly out?: string;
  readonly format: BundleFormat;
  readonly set: readonly string[];
  readonly updateLock?: true;
  readonly checkReproducible?: true;
  readonly timing?: true;
  readonly json?: true;
}

export function buildCommand(): Command {
  return new Command("build")
    .summary("compile a topology into one bundle for each server")
    .description(
      "Compiles a topology into one self-contained bundle for each phynode, and a manifest of all that was compiled. The first build writes a lock beside the topology, which keeps where everything sits; keep it in version control.",
    )
    .argument("<topology>", "a topology file, or a folder that holds a topology.toml")
    .option(
      "--out <dir>",
      "the folder to write (default: dist beside the topology); it is replaced as a whole",
    )
    .addOption(
      new Option("--format <format>", "run: one executable file for each phynode; dir: a folder for each")
        .choices(["run", "dir"])
        .default("run"),
    )
    .addOption(setOption())
    .option("--update-lock", "place everything anew, and write that into the lock; what plugins chose stays")
    .option(
      "--check-reproducible",
      "build every program twice, in different folders, and refuse one that is not the same",
    )
    .addOption(timingOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  dune build lab.toml
  dune build lab.toml --out /tmp/lab --set topology.defaults.links.bw=100mbit
  dune build . --json | jq -r '.bundles[].path'`,
    )
    .action(act(build, (_, options: BuildOptions) => options.json === true));
}

async function build(argument: string, options: BuildOptions): Promise<number> {
  const topology = await locateTopology(argument);
  const { format, set, updateLock = false, timing = false } = options;
  const result = await compileTopology(topology, {
    set,
    format,
    placeAnew: updateLock,
    timing,
    builds: options.checkReproducible ? "build twice" : "build",
  });
  if (!options.json) printDiagnostics(result.diagnostics, topology);
  if (!result.ok || result.artifacts === undefined) {
    if (options.json) printJson({ ok: false, diagnostics: diagnosticsAsJson(result.diagnostics, topology) });
    return exitCodeOf(result.diagnostics);
  }
  const folder = resolve(options.out ?? join(topology.folder, "dist"));
  const text = jsonText(result.artifacts.lock);
  const writesLock = result.lock.text === undefined || (updateLock && result.lock.text !== text);
  const mode = result.placement?.topology.document.isPrivate ? 0o600 : 0o666;
  await writeDist({
    folder,
    artifacts: result.artifacts.files,
    ...(writesLock && { lock: { path: result.lock.path, text, mode } }),
  });
  const isBuiltTwice = options.checkReproducible === true;
  const built: Built = { topology, result, artifacts: result.artifacts, folder, writesLock, isBuiltTwice };
  if (options.json) printJson(jsonOf(built));
  else process.stdout.write(`${linesOf(built).join("\n")}\n`);
  return exitCodes.done;
}

interface Built {
  readonly topology: TopologyFile;
  readonly result: CompiledTopology;
  readonly artifacts: Artifacts;
  /** Absolute. */
  readonly folder: string;
  readonly writesLock: boolean;
  /** Whether it was checked that each program is the same when it is built again. */
  readonly isBuiltTwice: boolean;
}

function linesOf({
  topology,
  result,
  artifacts,
  folder,
  writesLock,
  isBuiltTwice,
}: Built): readonly string[] {
  const palette = paletteOf(process.stdout);
  const { placement } = result;
  if (placement === undefined) return [];
  const shown = shownPath(folder, ".");
  const cores = machineCores(result);
  const { phynodes } = placement.topology.infrastructure;
  return [
    ...summaryLines(
      {
        placement,
        builds: result.binaries?.builds ?? [],
        isBuiltTwice,
        artifacts,
        folder: shown,
        ...(cores && { machineCores: cores }),
      },
      palette,
    ),
    ...lockLines(result.lock, artifacts, writesLock, shownPath(topology.folder, result.lock.path)).map(
      (line) => `  ${line}`,
    ),
    "",
    palette.dim("next:"),
    ...nextSteps(artifacts.bundles, phynodes, shown, cores !== undefined).map((step) => `  ${step}`),
  ];
}

function lockLines(
  lock: LockFile,
  artifacts: Artifacts,
  writesLock: boolean,
  shown: string,
): readonly string[] {
  if (writesLock && lock.text === undefined)
    return [`wrote ${shown}, which keeps this placement for the next builds`];
  if (writesLock) return [`updated ${shown}`];
  const changes = changesSince(lock, artifacts);
  if (changes.length === 0) return [];
  return [
    `${shown} differs from this placement: ${changes.join(", ")}`,
    "  record it by building once with --update-lock",
  ];
}

function changesSince({ text }: LockFile, { lock }: Artifacts): readonly string[] {
  if (text === undefined) return [];
  const before = lockSchema.safeParse(JSON.parse(text));
  return before.success ? lockChanges(before.data, lock) : [];
}

function jsonOf({ topology, result, artifacts, folder, writesLock }: Built) {
  const path = (file: string) => shownPath(folder, file);
  return {
    ok: true,
    lab: artifacts.manifest.lab,
    out: path("."),
    manifest: path("manifest.json"),
    bundles: artifacts.bundles.map((bundle) => ({
      phynode: bundle.phynode,
      path: path(bundle.path),
      sha256: bundle.sha256,
      size: bundleSize(bundle, artifacts),
    })),
    programs: (result.binaries?.builds ?? []).map(programData),
    lock: {
      path: shownPath(topology.folder, result.lock.path),
      written: writesLock,
      changes: writesLock ? [] : changesSince(result.lock, artifacts),
    },
    diagnostics: diagnosticsAsJson(result.diagnostics, topology),
  };
}

function programData({ binary, platform, phynodes, program, isFresh }: Build) {
  return {
    name: binary.name,
    platform: platform.text,
    phynodes,
    ...(program && { sha256: program.sha256, size: program.size }),
    fromCache: !isFresh,
  };
}
