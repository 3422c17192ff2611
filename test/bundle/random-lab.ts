import type { Dice } from "./random.js";

/* A lab as data that can be changed at random; `random-lab-toml.ts` writes it as a topology. */

export interface Lab {
  /** Of each phynode, by its number. */
  servers: Server[];
  nodes: Record<string, LabNode>;
  links: LabLink[];
}

export interface Server {
  sysctls: Record<string, string>;
  /** Texts of files that are carried, by name. */
  files: Record<string, string>;
  setup: string[];
}

export interface LabNode {
  kind: "node" | "bridge";
  server: number;
  /** Addresses by interface, beside those that each link gives its ends. */
  extra: Record<string, string[]>;
  routes: { dev: string; via: boolean; to: string }[];
  sysctls: Record<string, string>;
  files: Record<string, LabFile>;
  private: boolean;
  exec: string[];
  processes: Record<string, LabProcess>;
}

export interface LabFile {
  text: string;
  mode: string;
  owner: string | undefined;
  place: "srv" | "dir" | "root" | "private";
}

export interface LabProcess {
  /** `reads` shows in its command line what its file held when it started, `reloads` keeps a copy of what it has loaded last. */
  does: "sleeps" | "forks" | "reads" | "reloads";
  seconds: number;
  file: string;
  environ: Record<string, string>;
  cores: number;
  ready: boolean;
  stubborn: boolean;
}

export interface LabLink {
  ends: [LabEnd, LabEnd];
  mtu: number | undefined;
  bw: string | undefined;
  queue: number | undefined;
  metric: number;
  /** Whether its ends have addresses of its own subnets. */
  numbered: boolean;
}

export interface LabEnd {
  node: string;
  device: string;
  mac: string | undefined;
}

export const fileNames = ["f0", "f1", "f2"];
const processNames = ["p0", "p1", "p2"];
export const nodeNames = ["n0", "n1", "n2", "n3", "n4"];
const places = ["srv", "srv", "dir", "root", "private"] as const;

export function randomLab(dice: Dice, servers: number): Lab {
  const count = 2 + dice.number(3);
  const lab: Lab = {
    servers: Array.from({ length: servers }, () => ({ sysctls: {}, files: {}, setup: [] })),
    nodes: {},
    links: [],
  };
  for (const name of nodeNames.slice(0, count)) lab.nodes[name] = randomNode(dice, servers);
  for (let links = dice.number(count) + 1; links > 0; links--) addLink(lab, dice);
  for (const server of lab.servers) {
    if (dice.chance(40)) server.sysctls["net.ipv4.ip_default_ttl"] = String(70 + dice.number(3));
    if (dice.chance(40)) server.files.s0 = randomText(dice);
  }
  return lab;
}

export function randomNode(dice: Dice, servers: number): LabNode {
  const node: LabNode = {
    kind: dice.chance(15) ? "bridge" : "node",
    server: dice.number(servers),
    extra: {},
    routes: [],
    sysctls: {},
    files: {},
    private: dice.chance(30),
    exec: dice.chance(40) ? [randomExec(dice)] : [],
    processes: {},
  };
  for (const name of fileNames) if (dice.chance(40)) node.files[name] = randomFile(dice);
  for (const name of processNames) if (dice.chance(35)) node.processes[name] = randomProcess(dice);
  if (dice.chance(50)) setAddresses(node, dice);
  if (dice.chance(50)) setSysctl(node, dice);
  if (dice.chance(50)) addRoute(node, dice);
  return node;
}

export function randomFile(dice: Dice): LabFile {
  return {
    text: randomText(dice),
    mode: dice.pick(["644", "600", "755"]),
    owner: dice.chance(20) ? "65534" : undefined,
    place: dice.pick(places),
  };
}

/** A number, for `sleep`. */
export function randomText(dice: Dice): string {
  return String(3000 + dice.number(500));
}

export function randomProcess(dice: Dice): LabProcess {
  return {
    does: dice.pick(["sleeps", "forks", "reads", "reads", "reloads", "reloads"] as const),
    seconds: 2000 + dice.number(500),
    file: dice.pick(fileNames),
    environ: dice.chance(40) ? { LEVEL: `a b ${dice.number(9)}` } : {},
    cores: dice.number(2),
    ready: dice.chance(30),
    stubborn: dice.chance(10),
  };
}

/** What stays in the namespace, and goes with it. */
export function randomExec(dice: Dice): string {
  return `ip route replace blackhole 203.0.113.${dice.number(200)}/32`;
}

