import { type HandMadeLab, node, type Tables } from "./payload.js";

/** r0 and r1 on one link (eth0, 10.0.0.1 and .2, 2001:db8::1 and ::2), and each with an interface on the bridge `ix`. */
export const pair: readonly Tables[] = [
  node("r0"),
  node("r1"),
  {
    veths: [
      ["r0", "eth0", 2, "02:00:00:00:00:01", "r1", "eth0", 2, "02:00:00:00:00:02", 1400, "r0:eth0-r1:eth0"],
    ],
    interfaces: [
      ["r0", "eth0", "-"],
      ["r1", "eth0", "-"],
    ],
    addresses: [
      ["r0", "eth0", "10.0.0.1/24"],
      ["r0", "eth0", "2001:db8::1/64"],
      ["r1", "eth0", "10.0.0.2/24"],
      ["r1", "eth0", "2001:db8::2/64"],
    ],
  },
];

export const exchange: readonly Tables[] = [
  node("ix", "bridge"),
  {
    bridges: [["ix", "br0", 2, "02:00:00:00:00:10", 1500]],
    veths: [
      ["r0", "eth1", 3, "02:00:00:00:00:11", "ix", "p0", 3, "02:00:00:00:00:12", 1500, "r0:eth1-ix:p0"],
      ["r1", "eth1", 3, "02:00:00:00:00:13", "ix", "p1", 4, "02:00:00:00:00:14", 1500, "r1:eth1-ix:p1"],
    ],
    interfaces: [
      ["r0", "eth1", "-"],
      ["r1", "eth1", "-"],
      ["ix", "br0", "-"],
      ["ix", "p0", "br0"],
      ["ix", "p1", "br0"],
    ],
    addresses: [
      ["r0", "eth1", "10.9.0.1/24"],
      ["r1", "eth1", "10.9.0.2/24"],
    ],
  },
];

export function smallLab(...more: readonly Tables[]): HandMadeLab {
  return { lab: "small", phynode: "server1", tables: [...pair, ...more] };
}

/** One process of r0, on no core of its own. */
export function process(name: string, command: string, timeoutSeconds = 5): Tables {
  return { processes: [["r0", name, "-", timeoutSeconds, command]] };
}
