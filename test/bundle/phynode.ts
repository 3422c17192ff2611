import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

/**
 * A phynode as namespaces of this kernel: its own network, processes, host name, and tmpfs where labs leave things (/run,
 * /var/lib, /srv), so that nothing that a bundle does reaches the machine. It goes away with its first process.
 */
export interface Phynode {
  /** A scratch folder that the phynode sees too. */
  readonly folder: string;
  /** Runs a shell script as root in the phynode. */
  run(script: string, environment?: Readonly<Record<string, string>>): Outcome;
  stop(): void;
  readonly pid: number;
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Its first process waits for those that others leave behind, as an init does. */
const init = `
mount -t proc proc /proc
mount -t sysfs sysfs /sys
for folder in /run /var/lib /srv; do mount -t tmpfs tmpfs "$folder"; done
hostname phynode
ip link set dev lo up
ip netns add first
ip netns del first
sleep 3600 &
until grep -q '^sleep' /proc/$!/cmdline; do :; done
touch /run/ready
while :; do
  wait
  sleep 3600 &
done
`;

export const isRoot = process.getuid?.() === 0;

const probe = `dune-test-probe-${process.pid}`;

/** The phynode gets a cgroup v2 of its own, where the kernel gives one. */
const ownCgroup = `
mount -t cgroup2 none /mnt && mkdir /mnt/$0 && mount --bind /mnt/$0 /sys/fs/cgroup && umount /mnt
`;

export const hasCgroups =
  isRoot &&
  spawnSync("unshare", [
    "-m",
    "sh",
    "-c",
    "mount -t cgroup2 none /mnt && mkdir /mnt/$0 && rmdir /mnt/$0",
    probe,
  ]).status === 0;

export function startPhynode(options: { readonly cgroups?: boolean } = {}): Phynode {
  const folder = mkdtempSync(join(tmpdir(), "dune-test-"));
  const cgroup = basename(folder);
  const flags = [
    "--net",
    "--mount",
    "--pid",
    "--fork",
    "--kill-child",
    "--uts",
    "--ipc",
    "--propagation",
    "private",
  ];
  const first = options.cgroups === true ? init.replace("hostname", `${ownCgroup}hostname`) : init;
  const child = spawn("unshare", [...flags, "sh", "-c", first, cgroup], { stdio: "ignore" });
  const pid = waitForInit(child);
  const run = (script: string, environment: Readonly<Record<string, string>> = {}): Outcome => {
    const inside = ["-t", String(pid), "--net", "--mount", "--pid", "--uts", "--ipc", "sh", "-c", script];
    const options = {
      encoding: "utf8" as const,
      timeout: 60_000,
      env: { ...process.env, TMPDIR: "/srv", ...environment },
      cwd: "/",
    };
    const done = spawnSync("nsenter", inside, options);
    return { code: done.status ?? -1, stdout: done.stdout, stderr: done.stderr };
  };
  const stop = (): void => {
    child.kill("SIGKILL");
    if (options.cgroups === true) removeCgroup(cgroup);
    rmSync(folder, { recursive: true, force: true });
  };
  return { folder, run, stop, pid };
}

/** Its processes may take a moment to end. */
function removeCgroup(cgroup: string): void {
  const remove = `mount -t cgroup2 none /mnt; for try in 1 2 3 4 5 6 7 8 9; do
    find /mnt/$0 -depth -type d -exec rmdir {} + 2>/dev/null && exit; sleep 0.2; done`;
  spawnSync("unshare", ["-m", "sh", "-c", remove, cgroup]);
}

function waitForInit(child: ChildProcess): number {
  for (let tries = 0; tries < 500; tries++) {
    const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim();
    if (children !== "" && spawnSync("test", ["-e", `/proc/${children}/root/run/ready`]).status === 0)
      return Number(children);
    spawnSync("sleep", ["0.02"]);
  }
  throw new Error("the phynode did not start");
}

/** Joins two phynodes by an underlay, a veth pair called `und`, with 198.51.100.1 and .2 and this MTU. */
export function joinPhynodes(first: Phynode, second: Phynode, mtu: number): void {
  const ends = ["name", "und", "mtu", String(mtu), "netns", String(first.pid), "type", "veth", "peer"];
  const peer = ["name", "und", "mtu", String(mtu), "netns", String(second.pid)];
  spawnSync("ip", ["link", "add", ...ends, ...peer]);
  first.run("ip addr add 198.51.100.1/24 dev und; ip link set dev und up");
  second.run("ip addr add 198.51.100.2/24 dev und; ip link set dev und up");
  for (const one of [first, second])
    one.run("until ip link show und | grep -q 'state UP'; do sleep 0.02; done");
}

/** All that a lab could leave behind in a phynode, a line each; the logs, which may stay, left out. */
export function dump(phynode: Phynode): string {
  const script = `
    ip netns
    ip -d -o link
    find /srv /run -printf '%p %M %U:%G %l\\n'
    find /srv -type f -exec sha256sum {} +
    find /sys/fs/cgroup -type d
    find /var/lib/dune -mindepth 2 -path '*/log*' -prune -o -mindepth 2 -print 2>/dev/null
    cat /proc/self/mounts
    sysctl net.ipv4.ip_default_ttl net.core.somaxconn
    for process in /proc/[0-9]*; do tr '\\0\\n' '  ' <"$process/cmdline"; echo; done 2>/dev/null`;
  // The keeper of a lab that is up sleeps, or does not at this moment. A process that has ended, and that its parent has not
  // waited for yet, has no command line. The cgroups of other phynodes come and go with the tests that run beside this one.
  const own = `/sys/fs/cgroup/${basename(phynode.folder)}`;
  const isOthers = (line: string): boolean =>
    line.startsWith("/sys/fs/cgroup/dune-test-") && line !== own && !line.startsWith(`${own}/`);
  const lines = phynode.run(script).stdout.split("\n");
  return lines
    .filter((line) => !/^(sleep (1|0\.1))? *$/.test(line) && !isOthers(line))
    .sort()
    .join("\n");
}
