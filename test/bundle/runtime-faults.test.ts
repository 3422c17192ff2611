import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { node, sha256, type Tables, writeBundle, writeFolderBundle } from "./payload.js";
import { dump, isRoot, type Phynode, startPhynode } from "./phynode.js";
import { exchange, process, smallLab } from "./small-lab.js";

const fullLab = {
  ...smallLab(
    ...exchange,
    process("idle", "sleep 1000"),
    process("daemon", "setsid sleep 1000 >/dev/null 2>&1 &"),
    {
      files: [["/srv/made/here/app.conf", 640, "r0", sha256("app\n")]],
      sysctls: [["-", 1, "0001", "net/ipv4/ip_default_ttl", 77]],
      exec: [["r0", "0001", 20, "sleep 0.3"]],
      hooks: [["r0", "idle", "post_up", "0001", "sleep 0.1"]],
      setup: [["pre", "0001", "sleep 0.1"]],
    },
  ),
  contents: ["app\n"],
};

describe.skipIf(!isRoot)("when something goes wrong", () => {
  let server: Phynode;
  beforeAll(() => {
    server = startPhynode();
  });
  afterAll(() => server.stop());

  test("up lists all conflicts and touches nothing", () => {
    const bundle = writeBundle(server.folder, {
      ...fullLab,
      tables: [...fullLab.tables, { processes: [["r1", "pinned", "900", 5, "true"]] }],
    });
    server.run(
      "ip netns add r0; ip netns add r1; mkdir -p /srv/made/here; echo mine >/srv/made/here/app.conf",
    );
    const before = dump(server);
    const up = server.run(`sh ${bundle} up`);
    expect(up.code).toBe(2);
    expect(up.stderr).toContain("4 problems");
    expect(up.stderr).toContain("network namespace r0 (node r0) exists already");
    expect(up.stderr).toContain("network namespace r1 (node r1) exists already");
    expect(up.stderr).toContain("file /srv/made/here/app.conf exists already");
    expect(up.stderr).toContain("core 900 (process r1/pinned) is not online");
    expect(dump(server)).toBe(before);
    expect(server.run(`sh ${bundle} check`).code).toBe(2);
    expect(dump(server)).toBe(before);
    server.run("ip netns del r0; ip netns del r1; rm -r /srv/made");
  });

  test("what another lab has claimed is a conflict", () => {
    const bundle = writeBundle(server.folder, fullLab);
    expect(server.run(`sh ${bundle} up`).code).toBe(0);
    const other = writeBundle(server.folder, { ...fullLab, lab: "other", phynode: "server9" });
    const up = server.run(`ip netns del ix; rm /srv/made/here/app.conf; sh ${other} up`);
    expect(up.code).toBe(2);
    expect(up.stderr).toContain("network namespace ix belongs to lab small");
    expect(up.stderr).toContain("file /srv/made/here/app.conf belongs to lab small");
    expect(up.stderr).toContain("sysctl net/ipv4/ip_default_ttl belongs to lab small");
    expect(server.run(`sh ${bundle} up`)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("already up"),
    });
    expect(server.run(`sh ${bundle} down`).code).toBe(0);
  });

  const failing: readonly (readonly [string, string, Tables])[] = [
    [
      "an interface is there twice",
      "File exists",
      {
        veths: [["r0", "eth0", 9, "02:00:00:00:00:21", "r1", "eth9", 9, "02:00:00:00:00:22", 1500, "again"]],
      },
    ],
    [
      "an exec command fails",
      "exec of node r1 exited with 3: echo output; exit 3\n    output",
      {
        exec: [["r1", "0001", 5, "echo output; exit 3"]],
      },
    ],
    [
      "an exec command does not end",
      "exec of node r1 did not end within 1 s",
      {
        exec: [["r1", "0001", 1, "sleep 100"]],
      },
    ],
    [
      "a route has no way",
      "route replace 10.77.0.0/16 via 10.78.0.1",
      {
        routes: [["r0", "0001", 4, "10.77.0.0/16 via 10.78.0.1"]],
      },
    ],
    ["a sysctl is none", "net/ipv4/nothing=1", { sysctls: [["r0", 1, "0009", "net/ipv4/nothing", 1]] }],
    [
      "a sysctl of the server is none",
      "this server has no sysctl net/nothing",
      {
        sysctls: [["-", 1, "0009", "net/nothing", 1]],
      },
    ],
    ["a setup command fails", "setup.post exited with 9", { setup: [["post", "0001", "exit 9"]] }],
    [
      "a process exits",
      "process r0/broken exited with 3 right after its start; its log ends with:\n    sorry",
      process("broken", "echo sorry; exit 3"),
    ],
    [
      "a process is never ready",
      "process r0/slow was not ready within 1 s",
      {
        ...process("slow", "sleep 1000", 1),
        hooks: [["r0", "slow", "ready", "0001", "echo not yet; false"]],
      },
    ],
    [
      "a process is never ready, and says why only in its log",
      "process r0/slow was not ready within 1 s; its log ends with\n    no licence",
      {
        ...process("slow", "echo no licence; exec sleep 1000", 1),
        hooks: [["r0", "slow", "ready", "0001", "false"]],
      },
    ],
    [
      "post_up fails",
      "post_up of process r0/p exited with 4",
      {
        ...process("p", "sleep 1000"),
        hooks: [
          ["r0", "p", "ready", "0001", "true"],
          ["r0", "p", "post_up", "0001", "exit 4"],
        ],
      },
    ],
  ];
  test.each(failing)("%s: all is undone", (_, message, tables) => {
    const bundle = writeBundle(server.folder, { ...fullLab, tables: [...fullLab.tables, tables] });
    const before = dump(server);
    const up = server.run(`sh ${bundle} up`);
    expect(up.stderr).toContain(message);
    expect(up.code).toBe(1);
    expect(dump(server)).toBe(before);
  });

  test("a namespace that appears in the middle is left to whoever made it", () => {
    const bundle = writeBundle(server.folder, smallLab({ setup: [["pre", "0001", "ip netns add r1"]] }));
    const up = server.run(`sh ${bundle} up`);
    expect(up.stderr).toContain("'ip netns add r1' failed");
    expect(up.code).toBe(1);
    expect(server.run("ip netns").stdout).toBe("r1\n");
    server.run("ip netns del r1");
  });

  test("a file that appears in the middle is left to whoever made it", () => {
    const setup = {
      setup: [["pre", "0001", "mkdir -p /srv/made/here; echo theirs >/srv/made/here/app.conf"]],
    };
    const bundle = writeBundle(server.folder, { ...fullLab, tables: [...fullLab.tables, setup as Tables] });
    const up = server.run(`sh ${bundle} up`);
    expect(up.stderr).toContain("file /srv/made/here/app.conf: another program has just made it");
    expect(up.code).toBe(1);
    expect(server.run("stat -c %a /srv/made/here/app.conf; cat /srv/made/here/app.conf").stdout).toBe(
      "644\ntheirs\n",
    );
    expect(server.run("ls -A /srv/made/here; rm -r /srv/made").stdout).toBe("app.conf\n");
  });

  test.each(["mkdir", "ln -s /srv/elsewhere"])("a folder that another user has put in /tmp (%s)", (make) => {
    const bundle = writeBundle(server.folder, fullLab);
    server.run(
      `chmod 1777 /srv; mkdir /srv/elsewhere; ${make} /srv/made; chown -h 65534 /srv/made; ls -l /srv >&2`,
    );
    const up = server.run(`sh ${bundle} up`);
    expect(up.stderr).toMatch(
      /folder \/srv\/made belongs to user \w+, who could lead the files in it elsewhere/,
    );
    expect(up.code).toBe(2);
    expect(server.run("ls -A /srv/elsewhere").stdout).toBe("");
    server.run("rm -r /srv/made /srv/elsewhere; chmod 755 /srv");
  });

  test("what a setup command has mounted in the lab's folder is unmounted, not emptied", () => {
    const setup = { setup: [["pre", "0001", "mkdir data; mount --bind /srv/data data"]] };
    const bundle = writeBundle(server.folder, smallLab(setup as Tables));
    server.run("mkdir /srv/data; echo precious >/srv/data/kept");
    const before = dump(server);
    expect(server.run(`sh ${bundle} up`).code).toBe(0);
    expect(server.run(`sh ${bundle} down`).code).toBe(0);
    expect(dump(server)).toBe(before);
    expect(server.run("cat /srv/data/kept; rm -r /srv/data").stdout).toBe("precious\n");
  });

  const fill = `dd if=/dev/zero of=/var/lib/dune/small/log/full bs=1k 2>/dev/null`;

  test("down works on a full disk, by the room that up has set aside", () => {
    const bundle = writeBundle(server.folder, fullLab);
    server.run("mount -o remount,size=100m /var/lib");
    const before = dump(server);
    expect(server.run(`sh ${bundle} up`).code).toBe(0);
    server.run(fill);
    expect(server.run(`sh ${bundle} down`).code).toBe(0);
    expect(dump(server)).toBe(before);
    server.run("rm /var/lib/dune/small/log/full");
  });

  test("down forgets nothing where not even that room is left", () => {
    const bundle = writeBundle(server.folder, fullLab);
    const before = dump(server);
    expect(server.run(`sh ${bundle} up`).code).toBe(0);
    server.run(`rm /var/lib/dune/small/work/reserve; ${fill}`);
    const down = server.run(`sh ${bundle} down`);
    expect(down.stderr).toContain("there is no room to work in /var/lib/dune/small/work");
    expect(down.code).toBe(1);
    server.run("rm /var/lib/dune/small/log/full");
    expect(server.run(`sh ${bundle} down`).code).toBe(0);
    expect(dump(server)).toBe(before);
  });

  test("after SIGKILL of up down ends a setup command that does not end, and no neighbour", () => {
    const setup = { setup: [["pre", "0001", "sleep 4242 & sleep 4243"]] };
    const bundle = writeBundle(server.folder, smallLab(setup as Tables));
    const kill = `sh ${bundle} up >/dev/null 2>&1 & up=$!; sleep 0.6; kill -KILL $up; wait $up`;
    const before = dump(server);
    server.run(kill);
    expect(server.run(`timeout 20 sh ${bundle} down`).code).toBe(0);
    expect(dump(server)).toBe(before);
    const reused = `setsid sleep 4244 >/dev/null 2>&1 & sleep 0.1
      group=/var/lib/dune/small/work/setup.group; leader=$(cat $group); pgrep -x -f "sleep 4244" >$group
      timeout 20 sh ${bundle} down >/dev/null 2>&1; pgrep -x -f "sleep 424."; kill -KILL -$leader; pkill -x -f "sleep 4244"`;
    expect(server.run(`${kill}\n${reused}`).stdout.trim().split("\n")).toHaveLength(3);
    expect(dump(server)).toBe(before);
  });

  test("a directory that two labs use goes with the last of them", () => {
    const shared = (lab: string, name: string): string =>
      writeBundle(server.folder, {
        lab,
        phynode: lab,
        tables: [node(name), { files: [[`/srv/shared/${name}`, 644, name, sha256("x")]] }],
        contents: ["x"],
      });
    const [one, two] = [shared("one", "n1"), shared("two", "n2")];
    server.run(`sh ${one} up; sh ${two} up; sh ${one} down`);
    expect(server.run("ls /srv/shared").stdout).toBe("n2\n");
    server.run(`sh ${two} down`);
    expect(server.run("ls /srv").stdout).toBe("");
  });

  test.each(["TERM", "HUP"])(
    "a signal (%s) undoes all at once, also in the middle of a command",
    (signal) => {
      const bundle = writeBundle(server.folder, smallLab({ exec: [["r0", "0001", 60, "sleep 50"]] }));
      const before = dump(server);
      const up = server.run(
        `sh ${bundle} up & up=$!; timeout 20 sh -c "until pgrep -x sleep -a | grep -q ' 50$'; do sleep 0.05; done"
        kill -${signal} $up; wait $up`,
      );
      expect(up.stderr).toContain("undoing it all");
      expect(up.code).toBe(1);
      expect(dump(server)).toBe(before);
    },
  );

  const moments = [0.05, 0.12, 0.2, 0.28, 0.36, 0.45, 0.55, 0.65, 0.8, 0.95, 1.1, 1.4];
  test.each(moments)("down removes all after SIGKILL of up at %s s", (seconds) => {
    const bundle = writeBundle(server.folder, fullLab);
    const before = dump(server);
    server.run(`sh ${bundle} up >/dev/null 2>&1 & up=$!; sleep ${seconds}; kill -KILL $up; wait $up`);
    expect(server.run(`sh ${bundle} down`).code).toBe(0);
    expect(dump(server)).toBe(before);
  });

  test("down goes on where another down was killed", () => {
    const bundle = writeBundle(server.folder, fullLab);
    const before = dump(server);
    server.run(`sh ${bundle} up`);
    for (const seconds of [0.05, 0.1, 0.2]) {
      server.run(
        `sh ${bundle} down >/dev/null 2>&1 & down=$!; sleep ${seconds}; kill -KILL $down; wait $down`,
      );
    }
    expect(server.run(`sh ${bundle} down`).code).toBe(0);
    expect(dump(server)).toBe(before);
  });

  test("down leaves a namespace that has taken the place of the lab's", () => {
    const bundle = writeBundle(server.folder, smallLab());
    server.run(`sh ${bundle} up; ip netns add other; ip netns del r1; ip netns add r1`);
    expect(server.run(`sh ${bundle} down`).code).toBe(0);
    expect(server.run("ip netns | sort | cut -d ' ' -f 1").stdout).toBe("other\nr1\n");
    server.run("ip netns del r1; ip netns del other");
  });

  test("after a restart of the server down undoes the files, and nothing of the kernel", () => {
    const bundle = writeBundle(server.folder, fullLab);
    server.run(`sh ${bundle} up; sed -i 's/^boot.*/boot\\told\\t./' /var/lib/dune/small/journal`);
    expect(server.run(`sh ${bundle} up`)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("run down first"),
    });
    expect(server.run(`sh ${bundle} exec r0 -- true`).code).toBe(1);
    expect(server.run(`sh ${bundle} down`).code).toBe(0);
    expect(server.run("ls /srv; ip netns | wc -l").stdout).toBe("3\n");
  });
});

