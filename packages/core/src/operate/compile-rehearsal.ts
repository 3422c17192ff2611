import type { CompileResult, PhaseName } from "../compile.js";
import type { Localhost } from "../phases/1-parse/document.js";
import type { Plugin } from "../plugin.js";
import { type CoreChange, coreChanges, lacksCores, standInCores } from "./core-map.js";
import { lacksArchitectures, type PlatformChange, platformChanges } from "./platform-changes.js";
import { type LeftOut, spareMachine } from "./spare-machine.js";

export interface CompiledRehearsal<Result extends CompileResult = CompileResult> {
  readonly result: Result;
  /** Processes that run on other cores here than on the servers. */
  readonly coreChanges: readonly CoreChange[];
  /** Phynodes that are of another architecture than this machine. */
  readonly platformChanges: readonly PlatformChange[];
  readonly leftOut: readonly LeftOut[];
}

/** Compiles with these plugins before the topology's own, on this machine as it is or standing in for the servers. */
export type CompileWith<Result> = (
  machine: Localhost,
  plugins: readonly Plugin[],
  until?: PhaseName,
) => Promise<Result>;

/**
 * Places as declared, then compiles for this machine, with its own cores and architecture where it lacks those of the
 * servers. Programs are so built for the machine that runs them only: a rehearsal needs no compiler for the others.
 */
export async function compileRehearsal<Result extends CompileResult>(
  compileWith: CompileWith<Result>,
  machine: Localhost,
  allowHost: boolean,
): Promise<CompiledRehearsal<Result>> {
  const run = async (localhost: Localhost, until?: PhaseName) => {
    const leftOut: LeftOut[] = [];
    const plugins = [spareMachine(allowHost, (each) => leftOut.push(each))];
    const result = await compileWith(localhost, plugins, until);
    return { result, leftOut, coreChanges: [], platformChanges: [] };
  };
  const declared = await run(machine, "allocate");
  const { placement, ok } = declared.result;
  if (placement === undefined || !ok) return declared;
  if (!lacksCores(placement, machine) && !lacksArchitectures(placement, machine)) return run(machine);
  const coreFor = standInCores(placement.topology.infrastructure.phynodes, machine);
  const here = await run({ ...machine, coreFor });
  if (here.result.placement === undefined) return here;
  const platforms = platformChanges(placement, here.result);
  return {
    ...here,
    ...(platforms.length > 0 && { result: { ...here.result, diagnostics: forThisMachine(here.result) } }),
    coreChanges: coreChanges(placement, here.result.placement),
    platformChanges: platforms,
  };
}

/** What a build says of a platform that nobody has written needs a word more. */
function forThisMachine({ diagnostics }: CompileResult): CompileResult["diagnostics"] {
  const why = "a rehearsal builds for this machine, not for the platform of the server";
  return diagnostics.map((each) =>
    each.code.startsWith("build/")
      ? { ...each, hint: each.hint === undefined ? why : `${each.hint}; ${why}` }
      : each,
  );
}
