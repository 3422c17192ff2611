import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { check, find, of } from "./check-rows.js";
import { type HandMadeLab, type Row, type Tables, writeBundle, writeFolderBundle } from "./payload.js";
import { dump, isRoot, type Phynode, startPhynode } from "./phynode.js";
import { process as one, smallLab } from "./small-lab.js";

const folder = mkdtempSync(join(tmpdir(), "dune-programs-"));
const at = (name: string) => join(folder, name);
const state = "/var/lib/dune/small";

const hello = '#include <stdio.h>\nint main(void) { return puts("hello") < 0; }\n';
const calls = "int answer(void);\nint main(void) { return answer(); }\n";

/** What is built once, in a second: linked in every way, and lacking what it needs. */
function buildAll(): void {
  writeFileSync(at("hello.c"), hello);
  writeFileSync(at("calls.c"), calls);
  writeFileSync(at("answer.c"), "int answer(void) { return 0; }\n");
  const run = (tool: string, ...words: string[]) => execFileSync(tool, words, { cwd: folder });
  run("gcc", "-static", "-o", "static", "hello.c");
  run("gcc", "-o", "dynamic", "hello.c");
  run("musl-gcc", "-o", "musl", "hello.c");
  for (const [cc, name] of [
    ["gcc", "lacking"],
    ["musl-gcc", "lacking-musl"],
  ] as const) {
    run(cc, "-shared", "-fPIC", "-Wl,-soname,libanswer.so.3", "-o", "libanswer.so", "answer.c");
    run(cc, "-o", name, "calls.c", "libanswer.so");
  }
  const newer = readFileSync(at("dynamic")).toString("latin1").replaceAll("GLIBC_2.34", "GLIBC_9.34");
  writeFileSync(at("newer"), newer, "latin1");
  writeFileSync(at("script"), "#!/bin/sh\necho script\n");
  writeFileSync(at("node-script"), '#!/usr/bin/env node\nconsole.log("from node")\n');
}

const loader = "/lib64/ld-linux-x86-64.so.2";
const musl = "/lib/ld-musl-x86_64.so.1";
/** The table's row of each, by the name of its file; the first field is the program's name. */
const rows: Readonly<Record<string, Row>> = {
  static: ["elf", "-", "-", "-", "-"],
  dynamic: ["elf", loader, "libc.so.6", "2.34", "-"],
  musl: ["elf", musl, "libc.so", "-", "-"],
  lacking: ["elf", loader, "libanswer.so.3,libc.so.6", "2.34", "-"],
  "lacking-musl": ["elf", musl, "libanswer.so.3,libc.so", "-", "-"],
  newer: ["elf", loader, "libc.so.6", "-", "-"],
  script: ["script", "/bin/sh", "-", "-", "-"],
  "node-script": ["script", "node", "-", "-", "18"],
};

/** A lab with these programs, each called like its file. */
function labWith(names: readonly string[], ...more: readonly Tables[]): HandMadeLab {
  const table = names.map((name) => [name, ...(rows[name] ?? [])]);
  return {
    ...smallLab({ programs: table }, ...more),
    programs: Object.fromEntries(names.map((name) => [name, at(name)])),
  };
}

const onAmd64 = process.arch === "x64";

