import { cpus } from "node:os";
import { join } from "node:path";
import { buildGrid } from "./bundle.mjs";
import { median, rounded } from "./figures.mjs";
import { kernelMemory, settle } from "./settle.mjs";

const perNode = 10;
const sleeper = "exec sleep 1000000";
const target = { mebibytes: 100, secondsToStop: 5 };

/** What 1,000 processes of 100 nodes take of the kernel's memory beyond the nodes alone, and how fast they are stopped. */
export async function benchLaunch(phynode) {
  const [, ...cores] = cpus().keys();
  const commands = Array(perNode).fill(sleeper);
  const grid = { commands, cores: cores.length > 0 ? cores : [0] };
  const empty = join(buildGrid(phynode, "empty", 10, 10), "server1.run");
  const full = join(buildGrid(phynode, "full", 10, 10, grid), "server1.run");
  const runs = [];
  for (let run = 0; run < 3; run++) {
    const nodes = await cost(phynode, empty);
    const all = await cost(phynode, full);
    const mebibytes = rounded((total(all.memory) - total(nodes.memory)) / 1024);
    const secondsToStart = rounded(all.secondsUp - nodes.secondsUp);
    runs.push({ mebibytes, secondsToStart, secondsToStop: rounded(all.secondsDown), kibibytes: all.memory });
  }
  const mebibytes = median(runs.map((each) => each.mebibytes));
  const secondsToStop = median(runs.map((each) => each.secondsToStop));
  const ok = mebibytes < target.mebibytes && secondsToStop < target.secondsToStop;
  const reference = { what: "1,000 processes with no launcher", mebibytes: await bareProcesses(phynode) };
  return [{ name: "launch of 1,000 processes", mebibytes, secondsToStop, target, ok, runs, reference }];
}

async function cost(phynode, bundle) {
  await settle();
  const before = kernelMemory();
  const up = await phynode.run("sh", bundle, "up");
  await settle();
  const after = kernelMemory();
  const down = await phynode.run("sh", bundle, "down");
  const memory = Object.fromEntries(
    Object.entries(after).map(([kind, value]) => [kind, value - before[kind]]),
  );
  return { memory, secondsUp: up.seconds, secondsDown: down.seconds };
}

async function bareProcesses(phynode) {
  await settle();
  const before = total(kernelMemory());
  const start = `i=0; while [ "$i" -lt ${100 * perNode} ]; do setsid -f ${sleeper.slice(5)} >/dev/null 2>&1; i=$((i + 1)); done`;
  await phynode.run("sh", "-c", start);
  await settle();
  return rounded((total(kernelMemory()) - before) / 1024);
}

function total(memory) {
  return Object.values(memory).reduce((sum, each) => sum + each, 0);
}
