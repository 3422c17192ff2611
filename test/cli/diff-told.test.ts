import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { dune, newFolder } from "./run-dune.js";

type Files = Readonly<Record<string, string>>;

/** What is told of two topologies, as lines without their indentation. */
async function told(old: Files | string, own: Files | string, ...args: readonly string[]) {
  const folder = newFolder();
  for (const [name, given] of [
    ["old", old],
    ["new", own],
  ] as const) {
    mkdirSync(join(folder, name));
    const files = typeof given === "string" ? { "topology.toml": given } : given;
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, name, file), text);
  }
  const { exitCode, stdout, stderr } = await dune(folder, ["diff", "old", "new", ...args]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: "" });
  return stdout.split("\n").map((line) => line.trim());
}

const server = `name = "lab"
[infrastructure.nodes.s1]
cores = 8
`;

describe("values", () => {
  test.each([
    ['{ "net.ipv4.ip_forward" = "0" }', "0", "new/topology.toml:5"],
    ["{}", "0", "old/topology.toml:5"],
  ])("a sysctl that goes back to the baseline by %s has a value still", async (sysctls, value, place) => {
    const lab = (text: string) => `${server}[topology.nodes.r0]\n${text}`;
    const old = lab('sysctls = { "net.ipv4.ip_forward" = "1" }\n');
    const lines = await told(old, lab(sysctls === "{}" ? "" : `sysctls = ${sysctls}\n`));
    expect(lines).toContain(`sysctl net.ipv4.conf.all.forwarding  1 → ${value}  ${place}`);
  });
});
