import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { base, bringTo, declared, edit, good, lab, merge } from "./apply-lab.js";
import { labState } from "./lab-state.js";
import { node, type Tables, writeBundle } from "./payload.js";
import { isRoot, type Phynode, startPhynode } from "./phynode.js";

const cases: Readonly<
  Record<string, { readonly to: Tables; readonly lost: readonly string[]; readonly says?: string }>
> = {
  "the order of a link's ends is nothing; rates, queues and MTUs are set in place": {
    to: edit(base, ["r0:eth0-r1:eth0", "10000000", "- - - 33", "via 10.0.0.1"], {
      routes: [["r1", "0001", 4, "10.2.0.0/24 via 10.9.0.1"]],
      veths: [["r1", "eth0", 2, "02:00:00:00:00:02", "r0", "eth0", 2, "02:00:00:00:00:01", 1300, "other"]],
      qdiscs: [
        ["r0", "eth0", 20_000_000, 30_000, "-", 50],
        ["r0", "eth2", 5_000_000, 20_000, "-", "-"],
        ["r1", "eth0", 8_000_000, 20_000, "-", "-"],
      ],
    }),
    lost: [],
    says: "2 links changed, 2 nodes changed in place",
  },
  "queues go; sysctls change, come and go, as a new node would have them": {
    to: edit(
      base,
      [
        "10000000",
        "- - - 33",
        "net/ipv4/conf/all/forwarding",
        "net/ipv4/conf/eth2/rp_filter",
        "net/ipv6/conf/all/forwarding",
      ],
      {
        sysctls: [
          ["r0", 1, "0003", "net/ipv4/conf/all/rp_filter", 1],
          ["r0", 1, "0004", "net/ipv4/tcp_rmem", "4096 100000 200000"],
          ["r1", 1, "0003", "net/ipv4/conf/default/arp_ignore", 2],
          ["r2", 2, "0001", "net/ipv4/conf/eth0/arp_ignore", 1],
        ],
      },
    ),
    lost: [],
    says: "1 link changed, 3 nodes changed in place",
  },
  "an MTU below 1280 and another MAC make the link anew": {
    to: edit(
      base,
      ["r0:eth0-r1:eth0", "r0:eth2-r2:eth0", "2001:db8::1/64", "2001:db8::2/64", "via 2001:db8::1"],
      {
        veths: [
          [
            "r0",
            "eth0",
            2,
            "02:00:00:00:00:01",
            "r1",
            "eth0",
            2,
            "02:00:00:00:00:02",
            1200,
            "r0:eth0-r1:eth0",
          ],
          [
            "r0",
            "eth2",
            4,
            "02:00:00:00:00:21",
            "r2",
            "eth0",
            2,
            "02:00:00:00:00:99",
            1500,
            "r0:eth2-r2:eth0",
          ],
        ],
      },
    ),
    lost: ["r0:eth0", "r0:eth2", "r1:eth0", "r2:eth0"],
  },
  "addresses keep their order; routes are replaced, then the stale ones go": {
    to: edit(
      base,
      [
        "10.2.0.1/24",
        "10.2.0.3/24",
        "2001:db8::2/64",
        "default via 10.2.0.1",
        "10.2.0.0/24 via 10.0.0.1",
        "2001:db8:f::/48 via 2001:db8::1 metric 7",
        "blackhole",
      ],
      {
        addresses: [
          ["r2", "eth0", "10.2.0.9/24"],
          ["r2", "eth0", "10.3.0.9/24"],
          ["r0", "lo", "192.0.2.7/32"],
          ["r0", "lo", "2001:db8:e::1/128"],
          ["r1", "eth0", "2001:db8::3/64"],
          ["r1", "eth0", "10.0.0.1/16"],
          ["r1", "eth0", "fe80::7/64"],
        ],
        routes: [
          ["r1", "0001", 4, "10.2.0.0/24 via 10.9.0.1"],
          ["r1", "0002", 6, "2001:db8:f::/48 via 2001:db8::1 metric 8"],
          ["r1", "0003", 4, "10.2.0.0/24 via 10.9.0.1 metric 5"],
          ["r2", "0001", 4, "default via 10.2.0.2"],
        ],
      },
    ),
    lost: [],
    says: "3 nodes changed in place",
  },
  "a link comes and one goes": {
    to: edit(
      base,
      ["r0:eth2-r2:eth0", "r0 eth2", "r2 eth0", "net/ipv4/conf/eth2/rp_filter", "default via 10.2.0.1"],
      {
        veths: [
          [
            "r1",
            "eth7",
            9,
            "02:00:00:00:00:71",
            "r2",
            "eth7",
            9,
            "02:00:00:00:00:72",
            1500,
            "r1:eth7-r2:eth7",
          ],
          ["r2", "eth1", 3, "02:00:00:00:00:15", "ix", "p2", 5, "02:00:00:00:00:16", 1400, "r2:eth1-ix:p2"],
        ],
        interfaces: [
          ["r1", "eth7", "-"],
          ["r2", "eth7", "-"],
          ["r2", "eth1", "-"],
          ["ix", "p2", "br0"],
        ],
        addresses: [
          ["r1", "eth7", "10.7.0.1/24"],
          ["r2", "eth7", "10.7.0.2/24"],
        ],
        routes: [["r2", "0001", 4, "default via 10.7.0.1"]],
        sysctls: [["r1", 2, "0001", "net/ipv4/conf/eth7/rp_filter", 2]],
      },
    ),
    lost: ["r0:eth2", "r2:eth0"],
  },
  "a node comes and one goes, with their links; another device makes a bridge anew": {
    to: merge([
      edit(base, ["r2", "r0 eth2", "net/ipv4/conf/eth2/rp_filter", "02:00:00:00:00:10"], {
        bridges: [["ix", "br0", 2, "02:00:00:00:00:17", 1500]],
      }),
      node("r3"),
      {
        veths: [
          [
            "r0",
            "eth2",
            4,
            "02:00:00:00:00:31",
            "r3",
            "eth0",
            2,
            "02:00:00:00:00:32",
            1500,
            "r0:eth2-r3:eth0",
          ],
        ],
        interfaces: [
          ["r0", "eth2", "-"],
          ["r3", "eth0", "-"],
        ],
        addresses: [["r3", "eth0", "10.4.0.1/24"]],
      },
    ]),
    lost: ["ix:br0", "ix:lo", "ix:p0", "ix:p1", "r0:eth1", "r0:eth2", "r1:eth1", "r2:eth0", "r2:lo"],
  },
  "a setting that counts only for new interfaces makes the node anew": {
    to: edit(base, ["r2 1 0002 net/ipv6/conf/default/accept_dad 0"], {
      sysctls: [["r2", 1, "0002", "net/ipv6/conf/default/disable_ipv6", 1]],
    }),
    lost: ["r0:eth2", "r2:eth0", "r2:lo"],
  },
};

