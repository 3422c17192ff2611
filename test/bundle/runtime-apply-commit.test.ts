import { describe, expect, test } from "vitest";
import { node } from "./payload.js";
import { isRoot } from "./phynode.js";
import { file, idle, one, processLab, run, zero } from "./process-lab.js";

const state = "/var/lib/dune/small";

describe.skipIf(!isRoot)("what apply writes down", () => {
  const { shell, expectNothingLeft, bundle, on, good, up, apply, pids, expectAsAfterUp } = processLab();

  const inNode = (name: string, command: string) => ({ exec: [[name, "0001", 5, command]] });
  const setup = (command: string) => ({ setup: [["pre", "0001", command]] });
  const journal = (): string => shell(`cat ${state}/journal`).stdout;
  const remains = (): string => shell(`cd ${state}; ls -d next was.* journal.new`).stdout;

  test("the journal is as long after four changes as after one", () => {
    up(file("/srv/app.conf", zero));
    const lengths = [one, zero, one, zero].map((sum) => {
      apply(file("/srv/app.conf", sum));
      return journal().split("\n").length;
    });
    expect(lengths).toEqual(lengths.map(() => lengths[0]));
    expect(remains()).toBe("");
    good("down");
  });

  test("a disk that fills up meanwhile does not cost the journal, whatever awk there is", () => {
    shell("mkdir /srv/tools; ln -s $(command -v busybox) /srv/tools/awk");
    const busybox = "PATH=/srv/tools:$PATH";
    shell("mkdir /srv/disk; mount -t tmpfs -o size=9000k tmpfs /srv/disk; mkdir /srv/disk/small");
    bundle(run("idle", idle));
    good("up --state-dir /srv/disk/small");
    const before = journal();
    const fill = `while [ ! -e /srv/stop ]; do cat /dev/zero >>${state}/root/fill; sleep 0.002; done`;
    const more = Array.from({ length: 40 }, (_, number) => node(`n${number}`));
    const path = bundle(run("idle", idle), ...more, inNode("r0", `(${fill}) >/dev/null 2>&1 & sleep 0.3`));
    const full = shell(`${busybox} sh ${path} apply`);
    expect(full).toMatchObject({ code: 2, stderr: expect.stringContaining("is full") });
    expect(journal().startsWith(before)).toBe(true);
    shell(`touch /srv/stop; sleep 0.1; rm ${state}/root/fill; mount -o remount,size=40m /srv/disk`);
    expect(shell(`${busybox} sh ${path} apply`)).toMatchObject({ code: 0 });
    good("status");
    good("down --purge");
  });

  test("whichever of its two folders a SIGKILL leaves half made or half removed, apply goes on", () => {
    const old = [file("/srv/app.conf", zero), run("idle", idle)];
    const next = [file("/srv/app.conf", one), run("idle", idle), run("more", idle)];
    up(...old);
    for (const left of [
      "cp -a was.1 was.2; rm was.2/nodes",
      "cp -a was.1 was.2; printf 'applying\\twas.2\\t.\\n' >>journal; rm was.1/nodes",
    ]) {
      bundle(...next, run("bad", "exit 7"));
      expect(on("apply").stderr).toContain("stopped while at: start processes");
      expect(remains()).toBe("next\nwas.1\n");
      shell(`cd ${state}; ${left}`);
      apply(...old);
      expect(remains()).toBe("");
    }
    expectAsAfterUp();
    good("down");
    expectNothingLeft();
  });

  test("where setup fails nothing has been touched, and going back does nothing", () => {
    const old = [run("idle", idle)];
    up(...old);
    const before = pids();
    const namespaces = (): string => shell("stat -c '%n %i' /run/netns/*").stdout;
    const were = namespaces();
    const late = { sysctls: [["r0", 1, "0001", "net/ipv6/conf/lo/disable_ipv6", 1]] };
    bundle(...old, late, node("r2"), setup("false"));
    expect(on("apply").stderr).toContain("stopped while at: setup.pre");
    expect(apply(...old).steps).toEqual([]);
    expect(pids()).toEqual(before);
    expect(namespaces()).toBe(were);
    expect(remains()).toBe("");
  });

  test("between two versions status and exec go by the one that was tried, also after another look", () => {
    up(run("idle", idle));
    bundle(node("r2"), run("idle", idle), run("bad", "exit 7"));
    expect(on("apply").code).toBe(1);
    const status = on("status").stdout;
    expect(status).toContain("r2");
    good("exec r2 -- true");
    bundle(run("idle", idle));
    good("apply --dry-run");
    expect(on("status").stdout).toBe(status);
    shell("ip netns del r2");
    expect(on("exec r2 -- true").stderr).toMatch(/namespace r2 of node r2 is not there\n {2}hint: apply /);
  });

  test("of a journal whose end is cut off down says what it does not tell of", () => {
    up(run("idle", idle));
    apply(run("idle", `${idle} # new`));
    // The record of a namespace that is the last one now.
    shell(
      `cd ${state}; { grep -vE '^(netns.r1|inode.r1|up)' journal; printf 'netns\tr1'; } >cut; mv cut journal`,
    );
    expect(on("status").stderr).toContain("its end is cut off");
    expect(on("down").stderr).toContain(
      "left alone, for the end of the journal is cut off: network namespaces r1",
    );
    shell("ip netns del r1");
  });
});
