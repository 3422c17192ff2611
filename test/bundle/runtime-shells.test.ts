import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { node, sha256, type Tables, text, writeBundle } from "./payload.js";
import { dump, isRoot, type Phynode, startPhynode } from "./phynode.js";
import { exchange, process as one, smallLab } from "./small-lab.js";

const find = (tool: string): string =>
  spawnSync("sh", ["-c", `command -v ${tool}`], { encoding: "utf8" }).stdout.trim();

const busybox = spawnSync("busybox", ["--list"], { encoding: "utf8" });
const applets = busybox.status === 0 ? busybox.stdout.trim().split("\n") : [];

/** What is not busybox's: iproute2, and flock, which Debian builds busybox without. */
const others = ["ip", "tc", ...["flock"].filter((tool) => !applets.includes(tool))];

/** The only programs that there are: this shell as `sh`, busybox, and the others. */
function toolsWith(shell: string, folder: string): string {
  const place = join(folder, `tools-${shell}`);
  mkdirSync(place);
  for (const tool of ["busybox", ...others, ...(shell === "busybox" ? [] : [shell])])
    copyFileSync(realpathSync(find(tool)), join(place, tool));
  for (const name of applets)
    if (!existsSync(join(place, name)) && !["sh", "bash", "dash"].includes(name))
      symlinkSync("busybox", join(place, name));
  symlinkSync(shell, join(place, "sh"));
  return place;
}

/** A program of this machine that is linked dynamically, and its loader, which is not among the tools. */
const dynamic = realpathSync(find("sleep"));
const [loader = "-"] = /\/\S*\/ld-\S+/.exec(spawnSync("ldd", [dynamic], { encoding: "utf8" }).stdout) ?? [];
const scripts = mkdtempSync(join(tmpdir(), "dune-scripts-"));
writeFileSync(join(scripts, "say-done"), "#!/bin/sh\necho done\n");

const lab = {
  ...smallLab(
    ...exchange,
    one("idle", "exec sleep 1000"),
    one("daemon", text("(setsid sleep 1001 >/dev/null 2>&1 &); exit 0")),
    {
      exec: [["r0", "0001", 5, "say-done; pause 0; command -v perl python3 gawk || :"]],
      environment: [["r0", "idle", "ODD", text("a b\t'\\n")]],
      hooks: [
        ["r0", "idle", "ready", "0001", "true"],
        ["r0", "idle", "post_up", "0001", "echo up"],
        ["r0", "idle", "pre_down", "0001", "echo ending"],
        ["r0", "idle", "down", "0001", "echo ended"],
      ],
      files: [
        ["/srv/in/a", 600, "r0", sha256("a\n"), "65534:65534"],
        ["/srv/in/b", 644, "r1", sha256("a\n"), "-"],
        ["/srv/there", 640, "r1", sha256("a\n"), "nobody"],
        ["/srv/own/c", 644, "r0", sha256("a\n"), "-"],
      ],
      private: [["r0", "/srv/own", "750", "65534"]],
      sysctls: [
        ["r0", 2, "0001", "net/ipv4/conf/eth0/accept_local", 1],
        ["-", 1, "0001", "net/ipv4/ip_default_ttl", 77],
      ],
      setup: [["pre", "0001", "echo before"]],
      qdiscs: [["r0", "eth0", 10_000_000, 20_000, "-", "-"]],
      routes: [["r0", "0001", 4, "192.0.2.0/24 via 10.0.0.2"]],
      programs: [
        ["say-done", "script", "/bin/sh", "-", "-", "-"],
        ["pause", "elf", loader, "libc.so.6", "2.17", "-"],
      ],
      results: [
        ["r0", "/srv/in/*"],
        ["r0", "none"],
        ["r1", "/etc/hostname"],
      ],
    },
  ),
  contents: ["a\n"],
  programs: { "say-done": join(scripts, "say-done"), pause: dynamic },
};

