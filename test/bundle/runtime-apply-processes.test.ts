import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type HandMadeLab, sha256, type Tables, text } from "./payload.js";
import { isRoot } from "./phynode.js";
import {
  contents,
  env,
  file,
  hook,
  idle,
  one,
  processLab,
  reader,
  run,
  two,
  uses,
  zero,
} from "./process-lab.js";
import { smallLab } from "./small-lab.js";

describe.skipIf(!isRoot)("apply, of processes and files", () => {
  const { shell, folder, bundle, make, on, good, up, apply, pids, log, expectAsAfterUp } = processLab();

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
      "remove file /srv/gone/away.conf",
      "file /srv/mode.conf, mode 600, owner 7:8",
      "file /srv/new/one.conf, mode 644",
      "file /srv/nobodys.conf, mode 644",
      "file /srv/told.conf, mode 644",
      "file /srv/used/app.conf, mode 644",
      "file /var/lib/dune/small/root/relative.conf, mode 644",
      "reload process r0/told: file /srv/told.conf changed",
      "restart process r0/keeps: file /srv/gone/away.conf changed",
      "restart process r0/reads: file /srv/used/app.conf changed",
    ]);
    for (const name of ["r0/told", "r0/mode", "r0/same"]) expect(after[name]).toBe(before[name]);
    expect(after["r0/reads"]).not.toBe(before["r0/reads"]);
    expect(log("r0/reads")).toBe("zero\n\none\n\n");
    expect(log("r0/told")).toBe("zero\n\none\ntold by small/r0/told\n");
    expect(shell("stat -c '%a %u:%g' /srv/mode.conf; ls /srv").stdout).toBe(
      "600 7:8\nmode.conf\nnew\nnobodys.conf\ntold.conf\nused\n",
    );
    expectAsAfterUp();
  });

  test("who uses a folder reads it when what goes is gone, and stops by what was there", () => {
    const peers = "/srv/peers";
    const load = (name: string): string => `cat ${peers}/* >/srv/${name}.loaded`;
    const using = (...sums: readonly string[]): Tables[] => [
      ...sums.flatMap((sum, index) => [
        file(`${peers}/${index}.conf`, sum),
        uses("again", `${peers}/${index}.conf`, sum),
        uses("told", `${peers}/${index}.conf`, sum),
      ]),
      run("again", `${load("again")}; ${idle}`),
      hook("again", "down", `cat ${peers}/1.conf >/srv/again.down || :`),
      run("told", idle),
      hook("told", "post_up", load("told")),
      hook("told", "reload", load("told")),
    ];
    up(...using(zero, one));
    expect(apply(...using(zero)).steps).toEqual([
      `remove file ${peers}/1.conf`,
      `reload process r0/told: file ${peers}/1.conf changed`,
      `restart process r0/again: file ${peers}/1.conf changed`,
    ]);
    expect(shell("cd /srv; grep . *.loaded again.down").stdout).toBe(
      "again.loaded:zero\ntold.loaded:zero\nagain.down:one\n",
    );
    shell("rm /srv/again.down");
    good("down");
  });

  test("a file may become a folder, and a folder a file; what is somebody else's stays", () => {
    up(file("/srv/one", zero), file("/srv/two/a/b", one), run("idle", idle));
    bundle(file("/srv/one/a/b", one), file("/srv/two", zero), run("idle", idle));
    shell("echo mine >/srv/two/mine");
    expect(on("apply")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("/srv/two is a folder; a file is to go there"),
    });
    shell("rm /srv/two/mine");
    good("apply");
    expect(shell("cat /srv/one/a/b /srv/two").stdout).toBe("one\nzero\n");
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
    shell(`echo mine >/srv/app.conf; rm /srv/gone.conf; chmod 666 /srv/mode.conf; kill -${signal} ${named.dies}; kill -KILL ${named.gone}
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
    expect(shell(`cat ${kept} /srv/app.conf /srv/gone.conf`).stdout).toBe("mine\nzero\nzero\n");
    expect(pids()["r0/same"]).toBe(before["r0/same"]);
    expect(on("apply").stderr).toContain("nothing to do");
    // Also where another version replaces it, or takes it away.
    shell("echo again >/srv/app.conf; echo theirs >/srv/gone.conf");
    apply(file("/srv/app.conf", one), run("same", idle));
    expect(shell(`cat ${kept}.1 /var/lib/dune/small/log/r0/+changed/srv/gone.conf`).stdout).toBe(
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
    shell(`mkdir /srv/.up /srv/.work
      mount -t overlay overlay -o lowerdir=/etc,upperdir=/srv/.up,workdir=/srv/.work /etc`);
    const hosts = file("/etc/netns/r0/hosts", zero);
    apply(
      run("shows", "cat /etc/hosts; exec sleep 1000"),
      ...both.slice(1),
      file("/srv/own/app.conf", two),
      hosts,
    );
    expect(shell("cat /srv/own/app.conf; ls /srv").stdout).toBe("two\nown\n");
    const named = pids();
    for (const name of ["r0/shows", "r0/other"]) expect(named[name]).not.toBe(after[name]);
    expect(named["r1/far"]).toBe(before["r1/far"]);
    expect(log("r0/shows")).toMatch(/\nzero\n$/);
    expectAsAfterUp();
    good("down");
    shell("umount /etc; rm -rf /srv/.up /srv/.work");
  });

  test("programs are replaced by name, and who uses them starts anew", () => {
    const bin = "/var/lib/dune/small/payload/bin";
    const lab = (version: string, ...tables: readonly Tables[]): HandMadeLab => {
      const programs = Object.fromEntries(
        [`tool`, "same", `only-${version}`].map((name) => {
          const path = join(folder(), name);
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
      "remove program only-old",
      "program only-new",
      "program tool",
      "restart process r0/tool: program tool changed",
    ]);
    good("apply");
    const after = pids();
    expect(after).toMatchObject({ "r0/same": before["r0/same"], "r0/idle": before["r0/idle"] });
    expect(log("r0/tool")).toBe("old\nnew\n");
    expect(shell(`cd ${bin} && stat -c '%n %a' *`).stdout).toBe("only-new 755\nsame 755\ntool 755\n");
    expectAsAfterUp();
  });
});
