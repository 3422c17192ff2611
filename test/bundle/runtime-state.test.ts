import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { everything, type KillTest, startKillTest } from "./kill-lab.js";
import { type Tables, text, writeBundle } from "./payload.js";
import { isRoot, type Phynode, startPhynode } from "./phynode.js";

/** The folder of a lab's state: a disk that is full or read-only, and journals of other versions. */
const much = "head -c 300000 /dev/urandom | base64";
/** Another program fills the disk of the state folder, up to as many KiB as /srv/leave says. */
const fill = `[ ! -e /srv/leave ] || { free=$(df -k /srv/disk | awk 'NR == 2 { print $4 }')
  dd if=/dev/zero of=/srv/disk/full bs=1k count=$((free - $(cat /srv/leave))); }`;
const wordy: Tables = {
  setup: [
    ["pre", "0009", much],
    ["pre", "0010", text(fill)],
  ],
  exec: [["r0", "0009", 20, much]],
};

describe.skipIf(!isRoot)("the state folder", () => {
  let server: Phynode;
  let lab: KillTest;
  let needed: number;
  beforeAll(() => {
    server = startPhynode();
    server.run("mkdir -m 755 /srv/disk");
    lab = startKillTest(server, { ...everything, tables: [...everything.tables, wordy] });
    mount("size=100m");
    lab.command("up --force --state-dir /srv/disk");
    needed = Number(lab.run("df -k /srv/disk | awk 'NR == 2 { print $3 }'").stdout);
    lab.command("down --purge");
    lab.run("umount /srv/disk");
  });
  afterAll(() => server.stop());
  afterEach(() => {
    lab.run(`! mountpoint -q /srv/disk || mount -o remount,rw,size=100m /srv/disk
      sh ${lab.bundle} down --purge; umount /srv/disk`);
  });

  const mount = (options: string): void => {
    lab.run(`mount -t tmpfs -o mode=755,${options} tmpfs /srv/disk`);
  };

  test.each([0.02, 0.2, 0.7, 0.98])("on a disk with %s of the room that it needs up does nothing", (part) => {
    mount(`size=${Math.floor((needed * part) / 4) * 4}k`);
    const up = lab.run(`timeout 30 sh ${lab.bundle} up --force --state-dir /srv/disk`);
    expect(up.stderr).toMatch(
      /there is no room in \/srv\/disk\/small: \d+ KiB are free, \d+ KiB are needed\n {2}hint: .* --state-dir/,
    );
    expect(up.code).toBe(2);
    lab.command("down --purge");
    expect(lab.run("ls -A /srv/disk; umount /srv/disk").stdout).toBe("");
    expect(lab.leftBehind()).toBe("");
  });

  // Full in expanding, in making, in exec.
  test.each([0, 8, 20, 60, 120, 200, 400])(
    "where all but %s KiB of the disk fill up meanwhile up says so and undoes all",
    (kib) => {
      mount("size=20m");
      lab.run(`echo ${kib} >/srv/leave`);
      const up = lab.run(`timeout 30 sh ${lab.bundle} up --force --state-dir /srv/disk`);
      expect(up.stderr).toMatch(
        /the disk of \/srv\/disk\/small is full\n {2}hint: make room there, or choose/,
      );
      expect(up.code).toBe(2);
      lab.command("down --purge");
      expect(lab.run("rm /srv/disk/full /srv/leave; ls -A /srv/disk; umount /srv/disk").stdout).toBe("");
      expect(lab.leftBehind()).toBe("");
    },
  );

  test("start and stop on a full disk do nothing and say so, down needs no room", () => {
    mount("size=20m");
    lab.command("up --force --state-dir /srv/disk");
    lab.run("dd if=/dev/zero of=/srv/disk/full bs=1k 2>/dev/null");
    for (const words of ["stop", "start"]) {
      const refused = lab.run(`sh ${lab.bundle} ${words}`);
      expect(refused.stderr).toContain("is full");
      expect(refused.code).toBe(2);
    }
    lab.command("status");
    lab.command("down --purge");
    lab.run("umount /srv/disk");
    expect(lab.leftBehind()).toBe("");
  });

  test("on a read-only disk up does nothing, and down keeps all until it can be written to", () => {
    mount("size=20m,ro");
    const up = lab.run(`sh ${lab.bundle} up --force --state-dir /srv/disk`);
    expect(up.stderr).toContain("/srv/disk/small cannot be written: /srv/disk is mounted read-only");
    expect(up.code).toBe(2);
    lab.run("mount -o remount,rw /srv/disk");
    // Without processes no log is open, which would keep it from being remounted.
    lab.command("up --force --no-start --state-dir /srv/disk");
    expect(lab.run("mount -o remount,ro /srv/disk").code).toBe(0);
    for (const [words, code] of [
      ["down", 1],
      ["start", 2],
    ] as const) {
      const refused = lab.run(`sh ${lab.bundle} ${words}`);
      expect(refused.stderr).toContain("/work cannot be written to; is its disk mounted read-only?");
      expect(refused.code).toBe(code);
    }
    lab.command("exec r0 -- true");
    lab.run("mount -o remount,rw /srv/disk");
    lab.command("down --purge");
    lab.run("umount /srv/disk");
    expect(lab.leftBehind()).toBe("");
  });

  test.each([1, 4])("a journal of format %s is no command's to touch", (format) => {
    lab.command("up --force");
    const journal = "/var/lib/dune/small/journal";
    lab.run(`cp ${journal} /srv/journal; sed -i 's/^format.*/format\\t${format}\\t./' ${journal}`);
    const look = (): string => lab.leftBehind() + lab.run(`cat ${journal}`).stdout;
    const before = look();
    const all = [
      "up --force",
      "apply",
      "start",
      "stop",
      "down",
      "down --purge",
      "status",
      "exec r0 -- true",
      "check",
    ];
    for (const words of all) {
      const refused = lab.run(`sh ${lab.bundle} ${words}`);
      // The table of `check` is wrapped.
      const said = (refused.stderr + refused.stdout).replace(/\s+/g, " ");
      expect(said).toContain(`has format '${format}', this runtime knows 2 and 3`);
      expect(said).toContain("use the bundle that did it");
      expect(refused.code).toBe(2);
    }
    expect(look()).toBe(before);
    lab.run(`cat /srv/journal >${journal}; rm /srv/journal`);
    expect(lab.downAndLook()).toBe("");
  });

  test("a payload of another format is refused", () => {
    const bundle = writeBundle(server.folder, { ...everything, lab: "newer", keys: { format: "3" } });
    const up = lab.run(`sh ${bundle} up`);
    expect(up.stderr).toContain("this runtime reads payloads of format 1, not '3'");
    expect(up.code).toBe(2);
    writeBundle(server.folder, everything);
    expect(lab.leftBehind()).toBe("");
  });
});
