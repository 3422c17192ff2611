import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { node, sha256, type Tables, writeBundle } from "./payload.js";
import { dump, isRoot, type Phynode, startPhynode } from "./phynode.js";
import { contents, file, hook, idle, one, processLab, reader, run, uses, zero } from "./process-lab.js";
import { processState } from "./process-state.js";

describe.skipIf(!isRoot)("apply, of processes, stopped, failed and killed", () => {
  const { shell, folder, state, expectNothingLeft, bundle, on, good, up, apply, pids, log, expectAsAfterUp } =
    processLab();

  test("in a lab whose processes are stopped nothing starts, and start runs the new version", () => {
    const command = (word: string): Tables => run("says", `echo ${word}; exec sleep 1000`);
    bundle(command("old"), run("goes", idle));
    good("up --no-start");
    expect(apply(command("new"), run("comes", idle)).steps).toEqual([
      "write down that process r0/goes goes",
      "write down process r0/comes: the processes are stopped",
      "write down process r0/says: the processes are stopped",
    ]);
    expect(pids()).toEqual({});
    good("start");
    expect(log("r0/says")).toBe("new\n");
    expectAsAfterUp();
  });

  test("an apply that fails says where it stands, and goes on to either version", () => {
    const dies = "trap 'exit 3' TERM; sleep 1000 & wait";
    const old = [
      run("same", dies),
      run("changes", idle),
      run("goes", idle),
      file("/srv/disk/old.conf", zero),
    ];
    const more: Tables[] = [
      run("same", dies),
      run("changes", `${idle} # new`),
      file("/srv/disk/new.conf", one),
    ];
    shell("mkdir /srv/disk; mount -t tmpfs tmpfs /srv/disk");
    up(...old);
    const before = pids();
    bundle(...more, run("bad", "echo I cannot; exit 7"));
    const failed = on("apply");
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain(
      "process r0/bad exited with 7 right after its start; its log ends with:\n    I cannot\n",
    );
    expect(failed.stderr).toContain(
      "stopped while at: start processes; done before: setup.pre, stop processes",
    );
    expect(on("status").stdout).toContain("'apply' is at work or was interrupted");
    expect(apply(...old).said).toContain("applied in");
    expect(pids()["r0/same"]).toBe(before["r0/same"]);
    expectAsAfterUp();
    const again = pids();
    more.push({ setup: [["pre", "0001", "mount -o remount,ro /srv/disk"]] });
    bundle(...more);
    expect(on("apply")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("file /srv/disk/new.conf cannot be written"),
    });
    shell("mount -o remount,rw /srv/disk");
    apply(...more);
    expect(pids()["r0/same"]).toBe(again["r0/same"]);
    // The first keeper still speaks for its process, the second for the one that it has started anew.
    shell(`kill ${again["r0/same"]}; kill -KILL ${pids()["r0/changes"]}
      for name in same changes; do until [ -s /var/lib/dune/small/proc/r0/$name.exit ]; do sleep 0.1; done; done`);
    expect(on("status").stdout).toMatch(/r0\/changes +exited 137[\s\S]*r0\/same +exited 3/);
    good("down");
  });

  test("setup commands are run until they have succeeded, and then not again", () => {
    const commands = [
      ["pre", "echo first >>/srv/ran"],
      ["pre", "test -e /srv/fine"],
      ["pre", "echo second >>/srv/ran"],
      ["post", "echo third >>/srv/ran; test -e /srv/finer"],
      ["post", "echo fourth >>/srv/ran"],
    ];
    const more = { setup: commands.map(([when = "", command = ""], at) => [when, `000${at + 1}`, command]) };
    up();
    bundle(more);
    expect(on("apply").stderr).toContain("setup.pre exited with 1: test -e /srv/fine");
    // Only what has been done stays.
    expect(apply().said.match(/effects of a .*/g)).toEqual([
      "effects of a setup.pre command that is no longer there stay: echo first >>/srv/ran",
    ]);
    bundle(more);
    expect(on("apply").code).toBe(1);
    shell("touch /srv/fine");
    expect(on("apply").stderr).toContain("setup.post exited with 1");
    shell("touch /srv/finer");
    expect(apply(more).steps).toEqual([
      "setup.post: echo third >>/srv/ran; test -e /srv/finer",
      "setup.post: echo fourth >>/srv/ran",
    ]);
    expect(shell("tr '\\n' ' ' </srv/ran").stdout).toBe("first first second third third fourth ");
    expect(on("apply").stderr).toContain("nothing to do");
  });

  test("a process whose start was interrupted is started anew, until it is ready and its post_up is done", () => {
    const slow = (command: string): Tables[] => [
      { processes: [["r0", "slow", "-", 1, command]] },
      hook("slow", "ready", "test -e /srv/ready"),
      hook("slow", "post_up", "echo up >>/srv/post"),
      run("same", idle),
    ];
    shell("touch /srv/ready");
    up(...slow(idle));
    shell("rm /srv/ready /srv/post");
    const before = pids();
    bundle(...slow(`${idle} # new`));
    const killed = shell(`sh ${folder()}/server1.run apply >/dev/null 2>&1 & apply=$!
      until [ "$(cat /var/lib/dune/small/proc/r0/slow.pid)" -ne ${before["r0/slow"]} ]; do sleep 0.01; done 2>/dev/null
      kill -KILL "$apply"`);
    expect(killed.code).toBe(0);
    expect(on("apply").stderr).toContain("process r0/slow was not ready within 1 s");
    shell("touch /srv/ready");
    expect(apply(...slow(`${idle} # new`)).steps).toEqual([
      "restart process r0/slow: its start was interrupted",
    ]);
    expect(shell("cat /srv/post").stdout).toBe("up\n");
    expect(pids()["r0/same"]).toBe(before["r0/same"]);
    expect(on("apply").stderr).toContain("nothing to do");
  });

  test("a process of which nobody knows what it has read is told to read it again", () => {
    const told = "test ! -e /srv/no1 && cp /srv/app.conf /srv/loaded && test ! -e /srv/no2";
    const version = (sum: string): Tables[] => [
      file("/srv/app.conf", sum),
      file("/srv/other.conf", zero),
      run("told", "cp /srv/app.conf /srv/loaded; exec sleep 1000"),
      uses("told", "/srv/app.conf", sum),
      hook("told", "reload", told),
    ];
    up(...version(zero));
    const before = pids();
    bundle(...version(one));
    shell("touch /srv/no2");
    expect(on("apply").stderr).toContain("reload of process r0/told exited with 1");
    bundle(...version(zero));
    shell("touch /srv/no1; rm /srv/no2");
    expect(on("apply").stderr).toContain("reload of process r0/told exited with 1");
    shell("rm /srv/no1");
    expect(apply(...version(zero)).steps).toEqual([
      "reload process r0/told: nobody knows which files it has read",
    ]);
    expect(shell("cat /srv/loaded").stdout).toBe("zero\n");
    // It may have read what somebody has written; the file is made right again before the apply fails.
    shell(`echo mine >/srv/app.conf; cp /srv/app.conf /srv/loaded
      echo >/srv/no3; mount --bind /srv/no3 /srv/other.conf`);
    expect(on("apply").stderr).toContain("file /srv/other.conf cannot be written");
    shell("umount /srv/other.conf");
    expect(apply(...version(zero)).steps).toEqual([
      "reload process r0/told: nobody knows which files it has read",
    ]);
    expect(shell("cat /srv/loaded /srv/app.conf").stdout).toBe("zero\nzero\n");
    expect(pids()).toEqual(before);
    expect(on("apply").stderr).toContain("nothing to do");
  });

  test("after a SIGKILL at any step apply goes on, and down takes all away", () => {
    const version = (word: string, sum: string, ...tables: readonly Tables[]): Tables[] => [
      file("/srv/app.conf", sum),
      file(`/srv/${word}/own.conf`, sum),
      run("changes", `exec sleep 1000 # ${word}`),
      run("reads", reader("/srv/app.conf")),
      uses("reads", "/srv/app.conf", sum),
      hook("reads", "ready", "sleep 0.1"),
      run("told", idle),
      uses("told", "/srv/app.conf", sum),
      hook("told", "reload", "sleep 0.1"),
      run(`only-${word}`, idle),
      hook(`only-${word}`, "pre_down", "sleep 0.1"),
      ...tables,
    ];
    const exec = ["sleep 0.1", "sleep 0.2"].map((command, at) => ["r0", `000${at + 1}`, 5, command]);
    const versions = {
      old: version("old", zero, { exec: exec.slice(0, 1) }),
      new: version("new", one, { exec }),
    };
    up(...versions.new);
    const wanted = { old: "", new: state() };
    good("down");
    up(...versions.old);
    wanted.old = state();
    const kill = (to: keyof typeof versions, said: string): void => {
      bundle(...versions[to]);
      const killed = shell(`sh ${folder()}/server1.run apply 2>/srv/said & apply=$!
        until grep -q '${said}$' /srv/said; do sleep 0.01; done; kill -KILL "$apply"; rm /srv/said`);
      expect(killed.code).toBe(0);
    };
    for (const [to, said, end] of [
      ["new", "1 process stopped", "new"],
      ["old", "2 files", "old"],
      ["new", "reload: 1 process", "old"],
      ["new", "3 processes", "new"],
    ] as const) {
      kill(to, said);
      bundle(...versions[end]);
      good("apply");
      expect(state().split("\n")).toEqual(wanted[end].split("\n"));
    }
    kill("old", "exec in 1 node");
    expect(on("status").stdout).toContain("'apply' is at work or was interrupted");
    good("down");
    expectNothingLeft();
  });
});

