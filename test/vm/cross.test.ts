import { afterAll, beforeAll, expect, test } from "vitest";
import { type Bed, type Machine, startBed } from "./bed.js";
import { buildLab, bundle, inventory } from "./build-lab.js";

/** The example `cross` on an amd64 server and an arm64 board, with the programs that dune built for each. */
let bed: Bed;
let server: Machine;
let board: Machine;

const example = new URL("../../examples/cross", import.meta.url);
const addresses = ["server", "board"].map(
  (name, index) => `infrastructure.nodes.${name}.address=198.51.100.${index + 1}`,
);
/** The machines have no Node.js: the program in C answers in place of that in TypeScript. */
const withoutNode = [
  ...addresses,
  'topology.nodes.ts.pinned.cmd="{{bin.probe}} serve"',
  'topology.nodes.ts.pinned.ready="{{bin.probe}} ::1 1"',
];

beforeAll(async () => {
  bed = await startBed(["server", "board"], "real", { board: "arm64" });
  [server, board] = bed.machines as [Machine, Machine];
});
afterAll(() => bed?.stop());

const onBoth = (args: string) => Promise.all(bed.machines.map((machine) => bundle(machine, args)));

test("check says that the server lacks Node.js, and the board nothing", async () => {
  await buildLab(example, bed.machines, addresses);
  const [onServer, onBoard] = await onBoth("check");
  expect(onServer).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/node.*probe-ts|probe-ts.*node/is),
  });
  expect(onBoard).toMatchObject({ code: 0 });
});

test("a bundle for the other architecture refuses to run", async () => {
  await board.copy;
});

test("programs in C and Go of two architectures answer each other over the tunnel", async () => {
  await buildLab(example, bed.machines, withoutNode);
  const before = await Promise.all(bed.machines.map(inventory));
  for (const up of await onBoth("up --no-start")) expect(up).toMatchObject({ code: 0 });
  for (const start of await onBoth("start")) expect(start).toMatchObject({ code: 0 });

  for (const [node, address] of [
    ["c", "2001:db8:1::2"],
    ["go", "2001:db8:2::2"],
  ]) {
    const probe = await bundle(server, `exec prober -- probe ${address} 5`);
    expect(probe, node).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("5 sent, 5 received, 0% lost"),
    });
  }
  expect(before).toEqual(await Promise.all(bed.machines.map(inventory)));
});
