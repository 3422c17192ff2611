// What the compiler is measured against: time and memory of `dune build` on large topologies.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parse } from "smol-toml";
import { cli, median, rounded } from "./figures.mjs";
import { gridLab } from "./grid.mjs";

const cases = [
  { name: "build 1,000 nodes, 2,000 links", size: [40, 25], runs: 5, target: { seconds: 2 } },
  {
    name: "build 10,000 nodes, 20,000 links",
    size: [125, 80],
    runs: 3,
    target: { seconds: 8, mebibytes: 1000 },
  },
];

export async function benchCompiler() {
  const results = [];
  for (const each of cases) results.push(await benchBuild(each));
  return results;
}

async function benchBuild({ name, size, runs, target }) {
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
    return { name, seconds, mebibytes, target, ok, runs: measured, reference: reference(folder) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs the command; its wall time, and the peak of its resident memory as the kernel counts it. */
export function measure(args) {
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
