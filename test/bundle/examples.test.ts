import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { dune } from "../cli/run-dune.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const examples = readdirSync(`${root}/examples`).filter((name) =>
  existsSync(`${root}/examples/${name}/topology.toml`),
);
const isRoot = process.getuid?.() === 0;
const has = (tool: string) => spawnSync("sh", ["-c", `PATH=$PATH:/usr/sbin command -v ${tool}`]).status === 0;

test.each(examples)("example %s is in order", async (name) => {
  const checked = await dune(root, ["check", `examples/${name}`]);
  expect(checked.stderr).toBe("");
  expect(checked.exitCode).toBe(0);
});

/** Runs a script in the rehearsal of an example; in it `on NODE CMD` runs a command in a node. */
async function rehearse(name: string, script: string) {
  const env = { HOME: process.env.HOME ?? "/root" };
  const run = await dune(root, ["rehearse", `examples/${name}`, "--", "sh", "-euc", script], env);
  expect(run.exitCode, `${run.stdout}\n${run.stderr}`).toBe(0);
  expect(run.stdout).toContain("nothing left: no namespace, link, process, mount or file of the lab");
  return run.stdout;
}

// Namespaces need root, or a kernel that gives users namespaces of their own; ping is what a person would use.
describe.runIf(isRoot && has("ping"))("as root, with ping", () => {
  test("quickstart: hosts on two servers reach each other through VXLAN and static routes", async () => {
    const printed = await rehearse(
      "quickstart",
      `on h1 ping -c 2 -i 0.2 -W 5 2001:db8:2::2
       on h1 ping -c 1 -W 5 -M do -s 1402 2001:db8:2::2
       on r1 tc qdisc show dev eth1
       on server1 cat /proc/sys/kernel/hostname
       on server1 ip -br link show type vxlan
       on r1 ip -d link show dev eth1`,
    );
    expect(printed).toContain("2 received, 0% packet loss");
    // 1450 bytes of MTU: IPv6 40 and ICMPv6 8 bytes beside the 1402, in one piece.
    expect(printed).toContain("1410 bytes from 2001:db8:2::2");
    expect(printed).toMatch(/tbf .* rate 100Mbit/);
    expect(printed).toMatch(/vxlan id \d+ remote 192\.0\.2\.2 local 192\.0\.2\.1/);
  });

  test("laptop: the queue is on one end only, and IPv4 is forwarded", async () => {
    const printed = await rehearse(
      "laptop",
      `on alice ping -c 2 -i 0.2 -W 5 10.0.2.2
       on router tc qdisc show dev eth1
       on bob tc qdisc show dev eth0`,
    );
    expect(printed).toContain("2 received, 0% packet loss");
    expect(printed.match(/tbf/g)).toHaveLength(1);
  });

  test("ixp: members of one segment, one of them behind a tunnel", async () => {
    const printed = await rehearse(
      "ixp",
      `on as64501 ping -c 2 -i 0.2 -W 5 -I 2001:db8:1::1 2001:db8:3::1
       on as64502 ping -c 2 -i 0.2 -W 5 -I 2001:db8:2::1 2001:db8:1::1
       on ixp ip -br link show master br0`,
    );
    expect(printed.match(/2 received, 0% packet loss/g)).toHaveLength(2);
    expect(printed.match(/^port\d/gm)).toHaveLength(3);
  });

  test.runIf(has("bird"))("ospf: BIRD converges over both servers, by the metrics of the file", async () => {
    const printed = await rehearse(
      "ospf",
      `sh examples/ospf/converge.sh
       on r1 birdc -s /var/lib/dune/ospf/node/r1/bird.ctl show ospf neighbors
       on r1 ping -c 1 -W 5 -I 2001:db8::1 2001:db8::4`,
    );
    // r4 by r2 and r3 at 30 and not by the direct link at 100.
    expect(printed).toMatch(/2001:db8::4 via fe80::\S+ dev eth0/);
    expect(printed.match(/Full\/PtP/g)).toHaveLength(2);
    expect(printed).toContain("1 received, 0% packet loss");
  });

  test.runIf(has("bird"))(
    "plugin: a section of the plugin's makes BGP sessions, over them a host reaches another AS",
    async () => {
      const printed = await rehearse(
        "plugin",
        `sh examples/plugin/converge.sh
       on h1 ping -c 1 -W 5 2001:db8:3::1
       on r3 birdc -s /var/lib/dune/plugin/node/r3/bird.ctl show route for 2001:db8:1::/48 all`,
      );
      // r1 and r3 have a session each, r2 two; none leads to h1, which has no section.
      expect(printed.match(/^\w+ +BGP .* Established/gm)?.map((line) => line.split(" ")[0])).toEqual([
        "r2_eth1",
        "r1_eth0",
        "r3_eth1",
        "r2_eth0",
      ]);
      expect(printed).toMatch(/^2001:db8:3::\/48 via fe80::\S+ dev eth1/m);
      expect(printed).toContain("BGP.as_path: 65002 65001");
      expect(printed).toContain("1 received, 0% packet loss");
    },
  );

  test.runIf(has("gcc") && has("go"))(
    "cross: programs in C, Go and TypeScript are built for this machine, and measure each other",
    async () => {
      const printed = await rehearse(
        "cross",
        `on prober sh -c 'until grep -q sent /var/lib/dune/cross/node/prober/ts.txt; do sleep 0.1; done'
         on prober sh -c 'tail -n 1 /var/lib/dune/cross/node/prober/*.txt'`,
      );
      // The board's programs are for this machine, too, whatever it is.
      for (const node of ["c", "go", "ts"]) {
        expect(printed).toMatch(
          new RegExp(`node/prober/${node}\\.txt <==\\n10 sent, \\d+ received, \\d+% lost, min/avg/max`),
        );
      }
    },
  );
});
