import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { labState } from "./lab-state.js";
import { type HandMadeLab, node, type Row, type Tables, writeBundle } from "./payload.js";
import { isRoot, type Outcome, type Phynode, startPhynode } from "./phynode.js";
import { exchange, pair } from "./small-lab.js";

type Name = keyof Tables;

/** r0 and r1 on one link and, with r2, on the bridge ix; r0 and r2 have a link of their own. */
const base = merge([
  ...pair,
  ...exchange,
  node("r2"),
  {
    veths: [
      ["r0", "eth2", 4, "02:00:00:00:00:21", "r2", "eth0", 2, "02:00:00:00:00:22", 1500, "r0:eth2-r2:eth0"],
    ],
    interfaces: [
      ["r0", "eth2", "-"],
      ["r2", "eth0", "-"],
    ],
    addresses: [
      ["r0", "eth2", "10.2.0.1/24"],
      ["r0", "eth2", "10.2.0.2/24"],
      ["r2", "eth0", "10.2.0.3/24"],
      ["r0", "lo", "2001:db8:f::1/128"],
    ],
    qdiscs: [
      ["r0", "eth0", 10_000_000, 20_000, "-", "-"],
      ["r1", "eth0", "-", "-", "-", 33],
    ],
    sysctls: [
      ["r0", 1, "0003", "net/ipv4/conf/all/forwarding", 1],
      ["r0", 1, "0004", "net/ipv6/conf/all/forwarding", 1],
      ["r0", 2, "0001", "net/ipv4/conf/eth2/rp_filter", 2],
    ],
    routes: [
      ["r1", "0001", 4, "10.2.0.0/24 via 10.0.0.1"],
      ["r1", "0002", 6, "2001:db8:f::/48 via 2001:db8::1 metric 7"],
      ["r2", "0001", 4, "default via 10.2.0.1"],
      ["r2", "0002", 4, "blackhole 192.0.2.0/24"],
    ],
  },
]);

const declared = [
  "net/ipv4/conf/all/forwarding",
  "net/ipv4/conf/eth0/forwarding",
  "net/ipv4/conf/default/forwarding",
  "net/ipv4/conf/lo/forwarding",
  "net/ipv4/conf/eth2/rp_filter",
  "net/ipv4/conf/eth0/rp_filter",
  "net/ipv4/conf/eth0/arp_ignore",
  "net/ipv4/tcp_rmem",
  "net/ipv6/conf/all/forwarding",
  "net/ipv6/conf/eth0/forwarding",
  "net/ipv6/conf/eth2/forwarding",
  "net/ipv6/conf/all/accept_dad",
];

function merge(tables: readonly Tables[]): Tables {
  const names = new Set(tables.flatMap((one) => Object.keys(one) as Name[]));
  return Object.fromEntries([...names].map((name) => [name, tables.flatMap((one) => one[name] ?? [])]));
}

/** The rows without those whose fields, joined by blanks, hold the text, and with these. */
function edit(whole: Tables, less: readonly string[], more: Tables = {}): Tables {
  const kept = Object.entries(whole).map(([name, rows]) => [
    name,
    (rows ?? []).filter((row) => !less.some((text) => ` ${row.join(" ")} `.includes(` ${text} `))),
  ]);
  return merge([Object.fromEntries(kept) as Tables, more]);
}

function lab(whole: Tables, version: string): HandMadeLab {
  return { lab: "small", phynode: "server1", keys: { version }, tables: [whole] };
}

/** `eth0` of r0 and r1 as one row. */
function firstLink(mtu: number, mac = "02:00:00:00:00:01"): Row {
  return ["r0", "eth0", 2, mac, "r1", "eth0", 2, "02:00:00:00:00:02", mtu, "r0:eth0-r1:eth0"];
}