describe.skipIf(!isRoot)("apply changes the network of a lab that is up", () => {
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

  const each = `for netns in $(ls /run/netns); do for dev in $(ip -n $netns -j link | grep -o '"ifname":"[^"]*' | cut -d '"' -f 4); do`;
  const mark = `${each} ip -n $netns addr add 203.0.113.1/32 dev $dev; done; done`;
  const unmark = `${each} ip -n $netns addr show dev $dev | grep -q 203.0.113.1 && echo $netns:$dev &&
    ip -n $netns addr del 203.0.113.1/32 dev $dev; done; done; :`;

  for (const [title, { to, lost, says }] of Object.entries(cases)) {
    test(title, () => {
      const first = writeBundle(live.folder, lab(base, "first"));
      bringTo(live, first);
      const before = live.run(`${mark}; ${each} echo $netns:$dev; done; done`).stdout.trim().split("\n");
      const bundle = writeBundle(live.folder, lab(to, title));
      // Pings go over links that stay; one may be on its way when they are stopped.
      const pinged = good(
        live.run(`ip netns exec r0 ping -q -i 0.02 10.9.0.2 >/srv/ping & ping=$!; sh ${bundle} apply
          code=$?; kill -INT $ping; wait; cat /srv/ping; exit $code`),
      );
      if (says !== undefined) expect(pinged.stderr).toMatch(new RegExp(`applied in .* s: ${says}$`, "m"));
      const [, sent, got] = /(\d+) packets transmitted, (\d+) received/.exec(pinged.stdout) ?? [];
      if (!lost.includes("r0:eth1")) expect(Number(sent) - Number(got)).toBeLessThanOrEqual(1);
      const kept = new Set(live.run(unmark).stdout.trim().split("\n"));
      expect(before.filter((one) => !kept.has(one)).sort()).toEqual(lost);
      const other = writeBundle(fresh.folder, lab(to, title));
      good(fresh.run(`sh ${other} up`));
      const wanted = labState(fresh, declared);
      good(fresh.run(`sh ${other} down`));
      expect(labState(live, declared)).toEqual(wanted);
      const status = live.run(`sh ${bundle} status --json`);
      expect(JSON.parse(status.stdout).drift).toEqual([]);
    });
  }

  test("lo keeps the addresses that the kernel gives it, whatever is declared beside them", () => {
    const write = (on: Phynode, ...list: readonly string[]): string => {
      const addresses = list.map((address) => ["r0", "lo", address]);
      return writeBundle(on.folder, lab({ ...node("r0"), addresses }, list.join()));
    };
    good(live.run(`sh ${writeBundle(live.folder, lab(base, "first"))} down`));
    const versions = [
      ["127.0.0.1/8", "::1/128", "10.0.0.1/32"],
      ["10.0.0.1/32"],
      ["10.0.0.2/32", "127.0.0.53/8", "10.0.0.1/32", "fe80::7/64"],
      [],
    ];
    for (const version of versions) {
      bringTo(live, write(live, ...version));
      const bundle = write(fresh, ...version);
      good(fresh.run(`sh ${bundle} up`));
      expect(labState(live)).toEqual(labState(fresh));
      good(fresh.run(`sh ${bundle} down`));
      expect(live.run(`sh ${write(live, ...version)} status`)).toMatchObject({ code: 0 });
    }
    const right = labState(live);
    const bundle = write(live);
    const status = `sh ${bundle} status`;
    live.run("ip -n r0 addr del 127.0.0.1/8 dev lo; ip -n r0 addr del ::1/128 dev lo");
    const { stdout } = live.run(status);
    for (const address of ["127.0.0.1/8", "::1/128"]) expect(stdout).toContain(`address ${address} is gone`);
    expect(good(live.run(`sh ${bundle} apply`)).stderr).toContain("1 node changed in place");
    expect(labState(live)).toEqual(right);
    // Where IPv6 is off there is no ::1, and nothing is wrong.
    live.run("ip netns exec r0 sysctl -qw net.ipv6.conf.lo.disable_ipv6=1");
    expect(live.run(status)).toMatchObject({ code: 0 });
    expect(good(live.run(`sh ${bundle} apply`)).stderr).toContain("nothing to do");
    good(live.run(`sh ${bundle} down`));
  });

  test("a sysctl of the server changes, and gets back the value of before the lab when it is no longer declared", () => {
    const ttl = (): string => fresh.run("cat /proc/sys/net/ipv4/ip_default_ttl").stdout.trim();
    const wants = (value?: number): string => {
      const sysctls = value === undefined ? [] : [["-", 1, "0001", "net/ipv4/ip_default_ttl", value]];
      return writeBundle(fresh.folder, lab({ ...node("r0"), sysctls }, String(value)));
    };
    good(fresh.run(`echo 63 >/proc/sys/net/ipv4/ip_default_ttl; sh ${wants(61)} up`));
    for (const [value, shown] of [
      [62, "62"],
      [undefined, "63"],
      [60, "60"],
    ] as const) {
      expect(good(fresh.run(`sh ${wants(value)} apply`)).stderr).toContain("s: 1 server sysctl set\n");
      expect(ttl()).toBe(shown);
    }
    fresh.run("echo 9 >/proc/sys/net/ipv4/ip_default_ttl");
    expect(fresh.run(`sh ${wants(60)} status`).stdout).toContain(
      "server                   sysctl net/ipv4/ip_default_ttl is 9, wanted 60",
    );
    good(fresh.run(`sh ${wants(60)} apply`));
    expect(ttl()).toBe("60");
    good(fresh.run(`sh ${wants(60)} down`));
    expect(ttl()).toBe("63");
  });
});