describe.skipIf(!isRoot)("a damaged bundle", () => {
  let server: Phynode;
  beforeAll(() => {
    server = startPhynode();
  });
  afterAll(() => server.stop());

  test.each([0.1, 0.5, 0.97, 0.999])("cut to %s of its size it does nothing", (part) => {
    const bundle = writeBundle(server.folder, fullLab);
    const before = dump(server);
    truncateSync(bundle, Math.floor(readFileSync(bundle).length * part));
    for (const command of ["up", "down", "status", "help"])
      expect(server.run(`sh ${bundle} ${command}`).code).toBe(2);
    expect(dump(server)).toBe(before);
  });

  const fromEnd = (bytes: Buffer): number => bytes.length - 9;
  const inRuntime = (bytes: Buffer): number => bytes.indexOf("take_down || stop") + 8;
  test.each([
    ["payload", fromEnd],
    ["runtime", inRuntime],
  ] as const)("with one byte of the %s changed it does nothing", (_, at) => {
    const bundle = writeBundle(server.folder, fullLab);
    const bytes = readFileSync(bundle);
    bytes[at(bytes)] = (bytes[at(bytes)] ?? 0) ^ 1;
    writeFileSync(bundle, bytes);
    for (const command of ["up", "check", "help"]) {
      const refused = server.run(`sh ${bundle} ${command}`);
      expect(refused.stderr).toContain("truncated or altered");
      expect(refused.code).toBe(2);
    }
  });

  test("as a folder it is guarded by its checksums", () => {
    const bundle = writeFolderBundle(server.folder, smallLab());
    expect(server.run(`sh ${bundle} up`).code).toBe(0);
    expect(server.run(`cd ${server.folder}/server1 && sh run.sh down`).code).toBe(0);
    const payload = `${server.folder}/server1/payload`;
    const refused = { code: 2, stderr: expect.stringContaining("incomplete or altered") };
    // A copy that was cut: the file is missing, and so is its line in the list of sums.
    server.run(
      `cp -R ${payload} ${payload}.whole; rm ${payload}/results; sed -i '/results/d' ${payload}/SHA256SUMS`,
    );
    expect(server.run(`sh ${bundle} up`)).toMatchObject(refused);
    server.run(`rm -rf ${payload}; mv ${payload}.whole ${payload}; echo x >>${payload}/nodes`);
    expect(server.run(`sh ${bundle} up`)).toMatchObject(refused);
  });

  test("extract unpacks it, but into no folder that is in use", () => {
    const bundle = writeBundle(server.folder, fullLab);
    expect(server.run(`sh ${bundle} extract /srv/x && cat /srv/x/content/*`).stdout).toBe("app\n");
    expect(server.run(`sh ${bundle} extract /srv/x`).code).toBe(1);
  });
});
