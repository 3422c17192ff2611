import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type HandMadeLab, node, sha256, type Tables, text, writeBundle } from "./payload.js";
import { dump, hasCgroups, isRoot, type Outcome, type Phynode, startPhynode } from "./phynode.js";
import { processState } from "./process-state.js";
import { smallLab } from "./small-lab.js";

const contents = ["zero\n", "one\n", "two\n", "three\n"];
const [zero, one, two] = contents.map(sha256) as [string, string, string];

/** A process that says what it reads when it starts. */
const reader = (path: string): string => `trap '' HUP; cat ${path}; echo "$WORDS"; exec sleep 1000`;
const idle = "exec sleep 1000";

const file = (path: string, sum: string, mode = 644, owner = "-"): Tables => ({
  files: [[path, mode, "r0", sum, owner]],
});
const uses = (name: string, path: string, sum: string): Tables => ({ uses: [["r0", name, path, sum]] });
const run = (name: string, command: string, cores: string | number = "-", on = "r0"): Tables => ({
  processes: [[on, name, cores, 5, text(command)]],
});
const env = (name: string, value: string): Tables => ({ environment: [["r0", name, "WORDS", value]] });
const hook = (name: string, kind: string, command: string): Tables => ({
  hooks: [["r0", name, kind, "0001", text(command)]],
});

