import { readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { machineOf, readMachine } from "../../packages/core/dist/operate/machine.js";
import { dune, newFolder } from "./run-dune.js";

describe("this machine's cores", () => {
  test("are listed by NUMA node, without core 0", () => {
    const facts = { online: "0-7", allowed: "0-7", numaNodes: ["0-3", "4-7"], parallelism: 8, arch: "x64" };
    expect(machineOf(facts).cores).toEqual([
      [1, 2, 3],
      [4, 5, 6, 7],
    ]);
  });

  test("are those that are online and that this process may use", () => {
    const facts = {
      online: "0-5,7",
      allowed: "2,4-7",
      numaNodes: ["0,2,4,6", "1,3,5,7"],
      parallelism: 4,
      arch: "x64",
    };
    expect(machineOf(facts).cores).toEqual([
      [2, 4],
      [5, 7],
    ]);
  });

  test("are core 0 where there is no other", () => {
    expect(
      machineOf({ online: "0", allowed: "0", numaNodes: ["0"], parallelism: 1, arch: "x64" }).cores,
    ).toEqual([[0]]);
  });

  test("leave out a NUMA node of memory alone", () => {
    expect(
      machineOf({ online: "0-1", allowed: "0-1", numaNodes: ["0-1", ""], parallelism: 2, arch: "x64" }).cores,
    ).toEqual([[1]]);
  });

  test("are counted where the kernel tells nothing", () => {
    expect(machineOf({ numaNodes: [], parallelism: 3, arch: "x64" }).cores).toEqual([[1, 2]]);
  });

  test("are found here", async () => {
    const cores = (await readMachine()).cores.flat();
    expect(cores.length).toBeGreaterThan(0);
    expect(new Set(cores).size).toBe(cores.length);
  });
});

describe("this machine's platform", () => {
  const platformOf = (arch: string) =>
    machineOf({ online: "0", allowed: "0", numaNodes: [], parallelism: 1, arch }).platform;

  test("is that of its architecture", () => {
    expect(["x64", "arm64", "riscv64"].map(platformOf)).toEqual([
      "linux/amd64",
      "linux/arm64",
      "linux/riscv64",
    ]);
  });

  test("is not told where dune has no name for it", () => {
    expect(platformOf("s390x")).toBeUndefined();
  });

  test("is the one of a lab that declares no infrastructure", async () => {
    const folder = newFolder({ "lab.toml": "[topology.nodes.a]\n" });
    expect((await dune(folder, ["build", "lab.toml"])).exitCode).toBe(0);
    const manifest = JSON.parse(readFileSync(join(folder, "dist/manifest.json"), "utf8"));
    const { stdout: machine } = await execa("uname", ["-m"]);
    const names: Record<string, string> = {
      "linux/amd64": "x86_64",
      "linux/arm64": "aarch64",
      "linux/riscv64": "riscv64",
    };
    expect(names[manifest.phynodes[0].platform]).toBe(machine);
  });
});
