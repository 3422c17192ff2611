import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256, writeBundle } from "./payload.js";
import { dump, isRoot, type Phynode, startPhynode } from "./phynode.js";
import { exchange, process as one, smallLab } from "./small-lab.js";

const find = (tool: string): string =>
  spawnSync("sh", ["-c", `command -v ${tool}`], { encoding: "utf8" }).stdout.trim();

/** A PATH in which `sh` is this shell, so that the runtime's helpers use it too. */
function pathWith(folder: string, shell: string): string {
  const place = join(folder, `path-${shell}`);
  mkdirSync(place);
  symlinkSync(find(shell), join(place, "sh"));
  if (shell !== "busybox") return `${place}:${process.env.PATH}`;
  // Everything is busybox's but what it does not have, or not iproute2's.
  const applets = spawnSync("busybox", ["--list"], { encoding: "utf8" }).stdout.split("\n");
  const own = applets.filter(
    (name) => /^[a-z0-9]+$/.test(name) && !["sh", "ip", "tc", "flock"].includes(name),
  );
  for (const name of own) symlinkSync(find("busybox"), join(place, name));
  for (const name of ["ip", "tc", "flock"]) symlinkSync(find(name), join(place, name));
  return place;
}

describe.skipIf(!isRoot)("the runtime under each shell", () => {
  let server: Phynode;
  beforeAll(() => {
    server = startPhynode();
  });
  afterAll(() => server.stop());

  test.each(["dash", "bash", "busybox"])("%s", (shell) => {
    if (find(shell) === "") return;
    const lab = smallLab(...exchange, one("idle", "exec sleep 1000"), {
      exec: [["r0", "0001", 5, "echo done"]],
      hooks: [
        ["r0", "idle", "ready", "0001", "true"],
        ["r0", "idle", "down", "0001", "echo ended"],
      ],
      files: [["/srv/in/a", 600, "r0", sha256("a\n")]],
      sysctls: [["r0", 2, "0001", "net/ipv4/conf/eth0/accept_local", 1]],
      qdiscs: [["r0", "eth0", 10_000_000, 20_000, "-", "-"]],
      routes: [["r0", "0001", 4, "192.0.2.0/24 via 10.0.0.2"]],
      results: [
        ["r0", "/srv/in/*"],
        ["r0", "none"],
        ["r1", "/etc/hostname"],
      ],
    });
    const bundle = writeBundle(server.folder, { ...lab, contents: ["a\n"] });
    const before = dump(server);
    const run = (script: string): ReturnType<Phynode["run"]> => server.run(script, { PATH: pathOf(shell) });
    expect(run(`sh ${bundle} up`)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("up: 3 nodes, 3 links, 1 process"),
    });
    expect(run(`sh ${bundle} status`)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("as it should be"),
    });
    expect(run(`sh ${bundle} logs r0 +exec`).stdout).toBe("done\n");
    expect(run(`echo 'pwd; exit 4' | sh ${bundle} shell r0`)).toMatchObject({
      code: 4,
      stdout: "/var/lib/dune/small/root\n",
    });
    const collected = run(`cd /srv && sh ${bundle} collect x && tar -tzf x; rm x`).stdout.split("\n");
    expect(collected.filter((name) => /[^/]$/.test(name)).sort()).toEqual([
      "facts.txt",
      "logs/r0/+exec.log",
      "logs/r0/idle.log",
      "manifest.json",
      "results/r0/srv/in/a",
      "results/r1/etc/hostname",
      "status.json",
    ]);
    run("nsenter --net=/run/netns/r0 ip link set dev eth0 mtu 1300");
    expect(run(`sh ${bundle} status`)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/r0:eth0 +MTU is 1300, wanted 1400\n$/),
    });
    run("nsenter --net=/run/netns/r0 ip link set dev eth0 mtu 1400");
    expect(run(`sh ${bundle} exec r0 -- sh -c 'exit 9'`).code).toBe(9);
    expect(run(`sh ${bundle} down`)).toMatchObject({ code: 0 });
    expect(server.run("cat /var/lib/dune/small/log/r0/*").stdout).toBe("done\nended\n");
    server.run("sleep 1");
    expect(dump(server)).toBe(before);
  });

  const paths = new Map<string, string>();
  function pathOf(shell: string): string {
    const known = paths.get(shell) ?? pathWith(server.folder, shell);
    paths.set(shell, known);
    return known;
  }
});