describe.skipIf(!isRoot)("apply, of processes and files", () => {
  let server: Phynode;
  let empty: string;
  beforeAll(() => {
    server = startPhynode({ cgroups: hasCgroups });
    empty = dump(server);
  });
  afterAll(() => server.stop());
  afterEach(() => {
    server.run(`sh ${server.folder}/server1.run down --purge
      ! mountpoint -q /srv/disk || umount /srv/disk; rm -rf /srv/*`);
    expect(dump(server)).toBe(empty);
  });

  const bundle = (...tables: readonly Tables[]): string => make({ ...smallLab(...tables), contents });
  const make = (lab: HandMadeLab): string => {
    const keys = { ...lab.keys, digest: sha256(JSON.stringify(lab)) };
    return writeBundle(server.folder, { ...lab, keys });
  };
  const on = (command: string): Outcome => server.run(`sh ${server.folder}/server1.run ${command}`);
  const good = (command: string): Outcome => {
    const outcome = on(command);
    expect(`${outcome.stderr}${outcome.stdout}`.concat(` code ${outcome.code}`)).toMatch(/ code 0$/);
    return outcome;
  };
  const up = (...tables: readonly Tables[]): void => {
    bundle(...tables);
    good("up");
  };
  /** The steps that a dry run names, and then they are carried out. */
  const apply = (...tables: readonly Tables[]): { readonly steps: string[]; readonly said: string } => {
    bundle(...tables);
    const steps = good("apply --dry-run").stdout.split("\n").filter(Boolean);
    const { stderr } = good("apply");
    expect(JSON.parse(on("status --json").stdout).drift).toEqual([]);
    return { steps, said: stderr };
  };
  /** By `node/process` the number that it was started with. */
  const pids = (): Record<string, string> => {
    const numbers = server
      .run("cd /var/lib/dune/small/proc; grep -H . */*.pid")
      .stdout.split("\n")
      .filter(Boolean);
    return Object.fromEntries(numbers.map((line) => line.split(".pid:") as [string, string]));
  };
  const log = (name: string): string => server.run(`cat /var/lib/dune/small/log/${name}.log`).stdout;
  /** Applied, the lab is what `down` and `up` of the same tables make of it. */
  const expectAsAfterUp = (whenDown = (): void => undefined): void => {
    const applied = processState(server);
    good("down");
    whenDown();
    good("up");
    expect(applied.split("\n")).toEqual(processState(server).split("\n"));
  };

  test("of each process only what it is made of makes it start anew", () => {
    const commands = (changed: string): Tables[] => [
      run("command", changed === "all" ? `${idle} # other` : idle),
      run("cores", idle, changed === "all" ? 1 : 0),
      run("environ", reader("/dev/null")),
      env("environ", changed === "all" ? "second" : "first"),
      run("same", idle),
      run("hooked", idle),
      hook("hooked", "pre_down", `echo ${changed}`),
      run("sibling", "sleep 0.1; exec sleep 1000"),
    ];
    up(...commands("none"), run("goes", idle), hook("goes", "pre_down", "echo went"));
    const before = pids();
    const { steps, said } = apply(...commands("all"), run("comes", "cat /srv/none; exec sleep 1000"));
    const after = pids();
    for (const name of ["r0/same", "r0/hooked", "r0/sibling"]) expect(after[name]).toBe(before[name]);
    for (const name of ["r0/command", "r0/cores", "r0/environ"]) expect(after[name]).not.toBe(before[name]);
    expect(Object.keys(after)).not.toContain("r0/goes");
    expect(steps).toEqual([
      "stop process r0/goes: it goes",
      "write down process r0/hooked: only how it is handled changed",
      "restart process r0/command: its command changed",
      "restart process r0/cores: its cores changed",
      "restart process r0/environ: its environment changed",
      "start process r0/comes: it is new",
    ]);
    expect(said).toContain("3 processes restarted, 1 process started, 1 process stopped");
    expect(log("r0/goes")).toBe("went\n");
    // The log goes on behind what the one before has said.
    expect(log("r0/environ")).toBe("first\nsecond\n");
    expectAsAfterUp(() => expect(log("r0/hooked")).toBe("all\n"));
  });

  test("files: users are restarted or reloaded by content alone, the rest is left alone", () => {
    const files = (sum: string, mode: number): Tables[] => [
      file("/srv/used/app.conf", sum),
      file("/srv/told.conf", sum),
      file("/srv/nobodys.conf", sum),
      file("/srv/mode.conf", zero, mode, mode === 600 ? "7:8" : "-"),
      file("relative.conf", sum),
      run("reads", reader("/srv/used/app.conf")),
      uses("reads", "/srv/used/app.conf", sum),
      run("told", reader("/srv/told.conf")),
      uses("told", "/srv/told.conf", sum),
      hook("told", "reload", `cat /srv/told.conf; echo told by "$DUNE_PROC"`),
      run("mode", reader("/srv/mode.conf")),
      uses("mode", "/srv/mode.conf", zero),
      run("same", idle),
    ];
    up(
      ...files(zero, 644),
      file("/srv/gone/away.conf", zero),
      run("keeps", idle),
      uses("keeps", "/srv/gone/away.conf", zero),
    );
    const before = pids();
    const { steps } = apply(...files(one, 600), file("/srv/new/one.conf", two), run("keeps", idle));
    const after = pids();
    expect(steps).toEqual([
      "file /srv/mode.conf, mode 600",
      "file /srv/new/one.conf, mode 644",
      "file /srv/nobodys.conf, mode 644",
      "file /srv/told.conf, mode 644",
      "file /srv/used/app.conf, mode 644",
      "file /var/lib/dune/small/root/relative.conf, mode 644",
      "reload process r0/told: file /srv/told.conf changed",
      "restart process r0/keeps: file /srv/gone/away.conf changed",
      "restart process r0/reads: file /srv/used/app.conf changed",
      "remove file /srv/gone/away.conf",
    ]);
    for (const name of ["r0/told", "r0/mode", "r0/same"]) expect(after[name]).toBe(before[name]);
    expect(after["r0/reads"]).not.toBe(before["r0/reads"]);
    expect(log("r0/reads")).toBe("zero\n\none\n\n");
    expect(log("r0/told")).toBe("zero\n\none\ntold by small/r0/told\n");
    expect(server.run("stat -c '%a %u:%g' /srv/mode.conf; ls /srv").stdout).toBe(
      "600 7:8\nmode.conf\nnew\nnobodys.conf\ntold.conf\nused\n",
    );
    expectAsAfterUp();
  });

  test("what somebody has changed by hand is made right again and kept; a process that died is started", () => {
    const tables = [
      file("/srv/app.conf", zero),
      file("/srv/gone.conf", zero),
      file("/srv/mode.conf", zero, 640),
      run("reads", reader("/srv/app.conf")),
      uses("reads", "/srv/app.conf", zero),
      run("dies", "trap 'exit 3' TERM; while :; do sleep 0.1; done"),
      run("gone", idle),
      run("same", idle),
    ];
    up(...tables);
    const before = pids();
    const { signal, ...named } = {
      signal: "TERM",
      dies: before["r0/dies"],
      gone: before["r0/gone"],
    };
    server.run(`echo mine >/srv/app.conf; rm /srv/gone.conf; chmod 666 /srv/mode.conf; kill -${signal} ${named.dies}; kill -KILL ${named.gone}
      until [ -s /var/lib/dune/small/proc/r0/dies.exit ] && [ -s /var/lib/dune/small/proc/r0/gone.exit ]; do sleep 0.1; done`);
    const off = JSON.parse(on("status --json").stdout).drift as { text: string }[];
    expect(off.map((one) => one.text)).toEqual(
      expect.arrayContaining([
        "file /srv/app.conf: its content was changed",
        "file /srv/gone.conf: it is not there",
        "file /srv/mode.conf: its mode is 666, wanted 640",
      ]),
    );
    const { steps, said } = apply(...tables);
    expect(steps).toEqual([
      "keep a copy of file /srv/app.conf, which was changed by hand",
      "file /srv/app.conf, mode 644",
      "file /srv/gone.conf, mode 644",
      "file /srv/mode.conf, mode 640",
      "restart process r0/dies: it has exited with 3",
      "restart process r0/gone: it has exited with 137",
      "restart process r0/reads: file /srv/app.conf was changed by hand",
    ]);
    const kept = "/var/lib/dune/small/log/r0/+changed/srv/app.conf";
    expect(said).toContain(`file /srv/app.conf was changed by hand; what stood there is kept as ${kept}`);
    expect(server.run(`cat ${kept} /srv/app.conf /srv/gone.conf`).stdout).toBe("mine\nzero\nzero\n");
    expect(pids()["r0/same"]).toBe(before["r0/same"]);
    expect(on("apply").stderr).toContain("nothing to do");
    // Also where another version replaces it, or takes it away.
    server.run("echo again >/srv/app.conf; echo theirs >/srv/gone.conf");
    apply(file("/srv/app.conf", one), run("same", idle));
    expect(server.run(`cat ${kept}.1 /var/lib/dune/small/log/r0/+changed/srv/gone.conf`).stdout).toBe(
      "again\ntheirs\n",
    );
  });

  test("exec: what is appended is run alone, what is changed makes the node anew", () => {
    const say = (...words: readonly string[]): Tables => ({
      exec: words.map((word, index) => [
        "r0",
        `000${index + 1}`,
        5,
        text(`echo ${word}; cat /srv/exec.conf`),
      ]),
      uses: [["r0", ".exec", "/srv/exec.conf", zero]],
    });
    const rest = [file("/srv/exec.conf", zero), run("idle", idle), run("far", idle, "-", "r1")];
    up(...rest, say("first", "second"));
    const before = pids();
    expect(apply(...rest, say("first", "second", "third")).steps).toEqual([
      "exec in r0, within 5 s: echo third; cat /srv/exec.conf",
    ]);
    expect(pids()).toEqual(before);
    expect(log("r0/+exec")).toBe("first\nzero\nsecond\nzero\nthird\nzero\n");
    const { steps } = apply(...rest, say("first", "third"));
    expect(steps).toEqual(
      expect.arrayContaining([
        "node r0 is made anew: its exec commands changed",
        "stop process r0/idle: node r0 is made anew",
        "start process r0/idle: node r0 is made anew",
      ]),
    );
    const after = pids();
    expect(after["r1/far"]).toBe(before["r1/far"]);
    expect(after["r0/idle"]).not.toBe(before["r0/idle"]);
    // A file that has been run with, in other words.
    const other = { ...say("first", "third"), uses: [["r0", ".exec", "/srv/exec.conf", one]] } as const;
    expect(apply(file("/srv/exec.conf", one), run("far", idle, "-", "r1"), other).steps).toContain(
      "node r0 is made anew: its exec commands use /srv/exec.conf, which changed",
    );
    expect(pids()).toEqual({ "r1/far": before["r1/far"] });
    expectAsAfterUp();
  });

  test("private folders and files in /etc are a node's own, and all its processes see the new ones", () => {
    const show = "cat /srv/own/app.conf; touch /srv/own/there; exec sleep 1000";
    const both = [run("shows", show), run("other", idle), run("far", idle, "-", "r1")];
    const own = (path: string, mode: number | "-", sum: string): Tables[] => [
      { private: [["r0", path, mode, "-"]] },
      file("/srv/own/app.conf", sum),
    ];
    up(...both, ...own("/srv/own", "-", zero));
    const before = pids();
    // What is in the folder is written live.
    expect(apply(...both, ...own("/srv/own", "-", one)).steps).toEqual([
      "file /var/lib/dune/small/private/r0/srv/own/app.conf, mode 644",
    ]);
    expect(pids()).toEqual(before);
    expect(on("exec r0 -- cat /srv/own/app.conf").stdout).toBe("one\n");
    apply(...both, ...own("/srv/own", 750, one), { private: [["r0", "/srv/more", "-", "-"]] });
    const after = pids();
    expect(after["r1/far"]).toBe(before["r1/far"]);
    for (const name of ["r0/shows", "r0/other"]) expect(after[name]).not.toBe(before[name]);
    expect(on("exec r0 -- stat -c %a /srv/own /srv/more").stdout).toBe("750\n755\n");
    server.run(`mkdir /srv/.up /srv/.work
      mount -t overlay overlay -o lowerdir=/etc,upperdir=/srv/.up,workdir=/srv/.work /etc`);
    const hosts = file("/etc/netns/r0/hosts", zero);
    apply(
      run("shows", "cat /etc/hosts; exec sleep 1000"),
      ...both.slice(1),
      file("/srv/own/app.conf", two),
      hosts,
    );
    expect(server.run("cat /srv/own/app.conf; ls /srv").stdout).toBe("two\nown\n");
    const named = pids();
    for (const name of ["r0/shows", "r0/other"]) expect(named[name]).not.toBe(after[name]);
    expect(named["r1/far"]).toBe(before["r1/far"]);
    expect(log("r0/shows")).toMatch(/\nzero\n$/);
    expectAsAfterUp();
    good("down");
    server.run("umount /etc; rm -rf /srv/.up /srv/.work");
  });

  test("programs are replaced by name, and who uses them starts anew", () => {
    const bin = "/var/lib/dune/small/payload/bin";
    const lab = (version: string, ...tables: readonly Tables[]): HandMadeLab => {
      const programs = Object.fromEntries(
        [`tool`, "same", `only-${version}`].map((name) => {
          const path = join(server.folder, name);
          writeFileSync(path, `#!/bin/sh\necho ${name === "tool" ? version : "same"}\nexec sleep 1000\n`);
          return [name, path];
        }),
      );
      return {
        ...smallLab(
          run("tool", `exec ${bin}/tool`),
          run("same", `exec ${bin}/same`),
          run("idle", idle),
          ...tables,
        ),
        programs,
        contents,
      };
    };
    const used = (tool: string): Tables => ({
      uses: [
        ["r0", "tool", `${bin}/tool`, sha256(tool)],
        ["r0", "same", `${bin}/same`, sha256("same")],
      ],
    });
    make(lab("old", used("old")));
    good("up");
    const before = pids();
    make(lab("new", used("new"), hook("tool", "reload", "false")));
    expect(good("apply --dry-run").stdout.trim().split("\n")).toEqual([
      "program only-new",
      "program tool",
      "restart process r0/tool: program tool changed",
      "remove program only-old",
    ]);
    good("apply");
    const after = pids();
    expect(after).toMatchObject({ "r0/same": before["r0/same"], "r0/idle": before["r0/idle"] });
    expect(log("r0/tool")).toBe("old\nnew\n");
    expect(server.run(`cd ${bin} && stat -c '%n %a' *`).stdout).toBe("only-new 755\nsame 755\ntool 755\n");
    expectAsAfterUp();
  });

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
    server.run("mkdir /srv/disk; mount -t tmpfs tmpfs /srv/disk");
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
    server.run("mount -o remount,rw /srv/disk");
    apply(...more);
    expect(pids()["r0/same"]).toBe(again["r0/same"]);
    // The first keeper still speaks for its process, the second for the one that it has started anew.
    server.run(`kill ${again["r0/same"]}; kill -KILL ${pids()["r0/changes"]}
      for name in same changes; do until [ -s /var/lib/dune/small/proc/r0/$name.exit ]; do sleep 0.1; done; done`);
    expect(on("status").stdout).toMatch(/r0\/changes +exited 137[\s\S]*r0\/same +exited 3/);
    good("down");
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
    const wanted = { old: "", new: processState(server) };
    good("down");
    up(...versions.old);
    wanted.old = processState(server);
    const kill = (to: keyof typeof versions, said: string): void => {
      bundle(...versions[to]);
      const killed = server.run(`sh ${server.folder}/server1.run apply 2>/srv/said & apply=$!
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
      expect(processState(server).split("\n")).toEqual(wanted[end].split("\n"));
    }
    kill("old", "exec in 1 node");
    expect(on("status").stdout).toContain("'apply' is at work or was interrupted");
    good("down");
    expect(dump(server)).toBe(empty);
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
