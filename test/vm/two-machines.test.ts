import { afterAll, beforeAll, expect, test } from "vitest";
import { type Bed, type Machine, startBed } from "./bed.js";
import { buildLab, bundle, inventory } from "./build-lab.js";
import { frameRate, json, pingMs } from "./measure.js";

/** A lab over two servers, from its topology to `down`, with a restart of one of them in between. One test after the other. */
let bed: Bed;
let m1: Machine;
let m2: Machine;
const before = new Map<Machine, readonly string[]>();

beforeAll(async () => {
  bed = await startBed(["m1", "m2"]);
  [m1, m2] = bed.machines as [Machine, Machine];
  await buildLab(new URL("lab", import.meta.url), bed.machines);
  for (const machine of bed.machines) {
    await machine.run(onDisk);
    await machine.run(inKernel);
    before.set(machine, await inventory(machine));
  }
});
afterAll(() => bed?.stop());

const onBoth = (args: string) => Promise.all(bed.machines.map((machine) => bundle(machine, args)));

/** What is other people's, with names like the lab's. */
const onDisk = `
  mkdir -p /srv/experiment-2/r1 /srv/experiment.d
  echo mine >/srv/experiment-2/r1/bird.conf
  echo mine >/srv/experiment.d/bird.conf`;
const inKernel = `
  ip netns add r1x
  ip -n r1x link add name wan address 02:00:00:00:00:01 type bridge
  ip link add name r1 address 02:00:00:00:00:02 type bridge
  ip netns exec r1x setsid sleep 7777 >/dev/null 2>&1 &`;

test("both bundles come up, BIRD in the background and all", async () => {
  for (const up of await onBoth("up")) expect(up.stderr).toMatch(/: up: \d node/);
  for (const status of await onBoth("status")) expect(status).toMatchObject({ code: 0, stderr: "" });
  const { stdout } = await m1.run("cat /srv/experiment/r1/bird.conf; sysctl -n net.core.rmem_max");
  expect(stdout).toMatch(/^# r1 on m1\nrouter id 10.0.0.1;\n(.*\n)*4194304$/);
});

test("both families cross the tunnel, and the segment that spans both machines", async () => {
  const all = (...addresses: readonly string[]) => addresses.map((to) => `ping -c 2 ${to}`).join(" && ");
  const fromRouter = all("10.1.0.2", "2001:db8:1::2", "10.2.0.2", "2001:db8:2::2");
  expect(await bundle(m1, `exec r1 -- sh -c '${fromRouter}'`)).toMatchObject({ code: 0 });
  const fromHost = `${all("10.2.0.2", "2001:db8:2::2")} && ping -c 1 -M do -s 1472 10.2.0.2`;
  expect(await bundle(m1, `exec h1 -- sh -c '${fromHost}'`)).toMatchObject({ code: 0 });
});

test("the routers learn each other's loopback over it", () => neighbours());

async function neighbours(): Promise<void> {
  const learnt = `until ip -6 route show proto bird | grep -q '^2001:db8:f::2 '; do sleep 0.3; done`;
  await bundle(m1, `exec r1 -- timeout 45 sh -c "${learnt}"`);
  const ping = await bundle(m1, "exec r1 -- ping -c 2 -I 2001:db8:f::1 2001:db8:f::2");
  expect(ping).toMatchObject({ code: 0 });
}

test("the delay and the rate of the link are what was declared", async () => {
  const { min } = pingMs((await bundle(m1, "exec r1 -- ping -c 30 -i 0.2 10.1.0.2")).stdout);
  expect(min).toBeGreaterThanOrEqual(10);
  expect(min).toBeLessThan(15);
  for (const direction of ["", "-R"]) {
    // No run may exceed the rate. That one stays below it can be the emulator's: a machine that is busy has no time to send.
    const rates: number[] = [];
    while (rates.length < 3 && Math.max(0, ...rates) <= 9) {
      const run = await bundle(m1, `exec r1 -- iperf3 -c 10.1.0.2 -t 6 -O 1 -J ${direction}`);
      rates.push(frameRate(json(run)) / 1e6);
    }
    expect(Math.max(...rates)).toBeGreaterThan(9);
    expect(Math.max(...rates)).toBeLessThan(10.5);
  }
});

test("every thread of a process, of a daemon too, is on its cores", async () => {
  const seen: Record<string, unknown> = {};
  for (const machine of bed.machines) {
    for (const { node, name, cores, pids } of json(await bundle(machine, "status --json")).processes) {
      expect(pids.length).toBeGreaterThan(0);
      const { stdout } = await machine.run(`for pid in ${pids.join(" ")}; do taskset -acp "$pid"; done`);
      for (const line of stdout.split("\n")) expect(line).toMatch(new RegExp(`list: ${cores.join(",")}$`));
      seen[`${node}/${name}`] = cores;
    }
  }
  expect(seen).toEqual({ "r1/bird": [1], "r2/bird": [1], "r2/iperf3": [2, 3] });
  const daemon = await m2.run("taskset -cp $(cat /var/lib/dune/vmlab/node/r2/bird.pid)");
  expect(daemon.stdout).toMatch(/list: 1$/);
});

test("after a restart with the lab up the server knows that it is not up, and undoes what is on its disk", async () => {
  await m1.reboot();
  const status = await bundle(m1, "status");
  expect(status).toMatchObject({ code: 1, stderr: expect.stringContaining("the server was restarted") });
  const up = await bundle(m1, "up");
  expect(up).toMatchObject({ code: 2, stderr: expect.stringContaining("before this server was restarted") });
  expect((await m1.run("ls /srv/experiment/r1")).stdout).toBe("bird.conf");

  await m1.run(inKernel);
  const clean = await m1.run("ip netns add r1 && ip -n r1 link add name theirs type bridge");
  expect(clean.code).toBe(0);
  expect(await bundle(m1, "down")).toMatchObject({ code: 0 });
  const theirs = await m1.run("ip -n r1 link show dev theirs && ip netns del r1");
  expect(theirs).toMatchObject({ code: 0 });
  expect(await inventory(m1)).toEqual(before.get(m1));
});

test("then it comes up again, and traffic flows to the machine that stayed up", async () => {
  expect(await bundle(m1, "up")).toMatchObject({ code: 0 });
  expect(await bundle(m1, "exec h1 -- ping -c 2 2001:db8:2::2")).toMatchObject({ code: 0 });
  await neighbours();
  for (const status of await onBoth("status")) expect(status).toMatchObject({ code: 0 });
});

test("down leaves both as they were", async () => {
  for (const down of await onBoth("down")) expect(down).toMatchObject({ code: 0 });
  for (const machine of bed.machines) expect(await inventory(machine)).toEqual(before.get(machine));
});
