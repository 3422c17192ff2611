import type { CompileResult } from "../compile.js";
import type { Localhost } from "../phases/1-parse/document.js";
import type { Placement } from "../phases/3-allocate/placement.js";
import { parsePlatform } from "../values/platform.js";

/** A phynode whose bundle is compiled for this machine, which has another architecture. */
export interface PlatformChange {
  readonly phynode: string;
  readonly declared: string;
  readonly here: string;
  /** Names of its programs, which are built for this machine, too; sorted. */
  readonly programs: readonly string[];
}

/** Whether a phynode has another architecture than this machine, so that its bundle would refuse to run here. */
export function lacksArchitectures({ topology }: Placement, { platform }: Localhost): boolean {
  const here = platform === undefined ? undefined : parsePlatform(platform);
  if (!here?.ok) return false;
  return topology.infrastructure.phynodes.some((phynode) => phynode.platform.arch !== here.value.arch);
}

/** The phynodes that differ between the placement as declared and what was compiled for this machine. */
export function platformChanges(
  declared: Placement,
  { placement: here, binaries }: CompileResult,
): readonly PlatformChange[] {
  const programsOf = (phynode: string) =>
    binaries?.builds.filter(({ phynodes }) => phynodes.includes(phynode)).map(({ binary }) => binary.name) ??
    [];
  return declared.topology.infrastructure.phynodes.flatMap(({ name: phynode, platform }, index) => {
    const other = here?.topology.infrastructure.phynodes[index]?.platform ?? platform;
    if (other.text === platform.text) return [];
    return [{ phynode, declared: platform.text, here: other.text, programs: programsOf(phynode) }];
  });
}