describe.skipIf(!isRoot || !onAmd64)("programs in a bundle", () => {
  let server: Phynode;
  beforeAll(() => {
    buildAll();
    server = startPhynode();
  });
  afterAll(() => {
    server.stop();
    rmSync(folder, { recursive: true });
  });
  afterEach(() => {
    server.run(`sh ${server.folder}/server1.run down --purge; rm -rf /srv/*`);
  });

  const bundleOf = (lab: HandMadeLab): string => writeBundle(server.folder, lab);
  const problemsOf = (lab: HandMadeLab) =>
    check(server, bundleOf(lab)).rows.filter(({ what, state: is }) => what === "programs" && is !== "ok");
  const up = (bundle: string, options = "") => {
    expect(server.run(`sh ${bundle} up ${options}`)).toMatchObject({ code: 0 });
  };

  test("run from scripts by their names, by every user, and through --state-dir", () => {
    const all = ["static", "dynamic", "musl", "script", "node-script"];
    const asNobody = "setpriv --reuid=65534 --regid=65534 --clear-groups";
    const commands = [all.join("; "), `${asNobody} ${state}/payload/bin/dynamic`, `${asNobody} script`];
    const exec = commands.map((command, n) => ["r0", `000${n}`, 20, command]);
    const bundle = bundleOf(labWith(all, { exec }, one("main", `${state}/payload/bin/static`)));
    const { rows: found } = check(server, bundle);
    expect(found.find(({ what }) => what === "programs")).toMatchObject({
      state: "ok",
      text: "5 programs: what they need is here",
    });
    for (const options of ["", "--state-dir /srv/big"]) {
      server.run("mkdir -p /srv/big");
      up(bundle, options);
      expect(server.run(`cat ${state}/log/r0/+exec.log`).stdout).toBe(
        "hello\nhello\nhello\nscript\nfrom node\nhello\nscript\n",
      );
      expect(server.run(`cat ${state}/log/r0/main.log`).stdout).toBe("hello\n");
      expect(server.run(`sh ${bundle} status`).code).toBe(0);
      expect(server.run(`sh ${bundle} down --purge; ls /srv/big`)).toMatchObject({ code: 0, stdout: "" });
    }
  });

  test("from a folder bundle, and with the state of a bundle that knew no programs", () => {
    const bundle = writeFolderBundle(
      server.folder,
      labWith(["static"], { exec: [["r0", "0001", 20, "static"]] }),
    );
    up(bundle);
    expect(server.run(`cat ${state}/log/r0/+exec.log`).stdout).toBe("hello\n");
    server.run(`rm ${state}/payload/programs`);
    expect(server.run(`sh ${bundle} status`).code).toBe(0);
    expect(server.run(`sh ${bundle} down --purge`).code).toBe(0);
  });

  test("may be called like the tools that the runtime needs itself", () => {
    const tools = [
      "sh",
      "ip",
      "tc",
      "awk",
      "env",
      "setsid",
      "taskset",
      "nsenter",
      "unshare",
      "cat",
      "timeout",
      "mount",
    ];
    writeFileSync(at("tool"), '#!/bin/sh\nbasename "$0" >>/srv/called\n');
    const lab = {
      ...smallLab(
        { programs: tools.map((tool) => [tool, "script", "/bin/sh", "-", "-", "-"]) },
        {
          exec: [["r0", "0001", 20, "ip address"]],
          setup: [
            ["pre", "0001", "mount"],
            ["post", "0001", "true"],
          ],
        },
        one("idle", "exec sleep 1000"),
        {
          hooks: [
            ["r0", "idle", "ready", "0001", "true"],
            ["r0", "idle", "pre_down", "0001", "tc"],
          ],
        },
      ),
      programs: Object.fromEntries(tools.map((tool) => [tool, at("tool")])),
    };
    const bundle = bundleOf(lab);
    up(bundle);
    expect(server.run(`sh ${bundle} status`).code).toBe(0);
    expect(server.run(`sh ${bundle} exec r0 -- awk`).code).toBe(0);
    expect(server.run(`sh ${bundle} stop && sh ${bundle} start && sh ${bundle} down --purge`).code).toBe(0);
    // Only what the user's own commands have called.
    expect(server.run("cat /srv/called").stdout.split("\n")).toEqual(["mount", "ip", "awk", "tc", "tc", ""]);
  });

  test("that lack something are named with it and what to do, and up touches nothing", () => {
    const lab = labWith(["lacking", "lacking-musl", "newer", "static"]);
    expect(problemsOf(lab).map(({ text, fix }) => `${text}: ${fix}`)).toEqual([
      "program lacking needs the library libanswer.so.3, which is not there: install it (Debian: apt-file search libanswer.so.3 says by which package), or link it statically: static = true in [binaries.lacking]",
      "program lacking-musl needs the library libanswer.so.3, which is not there: install it (Debian: apt-file search libanswer.so.3 says by which package), or link it statically: static = true in [binaries.lacking-musl]",
      "program newer needs version GLIBC_9.34 of a library, which is older here: use a newer server, or link it statically: static = true in [binaries.newer]",
    ]);
    const before = dump(server);
    const { code, stderr } = server.run(`sh ${bundleOf(lab)} up`);
    expect({
      code,
      problems: stderr.split("\n").filter((line) => line.startsWith("  program")).length,
    }).toEqual({ code: 2, problems: 3 });
    expect(dump(server)).toBe(before);
  });

  test("by the table: a newer glibc, a loader or an interpreter that is not there", () => {
    const programs = [
      ["a-glibc", "elf", loader, "libc.so.6", "2.999", "-"],
      ["b-loader", "elf", "/lib/ld-musl-none.so.1", "libc.so", "-", "-"],
      ["c-shell", "script", "/usr/bin/no-such-shell", "-", "-", "-"],
      ["d-command", "script", "no-such-command", "-", "-", "-"],
      ["e-old", "script", "node", "-", "-", "999"],
      ["f-own", "script", "a-glibc", "-", "-", "-"],
      ["g-folder", "script", "/usr/bin", "-", "-", "-"],
    ];
    const names = programs.map(([name = ""]) => name);
    const lab = {
      ...smallLab({ programs }),
      programs: Object.fromEntries(names.map((name) => [name, at("static")])),
    };
    const glibc = server.run("getconf GNU_LIBC_VERSION").stdout.trim().split(" ")[1];
    expect(problemsOf(lab).map(({ text, fix }) => `${text}: ${fix}`)).toEqual([
      `program a-glibc needs glibc 2.999, this server has ${glibc}: use a newer server, or link it statically: static = true in [binaries.a-glibc]`,
      "program b-loader needs the loader /lib/ld-musl-none.so.1, which is not there: apt-get install musl, or link it statically: static = true in [binaries.b-loader]",
      "program c-shell is run by /usr/bin/no-such-shell, which is not there: install no-such-shell, or let another one run the program",
      "program d-command is run by no-such-command, which is not in PATH of the lab's commands: /usr/sbin:/usr/bin:/sbin:/bin: install no-such-command, or let another one run the program",
      `program e-old needs node 999 or later, ${find("node")} says it is ${process.version}: install node 999 or later; its makers have packages where the distribution's is older`,
      "program g-folder is run by /usr/bin, which is a folder: mend the first line of g-folder",
    ]);
  });

  test("for Node.js where there is none", () => {
    server.run(`: >/srv/none; chmod 644 /srv/none; mount --bind /srv/none "$(readlink -f /usr/bin/node)"`);
    expect(problemsOf(labWith(["node-script"])).map(({ text, fix }) => `${text}: ${fix}`)).toEqual([
      "program node-script is run by node, which is not in PATH of the lab's commands: /usr/sbin:/usr/bin:/sbin:/bin: apt-get install nodejs",
    ]);
    server.run(`umount "$(readlink -f /usr/bin/node)"`);
  });

  test("may get what they lack from the lab's own files, or from where the lab says", () => {
    const brought = { files: [["/srv/lib/libanswer.so.3", 755, "-", "0".repeat(64), "-"]] };
    expect(problemsOf(labWith(["lacking", "lacking-musl"], brought))).toEqual([]);
    const named = { environment: [["r0", "main", "LD_LIBRARY_PATH", "/opt/lib"]] };
    expect(problemsOf(labWith(["lacking"], named))).toMatchObject([{ state: "warning" }]);
  });

  test("need a state folder where programs may run", () => {
    server.run("mount -o remount,noexec /var/lib");
    const bundle = bundleOf(labWith(["static"]));
    expect(of(check(server, bundle).rows, "problem")).toEqual([
      "state folder: /var/lib is mounted noexec, and the lab's programs are to run there",
    ]);
    expect(server.run(`sh ${bundle} up`).code).toBe(2);
    server.run("mount -o remount,exec /var/lib");
  });
});
