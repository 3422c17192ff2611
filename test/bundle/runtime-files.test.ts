import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { sha256, type Tables, writeBundle } from "./payload.js";
import { dump, isRoot, type Phynode, startPhynode } from "./phynode.js";
import { process, smallLab } from "./small-lab.js";

const contents = ["zero\n", "one\n"];
const [zero, one] = contents.map(sha256) as [string, string];

describe.skipIf(!isRoot)("files", () => {
  let server: Phynode;
  beforeAll(() => {
    server = startPhynode();
  });
  afterAll(() => server.stop());
  afterEach(() => {
    server.run(`for bundle in ${server.folder}/*.run; do sh "$bundle" down --purge; done; rm -rf /srv/*`);
  });

  const make = (...tables: readonly Tables[]): string =>
    writeBundle(server.folder, { ...smallLab(...tables), contents });
  const on = (bundle: string, command: string) => server.run(`sh ${bundle} ${command}`);

  test("nodes with a private folder see files of their own at one path, and the server sees none", () => {
    const show =
      'cat /srv/etc/app/app.conf; echo "$DUNE_PROC" >/srv/etc/app/own; ls /srv/etc/app; sleep 1000';
    const bundle = make({ processes: [["r1", "shown", "-", 5, show]] }, process("shown", show), {
      private: [
        ["r0", "/srv/etc/app", "-", "-"],
        ["r1", "/srv/etc/app", 750, "65534:12"],
        ["r1", "/srv/other", "-", "-"],
      ],
      files: [
        ["/srv/etc/app/app.conf", 644, "r0", zero, "-"],
        ["/srv/etc/app/app.conf", 640, "r1", one, "65534:12"],
        ["/srv/etc/app/server.conf", 644, "-", one, "-"],
      ],
      exec: [["r1", "0001", 5, "stat -c '%a %u %g' /srv/etc/app /srv/etc/app/app.conf /srv/other"]],
    });
    const before = dump(server);
    expect(on(bundle, "up")).toMatchObject({ code: 0, stderr: expect.stringContaining("3 files") });
    const log = (name: string): string => server.run(`cat /var/lib/dune/small/log/${name}.log`).stdout;
    expect(log("r0/shown")).toBe("zero\napp.conf\nown\n");
    expect(log("r1/shown")).toBe("one\napp.conf\nown\n");
    expect(log("r1/+exec")).toBe("750 65534 12\n640 65534 12\n755 0 0\n");
    expect(server.run("ls /srv/etc/app /srv/other").stdout).toBe(
      "/srv/etc/app:\nserver.conf\n\n/srv/other:\n",
    );
    expect(on(bundle, "exec r1 -- cat /srv/etc/app/own").stdout).toBe("small/r1/shown\n");
    expect(on(bundle, "down").code).toBe(0);
    expect(dump(server)).toBe(before);
  });

  test("a private folder looks like the server's own", () => {
    const bundle = make({
      private: [["r0", "/srv/app", "-", "-"]],
      exec: [["r0", "0001", 5, "stat -c '%a %u %g' /srv/app; ls /srv/app"]],
    });
    server.run("mkdir /srv/app; touch /srv/app/theirs; chown 7:8 /srv/app; chmod 2711 /srv/app");
    expect(on(bundle, "up").code).toBe(0);
    expect(server.run("cat /var/lib/dune/small/log/r0/+exec.log").stdout).toBe("2711 7 8\n");
    expect(on(bundle, "down").code).toBe(0);
    expect(server.run("ls /srv/app").stdout).toBe("theirs\n");
  });

  test("a node has its own hosts and resolv.conf, as with ip netns exec", () => {
    server.run(`mkdir /srv/.up /srv/.work
      mount -t overlay overlay -o lowerdir=/etc,upperdir=/srv/.up,workdir=/srv/.work /etc; touch /etc/resolv.conf`);
    const bundle = make({
      files: [
        ["/etc/netns/r0/hosts", 644, "r0", zero, "-"],
        ["/etc/netns/r0/resolv.conf", 644, "r0", one, "-"],
      ],
      exec: [["r0", "0001", 5, "cat /etc/hosts /etc/resolv.conf"]],
    });
    expect(on(bundle, "up").code).toBe(0);
    expect(server.run("cat /var/lib/dune/small/log/r0/+exec.log").stdout).toBe("zero\none\n");
    expect(on(bundle, "exec r1 -- cat /etc/hosts").stdout).toBe(server.run("cat /etc/hosts").stdout);
    expect(on(bundle, "down").code).toBe(0);
    expect(server.run("ls -d /etc/netns").stdout).toBe("");
    server.run("umount /etc");
  });

  const forced = (path: string): Tables => ({ files: [[path, 600, "r0", one, "-"]] });
  const facts =
    "stat -c '%n %F %a %u:%g %Y %s' /srv/conf/* /srv/conf; cat /srv/conf/app; readlink /srv/conf/link";
  const prepare = `mkdir /srv/conf; echo mine >/srv/conf/app; chmod 4751 /srv/conf/app; chown 5:6 /srv/conf/app
    touch -d '2001-02-03 04:05:06' /srv/conf/app; ln -s nowhere /srv/conf/link`;

  test.each(["/srv/conf/app", "/srv/conf/link"])("--force replaces %s, and down puts it back", (path) => {
    server.run(prepare);
    const before = server.run(facts).stdout.replace(/^\/srv\/conf directory.*\n/m, "");
    const bundle = make(forced(path), process("writer", `echo more >>${path}; exec sleep 1000`));
    expect(on(bundle, "up")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`file ${path} exists already`),
    });
    const up = on(bundle, "up --force");
    expect(up.stderr).toContain("1 file replaced; a copy of what was there is kept, and 'down' puts it back");
    expect(up.code).toBe(0);
    expect(server.run(`stat -c '%F %a %u' ${path}; cat ${path}`).stdout).toBe(
      "regular file 600 0\none\nmore\n",
    );
    expect(on(bundle, "down").code).toBe(0);
    expect(server.run(facts).stdout.replace(/^\/srv\/conf directory.*\n/m, "")).toBe(before);
    expect(server.run("find /srv/conf /var/lib/dune -name '.dune*' -o -name backup").stdout).toBe("");
  });

  test("--force replaces no folder, and no file of another lab", () => {
    const bundle = make(forced("/srv/conf"));
    server.run("mkdir /srv/conf");
    expect(on(bundle, "up --force")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("/srv/conf is a folder; a file is to go there"),
    });
    server.run("rmdir /srv/conf");
    expect(on(bundle, "up").code).toBe(0);
    const other = writeBundle(server.folder, {
      lab: "other",
      phynode: "server2",
      tables: [forced("/srv/conf")],
      contents,
    });
    expect(on(other, "up --force")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("file /srv/conf belongs to lab small"),
    });
  });

  test("where up --force fails later, what it replaced is back", () => {
    server.run(prepare);
    const before = server.run("cat /srv/conf/app; stat -c '%a %Y' /srv/conf/app").stdout;
    const bundle = make(forced("/srv/conf/app"), { exec: [["r0", "0001", 5, "cat /srv/conf/app; exit 4"]] });
    const up = on(bundle, "up --force");
    expect(up.stderr).toContain("    one\n");
    expect(up.code).toBe(1);
    expect(server.run("cat /srv/conf/app; stat -c '%a %Y' /srv/conf/app").stdout).toBe(before);
  });

  test("down says where the copy is when it cannot put a file back, and does so later", () => {
    server.run(prepare);
    const bundle = make(forced("/srv/conf/app"));
    expect(on(bundle, "up --force").code).toBe(0);
    server.run("mv /srv/conf /srv/moved");
    const down = on(bundle, "down");
    expect(down.stderr).toContain(
      "file /srv/conf/app cannot be put back; its copy is /var/lib/dune/small/backup/1",
    );
    expect(down.code).toBe(1);
    server.run("mv /srv/moved /srv/conf");
    expect(on(bundle, "down").code).toBe(0);
    expect(server.run("cat /srv/conf/app").stdout).toBe("mine\n");
  });
});

