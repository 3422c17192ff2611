import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { base, bringTo, declared, edit, good, lab, merge } from "./apply-lab.js";
import { labState } from "./lab-state.js";
import { node, type Row, writeBundle } from "./payload.js";
import { isRoot, type Phynode, startPhynode } from "./phynode.js";

describe.skipIf(!isRoot)("apply of a lab that is not as its version was", () => {
  let live: Phynode;
  let fresh: Phynode;
  beforeAll(() => {
    live = startPhynode();
    fresh = startPhynode();
  });
  afterAll(() => {
    live.stop();
    fresh.stop();
  });

  test("what was done by hand is said by status, made good by apply of the same bundle, and then there is nothing to do", () => {
    const bundle = writeBundle(live.folder, lab(base, "first"));
    bringTo(live, bundle);
    const right = labState(live, declared);
    const drifts = (): readonly string[] =>
      JSON.parse(live.run(`sh ${bundle} status --json`).stdout).drift.map(
        (one: Record<string, string>) => `${one.node}:${one.interface ?? ""} ${one.what}`,
      );
    const harms: readonly (readonly [string, readonly string[], string])[] = [
      [
        `ip netns exec r0 tc qdisc change dev eth0 root handle 2: tbf rate 10mbit burst 30000 limit 1434000
         ip netns exec r1 tc qdisc change dev eth0 root pfifo limit 34
         ip netns exec r2 tc qdisc add dev eth0 root pfifo limit 5
         ip -n r0 addr del 10.2.0.2/24 dev eth2
         ip -n ix link set dev p0 nomaster
         ip -n r1 link set dev eth0 mtu 1300
         ip -n r2 route del blackhole 192.0.2.0/24
         ip netns exec r0 sysctl -qw net.ipv4.conf.eth2.rp_filter=0 net.ipv6.conf.all.forwarding=0`,
        [
          "ix:p0 master",
          "r0: sysctl",
          "r0: sysctl",
          "r0:eth0 qdisc",
          "r0:eth2 address",
          "r1:eth0 mtu",
          "r1:eth0 qdisc",
          "r2: route",
          "r2:eth0 qdisc",
        ],
        "2 links changed, 4 nodes changed in place",
      ],
      [
        `ip -n r0 link set dev eth2 down
         ip -n r1 link del dev eth0
         ip -n r0 addr del 2001:db8:f::1/128 dev lo
         ip -n r0 addr add 2001:db8:f::1/128 dev lo
         ip -n r1 link set dev eth1 down
         ip -n r1 link set dev eth1 address 02:00:00:00:00:98
         ip -n r1 link set dev eth1 up`,
        [
          "r0:eth0 interface",
          "r0:eth2 state",
          "r0:lo order",
          "r1: route",
          "r1: route",
          "r1:eth0 interface",
          "r1:eth1 mac",
        ],
        "1 link made, 1 link made anew",
      ],
      [
        "ip netns del ix",
        ["ix: namespace", "r0:eth1 interface", "r1:eth1 interface"],
        "1 node made, 2 links made",
      ],
    ];
    for (const [harm, expected, says] of harms) {
      live.run(harm);
      const said = drifts();
      expect([...said].sort()).toEqual([...expected].sort());
      expect(good(live.run(`sh ${bundle} apply`)).stderr).toMatch(
        new RegExp(`applied in .* s: ${says}$`, "m"),
      );
      expect(drifts()).toEqual([]);
      expect(labState(live, declared)).toEqual(right);
      expect(good(live.run(`sh ${bundle} apply`)).stderr).toContain("nothing to do");
    }
  });

  test("from an apply that failed halfway it goes on to another version, or back", () => {
    const other = edit(base, ["10000000", "net/ipv4/conf/all/forwarding", "10.0.0.2/24", "via 10.0.0.1"], {
      addresses: [["r1", "eth0", "10.0.0.3/24"]],
      sysctls: [["r1", 1, "0003", "net/ipv4/conf/default/arp_ignore", 2]],
    });
    const broken = merge([
      edit(base, ["r2", "r0 eth2", "net/ipv4/conf/eth2/rp_filter", "02:00:00:00:00:10"]),
      node("r9"),
      {
        bridges: [["ix", "br0", 2, "02:00:00:00:00:17", 1500]],
        veths: [
          [
            "r0",
            "eth2",
            4,
            "02:00:00:00:00:31",
            "r9",
            "eth0",
            2,
            "02:00:00:00:00:32",
            1500,
            "r0:eth2-r9:eth0",
          ],
        ],
        interfaces: [
          ["r0", "eth2", "-"],
          ["r9", "eth0", "-"],
        ],
        addresses: [["r1", "eth0", "10.0.0.77/24"]],
        routes: [
          ["r1", "0007", 4, "198.18.0.0/15 via 10.0.0.1"],
          ["r1", "0008", 4, "198.18.0.0/16 via 10.66.0.1"],
        ],
      },
    ]);
    for (const to of [base, other]) {
      const first = writeBundle(live.folder, lab(base, "first"));
      bringTo(live, first);
      const failed = live.run(`sh ${writeBundle(live.folder, lab(broken, "broken"))} apply`);
      expect(failed).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("lab small is between two versions"),
      });
      expect(failed.stderr).toContain("ip -4 route replace 198.18.0.0/16 via 10.66.0.1");
      expect(live.run("ip netns list").stdout).toContain("r9");
      const bundle = writeBundle(live.folder, lab(to, "after"));
      good(live.run(`sh ${bundle} apply`));
      const same = writeBundle(fresh.folder, lab(to, "after"));
      good(fresh.run(`sh ${same} up`));
      expect(labState(live, declared)).toEqual(labState(fresh, declared));
      expect(JSON.parse(live.run(`sh ${bundle} status --json`).stdout).drift).toEqual([]);
      expect(good(live.run(`sh ${bundle} apply`)).stderr).toContain("nothing to do");
      good(fresh.run(`sh ${same} down`));
    }
  });

  test("links that an interrupted apply has crossed are made anew, although each end looks right", () => {
    const ends = ["a", "b", "c", "d"];
    const square = (pairs: readonly string[], routes: readonly Row[]): string => {
      const end = (name: string): Row => [name, "eth0", 1000001, `02:00:00:00:00:0${name}`];
      const veths = pairs.map((pair) => [...[...pair].flatMap(end), 1500, pair]);
      const interfaces = ends.map((name) => [name, "eth0", "-"]);
      const addresses = ends.map((name, index) => [name, "eth0", `10.0.0.${index + 1}/24`]);
      const tables = merge([...ends.map((name) => node(name)), { veths, interfaces, addresses, routes }]);
      return writeBundle(fresh.folder, lab(tables, pairs.join()));
    };
    good(fresh.run(`sh ${square(["ab", "cd"], [])} up`));
    const unreachable = ["a", "0001", 4, "198.18.0.0/16 via 10.66.0.1"];
    expect(fresh.run(`sh ${square(["ac", "bd"], [unreachable])} apply`).code).toBe(1);
    expect(fresh.run("ip netns exec a ping -q -c 1 -W 1 10.0.0.3").code).toBe(0);
    const bundle = square(["ab", "cd"], []);
    good(fresh.run(`sh ${bundle} apply`));
    good(
      fresh.run("ip netns exec a ping -q -c 1 -W 1 10.0.0.2 && ip netns exec c ping -q -c 1 -W 1 10.0.0.4"),
    );
    good(fresh.run(`sh ${bundle} down`));
  });
});
