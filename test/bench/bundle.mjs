// What a bundle is measured against, in a phynode of its own: `up`, `down`, and what processes cost.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { benchApply } from "./apply.mjs";
import { cli } from "./figures.mjs";
import { gridNetwork } from "./grid.mjs";
import { benchLaunch } from "./launch.mjs";
import { benchAgain, benchNetwork } from "./network-bench.mjs";
import { startPhynode } from "./phynode.mjs";

export async function benchBundle() {
  const skipped = whySkipped();
  if (skipped !== undefined) {
    process.stderr.write(`npm run bench: bundles are not measured: ${skipped}\n`);
    return [{ name: "bundles", skipped }];
  }
  const results = [];
  for (const bench of [benchNetwork, benchAgain, benchLaunch, benchApply]) {
    const phynode = await startPhynode();
    try {
      results.push(...(await bench(phynode)));
    } finally {
      phynode.stop();
    }
  }
  return results;
}

function whySkipped() {
  if (process.getuid?.() !== 0) return "not root";
  return spawnSync("gcc", ["--version"]).status === 0 ? undefined : "there is no gcc";
}

/** Compiles a grid into a bundle per server, in a folder of the phynode's; returns that folder. */
export function buildGrid(phynode, name, ...grid) {
  const folder = join(phynode.folder, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "topology.toml"), gridNetwork(...grid));
  const { status, stderr } = spawnSync(process.execPath, [
    cli,
    "build",
    folder,
    "--out",
    join(folder, "dist"),
  ]);
  if (status !== 0) throw new Error(`dune build ${name} exited with ${status}: ${stderr}`);
  return join(folder, "dist");
}