describe.skipIf(!isRoot)("the lab's folder", () => {
  let server: Phynode;
  beforeAll(() => {
    server = startPhynode();
  });
  afterAll(() => server.stop());
  const on = (bundle: string, command: string) => server.run(`sh ${bundle} ${command}`);

  test("can be kept elsewhere, and all later commands find it", () => {
    const bundle = writeBundle(server.folder, {
      ...smallLab(process("idle", "echo up; exec sleep 1000"), {
        files: [["relative", 644, "r0", zero, "-"]],
      }),
      contents,
    });
    const before = dump(server);
    server.run("mkdir -p /srv/big/disk; ln -s big /srv/short");
    expect(on(bundle, "up --state-dir /srv/short/disk").code).toBe(0);
    expect(server.run("readlink /var/lib/dune/small; cat /srv/big/disk/small/root/relative").stdout).toBe(
      "/srv/big/disk/small\nzero\n",
    );
    expect(on(bundle, "status").code).toBe(0);
    expect(on(bundle, "exec r0 -- pwd").stdout).toMatch(/small\/root\n$/);
    expect(on(bundle, "stop").code).toBe(0);
    expect(on(bundle, "start").code).toBe(0);
    expect(on(bundle, "down").code).toBe(0);
    expect(server.run("cat /var/lib/dune/small/log/r0/idle.log; ls /srv/big/disk/small").stdout).toBe(
      "up\nup\nlog\n",
    );
    expect(on(bundle, "up")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("the logs of the last run are in /srv/big/disk/small"),
    });
    expect(on(bundle, "up --state-dir /srv/big/disk").code).toBe(0);
    expect(on(bundle, "down --purge").code).toBe(0);
    expect(server.run("ls -A /srv/big/disk; rm -r /srv/*").stdout).toBe("");
    expect(dump(server)).toBe(before);
  });

  test("elsewhere, with a blank in its name: what is mounted below it is not emptied", () => {
    const setup: Tables = { setup: [["pre", "0001", "mkdir data; mount --bind /srv/precious data"]] };
    const bundle = writeBundle(server.folder, smallLab(setup));
    server.run("mkdir '/srv/my disk' /srv/precious; echo thesis >/srv/precious/file");
    expect(on(bundle, "up --state-dir '/srv/my disk'").code).toBe(0);
    expect(on(bundle, "down --purge").code).toBe(0);
    expect(server.run("cat /srv/precious/file; ls '/srv/my disk'; rm -r /srv/*").stdout).toBe("thesis\n");
  });

  test("is not forgotten while the disk that it is on is away", () => {
    const bundle = writeBundle(server.folder, smallLab());
    const before = dump(server);
    server.run("mkdir /srv/disk; mount -t tmpfs -o mode=755 tmpfs /srv/disk");
    expect(on(bundle, "up --state-dir /srv/disk").code).toBe(0);
    server.run(
      "mkdir /srv/kept; mount --move /srv/disk /srv/kept || { mount --bind /srv/disk /srv/kept; umount -l /srv/disk; }",
    );
    for (const command of ["down", "up", "status", "down --purge"])
      expect(on(bundle, command)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("the lab's folder is /srv/disk/small, which is not there"),
      });
    server.run("mount --bind /srv/kept /srv/disk");
    expect(on(bundle, "down --purge").code).toBe(0);
    server.run("umount /srv/disk /srv/kept; rmdir /srv/disk /srv/kept; rm -f /run/mount/utab*");
    expect(dump(server)).toBe(before);
  });

  test("elsewhere must be a folder that is there, and not in use", () => {
    const bundle = writeBundle(server.folder, smallLab());
    const before = dump(server);
    server.run(
      "mkdir -p /srv/big/small /srv/theirs /srv/open; chown 65534 /srv/theirs; chmod 777 /srv/open; mkdir /srv/group; chgrp users /srv/group; chmod 2775 /srv/group",
    );
    const refusals = [
      ["big", "--state-dir wants an absolute path, not 'big'", 1],
      ["/srv/none", "there is no folder /srv/none", 1],
      ["/srv/big", "/srv/big/small exists already", 2],
      ["/srv/theirs", "folder /srv/theirs can be changed by other users", 2],
      ["/srv/open", "folder /srv/open can be changed by other users", 2],
      ["/srv/group", "folder /srv/group can be changed by other users", 2],
    ] as const;
    for (const [folder, said, code] of refusals)
      expect(on(bundle, `up --state-dir ${folder}`)).toMatchObject({
        code,
        stderr: expect.stringContaining(said),
      });
    expect(on(bundle, "up --state-dir").code).toBe(1);
    server.run("rm -r /srv/*");
    expect(dump(server)).toBe(before);
  });

  test.each([
    ["read-only", "mount -o remount,ro /var/lib"],
    ["full", "mount -o remount,size=200k /var/lib"],
  ])("%s: up says so, and leaves nothing", (_, make) => {
    const bundle = writeBundle(server.folder, smallLab());
    server.run("mount -o remount,size=100m /var/lib");
    const before = dump(server);
    server.run(make);
    const up = on(bundle, "up");
    server.run("mount -o remount,rw,size=100m /var/lib");
    expect(up.stderr).toMatch(/small cannot be written: .* read-only|no room in .*small: \d+ KiB are free/);
    expect(up.stderr).toContain("up --state-dir DIR");
    expect(up.code).toBe(2);
    expect(dump(server)).toBe(before);
  });
});
