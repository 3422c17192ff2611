import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Its first process waits for those that others leave behind, as an init does. */
const init = `
mount -t proc proc /proc
mount -t sysfs sysfs /sys
for folder in /run /var/lib /srv; do mount -t tmpfs tmpfs "$folder"; done
hostname phynode
ip link set dev lo up
touch /run/ready
while :; do
  sleep 3600 &
  wait
done
`;

const isolation = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--uts", "--ipc"];

const signals = ["SIGINT", "SIGTERM"];

/** The command, then what it and all that it waited for have cost. */
const timed = 'figures=$1; shift; "$@"; code=$?; times >"$figures"; exit "$code"';

/**
 * A server as namespaces of this kernel, as the tests of bundles have it, so that nothing reaches the machine's own
 * network, /run or /var/lib. `folder` is seen from both sides.
 */
export async function startPhynode() {
  const folder = mkdtempSync(join(tmpdir(), "dune-bench-"));
  const first = spawn("unshare", [...isolation, "--propagation", "private", "sh", "-c", init], {
    stdio: "ignore",
  });
  const stop = () => {
    first.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
    for (const signal of signals) process.off(signal, stopAndExit);
  };
  const stopAndExit = () => {
    stop();
    process.exit(1);
  };
  for (const signal of signals) process.on(signal, stopAndExit);
  const pid = await firstChild(first.pid);
  return { folder, run: (...command) => runInside(pid, folder, command), stop };
}

async function firstChild(parent) {
  for (let tries = 0; tries < 500; tries++) {
    const pid = readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8").trim();
    if (pid !== "" && isReady(pid)) return pid;
    await sleep(20);
  }
  throw new Error("the phynode did not start");
}

function isReady(pid) {
  try {
    readFileSync(`/proc/${pid}/root/run/ready`);
    return true;
  } catch {
    return false;
  }
}

/** Wall time, processor time, and what it said; throws where it fails. */
async function runInside(pid, folder, command) {
  const figures = join(folder, "times");
  const enter = ["-t", pid, "--net", "--mount", "--pid", "--uts", "--ipc"];
  const started = performance.now();
  const child = spawn("nsenter", [...enter, "sh", "-c", timed, "sh", figures, ...command], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, TMPDIR: "/srv" },
    cwd: "/",
  });
  const said = [];
  child.stdout.on("data", (data) => said.push(data));
  child.stderr.on("data", (data) => said.push(data));
  const code = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  const seconds = (performance.now() - started) / 1000;
  const text = Buffer.concat(said).toString();
  if (code !== 0)
    throw new Error(`${command.join(" ").slice(0, 200)} exited with ${code}: ${text.slice(-2000)}`);
  return { seconds, cpuSeconds: childrenTimes(readFileSync(figures, "utf8")), text };
}

/** The second line of the shell's `times`: user and system time of the children, as 0m1.25s. */
function childrenTimes(text) {
  const [, children = ""] = text.split("\n");
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, m, s]) => sum + Number(m) * 60 + Number(s),
    0,
  );
}
