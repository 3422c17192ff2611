import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Tables, writeBundle } from "./payload.js";
import { dump, hasCgroups, isRoot, type Phynode, startPhynode } from "./phynode.js";
import { process, smallLab } from "./small-lab.js";

describe.skipIf(!isRoot)("start and stop", () => {
  let server: Phynode;
  beforeAll(() => {
    server = startPhynode();
  });
  afterAll(() => server.stop());
  afterEach(() => {
    server.run(`for bundle in ${server.folder}/*.run; do sh "$bundle" down --purge; done`);
  });

  const make = (...tables: readonly Tables[]): string => writeBundle(server.folder, smallLab(...tables));
  const on = (bundle: string, command: string) => server.run(`sh ${bundle} ${command}`);
  const states = (bundle: string): Record<string, string> => {
    const { processes } = JSON.parse(on(bundle, "status --json").stdout);
    return Object.fromEntries(
      processes.map((each: { name: string; state: string }) => [each.name, each.state]),
    );
  };
  const running = (what: string): number => Number(server.run(`pgrep -c -x -f '${what}'`).stdout);

  test("up --no-start makes the network alone, start the processes, stop ends them, start begins anew", () => {
    const bundle = make(process("idle", "echo begun; exec sleep 4321"), process("once", "true"), {
      hooks: [
        ["r0", "idle", "post_up", "0001", "echo hello"],
        ["r0", "idle", "pre_down", "0001", "echo bye"],
      ],
      exec: [["r0", "0001", 5, "echo only once"]],
    });
    const before = dump(server);
    const up = on(bundle, "up --no-start");
    expect(up.stderr).toContain("2 nodes, 1 link, 2 processes not started");
    expect(up.code).toBe(0);
    expect(running("sleep 4321")).toBe(0);
    expect(on(bundle, "stop")).toMatchObject({ code: 0, stderr: expect.stringContaining("nothing to stop") });
    expect(on(bundle, "exec r0 -- ping -c 1 -W 2 10.0.0.2").code).toBe(0);
    for (let round = 0; round < 2; round++) {
      const start = on(bundle, "start");
      expect(start.stderr).toContain("started: 2 processes");
      expect(start.code).toBe(0);
      expect(running("sleep 4321")).toBe(1);
      expect(states(bundle)).toEqual({ idle: "running", once: "finished" });
      expect(on(bundle, "start")).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("started already"),
      });
      expect(on(bundle, "stop").code).toBe(0);
      expect(running("sleep 4321")).toBe(0);
    }
    expect(server.run("cat /var/lib/dune/small/log/r0/idle.log").stdout).toBe(
      "begun\nhello\nbye\nbegun\nhello\nbye\n",
    );
    expect(server.run("cat /var/lib/dune/small/log/r0/+exec.log").stdout).toBe("only once\n");
    expect(on(bundle, "down").code).toBe(0);
    expect(dump(server)).toBe(before);
  });

  test("where start fails the processes are stopped again, and the network stays", () => {
    const bundle = make(
      process("idle", "exec sleep 4322"),
      process("broken", "[ -e /srv/allowed ] || exit 7"),
    );
    expect(on(bundle, "up --no-start").code).toBe(0);
    const start = on(bundle, "start");
    expect(start.stderr).toContain("process r0/broken exited with 7 right after its start");
    expect(start.code).toBe(1);
    expect(running("sleep 4322")).toBe(0);
    server.run("touch /srv/allowed");
    expect(on(bundle, "start").code).toBe(0);
    expect(running("sleep 4322")).toBe(1);
    server.run("rm /srv/allowed");
  });

  test("start after a start that was killed ends what that one left", () => {
    const bundle = make(process("idle", "exec sleep 4323"), {
      hooks: [["r0", "idle", "post_up", "0001", "sleep 1"]],
    });
    expect(on(bundle, "up --no-start").code).toBe(0);
    server.run(`sh ${bundle} start >/dev/null 2>&1 & start=$!; sleep 0.7; kill -KILL $start; wait $start`);
    expect(on(bundle, "start")).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("started: 1 process"),
    });
    expect(running("sleep 4323")).toBe(1);
    expect(states(bundle)).toEqual({ idle: "running" });
  });

  test("neither start nor stop touches what a user does in a node", () => {
    const bundle = make(process("idle", "exec sleep 4324"));
    expect(on(bundle, "up").code).toBe(0);
    server.run(`setsid sh ${bundle} exec r0 -- sleep 4325 >/dev/null 2>&1 & sleep 0.5`);
    expect(on(bundle, "stop").code).toBe(0);
    expect([running("sleep 4324"), running("sleep 4325")]).toEqual([0, 1]);
    expect(on(bundle, "down").code).toBe(0);
    expect(running("sleep 4325")).toBe(0);
  });

  test("start and stop of a lab that is not up say so", () => {
    const bundle = make();
    for (const command of ["start", "stop"])
      expect(on(bundle, command)).toMatchObject({ code: 1, stderr: expect.stringContaining("not up") });
  });

  test("status tells how a process ended long after its start", () => {
    const bundle = make(process("later", "sleep 6; exit 9"), process("killed", "exec sleep 4326"));
    expect(on(bundle, "up").code).toBe(0);
    server.run("pkill -KILL -x -f 'sleep 4326'; sleep 8");
    const { processes } = JSON.parse(on(bundle, "status --json").stdout);
    expect(processes).toMatchObject([
      { name: "killed", state: "exited", code: 137 },
      { name: "later", state: "exited", code: 9 },
    ]);
  }, 40_000);

  test("of a log that grows large the last part stays", () => {
    const write = (mib: number): string => `head -c ${mib}000000 /dev/zero | tr '\\\\0' a; echo; echo first`;
    const bundle = make(process("chatty", `${write(60)}; sleep 9; echo last; exec sleep 4327`), {
      exec: [["r0", "0001", 20, write(40)]],
    });
    expect(on(bundle, "up").code).toBe(0);
    const sizes = "cd /var/lib/dune/small/log/r0; stat -c %s +exec.log +exec.log.1";
    expect(server.run(sizes).stdout).toBe("0\n16777216\n");
    server.run("sleep 13");
    expect(server.run("stat -c %s /var/lib/dune/small/log/r0/chatty.log.1").stdout).toBe("16777216\n");
    const both = "cd /var/lib/dune/small/log/r0; cat chatty.log.1 chatty.log";
    expect(server.run(`${both} | tail -c 13`).stdout).toBe("a\nfirst\nlast\n");
    expect(server.run("du -sk /var/lib/dune/small/log | cut -f 1").stdout).toMatch(/^3[23]\d{3}\n$/);
    expect(on(bundle, "down --purge").code).toBe(0);
    expect(server.run("ls /var/lib").stdout).toBe("");
  }, 40_000);
});

