// `npm run bench`: measures against the targets, writes bench.json at the root and prints it; exits 1 on a miss.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { parse } from "smol-toml";
import { gridLab } from "./grid.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const cli = join(root, "packages/core/dist/cli/main.js");

const cases = [
  { name: "build 1,000 nodes, 2,000 links", size: [40, 25], runs: 5, target: { seconds: 2 } },
  {
    name: "build 10,000 nodes, 20,000 links",
    size: [125, 80],
    runs: 3,
    target: { seconds: 8, mebibytes: 1000 },
  },
];

const results = [];
for (const { name, size, runs, target } of cases) {
  const folder = mkdtempSync(join(tmpdir(), "dune-bench-"));
  try {
    for (const [file, text] of Object.entries(gridLab(...size))) writeFileSync(join(folder, file), text);
    const measured = [];
    for (let run = 0; run < runs; run++) {
      measured.push(await measure(["build", folder, "--out", join(folder, `dist${run}`)]));
      rmSync(join(folder, `dist${run}`), { recursive: true });
    }
    const seconds = median(measured.map((each) => each.seconds));
    const mebibytes = Math.max(...measured.map((each) => each.mebibytes));
    const ok = seconds <= target.seconds && mebibytes <= (target.mebibytes ?? Number.POSITIVE_INFINITY);
    results.push({ name, seconds, mebibytes, target, ok, runs: measured, reference: reference(folder) });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const report = {
  machine: { cpu: cpus()[0]?.model, cpus: cpus().length, node: process.version },
  results,
};
const text = `${JSON.stringify(report, null, 2)}\n`;
writeFileSync(join(root, "bench.json"), text);
process.stdout.write(text);
if (results.some((each) => !each.ok)) process.exitCode = 1;

/** Runs the command; its wall time, and the peak of its resident memory as the kernel counts it. */
function measure(args) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, [cli, ...args], { stdio: ["ignore", "ignore", "inherit"] });
    let mebibytes = 0;
    const watch = setInterval(() => {
      try {
        const [, kibibytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8")) ?? [];
        mebibytes = Math.max(mebibytes, Math.round(Number(kibibytes ?? 0) / 1024));
      } catch {
        // It has ended since.
      }
    }, 20);
    child.on("error", reject);
    child.on("exit", (code) => {
      clearInterval(watch);
      if (code === 0) resolve({ seconds: rounded((performance.now() - started) / 1000), mebibytes });
      else reject(new Error(`dune ${args.join(" ")} exited with ${code}`));
    });
  });
}

/** What no compiler can save: to start Node.js aside, parse the same file, write it as JSON, compress that. */
function reference(folder) {
  const started = performance.now();
  gzipSync(JSON.stringify(parse(readFileSync(join(folder, "topology.toml"), "utf8"))));
  return {
    what: "parse the TOML, write it as JSON, gzip it",
    seconds: rounded((performance.now() - started) / 1000),
  };
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

function rounded(seconds) {
  return Math.round(seconds * 1000) / 1000;
}
