import type { Phynode } from "../phases/2-resolve/topology.js";
import type { BundleSummary } from "../phases/6-emit/artifacts.js";
import { shellWord } from "./shell-word.js";

/** Servers whose commands are written out; the others work alike. */
const mostShown = 2;

/** The commands that bring the lab up, for a person to copy. `folder`: the bundles' folder as the user would open it. */
export function nextSteps(
  bundles: readonly BundleSummary[],
  phynodes: readonly Phynode[],
  folder: string,
  onThisMachine: boolean,
): readonly string[] {
  if (onThisMachine) return bundles.map(({ path }) => `sudo ${shellWord(asProgram(`${folder}/${path}`))} up`);
  const shown = bundles.slice(0, mostShown).flatMap((bundle) => {
    const phynode = phynodes.find(({ name }) => name === bundle.phynode);
    const host = phynode?.ssh ?? `root@${bundle.phynode}`;
    const isFolder = bundle.path.includes("/");
    const copy = isFolder
      ? `scp -r ${shellWord(`${folder}/${bundle.phynode}`)}`
      : `scp ${shellWord(`${folder}/${bundle.path}`)}`;
    return [`${copy} ${shellWord(`${host}:`)} && ssh ${shellWord(host)} ./${bundle.path} up`];
  });
  const others = bundles.length - mostShown;
  return others > 0 ? [...shown, `… and so on for the other ${others}`] : shown;
}

/** A program in the current folder needs its `./`. */
function asProgram(path: string): string {
  return path.includes("/") ? path : `./${path}`;
}
