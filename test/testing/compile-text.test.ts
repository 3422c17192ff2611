import { defineExtension, definePlugin, type Exec, z } from "@dune/core";
import { compileText, mustCompile } from "@dune/core/testing";
import { expect, expectTypeOf, test } from "vitest";

const topology = `[infrastructure.nodes.s1]
cores = [[1, 2]]
binds = [{ src = "tool.sh", dst = "/usr/local/bin/tool" }]

[topology.nodes.a]
asn = 64512
templates = { "./bgp.conf" = "/etc/bgp.conf" }

[topology.nodes.b]

[topology]
links = [{ endpoints = ["a:eth0", "b:eth0"] }]
`;
const files = { "bgp.conf": "router bgp {{data.asn}}\n", "tool.sh": "#!/bin/sh\n" };

test("what was compiled is there whole, with its files as texts", async () => {
  const result = await compileText(topology, { files });
  if (!result.ok) throw new Error(result.printed);
  expect(result.diagnostics).toEqual([]);
  expect(result.printed).toBe("");
  expect(result.topology.nodes.map(({ name }) => name)).toEqual(["a", "b"]);
  expect(result.placement.nodes[0]?.phynode.name).toBe("s1");
  expect(result.rendering.nodes).toHaveLength(2);
  expect(result.file("/etc/bgp.conf", { node: "a" })).toBe("router bgp 64512\n");
  expect(result.file("/usr/local/bin/tool", { phynode: "s1" })).toBe("#!/bin/sh\n");
  expect(JSON.parse(result.artifact("manifest.json"))).toEqual(result.artifacts.manifest);
});

test("programs are built, of files in memory too", async () => {
  const programs = `
[binaries.probe]
builder = "command"
command = "cp probe.sh {{out}}"
inputs = ["probe.sh"]
[topology.groups.all]
nodes = ["*"]
binaries = ["probe"]
`;
  const list = definePlugin({
    name: "list",
    api: 1,
    setup: (dune) =>
      dune.on("artifacts", ({ binaries }) => {
        const lines = binaries.builds.map((build) => `${build.binary.name} ${build.program?.facts.kind}\n`);
        return [{ path: "programs.txt", text: lines.join("") }];
      }),
  });
  const built = await mustCompile(topology + programs, {
    files: { ...files, "probe.sh": "#!/bin/sh\n" },
    plugins: [list],
  });
  expect(built.binaries.builds[0]).toMatchObject({ nodes: ["a", "b"], phynodes: ["s1"] });
  expect(built.artifact("programs.txt")).toBe("probe script\n");
});

test("a file that is not there is named with those that are", async () => {
  const { file, artifact } = await mustCompile(topology, { files });
  expect(() => file("/etc/bpg.conf", { node: "a" })).toThrow(
    'node "a" has no file /etc/bpg.conf; it has /etc/bgp.conf',
  );
  expect(() => file("/etc/bgp.conf", { node: "b" })).toThrow(
    'node "b" has no file /etc/bgp.conf; it has none',
  );
  expect(() => file("/x", { node: "s1" })).toThrow('there is no node "s1"');
  expect(() => file("/x", { phynode: "a" })).toThrow('there is no phynode "a"');
  expect(() => artifact("x")).toThrow("dist has no file x; it has manifest.json, s1.run");
});

test("what was refused is there as the user sees it; a template's place is shown, too", async () => {
  const refused = await compileText(topology, {
    files: { ...files, "bgp.conf": "router bgp {{data.as}}\n" },
  });
  expect(refused.ok).toBe(false);
  expect(refused.diagnostics.map(({ code }) => code)).toEqual(["render/template-failed"]);
  expect(refused.printed).toContain("--> ./bgp.conf:1:");
  expect(refused.printed).toContain("router bgp {{data.as}}");
  expect(refused).not.toHaveProperty("topology");
});

