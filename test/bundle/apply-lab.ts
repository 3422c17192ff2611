import { expect } from "vitest";
import { type HandMadeLab, node, type Tables } from "./payload.js";
import type { Outcome, Phynode } from "./phynode.js";
import { exchange, pair } from "./small-lab.js";

type Name = keyof Tables;

/** r0 and r1 on one link and, with r2, on the bridge ix; r0 and r2 have a link of their own. */
export const base = merge([
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
      ["r0", "lo", "2001:db8:f::3/128"],
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

/** Sysctls by which two ways to a version of it are compared. */
export const declared = [
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

/** The rows of all of them. */
export function merge(tables: readonly Tables[]): Tables {
  const names = new Set(tables.flatMap((one) => Object.keys(one) as Name[]));
  return Object.fromEntries([...names].map((name) => [name, tables.flatMap((one) => one[name] ?? [])]));
}

/** The rows without those whose fields, joined by blanks, hold the text, and with these. */
export function edit(whole: Tables, less: readonly string[], more: Tables = {}): Tables {
  const kept = Object.entries(whole).map(([name, rows]) => [
    name,
    (rows ?? []).filter((row) => !less.some((text) => ` ${row.join(" ")} `.includes(` ${text} `))),
  ]);
  return merge([Object.fromEntries(kept) as Tables, more]);
}

/** The lab with these rows; versions of one name and the same rows have another digest. */
export function lab(whole: Tables, version: string): HandMadeLab {
  return { lab: "small", phynode: "server1", keys: { version }, tables: [whole] };
}

/** It ended well, and nothing on the way failed. */
export function good(outcome: Outcome): Outcome {
  expect(outcome).toMatchObject({ code: 0, stderr: expect.not.stringContaining("failed") });
  return outcome;
}

/** Makes the lab that version, whether it is up or not. */
export function bringTo(server: Phynode, bundle: string): void {
  const isUp = "test -e /var/lib/dune/small/journal";
  good(server.run(`if ${isUp}; then sh ${bundle} apply; else sh ${bundle} up; fi`));
}
