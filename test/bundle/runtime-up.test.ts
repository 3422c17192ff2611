import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { node, sha256, text, writeBundle } from "./payload.js";
import { dump, isRoot, type Phynode, startPhynode } from "./phynode.js";
import { exchange, process, smallLab } from "./small-lab.js";

describe.skipIf(!isRoot)("a lab on one server", () => {
  let server: Phynode;
  beforeAll(() => {
    server = startPhynode();
  });
  afterAll(() => server.stop());

  test("on a server that never had a namespace down leaves not even their folder", () => {
    server.run("umount /run/netns; rmdir /run/netns");
    const one = writeBundle(server.folder, { ...smallLab(), lab: "one" });
    const two = writeBundle(server.folder, { lab: "two", phynode: "server2", tables: [node("r9")] });
    const before = dump(server);
    const script = `for lab in ${one} ${two}; do sh $lab up || exit; done; sh ${one} down; ip netns; sh ${two} down`;
    expect(server.run(script)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^r9/) });
    expect(dump(server)).toBe(before);
    server.run(`sh ${two} up; ip netns add theirs; sh ${two} down`);
    expect(server.run("ip netns").stdout).toBe("theirs\n");
    server.run("ip netns del theirs");
  });

  test("comes up, carries traffic, shows its status, goes without a trace", () => {
    const lab = smallLab(...exchange, process("idle", "sleep 1000"), {
      exec: [["r1", "0001", 5, "echo from r1"]],
    });
    const bundle = writeBundle(server.folder, lab);
    const before = dump(server);
    const up = server.run(`sh ${bundle} up`);
    expect(up.stderr).toContain("dune: server1: up: 3 nodes, 3 links, 1 process");
    expect(up.code).toBe(0);
    expect(dump(server)).not.toBe(before);
    expect(server.run(`sh ${bundle} exec r0 -- ping -q -c 1 -W 2 10.0.0.2`).code).toBe(0);
    expect(server.run(`sh ${bundle} exec r0 -- ping -q -c 1 -W 2 2001:db8::2`).code).toBe(0);
    expect(server.run(`sh ${bundle} exec r1 -- ping -q -c 1 -W 2 10.9.0.1`).code).toBe(0);
    expect(server.run("cat /var/lib/dune/small/log/r1/+exec.log").stdout).toBe("from r1\n");

    const status = server.run(`sh ${bundle} status --json`);
    expect(status.code).toBe(0);
    expect(JSON.parse(status.stdout)).toMatchObject({
      lab: "small",
      state: "up",
      nodes: [
        { name: "ix", kind: "bridge", state: "up" },
        { name: "r0", state: "up" },
        { name: "r1", state: "up" },
      ],
      processes: [{ node: "r0", name: "idle", state: "running", code: null, cores: [] }],
      links: expect.arrayContaining([
        { link: "r0:eth0-r1:eth0", node: "r1", netns: "r1", interface: "eth0", state: "up" },
        { link: "r0:eth1-ix:p0", node: "ix", netns: "ix", interface: "p0", state: "up" },
      ]),
    });
    expect(server.run(`sh ${bundle} status`).stdout).toContain("r0/idle                  running");

    const down = server.run(`sh ${bundle} down`);
    expect(down.stderr).toContain("dune: server1: down");
    expect(down.code).toBe(0);
    expect(dump(server)).toBe(before);
    expect(server.run(`sh ${bundle} status`).code).toBe(1);
    expect(server.run(`sh ${bundle} down`).code).toBe(0);
    expect(dump(server)).toBe(before);
  });

  test("status tells a missing node, a link that is down, and a process that has died", () => {
    const lab = smallLab(...exchange, process("idle", "sleep 1000"));
    const bundle = writeBundle(server.folder, lab);
    server.run(`sh ${bundle} up`);
    server.run(
      "ip netns del ix; ip -n r1 link set eth0 down; kill -KILL $(cat /var/lib/dune/small/proc/r0/idle.pid); sleep 0.2",
    );
    const status = server.run(`sh ${bundle} status --json`);
    expect(status.code).toBe(1);
    expect(JSON.parse(status.stdout)).toMatchObject({
      nodes: [{ name: "ix", state: "missing" }, { state: "up" }, { state: "up" }],
      processes: [{ state: "exited", code: 137 }],
      links: expect.arrayContaining([
        expect.objectContaining({ node: "r1", netns: "r1", interface: "eth0", state: "down" }),
      ]),
    });
    expect(server.run(`sh ${bundle} down`).code).toBe(0);
  });

  test("sets MAC, index, MTU, rate, sysctls in their order, routes", () => {
    const lab = smallLab({
      qdiscs: [
        ["r0", "eth0", 10_000_000, 20_000, "-", "-"],
        ["r1", "eth0", "-", "-", "-", 33],
      ],
      sysctls: [
        ["r0", 1, "0003", "net/ipv4/conf/all/forwarding", 1],
        ["r0", 1, "0004", "net/ipv4/conf/default/rp_filter", 2],
        ["r0", 2, "0001", "net/ipv4/conf/eth0/accept_local", 1],
        ["-", 1, "0001", "net/ipv4/ip_default_ttl", 77],
      ],
      addresses: [
        ["r1", "lo", "192.0.2.1/32"],
        ["r1", "lo", "2001:db8:1::1/128"],
      ],
      routes: [
        ["r0", "0001", 4, "192.0.2.1/32 via 10.0.0.2"],
        ["r0", "0002", 6, "2001:db8:1::1/128 via 2001:db8::2"],
      ],
    });
    const bundle = writeBundle(server.folder, lab);
    expect(server.run(`sh ${bundle} up`).code).toBe(0);
    const inside = (command: string): string => server.run(`sh ${bundle} exec r0 -- ${command}`).stdout;
    expect(JSON.parse(inside("ip -j link show dev eth0"))).toMatchObject([
      { ifindex: 2, address: "02:00:00:00:00:01", mtu: 1400 },
    ]);
    expect(JSON.parse(inside("tc -j qdisc show dev eth0"))).toMatchObject([
      { kind: "tbf", root: true, options: { rate: 1_250_000 } },
    ]);
    const queue = server.run(`sh ${bundle} exec r1 -- tc -j qdisc show dev eth0`).stdout;
    expect(JSON.parse(queue)).toMatchObject([{ kind: "pfifo", options: { limit: 33 } }]);
    const sysctls =
      "net.ipv4.conf.eth0.rp_filter net.ipv4.conf.eth0.accept_local net.ipv4.conf.eth0.forwarding";
    expect(inside(`sysctl -n ${sysctls}`)).toBe("2\n1\n1\n");
    expect(inside("ping -q -c 1 -W 2 192.0.2.1")).toContain("1 received");
    expect(inside("ping -q -c 1 -W 2 2001:db8:1::1")).toContain("1 received");
    expect(server.run("sysctl -n net.ipv4.ip_default_ttl").stdout).toBe("77\n");
    server.run(`sh ${bundle} down`);
    expect(server.run("sysctl -n net.ipv4.ip_default_ttl").stdout).toBe("64\n");
  });

  test("writes files with their modes and removes the directories that it made, but no other", () => {
    const lab = {
      ...smallLab({
        files: [
          ["/srv/etc/deep/er/app.conf", 640, "r0", sha256("secret\n")],
          [text("/srv/etc/a b'\"$(x)\n.conf"), 600, "r0", sha256("odd\n")],
          ["bin/tool", 755, "r0", sha256("tool\n")],
        ],
        exec: [["r0", "0001", 5, "cat bin/tool; pwd"]],
      }),
      contents: ["secret\n", "odd\n", "tool\n"],
    };
    const bundle = writeBundle(server.folder, lab);
    server.run("mkdir /srv/etc; echo keep >/srv/etc/kept");
    const before = dump(server);
    expect(server.run(`sh ${bundle} up`).code).toBe(0);
    expect(server.run("stat -c '%a %s' /srv/etc/deep/er/app.conf; stat -c %a /srv/etc/deep").stdout).toBe(
      "640 7\n755\n",
    );
    expect(server.run('cat "/srv/etc/a b\'\\"\\$(x)\n.conf"').stdout).toBe("odd\n");
    expect(server.run("cat /var/lib/dune/small/log/r0/+exec.log").stdout).toBe(
      "tool\n/var/lib/dune/small/root\n",
    );
    server.run(`sh ${bundle} down`);
    expect(dump(server)).toBe(before);
    server.run("rm -r /srv/etc");
  });

  test("runs setup before and after, with its log", () => {
    const lab = smallLab({
      setup: [
        ["post", "0001", "ip netns >/srv/after; ip -o link show >/dev/null"],
        ["pre", "0001", "ip netns >/srv/before; echo said"],
      ],
    });
    const bundle = writeBundle(server.folder, lab);
    expect(server.run(`sh ${bundle} up`).code).toBe(0);
    expect(server.run("cat /srv/before").stdout).toBe("");
    expect(server.run("cut -d ' ' -f 1 /srv/after | sort").stdout).toBe("r0\nr1\n");
    expect(server.run("cat /var/lib/dune/small/log/setup.log").stdout).toBe("said\n");
    server.run(`sh ${bundle} down; rm /srv/before /srv/after`);
  });

  test("exec passes on input, output and exit code, and takes every argument as it is", () => {
    const bundle = writeBundle(server.folder, smallLab());
    server.run(`sh ${bundle} up`);
    expect(server.run(`echo in | sh ${bundle} exec r0 -- sh -c 'cat; echo err >&2; exit 42'`)).toEqual({
      code: 42,
      stdout: "in\n",
      stderr: "err\n",
    });
    expect(server.run(`sh ${bundle} exec r0 -- printf '[%s]' 'a b' '$(id)' "'" '' ';' '\`id\`'`).stdout).toBe(
      "[a b][$(id)]['][][;][`id`]",
    );
    expect(server.run(`sh ${bundle} exec r0 -- ls /run/netns /sys/class/net`).stdout).toContain("eth0");
    expect(server.run(`sh ${bundle} exec nope -- true`)).toMatchObject({ code: 1 });
    expect(server.run(`sh ${bundle} exec r0 true`)).toMatchObject({ code: 1 });
    server.run(`sh ${bundle} down`);
  });

  test("a dry run and a check touch nothing", () => {
    const bundle = writeBundle(server.folder, smallLab(process("idle", "sleep 1000")));
    const before = dump(server);
    const dry = server.run(`sh ${bundle} up --dry-run`);
    expect(dry.code).toBe(0);
    expect(dry.stdout).toContain("ip netns add r0\n");
    expect(dry.stdout).toContain("in r0: ip addr add 10.0.0.1/24 dev eth0\n");
    expect(dry.stdout).toContain("process r0/idle on cores -: sleep 1000\n");
    expect(server.run(`sh ${bundle} check`)).toMatchObject({ code: 0 });
    expect(server.run(`sh ${bundle} manifest`).stdout).toBe('{"lab":"small"}\n');
    expect(dump(server)).toBe(before);
  });

  test("interfaces and nodes may have names that are keywords of ip", () => {
    const lab = {
      lab: "words",
      phynode: "server1",
      tables: [
        node("dev"),
        node("mtu"),
        {
          veths: [
            ["dev", "mtu", 2, "02:00:00:00:00:01", "mtu", "a", 2, "02:00:00:00:00:02", 1500, "dev:mtu-mtu:a"],
          ],
          interfaces: [
            ["dev", "mtu", "-"],
            ["mtu", "a", "-"],
          ],
          addresses: [["dev", "mtu", "10.0.0.1/24"]],
        },
      ],
    };
    const bundle = writeBundle(server.folder, lab);
    const up = server.run(`sh ${bundle} up`);
    expect(up.stderr).toContain("up: 2 nodes, 1 link, 0 processes");
    expect(server.run(`sh ${bundle} down`).code).toBe(0);
  });
});