/** What an apply does to a network. */
const changed = {
  ...lab,
  keys: { version: "later" },
  tables: [
    ...lab.tables,
    node("r2"),
    {
      veths: [
        ["r0", "eth8", 8, "02:00:00:00:00:81", "r2", "eth8", 8, "02:00:00:00:00:82", 1500, "r0:eth8-r2:eth8"],
        ["r1", "eth9", 9, "02:00:00:00:00:91", "ix", "p9", 9, "02:00:00:00:00:92", 1500, "r1:eth9-ix:p9"],
      ],
      interfaces: [
        ["r0", "eth8", "-"],
        ["r2", "eth8", "-"],
        ["r1", "eth9", "-"],
        ["ix", "p9", "br0"],
      ],
      addresses: [
        ["r0", "eth0", "10.0.0.11/24"],
        ["r1", "lo", "fd00::1/128"],
      ],
      sysctls: [["r1", 1, "0003", "net/ipv4/conf/all/forwarding", 1]],
      qdiscs: [["r1", "eth1", "-", "-", "-", 44]],
      routes: [["r1", "0001", 6, "2001:db8:1::/48 via 2001:db8::1"]],
    },
  ],
};

/** What an apply brings of files and processes. */
const later: Tables = {
  processes: [["r0", "late", "-", 5, "exec sleep 1000"]],
  exec: [["r0", "0002", 5, "echo more"]],
  files: [["/srv/in/d", 644, "r0", sha256("a\n"), "-"]],
  uses: [["r0", "idle", "/srv/in/a", sha256("a\n")]],
};

