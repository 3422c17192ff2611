import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { check, far, find, of, type Row, tunnel } from "./check-rows.js";
import {
  type HandMadeLab,
  node,
  sha256,
  type Tables,
  text,
  writeBundle,
  writeFolderBundle,
} from "./payload.js";
import { dump, isRoot, type Phynode, startPhynode } from "./phynode.js";
import { exchange, process as one, smallLab } from "./small-lab.js";

const small = sha256("a\n");
const big = "x".repeat(200_000);

/** A lab that is in order, with these files of one of two contents. */
function withFiles(files: readonly (readonly (string | number)[])[], more: Tables = {}): HandMadeLab {
  return {
    ...smallLab(...exchange, one("idle", "sleep 1000"), { files }, more),
    contents: ["a\n", big],
  };
}

describe.skipIf(!isRoot)("check", () => {
  let server: Phynode;
  let mounts: string;
  beforeAll(() => {
    server = startPhynode();
  });
  afterAll(() => server.stop());
  // What a test mounts and makes goes away with it.
  beforeEach(() => {
    mounts = server.run("cut -d ' ' -f 2 /proc/self/mounts").stdout;
  });
  afterEach(() => {
    server.run("mount -o remount,rw,size=100m /var/lib");
    const now = server.run("cut -d ' ' -f 2 /proc/self/mounts").stdout.trim().split("\n");
    const known = mounts.trim().split("\n");
    for (const mounted of now.slice(known.length).reverse()) server.run(`umount "$(printf '${mounted}')"`);
    server.run("rm -rf /srv/*; chmod 755 /srv");
    expect(server.run("cut -d ' ' -f 2 /proc/self/mounts").stdout).toBe(mounts);
  });

  const bundleOf = (lab: HandMadeLab): string => writeBundle(server.folder, lab);

  test("shows all that is in order, in a fixed order, as a table and as JSON", () => {
    const bundle = bundleOf(withFiles([["/srv/made/app.conf", 640, "r0", small]]));
    const { code, rows, table } = check(server, bundle);
    expect(code).toBe(0);
    expect(rows.map(({ what }) => what)).toEqual([
      "root",
      "tools",
      "platform",
      "state folder",
      "files",
      "names",
      "cores",
      "isolation",
      "kernel",
      "limits",
      "clock",
    ]);
    expect(of(rows, "problem")).toEqual([]);
    expect(table).toMatch(/^lab small, phynode server1\n\nroot {10}ok {7}this is root\n/);
    expect(table).toContain("\nnothing stands in the way of 'up'");
    expect(Math.max(...table.split("\n").map((line) => line.length))).toBeLessThanOrEqual(96);
    expect(server.run(`sh ${bundle} check --json`).stdout).toBe(
      server.run(`sh ${bundle} check --json`).stdout,
    );
    expect(server.run(`sh ${bundle} check --all`)).toMatchObject({ code: 1, stdout: "" });
  });

  test("lists the problems with what to do, and ends with 2", () => {
    const bundle = bundleOf(withFiles([["/srv/app.conf", 640, "r0", small]], one("pinned", "true")));
    server.run("ip netns add r0; touch /srv/app.conf");
    const { code, rows, table } = check(server, bundle);
    expect(code).toBe(2);
    expect(of(rows, "problem")).toEqual([
      "names: network namespace r0 (node r0) exists already",
      "names: file /srv/app.conf exists already",
    ]);
    expect(table).toContain(
      "names         problem  network namespace r0 (node r0) exists already\n" +
        "                       fix: ip netns del r0, if nobody needs it\n",
    );
    expect(table).toMatch(/\n2 problems(, \d warnings?)?\n$/);
    server.run("ip netns del r0");
  });

  test("a lab that is up is the only thing to say", () => {
    const bundle = bundleOf(smallLab());
    expect(server.run(`sh ${bundle} up`).code).toBe(0);
    const { code, rows } = check(server, bundle);
    expect(code).toBe(2);
    expect(of(rows, "problem")).toEqual(["lab: lab small is already up"]);
    expect(rows.at(-1)?.fix).toBe(
      `change it to this version: sh ${bundle} apply; or take it down first: sh ${bundle} down`,
    );
    expect(server.run(`sh ${bundle} down`).code).toBe(0);
  });

  test("JSON is valid and the table is one line a row, whatever the texts hold", () => {
    const name = 'q"u\\o\tt\n\u0001\u001b[31m\u007fé漢😀';
    const bundle = bundleOf(withFiles([[text(`/srv/${name}`), 640, "r0", small]]));
    server.run(`printf x >"/srv/$name"`, { name });
    const { rows, table } = check(server, bundle);
    expect(of(rows, "problem")).toEqual([`names: file ${text(`/srv/${name}`)} exists already`]);
    expect(table).toContain('names         problem  file /srv/q"u\\\\o\\tt\\n??[31m?é漢😀 exists already\n');
  });

  test("bytes that are no UTF-8 do not spoil the JSON", () => {
    const tables = [
      node("r1"),
      { tunnels: [["r1", "e0", 2, "02:00:00:00:00:01", 1400, 7, "203.0.113.1", "203.0.113.2", "l"]] },
    ];
    const bundle = bundleOf({ lab: "odd", phynode: "s", keys: { address: "203.0.113.1" }, tables });
    server.run(`name=$(printf 'b\\377\\303("'); ip link add name "$name" type veth peer name odd-peer; ip link set "$name" up
      ip addr add 198.51.100.9/24 dev "$name"`);
    const { rows } = check(server, bundle);
    expect(rows.find(({ what }) => what === "underlay")?.text).toContain('198.51.100.9/24 on b??("');
    server.run(`ip link del name "$(printf 'b\\377\\303("')"`);
  });

  test("a bundle for another platform", () => {
    const there = process.arch === "arm64" ? "linux/amd64" : "linux/arm64";
    const here = process.arch === "arm64" ? "linux/arm64" : "linux/amd64";
    for (const platform of [here, `${here}/musl`, `${here}/gnu`]) {
      expect(check(server, bundleOf({ ...smallLab(), keys: { platform } })).code).toBe(0);
    }
    const bundle = bundleOf({ ...smallLab(), keys: { platform: `${there}/musl` } });
    const { code, rows } = check(server, bundle);
    expect(code).toBe(2);
    expect(of(rows, "problem")[0]).toMatch(
      `platform: this bundle is for ${there}/musl, this server is ${here} (`,
    );
    const before = dump(server);
    expect(server.run(`sh ${bundle} up`)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`    hint: set the phynode's platform to "${here}" and build again`),
    });
    expect(dump(server)).toBe(before);
  });

  test("tools that are missing are named with their packages", () => {
    const bundle = bundleOf(smallLab());
    server.run(`: >/srv/none; chmod 644 /srv/none
      for tool in taskset flock tc; do mount --bind /srv/none "$(command -v $tool)"; done`);
    const { code, rows } = check(server, bundle);
    expect(code).toBe(2);
    expect(rows.filter(({ state }) => state === "problem")).toEqual([
      { what: "tools", state: "problem", text: "tc is missing", fix: "apt-get install iproute2" },
      { what: "tools", state: "problem", text: "flock is missing", fix: "apt-get install util-linux" },
      { what: "tools", state: "problem", text: "taskset is missing", fix: "apt-get install util-linux" },
    ]);
    const up = server.run(`sh ${bundle} up`);
    expect(up.code).toBe(2);
    expect(up.stderr).toContain("these tools are missing: tc (in Debian's package iproute2), flock");
  });

  describe("looks at the file systems", () => {
    test("a read-only state folder", () => {
      const bundle = bundleOf(smallLab());
      server.run("mount -o remount,ro /var/lib");
      const { code, rows } = check(server, bundle);
      expect(code).toBe(2);
      expect(rows.filter(({ state }) => state === "problem")).toEqual([
        {
          what: "state folder",
          state: "problem",
          text: "/var/lib is mounted read-only, where the lab's state (/var/lib/dune/small) should go",
          fix: "mount -o remount,rw /var/lib",
        },
      ]);
      const before = dump(server);
      const up = server.run(`sh ${bundle} up`);
      expect(up.code).toBe(2);
      expect(up.stderr).toContain("/var/lib/dune/small cannot be written: /var/lib is mounted read-only");
      server.run("rm -rf /run/dune");
      expect(dump(server).replace(/.*\/run\/dune.*\n/g, "")).toBe(before.replace(/.*\/run\/dune.*\n/g, ""));
    });

    test("a scratch folder that cannot be written", () => {
      server.run("mkdir /srv/ro; mount -t tmpfs -o ro tmpfs /srv/ro");
      expect(server.run(`TMPDIR=/srv/ro sh ${bundleOf(smallLab())} check`)).toEqual({
        code: 2,
        stdout: "",
        stderr:
          "dune: server1: no scratch folder can be made in /srv/ro\n  hint: set TMPDIR to one that can be written\n",
      });
    });

    test.each([
      [
        "bytes",
        "mount -o remount,size=1m /var/lib",
        /there is no room on \/var\/lib for the lab's state .*: 10\d\d KiB are free, \d+ KiB/,
      ],
      [
        "inodes",
        "mount -t tmpfs -o nr_inodes=40 tmpfs /var/lib",
        /: 3\d files \(inodes\) can be made, \d+ are needed/,
      ],
    ])("a state folder with too few %s", (_, make, said) => {
      const bundle = bundleOf(smallLab());
      server.run(make);
      const { code, rows } = check(server, bundle);
      expect(code).toBe(2);
      expect(of(rows, "problem")).toEqual([expect.stringMatching(said)]);
      expect(rows.find(({ state }) => state === "problem")?.fix).toBe("free some of /var/lib");
      const up = server.run(`sh ${bundle} up`);
      expect(up.code).toBe(2);
      expect(up.stderr).toContain("there is no room in /var/lib/dune/small: ");
      expect(server.run("ls -A /var/lib").stdout).toBe("");
    });

    test("files that go where nothing can be written, or where there is no room", () => {
      server.run(`mkdir /srv/ro /srv/tiny "/srv/with blank"; mount -t tmpfs -o ro tmpfs /srv/ro
        mount -t tmpfs -o ro tmpfs "/srv/with blank"; mount -t tmpfs -o size=128k tmpfs /srv/tiny`);
      const bundle = bundleOf(
        withFiles([
          ["/srv/fine/x", 644, "r0", small],
          ["/srv/ro/deep/x", 644, "r0", small],
          ["/srv/ro/y", 644, "r0", small],
          ["/srv/tiny/x", 644, "r0", sha256(big)],
          ["/srv/with blank/x", 644, "r0", small],
        ]),
      );
      const { code, rows } = check(server, bundle);
      expect(code).toBe(2);
      expect(of(rows, "problem")).toEqual([
        "files: /srv/ro is mounted read-only, where 2 files should go",
        "files: there is no room on /srv/tiny for 1 file: 128 KiB are free, 196 KiB are needed",
        "files: /srv/with blank is mounted read-only, where 1 file should go",
      ]);
      expect(server.run(`sh ${bundle} up`)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("3 problems"),
      });
    });

    test("programs where nothing may be executed", () => {
      server.run(`mkdir /srv/noexec; mount -t tmpfs -o noexec tmpfs /srv/noexec
        mkdir /srv/state; mount -t tmpfs -o noexec tmpfs /srv/state; mount --bind /srv/state /var/lib`);
      const lab = withFiles([
        ["/srv/noexec/conf", 644, "r0", small],
        ["/srv/noexec/run", 755, "r0", small],
      ]);
      const { code, rows } = check(server, bundleOf(lab));
      expect(code).toBe(0);
      expect(of(rows, "warning")).toContain(
        "files: /srv/noexec is mounted noexec, and 1 file there should be executable",
      );
      const bundle = writeFolderBundle(server.folder, lab);
      const folder = `${server.folder}/server1`;
      server.run(`cd ${folder}/payload && mkdir bin && echo '#!/bin/sh' >bin/tool && chmod 755 bin/tool
        sha256sum bin/tool >>SHA256SUMS; sum=$({ tail -n +8 ../run.sh; cat SHA256SUMS; } | sha256sum)
        sed -i "s/^DUNE_SHA256=.*/DUNE_SHA256=\${sum%% *}/" ../run.sh`);
      const programs = check(server, bundle);
      expect(programs.code).toBe(2);
      expect(of(programs.rows, "problem")).toEqual([
        "state folder: /var/lib is mounted noexec, and the lab's programs are to run there",
      ]);
    });
  });

  describe("looks at the folders above files", () => {
    const files = [["/srv/a/b/app.conf", 640, "r0", small]] as const;

    test.each([
      ["belongs to another user", "mkdir -p /srv/a; chown daemon /srv/a", "/srv/a belongs to user daemon"],
      [
        "is another user's link",
        "mkdir -p /srv/x; ln -s x /srv/a; chown -h daemon /srv/a",
        "/srv/a belongs to user daemon",
      ],
      [
        "is root's link to another user's folder",
        "mkdir -p /srv/x; ln -s /srv/x /srv/a; chown daemon /srv/x",
        "/srv/x belongs to user daemon",
      ],
      [
        "is a link by way of another user's",
        "mkdir -p /srv/x/y /srv/z; ln -s x/y/l /srv/a; ln -s ../../z /srv/x/y/l; chown daemon /srv/x/y",
        "/srv/x/y belongs to user daemon",
      ],
      ["is everyone's", "mkdir -p /srv/a; chmod o+w /srv/a", "/srv/a may be written by others"],
    ])("a folder that %s", (_, make, said) => {
      server.run(make);
      const bundle = bundleOf(withFiles(files));
      const { code, rows } = check(server, bundle);
      expect(code).toBe(2);
      expect(of(rows, "problem")).toEqual([
        `files: folder ${said}, who could lead the files in it elsewhere`,
      ]);
      expect(server.run(`sh ${bundle} up`)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(`folder ${said}`),
      });
    });

    test.each([
      ["root's own, by links of root's", "mkdir -p /srv/x/y; ln -s /srv/x /srv/a; ln -s y /srv/x/b"],
      ["everyone's, but sticky", "mkdir -p /srv/a; chmod 1777 /srv/a /srv"],
    ])("a folder that is %s", (_, make) => {
      server.run(make);
      expect(check(server, bundleOf(withFiles(files))).code).toBe(0);
    });

    test("a folder of the user who called sudo", () => {
      server.run("mkdir -p /srv/a; chown daemon /srv/a");
      const bundle = bundleOf(withFiles(files));
      expect(
        server.run(`sh ${bundle} check`, { SUDO_UID: server.run("id -u daemon").stdout.trim() }).code,
      ).toBe(0);
      expect(server.run(`sh ${bundle} check`, { SUDO_UID: "4242" }).code).toBe(2);
    });
  });

  test("owners that this server does not know", () => {
    const lab = withFiles([
      ["/srv/a", 640, "r0", small, "nobody"],
      ["/srv/b", 640, "r0", small, "root:daemon"],
      ["/srv/c", 640, "r0", small, "4711:4712"],
      ["/srv/d", 640, "r0", small, "-"],
      ["/srv/e", 640, "r0", small, "nobody:no-such"],
      ["/srv/f", 640, "r0", small, "no-such"],
      ["/srv/g", 640, "r0", small, "no-such"],
    ]);
    const { code, rows } = check(server, bundleOf(lab));
    expect(code).toBe(2);
    expect(of(rows, "problem")).toEqual([
      "files: user or group no-such (owner of /srv/f) is not known on this server",
      "files: user or group nobody:no-such (owner of /srv/e) is not known on this server",
    ]);
  });

  test("paths that a node has for itself", () => {
    // A daemon's own folder may be mounted over, but nothing may be made in it.
    server.run("mkdir -p /srv/there /srv/own/folder /srv/ro; touch /srv/file; chown -R daemon /srv/own");
    server.run("mount -t tmpfs -o ro tmpfs /srv/ro");
    const rows = [
      ["r0", "/srv/there", "-", "-"],
      ["r0", "/srv/to/be/made", "750", "daemon:daemon"],
      ["r0", "/srv/file", "-", "-"],
      ["r0", "/srv/own/folder", "-", "-"],
      ["r0", "/srv/ro/deep/path", "-", "-"],
      ["r1", "/srv/file/below", "-", "no-such"],
    ];
    const bundle = bundleOf(smallLab({ private: rows }));
    expect(of(check(server, bundle).rows, "problem")).toEqual([
      "files: /srv/ro is mounted read-only, where 1 file should go",
      "files: user or group no-such (owner of /srv/file/below) is not known on this server",
      "files: node r0 is to have /srv/file for itself, but /srv/file is no folder",
      "files: node r1 is to have /srv/file/below for itself, but /srv/file is no folder",
    ]);
  });

  test("limits that the lab would meet, which `up` says too and goes on", () => {
    const processes = Array.from({ length: 20 }, (_, n) => one(`p${n}`, "sleep 1000"));
    const bundle = bundleOf(smallLab(...exchange, ...processes));
    server.run(`mkdir -p /srv/4/default /srv/6/default; cd /srv
      echo 3 >4/default/gc_thresh3; echo 5 >6/default/gc_thresh3; echo 10 >few
      mount --bind 4 /proc/sys/net/ipv4/neigh; mount --bind 6 /proc/sys/net/ipv6/neigh
      for limit in fs/inotify/max_user_instances fs/file-max kernel/threads-max kernel/pid_max user/max_net_namespaces
      do mount --bind few /proc/sys/$limit; done`);
    const { code, rows } = check(server, bundle);
    expect(code).toBe(0);
    const said = rows.filter(({ what }) => what === "limits");
    expect(said.map(({ state }) => state)).toEqual(Array(7).fill("warning"));
    // Two ends of the one link, two nodes at the exchange of two ports; the link's have IPv6 addresses.
    expect(said[0]?.text).toBe(
      "net.ipv4.neigh.default.gc_thresh3 is 3, 4 are needed for the neighbours of all nodes together",
    );
    expect(said[0]?.fix).toBe("sysctl -w net.ipv4.neigh.default.gc_thresh3=1024");
    expect(said[1]?.text).toContain("net.ipv6.neigh.default.gc_thresh3 is 5, 6 are needed");
    expect(said[2]?.text).toMatch(/^fs\.file-max is 10, \d{4,} are needed open files$/);
    expect(said[3]?.text).toBe(
      "fs.inotify.max_user_instances is 10, 20 are needed if each process watches files",
    );
    expect(said[4]?.text).toMatch(/^kernel\.pid_max is 10, \d{3,} are needed/);
    expect(said[5]?.text).toMatch(/^kernel\.threads-max is 10, \d{3,} are needed/);
    expect(said[6]?.text).toMatch(/^user\.max_net_namespaces is 10, 20 are needed/);
    const up = server.run(`sh ${bundle} up`);
    expect(up.code).toBe(0);
    expect(up.stderr).toContain(
      "dune: server1: warning: net.ipv4.neigh.default.gc_thresh3 is 3, 4 are needed for the neighbours of all nodes together\n" +
        "  hint: sysctl -w net.ipv4.neigh.default.gc_thresh3=1024\n",
    );
    expect(server.run(`sh ${bundle} down`).code).toBe(0);
  });

  test("a segment of many ports needs neighbours by the square", () => {
    const ports = Array.from({ length: 10 }, (_, n) => n);
    const segment: readonly Tables[] = ports.map((n) => ({
      ...node(`n${n}`),
      veths: [
        [
          `n${n}`,
          "e0",
          2,
          `02:00:00:00:01:0${n}`,
          "sw",
          `p${n}`,
          10 + n,
          `02:00:00:00:02:0${n}`,
          1500,
          `l${n}`,
        ],
      ],
    }));
    const bridge = {
      ...node("sw", "bridge"),
      bridges: [["sw", "br0", 2, "02:00:00:00:03:00", 1500]],
      interfaces: ports.map((n) => ["sw", `p${n}`, "br0"]),
    } as Tables;
    const own = { sysctls: [["-", 1, "0001", "fs/inotify/max_user_instances", "4096"]] } as Tables;
    const tables = [...segment, bridge, own, { processes: [["n0", "p", "-", 5, "true"]] } as Tables];
    server.run(`mkdir -p /srv/4/default; cd /srv; echo 80 >4/default/gc_thresh3; echo 0 >none
      mount --bind 4 /proc/sys/net/ipv4/neigh; mount --bind none /proc/sys/fs/inotify/max_user_instances`);
    // The lab sets the other limit itself.
    expect(of(check(server, bundleOf({ lab: "segment", phynode: "s", tables })).rows, "warning")).toEqual([
      expect.stringContaining("net.ipv4.neigh.default.gc_thresh3 is 80, 90 are needed"),
      ...clockWarning(server),
    ]);
  });

  describe("looks at the cores of pinned processes", () => {
    /** A made-up machine: four cores of two threads each, 0 with 4, 1 with 5 and so on. */
    const tree = (isolated: string, governor: string): string => `mkdir -p /srv/cpu; cd /srv/cpu
      for c in 0 1 2 3 4 5 6 7; do mkdir -p cpu$c/topology cpu$c/cpufreq
        echo "$((c % 4)),$((c % 4 + 4))" >cpu$c/topology/thread_siblings_list; echo ${governor} >cpu$c/cpufreq/scaling_governor
      done; echo 0-7 >online; echo "${isolated}" >isolated
      mount --bind /srv/cpu /sys/devices/system/cpu`;
    const pinned = (...cores: readonly string[]): HandMadeLab =>
      smallLab({ processes: cores.map((list, n) => ["r0", `p${n}`, list, 5, "true"]) });

    test("all is well where they are isolated, fast, and without neighbours", () => {
      server.run(tree("1-2,5,6", "performance"));
      const { rows } = check(server, bundleOf(pinned("1", "2")));
      expect(rows.filter(({ what }) => what === "isolation")).toEqual([
        {
          what: "isolation",
          state: "ok",
          text: "nothing else runs on the cores of pinned processes: 1,2",
          fix: "",
        },
      ]);
    });

    test("says which are not", () => {
      server.run(tree("1-2", "powersave"));
      const { code, rows } = check(server, bundleOf(pinned("1,3", "2", "6")));
      expect(code).toBe(0);
      const threads =
        "echo off >/sys/devices/system/cpu/smt/control (until the next boot), or give the phynode one core of each pair";
      expect(rows.filter(({ what }) => what === "isolation").map(({ text, fix }) => [text, fix])).toEqual([
        [
          "the kernel runs other work, too, on these cores of pinned processes: 3, 6",
          "boot with isolcpus=1,2,3,6 on the kernel command line",
        ],
        ["these pinned cores are two threads of one physical core: 2 and 6", threads],
        [
          "these pinned cores share their physical core with one that others use: 1 (with 5), 3 (with 7)",
          threads,
        ],
        [
          "the frequency governor of these cores of pinned processes is not performance: 1 (powersave), 2 (powersave), 3 (powersave), 6 (powersave)",
          "for c in 1 2 3 6; do echo performance >/sys/devices/system/cpu/cpu$c/cpufreq/scaling_governor; done",
        ],
      ]);
      const up = server.run(`sh ${bundleOf(pinned("1", "9"))} up`);
      expect(up.stderr).toContain("core 9 (process r0/p1) is not online on this server");
      expect(up.stderr).not.toContain("warning");
    });

    test("names the cores that another lab has", () => {
      const other = bundleOf({
        lab: "other",
        phynode: "server2",
        tables: [node("o1"), { processes: [["o1", "p", "0,1", 5, "sleep 1000"]] }],
      });
      expect(server.run(`sh ${other} up`).code).toBe(0);
      const bundle = bundleOf(smallLab({ processes: [["r0", "p", "1", 5, "sleep 1000"]] }));
      const { code, rows } = check(server, bundle);
      expect(code).toBe(0);
      expect(of(rows, "warning")).toContain("cores: lab other has processes on the same cores: 1");
      const up = server.run(`sh ${bundle} up`);
      expect(up.stderr).toContain("warning: lab other has processes on the same cores: 1\n");
      expect(up.code).toBe(0);
      expect(server.run(`sh ${bundle} down; sh ${other} down; rm -rf /var/lib/dune`).code).toBe(0);
    });
  });

  test("tells whether the clock is synchronised, and a slow clock source", () => {
    const bundle = bundleOf(smallLab());
    const state = clockWarning(server).length > 0 ? "warning" : "ok";
    expect(check(server, bundle).rows.at(-1)).toMatchObject({ what: "clock", state });
    server.run(`mkdir /srv/c; cd /srv/c; echo hpet >current_clocksource; echo "tsc hpet acpi_pm" >available_clocksource
      mount --bind /srv/c /sys/devices/system/clocksource/clocksource0`);
    expect(check(server, bundle).rows.at(-1)).toEqual({
      what: "clock",
      state: "warning",
      text: "the clock source hpet is slow to read and coarse",
      fix: "echo tsc >/sys/devices/system/clocksource/clocksource0/current_clocksource",
    });
  });

  test("what setup.pre may yet provide is only a warning", () => {
    const setup: Tables = { setup: [["pre", "0001", "true"]] };
    const bundle = bundleOf({
      ...far("203.0.113.1", "203.0.113.2"),
      tables: [node("r1"), tunnel("203.0.113.1", "203.0.113.2"), setup],
    });
    const { code, rows } = check(server, bundle);
    expect(code).toBe(0);
    expect(rows.find(({ what }) => what === "underlay")).toMatchObject({
      state: "warning",
      text: expect.stringContaining("the underlay address 203.0.113.1 stands on no interface of this server"),
    });
    expect(server.run(`sh ${bundle} up`).code).toBe(2);
  });

  describe("without root", () => {
    const nobody = "setpriv --reuid 65534 --regid 65534 --clear-groups env TMPDIR=/srv/t sh /srv/lab.run";
    beforeEach(() => {
      const bundle = bundleOf(withFiles([["/srv/app.conf", 640, "r0", small]]));
      server.run(`cp ${bundle} /srv/lab.run; chmod 755 /srv/lab.run; mkdir -m 1777 /srv/t`);
    });

    test("it says so, as one row, where sudo is of no use", () => {
      const before = dump(server);
      const json = server.run(`${nobody} check --json`);
      expect(json.code).toBe(2);
      expect(JSON.parse(json.stdout)).toEqual({
        lab: "small",
        phynode: "server1",
        ok: false,
        checks: [
          {
            what: "root",
            state: "problem",
            text: "this needs root, and sudo does not give it without a password",
            fix: "run it with sudo: sudo sh /srv/lab.run check",
          },
        ],
      });
      expect(server.run(`${nobody} check`)).toMatchObject({
        code: 2,
        stdout: expect.stringMatching(/1 problem\n$/),
      });
      expect(server.run(`${nobody} up`)).toMatchObject({
        code: 2,
        stderr: "dune: server1: this needs root\n  hint: run it with sudo\n",
      });
      expect(server.run(`${nobody} up --dry-run`).code).toBe(0);
      expect(server.run(`${nobody} manifest`)).toMatchObject({ code: 0, stderr: "" });
      server.run("rm -rf /run/sudo");
      expect(dump(server)).toBe(before);
    });

    test.skipIf(find("sudo") === "")("it goes on by sudo where that asks for no password", () => {
      server.run(`echo '#65534 ALL=(ALL) NOPASSWD: ALL' >/srv/sudoers; chmod 440 /srv/sudoers
        mount --bind /srv/sudoers /etc/sudoers`);
      server.run("hostname localhost");
      const going = "dune: server1: this needs root; going on by sudo\n";
      const json = server.run(`${nobody} check --json`);
      expect(json).toMatchObject({ code: 0, stderr: going });
      expect(JSON.parse(json.stdout)).toMatchObject({ ok: true });
      expect(server.run(`${nobody} up`)).toMatchObject({ code: 0 });
      const odd = server.run(`${nobody} exec r0 -- printf '[%s]' "it's" '' 'a b' '$(id)'`);
      expect(odd).toMatchObject({ code: 0, stdout: "[it's][][a b][$(id)]", stderr: going });
      expect(server.run(`${nobody} help`)).toMatchObject({ code: 0, stderr: "" });
      expect(server.run(`${nobody} down`)).toMatchObject({ code: 0 });
      server.run("rm -rf /run/sudo /var/lib/sudo; hostname phynode");
    });
  });

  test("it works with busybox alone, but for iproute2", () => {
    if (find("busybox") === "") return;
    const place = join(server.folder, "busybox");
    mkdirSync(place);
    const applets = spawnSync("busybox", ["--list"], { encoding: "utf8" }).stdout.split("\n");
    for (const name of applets) {
      if (/^[a-z0-9]+$/.test(name) && !["ip", "tc", "flock"].includes(name))
        symlinkSync(find("busybox"), join(place, name));
    }
    for (const name of ["ip", "tc", "flock"]) symlinkSync(find(name), join(place, name));
    const files = [
      ['/srv/q"\\\\\\t/x', 755, "r0", small, "nobody"],
      ['/srv/q"\\\\\\t/y', 640, "r0", small, "no-such"],
      ["/srv/foreign/y", 640, "r0", small, "-"],
    ];
    const lab = withFiles(files, { processes: [["r1", "p", "1", 5, "true"]] });
    server.run("mkdir /srv/foreign; chown daemon /srv/foreign");
    const bundle = bundleOf(lab);
    const usual = server.run(`sh ${bundle} check --json`);
    expect(usual.code).toBe(2);
    const busybox = server.run(`sh ${bundle} check --json`, { PATH: place });
    expect(busybox.stderr).toBe("");
    const rows = (out: string): readonly Row[] =>
      (JSON.parse(out) as { checks: readonly Row[] }).checks.filter(({ what }) => what !== "state folder");
    expect(rows(busybox.stdout)).toEqual(rows(usual.stdout));
    const tables = ["sh", "bash"].map((shell) =>
      server.run(`${shell} ${bundle} check`).stdout.replace(/\d+ MiB/, ""),
    );
    expect(tables[1]).toBe(tables[0]);
    expect(server.run(`sh ${bundle} check`, { PATH: place }).stdout.replace(/\d+ MiB/, "")).toBe(tables[0]);
  });
});

function clockWarning(server: Phynode): readonly string[] {
  const said = server.run("adjtimex --print 2>/dev/null || busybox adjtimex").stdout;
  return /return value\W+5/.test(said)
    ? ["clock: the clock is not synchronised; events and one-way delays over several servers need that"]
    : [];
}
