import { afterAll, beforeAll, expect, test } from "vitest";
import { type Bed, type Machine, startBed } from "./bed.js";
import { buildLab, bundle } from "./build-lab.js";
import { json, pingMs } from "./measure.js";

/**
 * `apply` with the kernel's own netem: a ring of 20 routers with BIRD, of which one link's latency is changed while others
 * are watched, and links that get every kind of change that netem knows.
 */
let bed: Bed;
let server: Machine;

const count = 20;
const around = Array.from({ length: count }, (_, index) => index);

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

/** `latency` is that of the link r3–r4, the first of whose ends alone has it. */
const lab = (latency: string, version: 0 | 1) => `
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
[topology.nodes.a]
[topology.nodes.b]
[topology]
links = [
${around
  .map((node) => {
    const delay = node === 3 ? `, "r3:east".latency = "${latency}"` : ', latency = "2ms"';
    return `  { endpoints = ["r${node}:east", "r${(node + 1) % count}:west"]${delay} },\n`;
  })
  .join("")}
${shapes
  .map(
    (shape, index) =>
      `  { endpoints = ["a:l${index}", "b:l${index}"]${shape[version] && ", "}${shape[version]} },\n`,
  )
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

async function build(latency: string, version: 0 | 1): Promise<void> {
  await buildLab({ "topology.toml": lab(latency, version), "bird.conf.eta": bird }, bed.machines);
}

beforeAll(async () => {
  bed = await startBed(["server"]);
  [server] = bed.machines as [Machine];
  await build("10ms", 0);
  expect(await bundle(server, "up")).toMatchObject({ code: 0 });
});
afterAll(() => bed?.stop());

const adjacencies = `
cd /var/lib/dune/ring/node
until [ "$(for node in r*; do birdc -s "$node/bird.ctl" show ospf neighbors; done | grep -c Full/)" = ${2 * count} ]; do sleep 0.5; done`;

async function losses(): Promise<string> {
  return (await server.run("cat /var/lib/dune/ring/node/r*/bird.log | grep -c 'changed state from Full'"))
    .stdout;
}

async function bootedProcesses(): Promise<string> {
  return (await server.run("pgrep -x bird")).stdout;
}

test("one link's latency is changed: no process, no adjacency and no packet of others is lost", async () => {
  expect(await server.run(adjacencies, 90)).toMatchObject({ code: 0 });
  const [lost, pids] = [await losses(), await bootedProcesses()];
  const watched = [6, 9, 12, 15, 18];
  const pings = server.run(
    `${watched.map((node) => `ip netns exec r${node} ping -q -i 0.02 -c 500 10.0.${node}.2 & `).join("")} wait`,
  );
  await build("30ms", 0);
  const dry = await bundle(server, "apply --dry-run");
  expect(dry.stdout.split("\n")).toEqual([
    expect.stringMatching(/^in r3: tc qdisc replace dev east root .* delay 30ms/),
  ]);
  const applied = await bundle(server, "apply");
  expect(applied).toMatchObject({ code: 0 });
  process.stdout.write(`${applied.stderr}\n`);
  const { stdout } = await pings;
  expect(stdout.match(/ 0% packet loss/g)).toHaveLength(watched.length);
  const { min, average } = pingMs(
    (await server.run("ip netns exec r3 ping -q -c 10 -i 0.2 10.0.3.2")).stdout,
  );
  expect(min).toBeGreaterThanOrEqual(30);
  expect(average).toBeLessThan(40);
  expect(await bootedProcesses()).toBe(pids);
  expect(await losses()).toBe(lost);
  expect(await bundle(server, "status")).toMatchObject({ code: 0 });
});

test("a delay that somebody changes by hand is seen, and repaired by the same bundle", async () => {
  await server.run("tc -n r3 qdisc change dev east root handle 1: netem limit 20000 delay 29ms");
  const status = await bundle(server, "status");
  expect(status.code).toBe(1);
  expect(status.stdout).toMatch(/r3:east +queue is .*29ms.*wanted .*30ms/);
  expect(await bundle(server, "apply")).toMatchObject({ code: 0 });
  expect(await bundle(server, "status")).toMatchObject({ code: 0 });
  const again = await bundle(server, "apply");
  expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining("nothing to do") });
});

/** Of both ends of the links between a and b, without counters. */
async function queues(): Promise<unknown> {
  const all = await Promise.all(["a", "b"].map((node) => server.run(`tc -n ${node} -j qdisc show`)));
  const strip = (qdisc: Record<string, unknown>) => ({ ...qdisc, refcnt: 0 });
  return all.map((one) => json(one).map(strip));
}

test("whatever netem is to change, apply gives what down and up give", async () => {
  const pids = await bootedProcesses();
  await build("30ms", 1);
  expect(await bundle(server, "apply")).toMatchObject({ code: 0 });
  expect(await bundle(server, "status")).toMatchObject({ code: 0 });
  const applied = await queues();
  expect(await bootedProcesses()).toBe(pids);
  expect(await bundle(server, "down")).toMatchObject({ code: 0 });
  expect(await bundle(server, "up")).toMatchObject({ code: 0 });
  expect(applied).toEqual(await queues());
  expect(await bundle(server, "down --purge")).toMatchObject({ code: 0 });
  expect((await server.run("ls /run/netns /var/lib/dune 2>/dev/null")).stdout).toBe("");
});
