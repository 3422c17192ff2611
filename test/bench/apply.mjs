import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cli, median, rounded } from "./figures.mjs";
import { ospfGrid } from "./grid.mjs";

const [width, height] = [20, 15];
const count = width * height;
/** Far from the link that is changed, and from one another. */
const watched = [40, 95, 150, 205, 260];
const target = { seconds: 1, restarted: 0, adjacenciesLost: 0, pingsLost: 0 };

/** One link's bandwidth changed by `apply` in a lab of 300 routers with BIRD, while five other links are watched. */
export async function benchApply(phynode) {
  if (spawnSync("bird", ["--version"]).status !== 0) return [{ name, skipped: "there is no bird" }];
  const [slow, fast] = ["20mbit", "40mbit"].map((rate) => build(phynode, rate));
  await phynode.run("sh", slow, "up");
  const secondsToConverge = await converge(phynode);
  const before = await stateOf(phynode);
  const pings = ping(phynode);
  const runs = [];
  for (const bundle of [fast, slow, fast, slow, fast]) {
    await sleep(1000);
    const { seconds } = await phynode.run("sh", bundle, "apply");
    const floor = await phynode.run("sh", "-c", `sh ${bundle} status >/dev/null || :`);
    runs.push({ seconds: rounded(seconds), reference: { status: rounded(floor.seconds) } });
  }
  const pingsLost = lostOf(await pings);
  const after = await stateOf(phynode);
  const queue = await phynode.run("ip", "netns", "exec", "n0", "tc", "qdisc", "show", "dev", "east");
  const figures = {
    seconds: median(runs.map((each) => each.seconds)),
    restarted: before.pids.filter((pid) => !after.pids.includes(pid)).length,
    adjacenciesLost: after.losses - before.losses,
    pingsLost,
  };
  const isChanged = queue.text.includes("rate 40Mbit");
  const ok = isChanged && Object.entries(target).every(([key, most]) => figures[key] <= most);
  const routers = { nodes: count, adjacencies: after.adjacencies, secondsToConverge };
  return [{ name, ...figures, isChanged, target, ok, routers, runs }];
}

const name = `apply: the bw of one link among ${count} routers with BIRD in OSPF`;

function build(phynode, rate) {
  const folder = join(phynode.folder, `ospf-${rate}`);
  mkdirSync(folder);
  const cores = [...cpus().keys()];
  for (const [file, text] of Object.entries(ospfGrid(width, height, { rate, cores })))
    writeFileSync(join(folder, file), text);
  const { status, stderr } = spawnSync(process.execPath, [cli, "build", folder]);
  if (status !== 0) throw new Error(`dune build exited with ${status}: ${stderr}`);
  return join(folder, "dist", "server1.run");
}

/** Until every router has four full neighbours; seconds that it took. */
async function converge(phynode) {
  const start = performance.now();
  for (;;) {
    const { adjacencies } = await stateOf(phynode);
    const seconds = rounded((performance.now() - start) / 1000);
    if (adjacencies === count * 4) return seconds;
    if (seconds > 600)
      throw new Error(`after ${seconds} s only ${adjacencies} of ${count * 4} adjacencies are full`);
    await sleep(2000);
  }
}

const look = `
cd /var/lib/dune/grid/node
for node in *; do birdc -s "$node/bird.ctl" show ospf neighbors; done | grep -c Full/
cat */bird.log | grep -c 'changed state from Full' || :
pgrep -x bird | tr '\\n' ' '
`;

async function stateOf(phynode) {
  const { text } = await phynode.run("sh", "-c", look);
  const [adjacencies, losses, pids] = text.trim().split("\n");
  return { adjacencies: Number(adjacencies), losses: Number(losses), pids: (pids ?? "").trim().split(" ") };
}

/** A packet every 20 ms through each of five links, for 20 seconds. */
async function ping(phynode) {
  const each = watched.map(
    (
      node,
    ) => `ip netns exec n${node} ping -q -i 0.02 -c 1000 "$(ip -n n${node} -j route show dev east proto kernel |
      sed 's/.*"dst":"\\([0-9.]*\\)\\.\\([0-9]*\\)\\/30".*/\\1 \\2/' | { read -r net host; echo "$net.$((host + 2))"; })" &`,
  );
  return (await phynode.run("sh", "-c", `${each.join("\n")}\nwait`)).text;
}

function lostOf(text) {
  const counts = [...text.matchAll(/(\d+) packets transmitted, (\d+) received/g)];
  if (counts.length !== watched.length) throw new Error(`not all pings have run: ${text.slice(-500)}`);
  return counts.reduce((sum, [, sent, received]) => sum + Number(sent) - Number(received), 0);
}
