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
cores = 64
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

test("of long values it shows what differs, however far behind it stands", async () => {
  const lab = (interval: number) =>
    `${server}[topology.nodes.r0]\npinned = { name = "p", cmd = "${"probe --of-a-long-name ".repeat(4)}--interval ${interval} --and ${"more ".repeat(20)}" }\n`;
  const lines = await told(lab(15), lab(17));
  const line = lines.find((each) => each.startsWith("cmd "));
  expect(line).toContain("…ng-name --interval 15 --and more more ");
  expect(line).toContain("… → …ng-name --interval 17 --and more more ");
});

describe("what is alike is told once", () => {
  const nodes = (count: number) =>
    Array.from({ length: count }, (_, index) => `[topology.nodes.r${index}]\n`);
  const lab = (defaults: string) => `${server}[topology.defaults.nodes]\n${defaults}${nodes(12).join("")}`;

  test("a default that each node has with its own folder and name", async () => {
    const old = lab('pinned = { name = "p", cmd = "tail -n 1 {{dir}}/{{node}}.log" }\n');
    const lines = await told(old, old.replace("-n 1", "-n 2"));
    expect(lines.filter((line) => line.startsWith("~ "))).toEqual([
      "~ r0/p, r1/p, r10/p, r11/p and 8 more (12)",
    ]);
    expect(lines).toContain(
      "cmd  tail -n 1 {{dir}}/{{node}}.log → tail -n 2 {{dir}}/{{node}}.log  new/topology.toml:5",
    );
  });

  test("a line of a template, though its surroundings are each node's own", async () => {
    const topology = lab('templates = { "conf.eta" = "/etc/{{node}}.conf" }\n');
    const conf = (hello: number) => `router {{ node }}\nhello ${hello} {{ node }}\nend {{ node }}\n`;
    const lines = await told(
      { "topology.toml": topology, "conf.eta": conf(1) },
      { "topology.toml": topology, "conf.eta": conf(2) },
    );
    expect(lines.filter((line) => line.startsWith("~ "))).toEqual([
      expect.stringMatching(/^~ r0:\/etc\/r0\.conf, r10:.* and 8 more \(12\)/),
    ]);
    expect(lines).toContain("+hello 2 {{node}}");
  });

  test("one node alone has its own words", async () => {
    const old = `${server}[topology.nodes.r0]\npinned = { name = "p", cmd = "tail {{dir}}/1" }\n`;
    expect(await told(old, old.replace("/1", "/2"))).toContain(
      "cmd  tail /var/lib/dune/lab/node/r0/1 → tail /var/lib/dune/lab/node/r0/2  new/topology.toml:5",
    );
  });
});

describe("what it takes", () => {
  test("a server that comes is brought up, one that goes is taken down, a node that moves is made anew there", async () => {
    const lab = (other: string) =>
      `${server}[infrastructure.nodes.${other}]\ncores = 8\n[topology.nodes.a]\nphynode = "s1"\n[topology.nodes.b]\nphynode = "${other}"\n`;
    const lines = await told(lab("s2"), lab("s3"));
    const takes = (entry: string) =>
      lines
        .slice(lines.findIndex((line) => line.startsWith(entry)))
        .find((line) => line.startsWith("takes: "));
    expect(["+ s3", "- s2", "→ b"].map(takes)).toEqual([
      "takes: up of its bundle",
      "takes: down of its old bundle",
      "takes: removed there, made here",
    ]);
  });

  test("a file that is no more in a folder of the node alone comes to the server's", async () => {
    const lab = (keys: string) =>
      `${server}[topology.nodes.r0]\n${keys}templates = { conf = "/etc/app/conf" }\n`;
    const files = (keys: string) => ({ "topology.toml": lab(keys), conf: "one\n" });
    const lines = await told(files('private = ["/etc/app"]\n'), files(""));
    expect(lines).toContain("seen by  its node → the whole server");
  });
});

describe("of a file that has changed it blames", () => {
  const conf = "rate {{ data.rate }}\n";
  const lab = (rate: number) =>
    `${server}[topology.nodes.r0]\nrate = ${rate}\ntemplates = { "conf.eta" = "/etc/conf" }\n`;
  const causeOf = (lines: readonly string[]) =>
    lines.find((line) => line.startsWith("~ r0:/etc/conf"))?.slice("~ r0:/etc/conf".length);

  test("not a template that is the same", async () => {
    const lines = await told(
      { "topology.toml": lab(1), "conf.eta": conf },
      { "topology.toml": lab(2), "conf.eta": conf },
    );
    expect(causeOf(lines)).toBe("  declared at new/topology.toml:6");
    expect(lines).toContain("data.rate  1 → 2  new/topology.toml:5");
  });

  test("a template that is another one", async () => {
    const topology = lab(1);
    const lines = await told(
      { "topology.toml": topology, "conf.eta": conf },
      { "topology.toml": topology, "conf.eta": `# new\n${conf}` },
    );
    expect(causeOf(lines)).toBe("  new/conf.eta, declared at new/topology.toml:6");
  });
});

test("an option of a plugin is told with its line", async () => {
  const lab = (options: string) => `plugins = ["./p.mjs"]\n${server}${options}[topology.nodes.r0]\n`;
  const plugin = `import { definePlugin, z } from "@dune/core";
export default definePlugin({ name: "p", api: 1, options: z.strictObject({ hold: z.int().default(1) }), setup() {} });`;
  const files = (options: string) => ({ "topology.toml": lab(options), "p.mjs": plugin });
  const lines = await told(files("[plugin.p]\nhold = 6\n"), files("[plugin.p]\nhold = 9\n"));
  expect(lines).toContain("plugin.p.hold  6 → 9  new/topology.toml:6");
  expect(lines).toContain("takes: nothing on a running lab");
  expect(await told(files("[plugin.p]\nhold = 6\n"), files(""))).toContain(
    "plugin.p.hold  - 6  old/topology.toml:6",
  );
});
