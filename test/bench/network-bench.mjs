import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { buildGrid } from "./bundle.mjs";
import { dumpNetwork, firstDifference } from "./dump.mjs";
import { median, rounded } from "./figures.mjs";
import { floorList, naiveScript, readNetwork } from "./network.mjs";
import { settle } from "./settle.mjs";

const removeAll = "ls /run/netns | sed 's/^/netns del /' | ip -batch -";

/** `up` against a C program and against a script, in turns, and then what the three have made. */
export async function benchNetwork(phynode) {
  const contestants = await prepare(phynode);
  const { network, bundle } = contestants;
  const [floor, up, down] = [[], [], []];
  const dumps = {};
  for (let run = 0; run < 5; run++) {
    floor.push(await figures(() => phynode.run(contestants.floor, contestants.list)));
    if (run === 0) dumps.floor = await dump(phynode, "floor", network);
    await phynode.run("sh", "-c", removeAll);
    up.push(await figures(() => phynode.run("sh", bundle, "up")));
    if (run === 0) dumps.up = await dump(phynode, "up", network);
    down.push(await figures(() => phynode.run("sh", bundle, "down"), false));
  }
  const naive = await figures(() => phynode.run("sh", contestants.naive));
  dumps.naive = await dump(phynode, "naive", network);
  await phynode.run("sh", "-c", removeAll);
  return [
    speed({ floor, up, naive }),
    teardown(up, down),
    {
      name: "the three networks are equal: ip -j -d, tc -j, sysctls",
      differences: [firstDifference(dumps.up, dumps.floor), firstDifference(dumps.up, dumps.naive)],
      ok: ["floor", "naive"].every((each) => firstDifference(dumps.up, dumps[each]) === undefined),
    },
  ];
}

async function prepare(phynode) {
  const bundle = join(buildGrid(phynode, "network", 40, 25), "server1.run");
  const payload = join(phynode.folder, "payload");
  execFileSync("sh", [bundle, "extract", payload]);
  const network = readNetwork(payload);
  const [list, naive] = ["floor.list", "naive.sh"].map((file) => join(phynode.folder, file));
  writeFileSync(list, floorList(network));
  writeFileSync(naive, naiveScript(network));
  const floor = join(phynode.folder, "floor");
  execFileSync("gcc", ["-O2", "-o", floor, fileURLToPath(new URL("floor.c", import.meta.url))]);
  return { network, bundle, floor, list, naive };
}

/** Each begins when the kernel has come to rest after the one before. */
async function figures(work, rested = true) {
  if (rested) await settle();
  const { seconds, cpuSeconds } = await work();
  return { seconds: rounded(seconds), cpuSeconds: rounded(cpuSeconds) };
}

/** The last links of a network that is up get their carrier a moment later. */
async function dump(phynode, name, network) {
  await sleep(2000);
  return dumpNetwork(phynode, name, network);
}

function speed({ floor, up, naive }) {
  const seconds = median(up.map((each) => each.seconds));
  const timesFloor = rounded(seconds / median(floor.map((each) => each.seconds)));
  const fasterThanNaive = rounded(naive.seconds / seconds);
  const target = { timesFloor: 3, fasterThanNaive: 10 };
  const ok = timesFloor <= target.timesFloor && fasterThanNaive >= target.fasterThanNaive;
  const name = "up of 1,000 nodes, 2,000 links, an address per end, one sysctl per node";
  const reference = { floor, naive: [naive] };
  return { name, seconds, timesFloor, fasterThanNaive, target, ok, runs: up, reference };
}

function teardown(up, down) {
  const seconds = median(down.map((each) => each.seconds));
  const partOfUp = rounded(seconds / median(up.map((each) => each.seconds)));
  const target = { partOfUp: 0.333 };
  return { name: "down of the same", seconds, partOfUp, target, ok: partOfUp < 1 / 3, runs: down };
}

const underlay = `
ip link add name und type veth peer name far
ip addr add 198.51.100.1/24 dev und
ip link set dev und up
ip link set dev far up
`;

/** `up` right after `down`, while the kernel still frees what was there, with the same tunnels. */
export async function benchAgain(phynode) {
  const bundle = join(buildGrid(phynode, "again", 20, 10, { servers: 2 }), "server1.run");
  await phynode.run("sh", "-c", underlay);
  const runs = [];
  const failures = [];
  for (let run = 0; run < 20; run++) {
    try {
      runs.push(await figures(() => phynode.run("sh", bundle, "up"), false));
    } catch (error) {
      failures.push(error.message);
    }
    await phynode.run("sh", bundle, "down");
  }
  const name = "up right after down, 20 times, of about 100 nodes with tunnels";
  return [{ name, failures, target: { failures: 0 }, ok: failures.length === 0, runs }];
}
