import { programPath } from "../phases/4-render/programs.js";
import { type Takes, takesAll } from "./finding.js";
import type { Manifest, ManifestPhynode } from "./manifest.js";
import { isMoved, type Kept, keptOf, type ManifestPair } from "./manifest-pair.js";
import { takesOfUsers } from "./uses.js";

/** What it takes on a server that its programs, or those of them that are named, are other ones. */
export function takesOfPrograms(
  { before, after }: Kept<ManifestPhynode>,
  pair: ManifestPair,
  only?: string,
): Takes {
  const old = programsOn(before, pair.before);
  const changed = [...programsOn(after, pair.after)]
    .filter(([name, sha256]) => (only ?? name) === name && old.has(name) && old.get(name) !== sha256)
    .map(([name]) => programPath(pair.after.lab, name));
  if (changed.length === 0) return {};
  const here = [...keptOf(pair.nodes)].filter(
    ([, node]) => node.after.phynode === after.name && !isMoved(node),
  );
  const users = here.flatMap(([, node]) => changed.map((path) => takesOfUsers(node, path, "program")));
  return takesAll([{ live: true }, ...users]);
}

/** The sha256 of each program that a phynode gets, by name. */
function programsOn({ name, platform }: ManifestPhynode, { binaries = [] }: Manifest): Map<string, string> {
  return new Map(
    binaries.flatMap((binary) =>
      binary.builds
        .filter((build) => build.platform === platform && build.phynodes.includes(name))
        .map((build) => [binary.name, build.sha256] as const),
    ),
  );
}