const cases: Readonly<Record<string, { readonly to: Tables; readonly lost: readonly string[] }>> = {
  "nothing but the order of a link's ends": {
    to: edit(base, ["r0:eth0-r1:eth0"], {
      veths: [["r1", "eth0", 2, "02:00:00:00:00:02", "r0", "eth0", 2, "02:00:00:00:00:01", 1400, "other"]],
    }),
    lost: [],
  },
  "a link's rate, queue and MTU are set in place": {
    to: edit(base, ["r0:eth0-r1:eth0", "10000000", "- - - 33"], {
      veths: [firstLink(1300)],
      qdiscs: [
        ["r0", "eth0", 20_000_000, 30_000, "-", 50],
        ["r0", "eth2", 5_000_000, 20_000, "-", "-"],
        ["r1", "eth0", 8_000_000, 20_000, "-", "-"],
      ],
    }),
    lost: [],
  },
  "queues that are no longer wanted go": { to: edit(base, ["10000000", "- - - 33"]), lost: [] },
  "an MTU below 1280 and another MAC make the link anew": {
    to: edit(
      base,
      ["r0:eth0-r1:eth0", "r0:eth2-r2:eth0", "2001:db8::1/64", "2001:db8::2/64", "via 2001:db8::1"],
      {
        veths: [
          firstLink(1200),
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
  "addresses are added and removed in place, in their order": {
    to: edit(base, ["10.2.0.1/24", "10.2.0.3/24", "2001:db8::2/64", "default via 10.2.0.1"], {
      addresses: [
        ["r2", "eth0", "10.2.0.9/24"],
        ["r2", "eth0", "10.3.0.9/24"],
        ["r0", "lo", "192.0.2.7/32"],
        ["r0", "lo", "2001:db8:e::1/128"],
        ["r1", "eth0", "2001:db8::3/64"],
        ["r1", "eth0", "10.0.0.1/16"],
      ],
      routes: [["r2", "0001", 4, "default via 10.2.0.2"]],
    }),
    lost: [],
  },
  "routes are replaced, then the stale ones go": {
    to: edit(base, ["10.2.0.0/24 via 10.0.0.1", "2001:db8:f::/48 via 2001:db8::1 metric 7", "blackhole"], {
      routes: [
        ["r1", "0001", 4, "10.2.0.0/24 via 10.9.0.1"],
        ["r1", "0002", 6, "2001:db8:f::/48 via 2001:db8::1 metric 8"],
        ["r1", "0003", 4, "10.2.0.0/24 via 10.0.0.1 metric 5"],
      ],
    }),
    lost: [],
  },
  "sysctls that change, come and go, as a new node would have them": {
    to: edit(
      base,
      ["net/ipv4/conf/all/forwarding", "net/ipv4/conf/eth2/rp_filter", "net/ipv6/conf/all/forwarding"],
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
  "a node comes and one goes, with their links": {
    to: edit(base, ["r2", "r0 eth2", "net/ipv4/conf/eth2/rp_filter"], {
      ...merge([
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
    }),
    lost: ["r0:eth2", "r2:eth0", "r2:lo"],
  },
  "a setting that counts only for new interfaces makes the node anew": {
    to: edit(base, ["r2 1 0002 net/ipv6/conf/default/accept_dad 0"], {
      sysctls: [["r2", 1, "0002", "net/ipv6/conf/default/disable_ipv6", 1]],
    }),
    lost: ["r0:eth2", "r2:eth0", "r2:lo"],
  },
  "another device makes a bridge anew": {
    to: edit(base, ["02:00:00:00:00:10"], { bridges: [["ix", "br0", 2, "02:00:00:00:00:17", 1500]] }),
    lost: ["ix:br0", "ix:lo", "ix:p0", "ix:p1", "r0:eth1", "r1:eth1"],
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

  const good = (outcome: Outcome): Outcome => {
    expect(outcome).toMatchObject({ code: 0, stderr: expect.not.stringContaining("failed") });
    return outcome;
  };
  const each = `for netns in $(ls /run/netns); do for dev in $(ip -n $netns -j link | grep -o '"ifname":"[^"]*' | cut -d '"' -f 4); do`;
  const mark = `${each} ip -n $netns addr add 203.0.113.1/32 dev $dev; done; done`;
  const unmark = `${each} ip -n $netns addr show dev $dev | grep -q 203.0.113.1 && echo $netns:$dev &&
    ip -n $netns addr del 203.0.113.1/32 dev $dev; done; done; :`;

  for (const [title, { to, lost }] of Object.entries(cases)) {
    test(title, () => {
      const first = writeBundle(live.folder, lab(base, "first"));
      good(
        live.run(`if test -e /var/lib/dune/small/journal; then sh ${first} apply; else sh ${first} up; fi`),
      );
      const before = live.run(`${mark}; ${each} echo $netns:$dev; done; done`).stdout.trim().split("\n");
      const bundle = writeBundle(live.folder, lab(to, title));
      good(live.run(`sh ${bundle} apply`));
      const kept = new Set(live.run(unmark).stdout.trim().split("\n"));
      expect(before.filter((one) => !kept.has(one)).sort()).toEqual(lost);
      const other = writeBundle(fresh.folder, lab(to, title));
      good(fresh.run(`sh ${other} up`));
      expect(labState(live, declared)).toEqual(labState(fresh, declared));
      const status = live.run(`sh ${bundle} status --json`);
      expect(JSON.parse(status.stdout).drift).toEqual([]);
      good(fresh.run(`sh ${other} down`));
    });
  }

  test("what was done by hand is said by status, made good by apply of the same bundle, and then there is nothing to do", () => {
    const bundle = writeBundle(live.folder, lab(base, "first"));
    good(
      live.run(`if test -e /var/lib/dune/small/journal; then sh ${bundle} apply; else sh ${bundle} up; fi`),
    );
    const right = labState(live, declared);
    const drifts = (): readonly string[] =>
      JSON.parse(live.run(`sh ${bundle} status --json`).stdout).drift.map(
        (one: Record<string, string>) => `${one.node}:${one.interface ?? ""} ${one.what}`,
      );
    const harms: readonly (readonly [string, readonly string[]])[] = [
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
      ],
      [
        `ip -n r0 link set dev eth2 down
         ip -n r1 link del dev eth0`,
        ["r0:eth0 interface", "r0:eth2 state", "r1: route", "r1: route", "r1:eth0 interface"],
      ],
      [
        `ip -n r0 addr del 10.2.0.1/24 dev eth2
         ip -n r0 addr add 10.2.0.2/24 dev eth2
         ip -n r0 addr add 10.2.0.1/24 dev eth2
         ip -n r1 link set dev eth1 down
         ip -n r1 link set dev eth1 address 02:00:00:00:00:98
         ip -n r1 link set dev eth1 up`,
        ["r0:eth2 order", "r1:eth1 mac"],
      ],
      ["ip netns del ix", ["ix: namespace", "r0:eth1 interface", "r1:eth1 interface"]],
    ];
    for (const [harm, expected] of harms) {
      live.run(harm);
      const said = drifts();
      expect([...said].sort()).toEqual([...expected].sort());
      good(live.run(`sh ${bundle} apply`));
      expect(drifts()).toEqual([]);
      expect(labState(live, declared)).toEqual(right);
      expect(good(live.run(`sh ${bundle} apply`)).stderr).toContain("nothing to do");
    }
  });

  test("from an apply that failed halfway it goes on to another version, or back", () => {
    const [title, other] = [
      "a node comes and one goes, with their links",
      "sysctls that change, come and go, as a new node would have them",
    ];
    const versions = [base, cases[other]?.to ?? base];
    const broken = edit(cases[title]?.to ?? base, [], {
      ...node("r9"),
      addresses: [["r1", "eth0", "10.0.0.77/24"]],
      routes: [
        ["r1", "0007", 4, "198.18.0.0/15 via 10.0.0.1"],
        ["r1", "0008", 4, "198.18.0.0/16 via 10.66.0.1"],
      ],
    });
    for (const to of versions) {
      const first = writeBundle(live.folder, lab(base, "first"));
      good(
        live.run(`if test -e /var/lib/dune/small/journal; then sh ${first} apply; else sh ${first} up; fi`),
      );
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
});
