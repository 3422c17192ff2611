import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const dune = fileURLToPath(new URL("../../packages/core/dist/cli/main.js", import.meta.url));
const isRoot = process.getuid?.() === 0;

/** Two servers: a tunnel and a veth between routers, and a bridge that one member reaches through a tunnel. */
function topology(lab: string, nodeKeys = ""): string {
  return `name = "${lab}"
[infrastructure]
namespace_prefix = "${lab}-"
[infrastructure.nodes.server1]
cores = [[0, 1, 2]]
address = "192.0.2.1"
interface = "rhund0"
setup.pre = ["echo changed >/proc/sys/vm/swappiness"]
sysctls = { "vm.swappiness" = "11" }
[infrastructure.nodes.server2]
cores = [[0, 1, 2]]
address = "192.0.2.2"
platform = "linux/riscv64"
[topology.defaults.links]
bw = "100mbit"
[topology.nodes.r0]
phynode = "server1"
addrs.eth0 = ["10.0.0.1/24"]
${nodeKeys}
[topology.nodes.r1]
phynode = "server2"
addrs.eth0 = ["10.0.0.2/24"]
[topology.nodes.r2]
phynode = "server1"
[topology.nodes.ixp]
kind = "bridge"
phynode = "server2"
[topology]
links = [
  { endpoints = ["r0:eth0", "r1:eth0"], latency = "5ms" },
  { endpoints = ["r0:eth1", "r2:eth0"] },
  { endpoints = ["r2:eth1", "ixp:p0"] },
  { endpoints = ["r1:eth1", "ixp:p1"] },
]
`;
}

/** The same, with a program on the server of another architecture that says what it was built for. */
function withProgram(lab: string): string {
  return `${topology(lab)}
[binaries.arch]
builder = "command"
command = "printf '#!/bin/sh\\necho built for {{target.arch}}\\n' >{{out}}"
inputs = ["${lab}.toml"]
[topology.groups.far]
nodes = ["r1"]
binaries = ["arch"]
`;
}

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const folder = mkdtempSync(join(tmpdir(), "dune-rehearse-"));

function write(lab: string, text: string): string {
  const path = join(folder, `${lab}.toml`);
  writeFileSync(path, text);
  return path;
}

function start(...args: readonly string[]): ChildProcess {
  const env = { ...process.env, XDG_CACHE_HOME: join(folder, "cache") };
  return spawn(process.execPath, [dune, "rehearse", ...args], { stdio: ["ignore", "pipe", "pipe"], env });
}

function ended(child: ChildProcess): Promise<Outcome> {
  return new Promise((resolve) => {
    let stdout = "";
    let stderr = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

function run(...args: readonly string[]): Promise<Outcome> {
  return ended(start(...args));
}

/** Resolves when the child has printed the text. */
function printed(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes(text)) resolve();
    });
    child.on("close", () => reject(new Error(`it ended without printing ${text}: ${said}`)));
  });
}

/** What of this machine a lab's names stand in: namespaces, processes, mounts, and the sysctl that it asks for. */
function traces(lab: string): readonly string[] {
  const said = spawnSync("sh", [
    "-c",
    `ls /run/netns 2>/dev/null; ip -o link | sed 's/^[0-9]*: //'; cat /proc/self/mounts
     ls -d /var/lib/dune/* /run/dune/* /tmp/*.hello 2>/dev/null`,
  ]).stdout.toString();
  return said
    .split("\n")
    .filter((line) => line.includes(`${lab}-`) || line.includes(`/${lab}`) || line.includes("rhund0"));
}

/** The command lines of this machine's processes, those in namespaces included. */
function commandLines(): string {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => readIfThere(`/proc/${pid}/cmdline`).replaceAll("\0", " ")).join("\n");
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !condition(); tries++)
    await new Promise((resolve) => setTimeout(resolve, 50));
}

