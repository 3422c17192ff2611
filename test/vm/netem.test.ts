import { afterAll, beforeAll, expect, test } from "vitest";
import { type Bed, type Machine, startBed } from "./bed.js";
import { buildLab, bundle } from "./build-lab.js";
import { frameRate, json, pingMs } from "./measure.js";

/**
 * What the kernel's netem and tbf make of a link's properties, each on a link of its own between the same two nodes, on
 * a machine whose clock a busy host does not disturb. Where chance is asked for, the tolerance is four standard
 * deviations of the sample.
 */
let bed: Bed;
let server: Machine;

const links = {
  short: `latency = "1ms"`,
  middle: `latency = "10ms"`,
  long: `latency = "50ms"`,
  jitter: `"a:jitter" = { latency = "20ms", jitter = "5ms" }`,
  loss: `"a:loss".loss = "10%"`,
  duplicate: `"a:duplicate".duplicate = "20%"`,
  corrupt: `"a:corrupt".corrupt = "10%"`,
  reorder: `"a:reorder" = { latency = "10ms", reorder = "25%" }`,
  steady: `latency = "50ms", bw = "20mbit", queue = 20`,
  rate: `latency = "5ms", bw = "20mbit"`,
};
const names = Object.keys(links) as (keyof typeof links)[];
const address = (link: keyof typeof links, end: 1 | 2) => `10.0.${names.indexOf(link)}.${end}`;
const addresses = (end: 1 | 2) =>
  names.map((link) => `addrs.${link} = ["${address(link, end)}/24"]\n`).join("");

const lab = `
name = "netem"
[infrastructure.nodes.server]
cores = [[0]]
[topology.nodes.a]
${addresses(1)}
[topology.nodes.b]
${addresses(2)}
[topology.nodes.b.pinned]
cmd = "iperf3 -s"
[topology]
links = [${names.map((link) => `{ endpoints = ["a:${link}", "b:${link}"], ${links[link]} }`)}]
`;

beforeAll(async () => {
  bed = await startBed(["server"], "counted");
  [server] = bed.machines as [Machine];
  await buildLab({ "topology.toml": lab }, bed.machines);
  expect(await bundle(server, "up")).toMatchObject({ code: 0 });
});
afterAll(() => bed?.stop());

/** The packet before those that count finds out the other end's MAC, which takes a round trip of its own. */
async function ping(link: keyof typeof links, options: string): Promise<string> {
  const { stdout, stderr } = await server.run(
    `inside="ip netns exec a ping" to=${address(link, 2)}
    until $inside -c 1 $to >/dev/null; do :; done; $inside ${options} $to`,
  );
  expect(stderr).toBe("");
  return stdout;
}

const received = (said: string): number => Number(/(\d+) received/.exec(said)?.[1]);

test("on a machine that had no namespace yet, others may go on looking at /run/netns", async () => {
  expect(await server.run("stat -c %a /run/netns")).toMatchObject({ stdout: "755" });
});

test.each([
  ["short", 2],
  ["middle", 20],
  ["long", 100],
] as const)("the round trip of the link '%s' is %i ms", async (link, milliseconds) => {
  const { min, average } = pingMs(await ping(link, "-c 20 -i 0.2 -q"));
  expect(min).toBeGreaterThanOrEqual(milliseconds);
  expect(average).toBeLessThan(milliseconds * 1.01 + 0.6);
});

test("jitter spreads the delay evenly around it", async () => {
  const { min, average, max } = pingMs(await ping("jitter", "-c 200 -i 0.05 -q"));
  expect(min).toBeGreaterThanOrEqual(15);
  expect(min).toBeLessThan(16);
  expect(average).toBeGreaterThan(19);
  expect(average).toBeLessThan(21.2);
  expect(max).toBeGreaterThan(24);
  // Of 200 packets one may have waited for the processor.
  expect(max).toBeLessThan(28);
});

test("of 1000 packets a tenth is lost, and on another link a tenth arrives damaged", async () => {
  for (const link of ["loss", "corrupt"] as const) {
    const lost = 1000 - received(await ping(link, "-c 1000 -i 0.002 -W 1 -q"));
    expect(lost).toBeGreaterThan(link === "loss" ? 62 : 55);
    expect(lost).toBeLessThan(138);
  }
});

test("a fifth comes twice", async () => {
  const said = await ping("duplicate", "-c 1000 -i 0.002 -q");
  const twice = Number(/\+(\d+) duplicates/.exec(said)?.[1]);
  expect(twice).toBeGreaterThan(149);
  expect(twice).toBeLessThan(251);
});

test("a quarter overtakes the rest", async () => {
  const said = await ping("reorder", "-c 500 -i 0.01");
  const at_once = said.match(/time=[0-4]\.?\d* ms/g)?.length ?? 0;
  expect(at_once).toBeGreaterThan(86);
  expect(at_once).toBeLessThan(164);
});

test("what 20 Mbit/s have in flight over 50 ms is not dropped by a queue of 20", async () => {
  const run = await server.run(
    `ip netns exec a iperf3 -c ${address("steady", 2)} -u -b 18.5M -l 1472 -t 5 -J`,
  );
  expect(json(run).end.sum.lost_packets).toBe(0);
  const { stdout } = await server.run("ip netns exec a tc -s qdisc show dev steady");
  // In flight are 84 packets of 1500 bytes, which netem holds beside those that wait.
  expect(stdout).toMatch(/^qdisc netem 1: root .*limit 104 delay 50ms\n.*\(dropped 0,/);
  expect(stdout).toMatch(/\nqdisc tbf 2: parent 1:1 rate 20Mbit .*\n.*\(dropped 0,/);
});

test("TCP fills a link of 20 Mbit/s, and no more", async () => {
  const run = await server.run(`ip netns exec a iperf3 -c ${address("rate", 2)} -t 6 -O 2 -J`);
  const mbits = frameRate(json(run)) / 1e6;
  expect(mbits).toBeGreaterThan(19);
  expect(mbits).toBeLessThan(20.4);
});
