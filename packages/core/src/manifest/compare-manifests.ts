import { compareFiles } from "./compare-files.js";
import { compareLab } from "./compare-lab.js";
import { compareLinks } from "./compare-links.js";
import { compareNodes } from "./compare-nodes.js";
import { comparePhynodes } from "./compare-phynodes.js";
import { compareProcesses } from "./compare-processes.js";
import { comparePrograms } from "./compare-programs.js";
import { byKindAndName, type Change, type Comparison } from "./comparison.js";
import { Effects, togetherOf } from "./effect.js";
import type { Manifest } from "./manifest.js";
import { pairManifests } from "./manifest-pair.js";

/**
 * What differs between two compilations, and what each difference takes on a lab that was brought up by the first: the rules
 * of docs/apply.md. Of two slices of one phynode it tells what that server sees. Manifests of before that lack a key have nothing there.
 */
export function compareManifests(before: Manifest, after: Manifest): Comparison {
  const pair = pairManifests(before, after);
  const findings = [
    ...compareLab(pair),
    ...comparePhynodes(pair),
    ...compareNodes(pair),
    ...compareLinks(pair),
    ...compareProcesses(pair),
    ...compareFiles(pair),
    ...comparePrograms(pair),
  ];
  const effects = new Effects(
    pair,
    findings.map(({ takes }) => takes),
  );
  const changes = findings.map(({ takes, ...change }): Change => ({ ...change, effect: effects.of(takes) }));
  return { changes: changes.sort(byKindAndName), effect: togetherOf(changes.map(({ effect }) => effect)) };
}
