import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Tables, text, writeBundle } from "./payload.js";
import { dump, isRoot, type Phynode, startPhynode } from "./phynode.js";
import { pair, process, smallLab } from "./small-lab.js";

/** What is hostile to a shell that would evaluate it once more than it should. */
const hostile =
  "a b'\"\\ $(touch /srv/evil) `touch /srv/evil` ; touch /srv/evil & | > /srv/evil\n-n\t%s\\n{}";

describe.skipIf(!isRoot)("processes and commands", () => {
  let server: Phynode;
  beforeAll(() => {
    server = startPhynode();
  });
  afterAll(() => server.stop());
  afterEach(() => {
    server.run(`for bundle in ${server.folder}/*.run; do sh "$bundle" down; done`);
  });

  const log = (name: string): string => server.run(`cat /var/lib/dune/small/log/r0/${name}.log`).stdout;
  const up = (...tables: readonly Tables[]): string => {
    const bundle = writeBundle(server.folder, smallLab(...tables));
    const outcome = server.run(`sh ${bundle} up`);
    expect(outcome.stderr).toContain("dune: server1: up: ");
    expect(outcome.code).toBe(0);
    return bundle;
  };
  const processes = (bundle: string): unknown =>
    JSON.parse(server.run(`sh ${bundle} status --json`).stdout).processes;

  test("a process has its node, its directory, its environment, and nothing else", () => {
    const bundle = up(
      process(
        "shown",
        "env; pwd; ip -brief link show eth0; ls -l /proc/self/fd; cat; grep SigIgn /proc/self/status",
      ),
      {
        environment: [
          ["r0", "shown", "EMPTY", "-"],
          ["r0", "shown", "ODD", text(hostile)],
        ],
        exec: [["r0", "0001", 5, "env"]],
      },
    );
    const [said, seen] = [log("shown"), log("+exec")];
    expect(said).toContain(`ODD=${hostile}\n`);
    expect(said).toContain("\nEMPTY=\n");
    expect(said).toContain("DUNE_PROC=small/r0/shown\n");
    expect(said).toContain("PATH=/var/lib/dune/small/payload/bin:/usr/sbin:/usr/bin:/sbin:/bin\n");
    expect(said).toContain("\n/var/lib/dune/small/root\n");
    expect(said).toContain("02:00:00:00:00:01");
    expect(said).toMatch(/SigIgn:\s0+\n/);
    // 3 is the folder that `ls` reads. A POSIX shell cannot close what its own caller left open above 9.
    const open = [...said.matchAll(/ (\d+) -> /g)].map((match) => Number(match[1]));
    expect(open.filter((descriptor) => descriptor < 10)).toEqual([0, 1, 2, 3]);
    expect(said).toMatch(/ 0 -> \/dev\/null/);
    expect(
      seen
        .split("\n")
        .map((line) => line.split("=")[0])
        .sort(),
    ).toEqual(["", "DUNE_PROC", "DUNE_RUN", "HOME", "LC_ALL", "PATH", "PWD"].sort());
    expect(processes(bundle)).toMatchObject([{ name: "shown", state: "finished", code: 0 }]);
    server.run(`sh ${bundle} down`);
  });

  test("hostile texts in commands and hooks are carried as they are", () => {
    const quoted = `'${hostile.replaceAll("'", "'\\''")}'`;
    const bundle = up(process("printed", text(`printf %s ${quoted}; exec sleep 1000`)), {
      exec: [["r0", "0001", 5, text(`printf %s ${quoted}`)]],
      hooks: [["r0", "printed", "post_up", "0001", text(`printf %s ${quoted} >/srv/hook`)]],
      setup: [["pre", "0001", text(`printf %s ${quoted} >/srv/setup`)]],
    });
    expect(log("+exec")).toBe(hostile);
    expect(log("printed")).toBe(hostile);
    expect(server.run("cat /srv/hook").stdout).toBe(hostile);
    expect(server.run("cat /srv/setup").stdout).toBe(hostile);
    expect(server.run("ls /srv").stdout).toBe("hook\nsetup\n");
    server.run(`sh ${bundle} down; rm /srv/hook /srv/setup`);
  });

  test("runs on its core, and everything else beside it", () => {
    const cores = server.run("cat /sys/devices/system/cpu/online").stdout.trim();
    if (cores === "0") return;
    const allowed = "grep Cpus_allowed_list /proc/self/status";
    const pinned = { processes: [["r0", "pinned", "1", 5, `${allowed}; exec sleep 1000`] as const] };
    const bundle = up(pinned, { exec: [["r0", "0001", 5, allowed]] });
    expect(log("pinned")).toMatch(/\s1\n/);
    expect(server.run(`sh ${bundle} exec r0 -- sh -c '${allowed}'`).stdout).not.toMatch(/[\s,]1(,|\n)/);
    expect(processes(bundle)).toMatchObject([{ state: "running", cores: [1] }]);
    server.run(`sh ${bundle} down`);
  });

  test("a daemon that forks away is running, and is stopped with its children", () => {
    const before = dump(server);
    const daemon =
      "(setsid sh -c 'trap \"\" TERM HUP; sleep 1001 & while :; do sleep 1; done' >/dev/null 2>&1 &) ; exit 0";
    const bundle = up(process("daemon", daemon));
    expect(processes(bundle)).toMatchObject([{ state: "running", code: 0 }]);
    expect(server.run(`sh ${bundle} down`).code).toBe(0);
    expect(dump(server)).toBe(before);
  });

  test("a process that hides its environment is stopped because it is in the node", () => {
    const before = dump(server);
    const bundle = up(process("hidden", "exec env -i /bin/sleep 1000"));
    expect(processes(bundle)).toMatchObject([{ state: "running", code: null }]);
    expect(server.run(`sh ${bundle} down`).code).toBe(0);
    expect(dump(server)).toBe(before);
  });

  test("ready comes before post_up; pre_down, down and TERM in this order", () => {
    const note = (what: string): string => `echo ${what} >>/srv/order`;
    const bundle = up(
      process(
        "p",
        `trap '${note("term")}; exit' TERM; sleep 0.5; ${note("started")}; while :; do sleep 0.1; done`,
      ),
      {
        hooks: [
          ["r0", "p", "ready", "0001", "grep -q started /srv/order"],
          ["r0", "p", "post_up", "0001", note("first")],
          ["r0", "p", "post_up", "0002", note("second")],
          ["r0", "p", "pre_down", "0001", note("pre_down")],
          ["r0", "p", "down", "0001", note("down")],
          ["r0", "p", "down", "0002", "exit 5"],
        ],
      },
    );
    expect(server.run("cat /srv/order").stdout).toBe("started\nfirst\nsecond\n");
    const down = server.run(`sh ${bundle} down`);
    expect(down.stderr).toContain("down of process r0/p exited with 5: exit 5");
    expect(down.code).toBe(0);
    expect(server.run("cat /srv/order; rm /srv/order").stdout).toBe(
      "started\nfirst\nsecond\npre_down\ndown\nterm\n",
    );
  });

  test("post_up is tried again while there is no ready", () => {
    const bundle = up(process("p", "sleep 1; touch /srv/there; sleep 1000"), {
      hooks: [["r0", "p", "post_up", "0001", "test -e /srv/there"]],
    });
    server.run(`sh ${bundle} down; rm /srv/there`);
  });

  test("two labs side by side, and a process of each is only its own lab's", () => {
    const bundle = up(process("idle", "sleep 1000"));
    const rename = (value: string | number): string | number =>
      value === "r0" || value === "r1" ? `z${value}` : value;
    const tables = [...pair, process("idle", "sleep 1000")].map((table) =>
      Object.fromEntries(
        Object.entries(table).map(([name, rows]) => [name, rows.map((row) => row.map(rename))]),
      ),
    );
    const other = writeBundle(server.folder, { lab: "small-2", phynode: "server2", tables });
    expect(server.run(`sh ${other} up`).code).toBe(0);
    expect(server.run(`sh ${other} down`).code).toBe(0);
    expect(server.run(`sh ${bundle} status`).code).toBe(0);
    expect(server.run(`sh ${bundle} down`).code).toBe(0);
  });

  test("without netem up refuses and says which links, with --degrade it goes on and says so", () => {
    const probe = server.run(
      "ip netns add probe; ip netns exec probe tc qdisc add dev lo root netem delay 1ms; code=$?; ip netns del probe; exit $code",
    );
    const lab = smallLab({
      qdiscs: [["r0", "eth0", 10_000_000, 20_000, "delay 5ms limit 1100", "-"]],
    });
    const bundle = writeBundle(server.folder, lab);
    const plain = server.run(`sh ${bundle} up`);
    if (probe.code === 0) {
      expect(server.run(`sh ${bundle} exec r0 -- tc qdisc`).stdout).toMatch(
        /netem 1: dev eth0 root.*\n.*tbf 2: dev eth0 parent 1:1/,
      );
      server.run(`sh ${bundle} down`);
      return;
    }
    expect(plain.code).toBe(2);
    expect(plain.stderr).toContain("the kernel has no netem, which gives delay, jitter and loss to r0:eth0");
    const degraded = server.run(`sh ${bundle} up --degrade`);
    expect(degraded.code).toBe(0);
    expect(degraded.stderr).toContain("warning: not shaped, because the kernel has no netem: r0:eth0");
    expect(server.run(`sh ${bundle} exec r0 -- tc qdisc`).stdout).toContain("tbf 2: dev eth0 root");
    const status = server.run(`sh ${bundle} status --json`);
    expect(status.code).toBe(0);
    expect(JSON.parse(status.stdout)).toMatchObject({
      degraded: true,
      links: [
        { netns: "r0", state: "not shaped" },
        { netns: "r1", state: "up" },
      ],
    });
    server.run(`sh ${bundle} down`);
  });
});
