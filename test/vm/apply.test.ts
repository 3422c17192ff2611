import { afterAll, beforeAll, expect, test } from "vitest";
import { type Bed, type Machine, startBed } from "./bed.js";
import { buildLab, bundle } from "./build-lab.js";
import { json, pingMs } from "./measure.js";

/** `apply` with the kernel's own netem: a ring of 20 routers, and links that get every kind of change that netem knows. */
let bed: Bed;
let server: Machine;

/** The link `l0` changes from the first to the second, `m0` is the second from the start; and so on. */
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

const count = 20;
const around = Array.from({ length: count }, (_, index) => index);

function link(a: string, b: string, properties: string): string {
  return `  { endpoints = ["${a}", "${b}"]${properties && ", "}${properties} },\n`;
}

/** Of the link r3–r4 one end alone has the latency that changes. */
const lab = (version: 0 | 1) => `
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
[topology.nodes]
a = {}
b = {}
[topology]
links = [
${around
  .map((node) => {
    const latency = node === 3 ? `"r3:east".latency = "${version === 0 ? 10 : 30}ms"` : 'latency = "2ms"';
    return link(`r${node}:east`, `r${(node + 1) % count}:west`, latency);
  })
  .join("")}
${shapes
  .map(
    (shape, index) =>
      link(`a:l${index}`, `b:l${index}`, shape[version]) + link(`a:m${index}`, `b:m${index}`, shape[1]),
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

const build = (version: 0 | 1): Promise<void> =>
  buildLab({ "topology.toml": lab(version), "bird.conf.eta": bird }, bed.machines);

async function must(words: string): Promise<string> {
  const { code, stdout, stderr } = await bundle(server, words);
  if (code !== 0) throw new Error(`${words} ended with ${code}: ${stderr}${stdout}`);
  return stderr;
}

beforeAll(async () => {
  bed = await startBed(["server"]);
  [server] = bed.machines as [Machine];
  await build(0);
  await must("up");
});
afterAll(() => bed?.stop());

const adjacencies = `
cd /var/lib/dune/ring/node
until [ "$(for node in r*; do birdc -s "$node/bird.ctl" show ospf neighbors; done | grep -c Full/)" = ${2 * count} ]
do sleep 0.5; done`;

/** Which routers there are, and how often one of them has lost a neighbour. */
async function routers(): Promise<string> {
  const logs = "/var/lib/dune/ring/node/r*/bird.log";
  return (await server.run(`pgrep -x bird; cat ${logs} | grep -c 'changed state from Full'`)).stdout;
}

test("latencies are changed: no process, no adjacency and no packet of others is lost", async () => {
  expect(await server.run(adjacencies, 90)).toMatchObject({ code: 0 });
  const before = await routers();
  const watched = [6, 9, 12, 15, 18];
  await build(1);
  const pings = watched.map(
    (node) => `ip netns exec r${node} ping -q -i 0.02 10.0.${node}.2 >/run/ping${node} 2>&1 </dev/null &\n`,
  );
  await server.run(`${pings.join("")} sleep 1`);
  expect(await must("apply")).toMatch(/applied in .*: 11 links changed, 3 nodes changed in place$/);
  const said = await server.run("pkill -INT ping; sleep 0.5; cat /run/ping*");
  const counts = [...said.stdout.matchAll(/(\d+) packets transmitted, (\d+) received/g)];
  const lost = counts.map(([, sent, received]) => Number(sent) - Number(received));
  expect(lost).toHaveLength(watched.length);
  // The last one may be under way when the ping is stopped.
  expect(Math.max(...lost)).toBeLessThanOrEqual(1);
  const { min, average } = pingMs(
    (await server.run("ip netns exec r3 ping -q -c 10 -i 0.2 10.0.3.2")).stdout,
  );
  expect(min).toBeGreaterThanOrEqual(30);
  expect(average).toBeLessThan(40);
  expect(await routers()).toBe(before);
}, 180_000);

/** By the interface's name and the kind, without what counts references. */
async function queues(node: string): Promise<Readonly<Record<string, unknown>>> {
  const all = json(await server.run(`tc -n ${node} -j qdisc show`)) as {
    readonly dev: string;
    readonly kind: string;
  }[];
  return Object.fromEntries(all.map((one) => [`${one.dev} ${one.kind}`, { ...one, dev: 0, refcnt: 0 }]));
}

test("whatever netem is to change, apply gives what up gives", async () => {
  for (const node of ["a", "b"]) {
    const all = Object.entries(await queues(node));
    const named = (letter: string) =>
      Object.fromEntries(
        all.flatMap(([name, queue]) =>
          /^.\d/.test(name) && name.startsWith(letter) ? [[name.slice(1), queue]] : [],
        ),
      );
    expect(named("l")).toEqual(named("m"));
  }
});

test("a delay that somebody has changed by hand is seen", async () => {
  await server.run("tc -n r3 qdisc change dev east root handle 1: netem limit 20000 delay 29ms");
  const { code, stdout } = await bundle(server, "status");
  expect(stdout).toMatch(/1 thing is off\n *r3:east +queue is .*29ms.*wanted .*30ms/);
  expect(code).toBe(1);
});
