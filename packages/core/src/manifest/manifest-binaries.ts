import type { BuildCommand } from "../builders/builder.js";
import type { Build } from "../phases/5-build/binaries.js";
import { builtProgram } from "../phases/5-build/built-program.js";
import { sortedKeys } from "../values/sorted-keys.js";
import type { ManifestBinary } from "./manifest.js";

/** What a phynode gets of a binary, if anything: what goes elsewhere must not change its bundle. */
export function sliceBinary(
  binary: ManifestBinary,
  phynode: string,
  here: ReadonlySet<string>,
): readonly ManifestBinary[] {
  const builds = binary.builds
    .filter(({ phynodes }) => phynodes.includes(phynode))
    .map((build) => ({ ...build, phynodes: [phynode], nodes: build.nodes.filter((node) => here.has(node)) }));
  return builds.length === 0 ? [] : [{ ...binary, builds }];
}

/** Programs by what they are built from, then platform. */
export function manifestBinaries(builds: readonly Build[]): ManifestBinary[] {
  const names = [...new Set(builds.map(({ binary }) => binary.name))];
  return names.map((name) => {
    const own = builds.filter(({ binary }) => binary.name === name);
    const [{ binary }] = own as [Build];
    return { name, builder: binary.builder, source: binary.source, builds: own.map(manifestBuild) };
  });
}

function manifestBuild(build: Build): ManifestBinary["builds"][number] {
  const { files, sha256, outside } = build.sources;
  const { facts, ...program } = builtProgram(build);
  return {
    platform: build.platform.text,
    phynodes: [...build.phynodes],
    nodes: [...build.nodes],
    sources: { files, sha256, outside: [...outside] },
    commands: build.commands.map(manifestCommand),
    environ: sortedKeys(build.environ) as Record<string, string>,
    tools: build.tools.map(({ name, version: own }) => ({ name, version: own })),
    kind: facts.kind,
    ...(facts.interpreter !== undefined && { interpreter: facts.interpreter }),
    ...(facts.kind === "elf" && { needed: [...facts.needed] }),
    ...(facts.kind === "elf" && facts.glibc !== undefined && { glibc: facts.glibc }),
    ...(facts.kind === "script" && facts.major !== undefined && { major: facts.major }),
    sha256: program.sha256,
    size: program.size,
  };
}

function manifestCommand({
  argv,
  environ,
}: BuildCommand): ManifestBinary["builds"][number]["commands"][number] {
  return { argv: [...argv], ...(environ && { environ: sortedKeys(environ) as Record<string, string> }) };
}
