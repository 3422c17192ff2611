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

const keysInOneOrder = `
[params]
zone = { b = 1, a = 2 }
area = 0
[infrastructure.nodes.s1]
cores = 4
[topology.defaults.nodes]
colour = "red"
templates = { "all.eta" = "{{dir}}/all" }
[topology.nodes.10]
asn = 1
peers = { x = 1, c = 2 }
sysctls = { "net.ipv6.conf.all.forwarding" = 1, "net.core.somaxconn" = 100 }
pinned = { cmd = "true", environ = { B = "1", A = "2" } }
[topology.nodes.9]
`;
const keysInAnother = `
[topology.nodes.9]
[topology.nodes.10]
pinned = { environ = { A = "2", B = "1" }, cmd = "true" }
sysctls = { "net.core.somaxconn" = 100, "net.ipv6.conf.all.forwarding" = 1 }
peers = { c = 2, x = 1 }
asn = 1
[topology.defaults.nodes]
templates = { "all.eta" = "{{dir}}/all" }
colour = "red"
[infrastructure.nodes.s1]
cores = 4
[params]
area = 0
zone = { a = 2, b = 1 }
`;

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

  test("with the keys of every table in another order, also where a template prints them", async () => {
    const template = "{{ JSON.stringify([data, param, node]) }}\n";
    const [one, other] = await Promise.all(
      [keysInOneOrder, keysInAnother].map((text) =>
        build({ "topology.toml": text, "all.eta": template }, {}),
      ),
    );
    expect(one).toEqual(other);
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