test("mustCompile throws what the user would be told", async () => {
  const broken = topology.replace("b:eth0", "c:eth0");
  const { printed } = await compileText(broken, { files });
  expect(printed).toContain("error[resolve/unknown-endpoint]");
  expect(printed).toContain("--> topology.toml:");
  await expect(mustCompile(broken, { files })).rejects.toThrow(new Error(printed));
});

const crashing = definePlugin({
  name: "crashing",
  api: 1,
  setup: (dune) =>
    dune.on("topologyCheck", () => {
      throw new Error("boom");
    }),
});

test("a crash's stack, which names places of a machine, is not in `printed`, but in what mustCompile throws", async () => {
  const plugins = [crashing];
  const { printed, diagnostics } = await compileText(topology, { files, plugins });
  expect(printed).toContain("boom");
  expect(printed).not.toContain("compile-text.test.ts");
  expect(diagnostics[0]?.stack).toContain("compile-text.test.ts");
  await expect(mustCompile(topology, { files, plugins })).rejects.toThrow("compile-text.test.ts");
});

test("it ends after the phase in `until`, and so does its type", async () => {
  const parsed = await mustCompile(topology, { until: "parse" });
  expectTypeOf(parsed).not.toHaveProperty("topology");
  expect(parsed).not.toHaveProperty("topology");
  const resolved = await mustCompile(topology, { until: "resolve" });
  expectTypeOf(resolved).not.toHaveProperty("file");
  expect(resolved.topology.links).toHaveLength(1);
  expect(resolved).not.toHaveProperty("file");
  const rendered = await mustCompile(topology, { files, until: "render" });
  expectTypeOf(rendered).not.toHaveProperty("lock");
  expect(rendered.file("/etc/bgp.conf", { node: "a" })).toContain("64512");
  expect(rendered).not.toHaveProperty("lock");
});

test("a lock is given back with `previous`; a plugin finds its choices in it", async () => {
  const plugin = definePlugin({
    name: "dice",
    api: 1,
    options: z.strictObject({ first: z.int() }),
    setup: (dune) =>
      dune.on("topologyCheck", (_, { choices, options }) =>
        choices.keep("number", choices.locked.number ?? options.first),
      ),
  });
  const withFirst = (first: number) => `${topology}[plugin.dice]\nfirst = ${first}\n`;
  const plugins = [plugin];
  const first = await mustCompile(withFirst(4), { files, plugins });
  expect(JSON.parse(first.lock).choices).toEqual({ dice: { number: 4 } });
  const second = await mustCompile(withFirst(6), { files, plugins, previous: first.lock });
  expect(second.lock).toBe(first.lock);
});

test("settings, this machine and what runs programs are given as to `compile`", async () => {
  const echo: Exec = async (_, args) => ({ exitCode: 0, stdout: args.join(" "), stderr: "" });
  const said = defineExtension("node", "said", z.string());
  const plugin = definePlugin({
    name: "says",
    api: 1,
    extensions: [said],
    setup: (dune) =>
      dune.on("topology", async (value, { exec }) => {
        const { stdout } = await exec("say", ["it"]);
        return { ...value, nodes: value.nodes.map((node) => said.with(node, stdout)) };
      }),
  });
  const result = await mustCompile("[topology.nodes.a]", {
    plugins: [plugin],
    set: ["topology.nodes.a.exec=['true']"],
    localhost: { cores: [[0]] },
    exec: echo,
    until: "allocate",
  });
  const [placed] = result.placement.nodes;
  expect(placed?.node.exec).toEqual(["true"]);
  expect(placed && said.of(placed.node)).toBe("it");
  expect(placed?.phynode.name).toBe("localhost");
});

test("a topology without an infrastructure gets a machine of four cores, whatever runs the test", async () => {
  const { topology: made } = await mustCompile("[topology.nodes.a]", { until: "resolve" });
  expect(made.infrastructure.phynodes.map(({ cores }) => cores)).toEqual([[[0, 1, 2, 3]]]);
});
