import { describe, expect, test } from "vitest";
import { machineOf, readMachine } from "../../packages/core/dist/operate/machine.js";

describe("this machine's cores", () => {
  test("are listed by NUMA node, without core 0", () => {
    const facts = { online: "0-7", allowed: "0-7", numaNodes: ["0-3", "4-7"], parallelism: 8 };
    expect(machineOf(facts).cores).toEqual([
      [1, 2, 3],
      [4, 5, 6, 7],
    ]);
  });

  test("are those that are online and that this process may use", () => {
    const facts = { online: "0-5,7", allowed: "2,4-7", numaNodes: ["0,2,4,6", "1,3,5,7"], parallelism: 4 };
    expect(machineOf(facts).cores).toEqual([
      [2, 4],
      [5, 7],
    ]);
  });

  test("are core 0 where there is no other", () => {
    expect(machineOf({ online: "0", allowed: "0", numaNodes: ["0"], parallelism: 1 }).cores).toEqual([[0]]);
  });

  test("leave out a NUMA node of memory alone", () => {
    expect(
      machineOf({ online: "0-1", allowed: "0-1", numaNodes: ["0-1", ""], parallelism: 2 }).cores,
    ).toEqual([[1]]);
  });

  test("are counted where the kernel tells nothing", () => {
    expect(machineOf({ numaNodes: [], parallelism: 3 }).cores).toEqual([[1, 2]]);
  });

  test("are found here", async () => {
    const cores = (await readMachine()).cores.flat();
    expect(cores.length).toBeGreaterThan(0);
    expect(new Set(cores).size).toBe(cores.length);
  });
});