describe.skipIf(!isRoot)("apply, where the server has no cgroups", () => {
  let server: Phynode;
  beforeAll(() => {
    server = startPhynode();
  });
  afterAll(() => server.stop());

  test("processes that hide their environment, and nodes that go", () => {
    const empty = dump(server);
    const hidden = (seconds: number, on: string): Tables =>
      run(`hides${seconds}`, `exec env -i /bin/sh -c 'sleep ${seconds} & sleep ${seconds}'`, "-", on);
    const write = (...tables: readonly Tables[]): string =>
      writeBundle(server.folder, {
        lab: "small",
        phynode: "server1",
        tables,
        contents,
        keys: { digest: sha256(JSON.stringify(tables)) },
      });
    const sleeps = (): string =>
      server.run("pgrep -af '^sleep 43' | cut -d ' ' -f 3 | sort | uniq -c | tr -s ' '").stdout;
    const away: Tables = {
      private: [["r1", "/srv/own", "-", "-"]],
      exec: [["r1", "0001", 5, "(sleep 4304 &)"]],
    };
    const bundle = write(
      node("r0"),
      node("r1"),
      hidden(4301, "r0"),
      hidden(4302, "r0"),
      hidden(4303, "r1"),
      away,
    );
    expect(server.run(`sh ${bundle} up`).code).toBe(0);
    expect(sleeps()).toBe(" 2 4301\n 2 4302\n 2 4303\n 1 4304\n");
    const before = server.run("cat /var/lib/dune/small/proc/r0/hides4302.pid").stdout;
    write(node("r0"), run("hides4301", "exec env -i sleep 4305"), hidden(4302, "r0"));
    const steps = server.run(`sh ${bundle} apply --dry-run`).stdout.split("\n");
    expect(steps).toEqual(
      expect.arrayContaining(["stop process r1/hides4303: node r1 goes", "remove the folders of node r1"]),
    );
    expect(server.run(`sh ${bundle} apply`)).toMatchObject({ code: 0 });
    expect(sleeps()).toBe(" 2 4302\n 1 4305\n");
    expect(server.run("cat /var/lib/dune/small/proc/r0/hides4302.pid").stdout).toBe(before);
    const applied = processState(server);
    expect(server.run(`sh ${bundle} down && sh ${bundle} up`).code).toBe(0);
    expect(applied.split("\n")).toEqual(processState(server).split("\n"));
    expect(server.run(`sh ${bundle} down --purge`).code).toBe(0);
    expect(dump(server)).toBe(empty);
  });
});
