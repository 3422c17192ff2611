import { commandText } from "../phases/5-build/command-text.js";
import { compareLists, compareRecords, compareScalars, compareSets } from "./compare-values.js";
import type { ValueChange } from "./comparison.js";
import { type Finding, type Takes, takesAll } from "./finding.js";
import type { Manifest, ManifestBinary } from "./manifest.js";
import { isKept, type Kept, keptOf, type ManifestPair, pairUp } from "./manifest-pair.js";
import { takesOfPrograms } from "./phynode-programs.js";

/** A program for one platform. */
type Built = Pick<ManifestBinary, "name" | "builder" | "source"> & ManifestBinary["builds"][number];

const noCause = "no cause that the manifest knows: not reproducible";

/** Programs, by name and platform, and why they differ. */
export function comparePrograms(pair: ManifestPair): readonly Finding[] {
  const programs = pairUp(builtIn(pair.before), builtIn(pair.after), titleOf);
  return [...programs].flatMap(([title, program]): readonly Finding[] => {
    const { name: binary, platform } = (program.after ?? program.before) as Built;
    const entity = { kind: "program", name: title, subject: { binary, platform } } as const;
    if (!isKept(program)) {
      const change = program.before === undefined ? "added" : "removed";
      return [{ ...entity, change, values: [], takes: { live: true } }];
    }
    const isOther = program.before.sha256 !== program.after.sha256;
    const causes = causesOf(program);
    const values = [...programValues(program), ...causes];
    if (values.length === 0) return [];
    const note = isOther && causes.length === 0 ? { note: noCause } : {};
    const takes = isOther ? takesOf(program.after, pair) : {};
    return [{ ...entity, change: "changed", values, ...note, takes }];
  });
}

function builtIn({ binaries = [] }: Manifest): readonly Built[] {
  return binaries.flatMap(({ name, builder, source, builds }) =>
    builds.map((build) => ({ ...build, name, builder, source })),
  );
}

function titleOf({ name, platform }: Built): string {
  return `${name} ${platform}`;
}

/** What it has become. */
function programValues({ before, after }: Kept<Built>): readonly ValueChange[] {
  return [
    ...compareScalars(["sha256"], before.sha256, after.sha256),
    ...compareScalars(["size"], before.size, after.size, (bytes) => `${bytes} B`),
    ...compareScalars(["kind"], before.kind, after.kind),
    ...compareScalars(["interpreter"], before.interpreter, after.interpreter),
    ...compareSets(["library"], before.needed ?? [], after.needed ?? []),
    ...compareScalars(["glibc"], before.glibc, after.glibc),
    ...compareScalars(["interpreter's least version"], before.major, after.major),
  ];
}

/** What it was made from. */
function causesOf({ before, after }: Kept<Built>): readonly ValueChange[] {
  return [
    ...compareScalars(["builder", ["builder"]], before.builder, after.builder),
    ...compareScalars(["source", ["source"]], before.source, after.source),
    ...compareScalars(["sources"], before.sources.sha256, after.sources.sha256),
    ...compareSets(["source outside"], before.sources.outside, after.sources.outside),
    ...compareRecords((name) => [`tool ${name}`], toolsOf(before), toolsOf(after)),
    ...compareLists(["command"], commandsOf(before), commandsOf(after)),
    ...compareRecords((name) => [`environ.${name}`, ["environ", name]], before.environ, after.environ),
  ];
}

function toolsOf({ tools }: Built): Readonly<Record<string, string>> {
  return Object.fromEntries(tools.map(({ name, version }) => [name, version]));
}

/** With the variables of each before it, as one would type it. */
function commandsOf({ commands }: Built): readonly string[] {
  return commands.map(({ argv, environ = {} }) => {
    const variables = Object.entries(environ).map(([name, value]) => `${name}=${value}`);
    return variables.length === 0 ? commandText(argv) : commandText([...variables, ...argv]);
  });
}

/** Where the platform of a server is another one, that is the server's change. */
function takesOf({ name, platform }: Built, pair: ManifestPair): Takes {
  const servers = [...keptOf(pair.phynodes)].filter(
    ([, phynode]) => phynode.before.platform === platform && phynode.after.platform === platform,
  );
  return takesAll([{ live: true }, ...servers.map(([, phynode]) => takesOfPrograms(phynode, pair, name))]);
}
