import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, describe, expect, test } from "vitest";
import { gridLab } from "../bench/grid.mjs";

const cli = fileURLToPath(new URL("../../packages/core/dist/cli/main.js", import.meta.url));
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** Builds in a new folder under another environment; every file of `dist` as text, by name. */
async function build(files: Readonly<Record<string, string>>, env: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), "dune-deterministic-"));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  await execa(process.execPath, [cli, "build", folder], { env });
  const dist = join(folder, "dist");
  const lock = readFileSync(join(folder, "topology.lock.json"), "latin1");
  return {
    lock,
    ...Object.fromEntries(readdirSync(dist).map((name) => [name, readFileSync(join(dist, name), "latin1")])),
  };
}

/** The tables of nodes in another order, and a comment. */
function shuffled(text: string): string {
  const tables = [...text.matchAll(/^\[topology\.nodes\.\w+\]\n.*\n/gm)].map(([table]) => table);
  const [first = ""] = tables;
  const start = text.indexOf(first);
  const length = tables.join("").length;
  return `# the same lab\n${text.slice(0, start)}${tables.reverse().join("")}${text.slice(start + length)}`;
}

describe("the same lab is the same bytes", () => {
  test("in two folders, at two times, in another locale and time zone, with nodes shuffled", async () => {
    const lab = gridLab(12, 6);
    const one = await build(lab, { TZ: "UTC", LC_ALL: "C" });
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const topology = shuffled(lab["topology.toml"]);
    expect(topology).not.toBe(lab["topology.toml"]);
    const other = await build(
      { ...lab, "topology.toml": topology },
      { TZ: "Pacific/Chatham", LC_ALL: "tr_TR.UTF-8", LANG: "tr_TR.UTF-8" },
    );
    expect(Object.keys(other)).toEqual([
      "lock",
      "manifest.json",
      "server1.run",
      "server2.run",
      "server3.run",
      "server4.run",
    ]);
    for (const [name, content] of Object.entries(one))
      expect(other[name as "lock"] === content, name).toBe(true);
  });

  test("a change of one node changes the bundle of its phynode only", async () => {
    const lab = gridLab(12, 6);
    const one = await build(lab, {});
    const edited = lab["topology.toml"].replace(
      "[topology.nodes.n0]\n",
      '[topology.nodes.n0]\nexec = ["true"]\n',
    );
    const other = await build({ ...lab, "topology.toml": edited }, {});
    const changed = Object.keys(one).filter((name) => one[name as "lock"] !== other[name as "lock"]);
    expect(changed.length).toBe(2);
    expect(changed).toContain("manifest.json");
  });
});