describe.skipIf(!isRoot)("rehearse", () => {
  const swappiness = () => readFileSync("/proc/sys/vm/swappiness", "utf8");
  let before = "";

  beforeAll(() => {
    before = swappiness();
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("brings two servers up, sends traffic over every link, leaves nothing", async () => {
    writeFileSync(join(folder, "probe.tmpl"), "of {{node}}\n");
    const template = 'templates = { "probe.tmpl" = "/usr/local/bin/rhall/probe" }';
    const exec = 'exec = ["cat /usr/local/bin/rhall/probe >/tmp/rhall.hello"]';
    const file = write("rhall", topology("rhall", `${template}\n${exec}`));
    const { code, stdout, stderr } = await run(file);
    expect(stderr).toBe("");
    expect(stdout).toContain("4 links: 4 reached");
    expect(stdout).toMatch(/r0:eth0-r1:eth0 +vxlan +server1 – server2 +1450 +5ms 100mbit +reached/);
    expect(stdout).toMatch(/r0:eth1-r2:eth0 +veth +server1/);
    expect(stdout).toContain("setup.pre: echo changed >/proc/sys/vm/swappiness");
    expect(stdout).toContain("sysctl vm.swappiness = 11");
    expect(stdout).toContain("nothing left");
    expect(stdout.split("undo:\n")[1]).toBe("  file /tmp/rhall.hello on server1\n\n");
    expect(code).toBe(0);
    expect(swappiness()).toBe(before);
    expect(traces("rhall")).toEqual([]);
  });

  test("as JSON, and with a command that works in nodes and on servers", async () => {
    const file = write("rhcmd", topology("rhcmd"));
    const script =
      "on r0 cat /sys/class/net/eth0/mtu; on server2 cat /proc/sys/kernel/hostname; on r1 ls /run/netns; exit 7";
    const named = await run(file, "--json", "--", "sh", "-c", script);
    const document = JSON.parse(named.stdout);
    expect(document.links.map((link: { traffic: string }) => link.traffic)).toEqual(Array(4).fill("reached"));
    expect(document.command).toEqual({ exitCode: 7 });
    expect(named.stderr).toContain("1450\nserver2\n");
    expect(named.code).toBe(7);
    const direct = await run(file, "--", "on", "r0", "echo", "a  b", "$c");
    expect(direct.stdout).toContain("\na  b $c\n");
    expect(direct.code).toBe(0);
  });

  test("a link that is broken is found", async () => {
    const down = await run(write("rhdown", topology("rhdown", 'exec = ["ip link set dev eth0 down"]')));
    expect(down.stdout).toContain("r1:eth0 does not answer r0:eth0");
    expect(down.stdout).toContain("4 links: 3 reached, 1 failed");
    expect(down.code).toBe(1);
    const absent = await run(write("rhgone", topology("rhgone", 'exec = ["ip link del dev eth1"]')));
    expect(absent.stdout).toContain("r0:eth1 is not there");
    expect(absent.code).toBe(1);
  });

  test("a node without IPv6 is not probed", async () => {
    const off =
      'sysctls = { "net.ipv6.conf.all.disable_ipv6" = "1", "net.ipv6.conf.default.disable_ipv6" = "1" }';
    const { stdout, code } = await run(write("rhfour", topology("rhfour", off)));
    expect(stdout).toContain("not probed: IPv6 is off in r0");
    expect(stdout).toContain("4 links: 2 reached, 2 not probed");
    expect(code).toBe(0);
  });

  test("a server that does not come up fails the rehearsal, and nothing is left", async () => {
    const { stdout, code } = await run(
      write("rhfail", topology("rhfail", 'exec = ["echo unlucky; exit 3"]')),
    );
    expect(stdout).toContain("up failed on server1");
    expect(stdout).toContain("unlucky");
    expect(stdout).toContain("nothing left");
    expect(code).toBe(1);
    expect(traces("rhfail")).toEqual([]);
  });

  test("a file that the lab's commands add to its own is left behind", async () => {
    const left = 'exec = ["echo >/var/lib/dune/rhleft/forgotten"]';
    const { stdout, code } = await run(write("rhleft", topology("rhleft", left)));
    expect(stdout).toContain("file /var/lib/dune/rhleft/forgotten on server1");
    expect(code).toBe(1);
  });

  test("a signal ends it in order", async () => {
    const file = write("rhint", topology("rhint", '[[topology.nodes.r0.pinned]]\ncmd = "sleep 98765"'));
    const child = start(file, "--", "sh", "-c", "echo running; exec sleep 98766");
    const end = ended(child);
    await printed(child, "running");
    expect(commandLines()).toContain("sleep 98765");
    child.kill("SIGINT");
    const { code, stdout } = await end;
    expect(code).toBe(130);
    expect(stdout).toContain("nothing left");
    expect(commandLines()).not.toMatch(/sleep 9876[56]/);
  });

  test("a signal while it comes up ends it in order", async () => {
    const child = start(write("rhearly", topology("rhearly", 'exec = ["sleep 54321"]')));
    const end = ended(child);
    await until(() => commandLines().includes("sleep 54321"));
    child.kill("SIGTERM");
    const { code, stdout } = await end;
    expect(code).toBe(143);
    expect(stdout).toContain("nothing left");
    expect(commandLines()).not.toContain("sleep 54321");
  });

  test("nothing outlives dune when it is killed", async () => {
    const file = write("rhkill", topology("rhkill", '[[topology.nodes.r0.pinned]]\ncmd = "sleep 87654"'));
    const child = start(file, "--keep");
    await printed(child, "the lab stays up");
    expect(commandLines()).toContain("sleep 87654");
    child.kill("SIGKILL");
    await until(() => !/sleep 87654|rhkill/.test(commandLines()));
    expect(commandLines()).not.toMatch(/sleep 87654|rhkill/);
    expect(traces("rhkill")).toEqual([]);
  });

  test("--keep tells how to get in, and Ctrl-C ends it well", async () => {
    const child = start(write("rhkeep", topology("rhkeep")), "--keep");
    const end = ended(child);
    let said = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    await until(() => /a shell on server2: .*\n/.test(said));
    const [, command = ""] = /a shell in r0: +(nsenter .*)/.exec(said) ?? [];
    expect(spawnSync("sh", ["-c", `echo 'ls /sys/class/net' | ${command}`]).stdout.toString()).toBe(
      "eth0\neth1\nlo\n",
    );
    child.kill("SIGINT");
    const { code, stdout } = await end;
    expect(stdout).toContain("nothing left");
    expect(code).toBe(0);
  });

  test("two side by side, of the same lab, do not meet", async () => {
    const file = write("rhtwin", topology("rhtwin"));
    const both = await Promise.all([run(file), run(file)]);
    for (const { code, stdout } of both) {
      expect(stdout).toContain("4 links: 4 reached");
      expect(code).toBe(0);
    }
  });

  test("programs are built for this machine, and told", async () => {
    const file = write("rhprog", withProgram("rhprog"));
    const { code, stdout } = await run(file, "--", "on", "r1", "arch");
    expect(stdout).toMatch(
      /^ {2}server2 +linux\/\w+ instead of linux\/riscv64, with programs for it: arch$/m,
    );
    expect(stdout).toContain(`\nbuilt for ${process.arch === "x64" ? "amd64" : process.arch}\n`);
    expect(stdout).toContain("nothing left");
    expect(code).toBe(0);
  });

  test("without root it works, or says why not", () => {
    const file = write("rhuser", withProgram("rhuser"));
    spawnSync("chmod", ["-R", "a+rX", folder]);
    const cache = join(folder, "cache-of-nobody");
    mkdirSync(cache);
    chownSync(cache, 65534, 65534);
    const user = ["--reuid", "65534", "--regid", "65534", "--clear-groups", "env", "HOME=/nonexistent"];
    const command = [process.execPath, dune, "rehearse", file, "--", "on", "r1", "arch"];
    const done = spawnSync("setpriv", [...user, `XDG_CACHE_HOME=${cache}`, ...command], { encoding: "utf8" });
    if (done.status === 2) expect(done.stderr).toMatch(/hint: .*user/);
    else {
      expect(done.stdout).toContain("4 links: 4 reached");
      expect(done.stdout).toContain("\nbuilt for ");
      expect(done.stdout).toContain("nothing left");
      expect(done.status).toBe(0);
    }
  });
});
