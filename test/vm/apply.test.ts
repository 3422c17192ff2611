import { afterAll, beforeAll, expect, test } from "vitest";
import { type Bed, type Machine, startBed } from "./bed.js";
import { buildLab, bundle } from "./build-lab.js";
import { json, pingMs } from "./measure.js";

/** `apply` with the kernel's own netem: links that get every kind of change that netem knows, and a ring of 20 routers. */
let bed: Bed;
let server: Machine;

beforeAll(async () => {
  bed = await startBed(["server"]);
  [server] = bed.machines as [Machine];
});
afterAll(() => bed?.stop());

async function must(words: string): Promise<string> {
  const { code, stdout, stderr } = await bundle(server, words);
  if (code !== 0) throw new Error(`${words} ended with ${code}: ${stderr}${stdout}`);
  return stdout;
}

/** What the links a:l0–b:l0, a:l1–b:l1, … have, before and after; between them every parameter comes, changes and goes. */
const shapes = [
  ["latency = '10ms'", "latency = '12.345ms'"],
  ["latency = '10ms', jitter = '2ms'", "latency = '10ms'"],
  ["loss = '1%'", "loss = '2.5%', duplicate = '1%'"],
  ["latency = '5ms', corrupt = '1%'", "latency = '5ms', loss = '1%'"],
  ["latency = '5ms', reorder = '25%'", "latency = '5ms'"],
  ["bw = '10mbit'", "bw = '10mbit', latency = '5ms'"],
  ["bw = '10mbit', latency = '5ms'", "bw = '20mbit'"],
  ["latency = '5ms', queue = 10", ""],
  ["", "latency = '5ms', bw = '5mbit'"],
  ["latency = '5ms', bw = '5mbit', mtu = 1500", "latency = '5ms', bw = '5mbit', mtu = 1400"],
] as const;

const shaped = (version: 0 | 1) => `
name = "shapes"
[infrastructure.nodes.server]
cores = [[0]]
oversubscribe = 2
[topology.nodes]
a = {}
b = {}
[topology]
links = [
${shapes
  .map((shape, index) => [`endpoints = ["a:l${index}", "b:l${index}"]`, shape[version]].filter(Boolean))
  .map((properties) => `  { ${properties.join(", ")} },\n`)
  .join("")}
]
`;

/** Of both ends of the links between a and b, without what counts references. */
async function queues(): Promise<unknown> {
  const all = await Promise.all(["a", "b"].map((node) => server.run(`tc -n ${node} -j qdisc show`)));
  const strip = (qdisc: Record<string, unknown>) => ({ ...qdisc, refcnt: 0 });
  return all.map((one) => json(one).map(strip));
}

test("whatever netem is to change, apply gives what down and up give", async () => {
  await buildLab({ "topology.toml": shaped(0) }, bed.machines);
  await must("up");
  await buildLab({ "topology.toml": shaped(1) }, bed.machines);
  await must("apply");
  await must("status");
  const applied = await queues();
  await must("down");
  await must("up");
  expect(applied).toEqual(await queues());
  await must("down --purge");
});

const count = 20;
const around = Array.from({ length: count }, (_, index) => index);

/** `latency` is that of the link r3–r4, the first of whose ends alone has it. */
const ring = (latency: string) => `
name = "ring"
[infrastructure.nodes.server]
cores = [[0]]
oversubscribe = ${count}
[topology.groups.routers]
nodes = ["r*"]
templates = { "bird.conf.eta" = "{{dir}}/bird.conf" }
pinned = [{ cmd = "bird -f -s {{dir}}/bird.ctl -c {{dir}}/bird.conf" }]
${around
  .map(
    (node) => `[topology.nodes.r${node}]
addrs.east = ["10.0.${node}.1/24"]
addrs.west = ["10.0.${(node + count - 1) % count}.2/24"]
`,
  )
  .join("")}
[topology]
links = [
${around
  .map((node) => {
    const delay = node === 3 ? `"r3:east".latency = "${latency}"` : 'latency = "2ms"';
    return `  { endpoints = ["r${node}:east", "r${(node + 1) % count}:west"], ${delay} },\n`;
  })
  .join("")}
]
`;

const bird = `router id {{ addrs.east[0].address }};
log "{{dir}}/bird.log" all;
protocol device {}
protocol ospf v2 {
  debug { events };
  ipv4 {};
  area 0 { interface "east", "west" { type ptp; hello 2; dead 20; }; };
}
`;

const buildRing = (latency: string): Promise<void> =>
  buildLab({ "topology.toml": ring(latency), "bird.conf.eta": bird }, bed.machines);

const adjacencies = `
cd /var/lib/dune/ring/node
until [ "$(for node in r*; do birdc -s "$node/bird.ctl" show ospf neighbors; done | grep -c Full/)" = ${2 * count} ]
do sleep 0.5; done`;

/** Which processes there are, and how often one of them has lost a neighbour. */
async function routers(): Promise<string> {
  const logs = "/var/lib/dune/ring/node/r*/bird.log";
  return (await server.run(`pgrep -x bird; cat ${logs} | grep -c 'changed state from Full'`)).stdout;
}

test("one link's latency is changed: no process, no adjacency and no packet of others is lost", async () => {
  await buildRing("10ms");
  await must("up");
  expect(await server.run(adjacencies, 90)).toMatchObject({ code: 0 });
  const before = await routers();
  const watched = [6, 9, 12, 15, 18];
  await buildRing("30ms");
  expect((await must("apply --dry-run")).trimEnd().split("\n")).toEqual([
    expect.stringMatching(/^in r3: tc qdisc replace dev east root .* delay 30ms/),
  ]);
  const pings = watched.map(
    (node) => `ip netns exec r${node} ping -q -i 0.02 10.0.${node}.2 >/run/ping${node} &`,
  );
  await server.run(`${pings.join("\n")} sleep 1`);
  await must("apply");
  const said = await server.run("pkill -INT ping; sleep 0.5; cat /run/ping*");
  expect(said.stdout.match(/ 0% packet loss/g)).toHaveLength(watched.length);
  const { min, average } = pingMs(
    (await server.run("ip netns exec r3 ping -q -c 10 -i 0.2 10.0.3.2")).stdout,
  );
  expect(min).toBeGreaterThanOrEqual(30);
  expect(average).toBeLessThan(40);
  expect(await routers()).toBe(before);
});

test("a delay that somebody changes by hand is seen, and repaired by the same bundle", async () => {
  await server.run("tc -n r3 qdisc change dev east root handle 1: netem limit 20000 delay 29ms");
  const status = await bundle(server, "status");
  expect(status.code).toBe(1);
  expect(status.stdout).toMatch(/r3:east +queue is .*29ms.*wanted .*30ms/);
  await must("apply");
  await must("status");
  await must("down --purge");
  expect((await server.run("ls /run/netns /var/lib/dune 2>/dev/null")).stdout).toBe("");
});