describe.skipIf(!isRoot || !hasCgroups)("where the server has cgroup v2", () => {
  let server: Phynode;
  beforeAll(() => {
    server = startPhynode();
    server.run("mount -t cgroup2 none /sys/fs/cgroup");
  });
  afterAll(() => server.stop());

  test("stop finds a daemon that has left its environment and its parents", () => {
    const daemon = "env -i setsid -f sleep 4328";
    const small = smallLab(process("daemon", daemon), process("other", "sleep 4329"));
    const bundle = writeBundle(server.folder, { ...small, lab: "grouped" });
    const before = dump(server);
    const cgroups = "find /sys/fs/cgroup -name 'dune.grouped.*'";
    const list = "find /sys/fs/cgroup/dune.grouped.* -type d -printf '%f\\n' | sort | tail -n +1";
    expect(server.run(cgroups).stdout).toBe("");
    expect(server.run(`sh ${bundle} up`).code).toBe(0);
    expect(server.run(list).stdout).toContain("\nr0:daemon\nr0:other\n");
    const { processes } = JSON.parse(server.run(`sh ${bundle} status --json`).stdout);
    const pid = Number(server.run("pgrep -x -f 'sleep 4328'").stdout);
    expect(processes[0]).toMatchObject({ name: "daemon", state: "running", pids: [pid] });
    expect(server.run(`sh ${bundle} stop`).code).toBe(0);
    expect(server.run("pgrep -x -f 'sleep 432[89]'").stdout).toBe("");
    expect(server.run(cgroups).stdout).toBe("");
    expect(server.run(`sh ${bundle} start; sh ${bundle} down`).code).toBe(0);
    expect(server.run(cgroups).stdout).toBe("");
    expect(dump(server)).toBe(before);
  });
});
