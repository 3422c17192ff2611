import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256, writeBundle } from "./payload.js";
import { dump, isRoot, type Phynode, startPhynode } from "./phynode.js";
import { process, smallLab } from "./small-lab.js";

/** Other users of the server: what they can read, and what they can make root do. */
const secret = "secret\n";
const lab = {
  ...smallLab(process("idle", "echo secret; exec sleep 1000"), {
    files: [
      ["/srv/in/secret.conf", 600, "r0", sha256(secret), "-"],
      ["/srv/in/public.conf", 644, "r0", sha256("public\n"), "-"],
      ["relative.conf", 640, "r0", sha256(secret), "-"],
      ["relative.public", 644, "r0", sha256("public\n"), "-"],
      ["/srv/own/secret.key", 600, "r0", sha256(secret), "-"],
      ["/srv/own/public.key", 644, "r0", sha256("public\n"), "-"],
      ["/srv/there", 644, "r0", sha256("public\n"), "-"],
    ],
    private: [["r0", "/srv/own", "-", "-"]],
    environment: [["r0", "idle", "TOKEN", "secret"]],
    exec: [["r0", "0001", 5, "echo secret"]],
    hooks: [["r0", "idle", "ready", "0001", "echo secret"]],
    setup: [["pre", "0001", "echo secret"]],
    qdiscs: [["r0", "eth0", 10_000_000, 20_000, "-", "-"]],
  }),
  contents: [secret, "public\n"],
};

const nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups";

