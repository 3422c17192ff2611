import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { dune, newFolder } from "./run-dune.js";

/** Lines that no packing makes short. */
function lines(count: number, seed: string): string {
  const sums = Array.from({ length: count }, (_, index) =>
    createHash("sha256").update(`${seed}${index}`).digest("hex"),
  );
  return `${sums.join("\n")}\n`;
}

/** Small files, so that an archive is read ahead over many of them, and a large one behind them. */
function lab(last: string): Readonly<Record<string, string>> {
  const small = Array.from({ length: 30 }, (_, index) => `s${index}`);
  const binds = [...small, "large"].map((name) => `{ src = "${name}", dst = "/etc/lab/${name}" }`);
  return {
    "topology.toml": `name = "lab"
[infrastructure.nodes.s1]
cores = 4
binds = [${binds.join(", ")}]
[topology.nodes.r0]
`,
    ...Object.fromEntries(small.map((name) => [name, lines(3, name)])),
    large: `${lines(3000, "large")}${last}\n`,
  };
}

test("archives of more than one piece are read to their end", async () => {
  const folder = newFolder();
  for (const [name, last] of [
    ["old", "last"],
    ["new", "least"],
  ] as const) {
    mkdirSync(join(folder, name));
    for (const [file, text] of Object.entries(lab(last))) writeFileSync(join(folder, name, file), text);
    expect((await dune(folder, ["build", name])).exitCode).toBe(0);
  }
  for (const sides of [
    ["old/dist", "new/dist"],
    ["old/dist/s1.run", "new/dist/s1.run"],
    ["old/dist/s1.run", "new"],
  ]) {
    const { exitCode, stdout, stderr } = await dune(folder, ["diff", ...sides]);
    expect({ exitCode, stderr }, stdout).toEqual({ exitCode: 1, stderr: "" });
    expect(stdout).toContain("-last\n      +least\n");
  }
});
