import { afterAll, beforeAll, expect, test } from "vitest";
import { type Bed, type Machine, startBed } from "./bed.js";
import { buildLab, bundle, inventory } from "./build-lab.js";

/** The example `cross` on an amd64 server and an arm64 board, with the programs that dune built for each. */
let bed: Bed;
let server: Machine;
let board: Machine;
let before: readonly (readonly string[])[];

beforeAll(async () => {
  bed = await startBed(["server", "board"], "real", { board: "arm64" });
  [server, board] = bed.machines as [Machine, Machine];
});
afterAll(() => bed?.stop());

const example = new URL("../../examples/cross", import.meta.url);
const addresses = ["server", "board"].map(
  (name, index) => `infrastructure.nodes.${name}.address=198.51.100.${index + 1}`,
);
const inventories = () => Promise.all(bed.machines.map(inventory));
const onBoth = (args: string) => Promise.all(bed.machines.map((machine) => bundle(machine, args)));

test("the board comes up; check finds that the program in TypeScript has no Node.js on the server", async () => {
  await buildLab(example, bed.machines, addresses);
  before = await inventories();
  const [up, check] = await Promise.all([bundle(board, "up"), bundle(server, "check")]);
  expect(up).toMatchObject({ code: 0 });
  expect(check).toMatchObject({
    code: 2,
    stdout: expect.stringMatching(/program probe-ts is run by node, which is not.*\n1 problem/s),
  });
});

test("the server comes up with the program in C in its place", async () => {
  await buildLab(
    example,
    [server],
    [
      ...addresses,
      'topology.nodes.ts.pinned.cmd="{{bin.probe}} serve"',
      'topology.nodes.ts.pinned.ready="{{bin.probe}} ::1 1"',
    ],
  );
  expect(await bundle(server, "up")).toMatchObject({ code: 0 });
});

test("programs in C and Go for arm64 answer that in C for amd64, after the delay of the link", async () => {
  const figures = "/var/lib/dune/cross/node/prober";
  await server.run(`until grep -q sent ${figures}/ts.txt; do sleep 0.2; done`);
  for (const node of ["c", "go", "ts"]) {
    const { stdout } = await server.run(`tail -n 1 ${figures}/${node}.txt`);
    const [, lost, minMs] =
      /^10 sent, \d+ received, (\d+)% lost, min\/avg\/max ([\d.]+)\//.exec(stdout) ?? [];
    expect(Number(lost), stdout).toBeLessThan(50);
    expect(Number(minMs), stdout).toBeGreaterThanOrEqual(4);
  }
});

test("and that in C for amd64 answers them", async () => {
  await server.run(`
    sh server.run exec prober -- probe serve >/dev/null 2>&1 &
    sh server.run exec prober -- sh -c 'until probe ::1 1; do :; done'`);
  const asked = [
    bundle(board, "exec c -- probe 2001:db8:1::1 5"),
    bundle(board, "exec go -- probe-go 2001:db8:2::1 5"),
  ];
  for (const { code, stdout } of await Promise.all(asked)) {
    expect(stdout).toMatch(/^5 sent, [3-5] received, /m);
    expect(code).toBe(0);
  }
  await server.run("ip netns pids prober | xargs kill");
});

test("down leaves both as they were", async () => {
  for (const down of await onBoth("down")) expect(down).toMatchObject({ code: 0 });
  expect(await inventories()).toEqual(before);
});