describe.skipIf(!isRoot)("other users of the server", () => {
  let server: Phynode;
  let before: string;
  beforeAll(() => {
    server = startPhynode();
    server.run("mkdir -p /srv/own; echo theirs >/srv/there; chmod 600 /srv/there");
    before = dump(server);
  });
  afterAll(() => server.stop());

  /** What somebody else can read, list or enter below a folder: of each file and folder what for. */
  const readable = (folder: string): string[] =>
    server
      .run(
        `find ${folder} | ${nobody} sh -c 'while IFS= read -r path; do
          if [ -d "$path" ]; then ls "$path" >/dev/null 2>&1 && echo "$path/"
          elif cat "$path" >/dev/null 2>&1; then echo "$path"; fi; done'`,
      )
      .stdout.trim()
      .split("\n")
      .filter((line) => line !== "")
      .sort();

  test("can read in the lab's folders only what the lab has made for all", () => {
    const bundle = writeBundle(server.folder, lab);
    server.run(`mkdir ${server.folder}/p; cp ${bundle} ${server.folder}/p/`);
    expect(server.run(`umask 022; sh ${bundle} up --force`)).toMatchObject({ code: 0 });
    const meant = [
      "/var/lib/dune/small/node/",
      "/var/lib/dune/small/node/r0/",
      "/var/lib/dune/small/node/r1/",
      "/var/lib/dune/small/private/r0/",
      "/var/lib/dune/small/private/r0/srv/",
      "/var/lib/dune/small/private/r0/srv/own/",
      "/var/lib/dune/small/private/r0/srv/own/public.key",
      "/var/lib/dune/small/root/",
      "/var/lib/dune/small/root/relative.public",
    ];
    expect(readable("/var/lib/dune")).toEqual(meant);
    expect(readable("/srv/in")).toEqual(["/srv/in/", "/srv/in/public.conf"]);
    expect(readable("/run/dune")).toEqual([]);
    for (const words of ["stop", "start", "status"]) server.run(`umask 022; sh ${bundle} ${words}`);
    expect(readable("/var/lib/dune")).toEqual(meant);
    server.run(`umask 022; sh ${bundle} down`);
    expect(readable("/var/lib/dune")).toEqual([]);
    server.run(`umask 022; sh ${bundle} down --purge`);
    expect(dump(server)).toBe(before);
  });

  test("what extract unpacks is for who unpacked it", () => {
    const bundle = writeBundle(server.folder, lab);
    expect(server.run(`umask 022; sh ${bundle} extract /srv/x`).code).toBe(0);
    expect(readable("/srv/x")).toEqual([]);
    expect(server.run("find /srv/x -perm /077").stdout).toBe("");
    server.run("rm -r /srv/x");
  });

  const inTmp = {
    ...smallLab({
      files: [
        ["/srv/tmp/made/here/app.conf", 644, "r0", sha256(secret), "-"],
        ["/srv/tmp/made/app.conf", 600, "r0", sha256(secret), "65534"],
        ["/srv/tmp/app.conf", 600, "r0", sha256(secret), "-"],
        ["/srv/tmp/forced.conf", 600, "r0", sha256(secret), "-"],
      ],
    }),
    contents: [secret],
  };
  const victim = `mkdir -m 1777 /srv/tmp; mkdir -p /srv/victim/empty /srv/victim/here
    for file in app.conf forced.conf here/app.conf; do echo precious >/srv/victim/$file; done
    ${nobody} sh -c 'echo theirs >/srv/tmp/forced.conf'`;
  const untouched = (): string =>
    server.run(
      "find /srv/victim -printf '%p %M %U %s %T@\\n' | sort; find /srv/victim -type f -exec cat {} +",
    ).stdout;
  const clear = (): void => {
    server.run("rm -rf /srv/tmp /srv/victim");
    expect(dump(server)).toBe(before);
  };

  test("put links in /tmp again and again: root writes and removes nothing behind them", () => {
    const bundle = writeBundle(server.folder, inTmp);
    server.run(victim);
    const was = untouched();
    const attack = `while :; do
      ln -s /srv/victim /srv/tmp/made; ln -s ../../victim /srv/tmp/made/here; ln -s /srv/victim/app.conf /srv/tmp/app.conf
      rm -f /srv/tmp/made /srv/tmp/app.conf; mkdir /srv/tmp/made && ln -s /srv/victim /srv/tmp/made/here
      rm -f /srv/tmp/made/here; rmdir /srv/tmp/made
      for one in /srv/tmp/.dune-*; do rm -f $one; ln -s /srv/victim/app.conf $one; ln -s /srv/victim/app.conf \${one}1; done
      mv /srv/tmp/forced.conf /srv/tmp/f; ln -s /srv/victim/forced.conf /srv/tmp/forced.conf
      rm -f /srv/tmp/forced.conf; mv /srv/tmp/f /srv/tmp/forced.conf; done`;
    const codes = server.run(`
      setsid ${nobody} sh -c '${attack}' >/dev/null 2>&1 &
      attacker=$!
      for round in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
        sh ${bundle} up --force; echo $?; sh ${bundle} down >&2
      done
      kill -KILL -$attacker; wait`);
    expect(codes.stdout.replace(/[012]\n/g, "")).toBe("");
    expect(untouched()).toBe(was);
    server.run(`sh ${bundle} down --purge`);
    expect(server.run("ls /var/lib/dune /run/netns").stdout.trim()).toMatch(/^(\/run\/netns:)?$/);
    clear();
  });

  test.each([
    "ln -s /srv/victim /srv/tmp/made",
    "ln -s /srv/victim /srv/tmp/app.conf",
    "ln -s /srv/victim/app.conf /srv/tmp/app.conf",
    "mkdir /srv/tmp/made",
    "rm /srv/tmp/forced.conf; ln -s /srv/victim/forced.conf /srv/tmp/forced.conf",
    "rm /srv/tmp/forced.conf; ln -s /srv/victim /srv/tmp/forced.conf",
  ])("do this between the check and the writing: %s", (trick) => {
    const setup = { setup: [["post", "0001", `${nobody} sh -c '${trick}'`]] } as const;
    const bundle = writeBundle(server.folder, { ...inTmp, tables: [...inTmp.tables, setup] });
    server.run(victim);
    const was = untouched();
    const up = server.run(`sh ${bundle} up --force`);
    // The kernel's protected_symlinks, too, keeps root from following these links; where it is off, only dune does.
    if (!trick.includes("forced")) expect(up.code).toBe(1);
    expect([0, 1]).toContain(up.code);
    expect(untouched()).toBe(was);
    if (up.code === 1) expect(server.run("find /srv/tmp -mindepth 2").stdout).toBe("");
    expect(server.run(`sh ${bundle} down --purge`).code).toBe(0);
    expect(untouched()).toBe(was);
    expect(server.run("cat /srv/tmp/forced.conf").stdout).toMatch(/^(theirs|precious|)\n?$/);
    clear();
  });

  test("put links where the lab's folders were before the server was restarted: down leaves them alone", () => {
    const bundle = writeBundle(server.folder, inTmp);
    server.run(victim);
    const was = untouched();
    expect(server.run(`sh ${bundle} up --force`)).toMatchObject({ code: 0 });
    server.run(`for netns in r0 r1; do ip netns del $netns; done
      sed -i 's/^boot.*/boot\\told\\t./' /var/lib/dune/small/journal
      rm -rf /srv/tmp/*; ${nobody} ln -s /srv/victim /srv/tmp/made`);
    const down = server.run(`sh ${bundle} down --purge`);
    expect(down.stderr).toContain("left alone: file /srv/tmp/made/app.conf, which is behind a link");
    expect(down.code).toBe(0);
    expect(untouched()).toBe(was);
    clear();
  });

  test("got a folder of the lab's by the lab's own commands: its files go all the same, but never through a link", () => {
    const tables = [...inTmp.tables, { exec: [["r0", "0009", 5, "chown -R 65534 /srv/tmp/made"]] }];
    const bundle = writeBundle(server.folder, { ...inTmp, tables } as typeof inTmp);
    server.run(victim);
    const was = untouched();
    expect(server.run(`sh ${bundle} up --force`)).toMatchObject({ code: 0 });
    expect(server.run(`sh ${bundle} down --purge`)).toMatchObject({ code: 0 });
    expect(server.run("ls /srv/tmp").stdout).toBe("forced.conf\n");
    expect(server.run(`sh ${bundle} up --force`)).toMatchObject({ code: 0 });
    server.run(`cd /srv/tmp/made && ${nobody} sh -c 'mv here away; ln -s /srv/victim here'`);
    expect(server.run(`sh ${bundle} down --purge`)).toMatchObject({ code: 0 });
    expect(untouched()).toBe(was);
    server.run("rm -rf /srv/tmp/made");
    clear();
  });

  test("can neither have other processes killed by what they write into their own environment", () => {
    const bundle = writeBundle(server.folder, smallLab(process("idle", "exec sleep 1000")));
    server.run(`sh ${bundle} up; setsid sleep 4711 >/dev/null 2>&1 &`);
    const script = `run=$(awk '$1 == "run" { print $2 }' /var/lib/dune/small/journal); victim=$(pgrep -x -f "sleep 4711")
      forged=$(printf 'x\n/proc/%s/environ:DUNE_RUN=%s\n/proc/%s/environ:DUNE_PROC=small/r0/idle' $victim $run $victim)
      DUNE_PROC=$forged ${nobody} sleep 4712 >/dev/null 2>&1 &
      sleep 0.5; sh ${bundle} status; sh ${bundle} stop; echo "$?"; pgrep -x -f "sleep 471[12]" | wc -l`;
    const { stdout } = server.run(script);
    expect(stdout).toMatch(/r0\/idle +running, pids \d+\n/);
    expect(stdout).toMatch(/\n0\n2\n$/);
    server.run(`pkill -x -f "sleep 471[12]"; sh ${bundle} down --purge`);
  });

  test("own or can change a folder: it is no place for state, nor for files", () => {
    const bundle = writeBundle(server.folder, inTmp);
    server.run(`${victim}; mkdir -m 777 /srv/open; ${nobody} mkdir /srv/tmp/theirs`);
    for (const folder of ["/srv/tmp", "/srv/open", "/srv/tmp/theirs"]) {
      const up = server.run(`sh ${bundle} up --force --state-dir ${folder}`);
      expect(up.stderr).toContain(`${folder} can be changed by other users`);
      expect(up.code).toBe(2);
    }
    server.run("chmod 777 /srv/tmp");
    const up = server.run(`sh ${bundle} up --force`);
    expect(up.stderr).toContain("folder /srv/tmp may be written by others");
    expect(up.code).toBe(2);
    server.run("rmdir /srv/open");
    clear();
  });
});