describe.skipIf(!isRoot || applets.length === 0)("with no other tools than busybox and iproute2", () => {
  let server: Phynode;
  beforeAll(() => {
    server = startPhynode();
  });
  afterAll(() => {
    server.stop();
    rmSync(scripts, { recursive: true });
  });

  const folders = "for folder in /usr/bin /usr/sbin /bin /sbin; do [ -L $folder ] ||";
  const environment = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };
  const run = (script: string): ReturnType<Phynode["run"]> => server.run(script, environment);

  test.each(["dash", "bash", "busybox"])("the runtime works under %s", (shell) => {
    if (find(shell) === "") return;
    const bundle = writeBundle(server.folder, lab);
    const next = mkdtempSync(join(server.folder, "next-"));
    server.run("echo theirs >/srv/there; chmod 604 /srv/there");
    const before = dump(server);
    const tools = toolsWith(shell, server.folder);
    server.run(`${folders} mount --bind ${tools} $folder; done`);
    expect(run("command -v perl python3 gawk findmnt").stdout).toBe("");
    expect(run("readlink $(command -v stat); readlink $(command -v sh)").stdout).toBe(`busybox\n${shell}\n`);

    const { stdout: checked } = run(`sh ${bundle} check`);
    expect(checked).toContain("file /srv/there exists already");
    expect(checked).toContain("2 programs: what they need is here");
    expect(run(`sh ${bundle} up --dry-run`)).toMatchObject({ code: 0 });
    expect(run(`sh ${bundle} up --force`)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("up: 3 nodes, 3 links, 2 processes"),
    });
    expect(run("stat -c '%a %u:%g %n' /srv/in/* /srv/there").stdout).toBe(
      "600 65534:65534 /srv/in/a\n644 0:0 /srv/in/b\n640 65534:0 /srv/there\n",
    );
    expect(run(`sh ${bundle} exec r0 -- stat -c '%a %u %n' /srv/own /srv/own/c`).stdout).toBe(
      "750 65534 /srv/own\n644 0 /srv/own/c\n",
    );
    expect(run("ls /srv/own").stdout).toBe("");
    expect(run(`sh ${bundle} status --json`)).toMatchObject({ code: 0 });
    for (const words of ["stop", "stop", "start"])
      expect(run(`sh ${bundle} ${words}`)).toMatchObject({ code: 0 });
    expect(run(`sh ${bundle} status`).stdout).toMatch(/idle +running.*\n +r1|daemon +running/);
    expect(run(`sh ${bundle} status`)).toMatchObject({ code: 0 });
    expect(run(`sh ${bundle} logs r0 +exec`).stdout).toBe("done\n");
    expect(run(`echo 'pwd; exit 4' | sh ${bundle} shell r0`)).toMatchObject({
      code: 4,
      stdout: "/var/lib/dune/small/root\n",
    });
    const collected = run(`cd /srv && sh ${bundle} collect x && tar -tzf x; rm x`).stdout.split("\n");
    expect(collected.filter((name) => /[^/]$/.test(name)).sort()).toEqual([
      "facts.txt",
      "logs/r0/+exec.log",
      "logs/r0/daemon.log",
      "logs/r0/idle.log",
      "logs/setup.log",
      "manifest.json",
      "results/r0/srv/in/a",
      "results/r0/srv/in/b",
      "results/r1/etc/hostname",
      "status.json",
    ]);
    run("nsenter --net=/run/netns/r0 ip link set dev eth0 mtu 1300");
    expect(run(`sh ${bundle} status`)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/r0:eth0 +MTU is 1300, wanted 1400\n$/),
    });
    expect(run(`sh ${bundle} apply`)).toMatchObject({ code: 0 });
    expect(run(`sh ${bundle} status`)).toMatchObject({ code: 0 });
    expect(run(`sh ${writeBundle(next, changed)} apply`)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("1 node made, 2 links made"),
    });
    expect(run(`sh ${bundle} status --json`).code).toBe(0);
    expect(run(`sh ${bundle} apply`)).toMatchObject({ code: 0 });
    expect(run(`sh ${bundle} exec r0 -- sh -c 'exit 9'`).code).toBe(9);
    expect(run(`sh ${bundle} exec r0 -- ip route show 192.0.2.0/24`).stdout).toContain("via 10.0.0.2");
    writeBundle(server.folder, { ...lab, keys: { digest: shell }, tables: [...lab.tables, later] });
    const applied = { code: 0, stderr: expect.stringContaining("1 process started") };
    expect(run(`sh ${bundle} apply --dry-run`)).toMatchObject({
      code: 0,
      stdout: [
        "file /srv/in/d, mode 644",
        "exec in r0, within 5 s: echo more",
        "write down process r0/idle: only how it is handled changed",
        "start process r0/late: it is new\n",
      ].join("\n"),
    });
    expect(run(`sh ${bundle} apply`)).toMatchObject(applied);
    run("echo mine >/srv/in/d; kill -KILL $(cat /var/lib/dune/small/proc/r0/late.pid); sleep 1.5");
    expect(run(`sh ${bundle} apply`)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("1 file written, 1 process restarted"),
    });
    expect(run("cat /srv/in/d /var/lib/dune/small/log/r0/+changed/srv/in/d").stdout).toBe("a\nmine\n");
    expect(run(`sh ${bundle} status`)).toMatchObject({ code: 0 });
    expect(run(`sh ${bundle} manifest`).stdout).toBe('{"lab":"small"}\n');
    expect(run(`sh ${bundle} extract /srv/x && cat /srv/x/content/*; rm -r /srv/x`).stdout).toBe("a\n");
    expect(run(`sh ${bundle} down`)).toMatchObject({ code: 0 });
    expect(run("cat /var/lib/dune/small/log/r0/+exec.log").stdout).toBe("done\nmore\n");
    expect(run("cat /var/lib/dune/small/log/r0/idle.log").stdout).toBe(
      "up\nending\nended\nup\nending\nended\n",
    );
    expect(run(`sh ${bundle} down --purge`)).toMatchObject({ code: 0 });
    expect(run("ls /var/lib").stdout).toBe("");

    // busybox's timeout looks once a second whether what it watches has ended.
    run(`sleep 1.2; ${folders} umount -l $folder; done`);
    expect(dump(server)).toBe(before);
  });
});
