// What comparing two builds is measured against: `dune diff` of two manifests of 10,000 nodes, and what the comparison itself takes of it.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measure } from "./compile.mjs";
import { median, rounded } from "./figures.mjs";
import { gridLab } from "./grid.mjs";

const runs = 5;
const target = { seconds: 3 };
const core = new URL("../../packages/core/dist/index.js", import.meta.url);

/** In a process of its own, as a command would: starts, reads both, compares them; prints how many changes there are. */
const comparing = `
import { readFileSync } from "node:fs";
import { compareManifests, readManifest } from ${JSON.stringify(core.href)};
const read = (path) => readManifest(readFileSync(path, "utf8")).manifest;
const { changes } = compareManifests(read(process.argv[1]), read(process.argv[2]));
process.stdout.write(String(changes.length));
`;
/** The same reading, without dune. */
const parsing = `
import { readFileSync } from "node:fs";
for (const path of process.argv.slice(1)) JSON.parse(readFileSync(path, "utf8"));
`;

export async function benchDiff() {
  const folder = mkdtempSync(join(tmpdir(), "dune-bench-diff-"));
  try {
    const before = await manifestOf(folder, "before", gridLab(125, 80));
    const after = await manifestOf(folder, "after", changedLab(125, 80));
    return [
      compared("compare two manifests, 10,000 nodes, no difference", [before, before], 0),
      compared("compare two manifests, 10,000 nodes, a link, a node's process and all templates changed", [
        before,
        after,
      ]),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function manifestOf(folder, name, files) {
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  const out = join(folder, name);
  await measure(["build", folder, "--out", out, "--update-lock"]);
  return join(out, "manifest.json");
}

/** Every file is another one, and with it every process has to be restarted. */
function changedLab(width, height) {
  const files = gridLab(width, height);
  return {
    "topology.toml": files["topology.toml"]
      .replace('"n0:east", "n1:west"]', '"n0:east", "n1:west"], bw = "20mbit"')
      .replace("[topology.nodes.n7]", '[topology.nodes.n7]\nexec = ["true"]'),
    "bird.conf.eta": `# changed\n${files["bird.conf.eta"]}`,
  };
}

function compared(name, paths, changes) {
  const measured = Array.from({ length: runs }, () => timed(comparing, paths));
  const reference = Array.from({ length: runs }, () => timed(parsing, paths).seconds);
  const seconds = median(measured.map((each) => each.seconds));
  const found = Number(measured[0].output);
  const mebibytes = paths.map((path) => Math.round(readFileSync(path).length / 2 ** 20));
  const ok = seconds <= target.seconds && (changes === undefined ? found > 0 : found === changes);
  return {
    name,
    seconds,
    target,
    ok,
    changes: found,
    mebibytes,
    runs: measured.map((each) => each.seconds),
    reference: { name: "JSON.parse of both files", seconds: median(reference), runs: reference },
  };
}

function timed(script, paths) {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--input-type=module", "-e", script, ...paths],
    {
      encoding: "utf8",
    },
  );
  if (status !== 0) throw new Error(stderr);
  return { seconds: rounded((performance.now() - started) / 1000), output: stdout };
}