export function setAddresses(node: LabNode, dice: Dice): void {
  const device = dice.pick(["lo", "lo", "eth0", "eth1", "br0"]);
  const pool = ["10.200.0.1/32", "10.200.1.1/24", "10.200.1.2/24", "10.200.1.3/24", "10.200.1.4/25"];
  const pool6 = ["2001:db8:c8::1/128", "2001:db8:c9::1/64", "2001:db8:c9::2/64", "2001:db8:c9::3/64"];
  const own = device === "lo" ? ["127.0.0.1/8", "127.0.0.53/8", "127.0.1.1/32", "::1/128"] : [];
  const chosen = [...pool, ...own, ...pool6].filter(() => dice.chance(45));
  // Each address is once on a node.
  for (const other of Object.keys(node.extra))
    node.extra[other] = (node.extra[other] ?? []).filter((each) => !chosen.includes(each));
  node.extra[device] = dice.chance(50) ? chosen : chosen.reverse();
}

export function addRoute(node: LabNode, dice: Dice): void {
  const to = dice.pick(["192.0.2.0/24", "192.0.2.128/25", "2001:db8:f::/48", "2001:db8:f:1::/64"]);
  node.routes = node.routes.filter((route) => route.to !== to);
  node.routes.push({ to, dev: dice.pick(["eth0", "eth1", "eth2"]), via: dice.chance(60) });
}

const sysctlChoices: Readonly<Record<string, readonly string[]>> = {
  "net.ipv4.conf.all.forwarding": ["0", "1"],
  "net.ipv6.conf.all.forwarding": ["0", "1"],
  "net.ipv6.conf.default.forwarding": ["0", "1"],
  "net.ipv4.conf.default.rp_filter": ["0", "1", "2"],
  "net.ipv4.conf.all.rp_filter": ["0", "1", "2"],
  "net.ipv4.conf.eth0.rp_filter": ["0", "1", "2"],
  "net.ipv4.conf.eth1.forwarding": ["0", "1"],
  "net.ipv6.conf.eth0.accept_ra": ["0", "1", "2"],
  "net.ipv6.conf.default.hop_limit": ["64", "63"],
  "net.ipv6.conf.eth1.hop_limit": ["62", "61"],
  "net.ipv4.neigh.eth0.ucast_solicit": ["3", "5"],
  "net.ipv4.ip_default_ttl": ["64", "65"],
  "net.ipv4.ip_forward": ["0", "1"],
  "net.ipv4.fib_multipath_hash_policy": ["0", "1"],
  "net.ipv6.conf.default.addr_gen_mode": ["0", "1"],
  "net.ipv6.conf.lo.disable_ipv6": ["0", "1"],
};

/** All that a random lab may set, or change by it, as patterns below /proc/sys. */
export const sysctlPatterns = [
  ...["forwarding", "rp_filter"].map((key) => `net/ipv4/conf/*/${key}`),
  ...["forwarding", "accept_ra", "hop_limit", "addr_gen_mode", "disable_ipv6", "accept_dad"].map(
    (key) => `net/ipv6/conf/*/${key}`,
  ),
  ...["net/ipv4/neigh/*/ucast_solicit", "net/ipv4/ip_default_ttl", "net/ipv4/fib_multipath_hash_policy"],
];

export function setSysctl(node: LabNode, dice: Dice): void {
  const name = dice.pick(Object.keys(sysctlChoices));
  if (node.sysctls[name] !== undefined && dice.chance(50)) delete node.sysctls[name];
  else node.sysctls[name] = dice.pick(sysctlChoices[name] ?? []);
}

/** Between two nodes, at the first interface of each that is free. */
export function addLink(lab: Lab, dice: Dice): void {
  const names = Object.keys(lab.nodes);
  if (names.length < 2) return;
  const a = dice.pick(names);
  const b = dice.pick(names.filter((name) => name !== a));
  const device = (node: string): string => {
    const taken = lab.links.flatMap(({ ends }) => ends.filter((end) => end.node === node));
    const free = ["eth0", "eth1", "eth2", "wan", "a.b", "p-1", "eth10"];
    return free.find((each) => !taken.some((end) => end.device === each)) ?? `x${taken.length}`;
  };
  const end = (node: string, number: number): LabEnd => ({
    node,
    device: device(node),
    mac: dice.chance(15) ? `02:00:00:00:0${number}:${10 + dice.number(80)}` : undefined,
  });
  lab.links.push({
    ends: [end(a, 1), end(b, 2)],
    mtu: dice.chance(40) ? dice.pick(mtus) : undefined,
    bw: dice.chance(50) ? dice.pick(rates) : undefined,
    queue: dice.chance(20) ? dice.pick([50, 60]) : undefined,
    metric: 1,
    numbered: dice.chance(80),
  });
}

export const mtus = [1200, 1279, 1280, 1400, 1500];
export const rates = ["10mbit", "20mbit", "1gbit"];
