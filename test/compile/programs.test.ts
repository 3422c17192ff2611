import { type CompileResult, compile, definePlugin, memoryFiles, type Plugin } from "@dune/core";
import { describe, expect, test } from "vitest";
import { createReporter } from "../../packages/core/dist/diagnostics/reporter.js";
import { expandBinary } from "../../packages/core/dist/phases/4-render/binary-strings.js";

const head = `
name = "lab"
[infrastructure.nodes.s1]
cores = 8
`;
const programs = `
[binaries.bird]
builder = "make"
[binaries.udp-probe]
builder = "cc"
[binaries."udp-probe.v2"]
builder = "cc"
`;
const folder = "/var/lib/dune/lab/payload/bin";

function compiled(
  toml: string,
  files: Readonly<Record<string, string>> = {},
  plugins: readonly Plugin[] = [],
): Promise<CompileResult> {
  const all = memoryFiles({ ...files, "topology.toml": toml });
  return compile({ file: "topology.toml" }, { files: all, plugins, until: "render" });
}

describe("a node uses", () => {
  async function usesOf(node: string, files: Readonly<Record<string, string>> = {}) {
    const { rendering, diagnostics } = await compiled(`${head}${programs}[topology.nodes.a]\n${node}`, files);
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    return rendering?.nodes[0]?.binaries;
  }

  test.each<[string, string, readonly string[]]>([
    ["nothing", "", []],
    ["what it lists, once and sorted", 'binaries = ["udp-probe", "bird", "bird"]', ["bird", "udp-probe"]],
    ["what exec names", 'exec = ["{{bin.bird}} --version"]', ["bird"]],
    ["what a command names in brackets", `pinned = { cmd = '{{bin["udp-probe"]}}' }`, ["udp-probe"]],
    ["what a variable names", 'pinned = { cmd = "x", environ.P = "{{bin.bird}}" }', ["bird"]],
    ["what ready names", 'pinned = { cmd = "x", ready = "{{bin.bird}}" }', ["bird"]],
    ["what post_up names", 'pinned = { cmd = "x", post_up = ["{{bin.bird}}"] }', ["bird"]],
    ["what pre_down names", 'pinned = { cmd = "x", pre_down = ["{{bin.bird}}"] }', ["bird"]],
    ["what down names", 'pinned = { cmd = "x", down = "{{bin.bird}}" }', ["bird"]],
    ["what is computed", `p = "bird"\nexec = ["{{bin[data.p]}}"]`, ["bird"]],
    [
      "what it asks for, not what it might",
      'exec = ["{{ kind === `node` ? bin.bird : bin[`udp-probe`] }}"]',
      ["bird"],
    ],
    ["the program whose file this is", `exec = ['{{bin["udp-probe"]}}.log']`, ["udp-probe"]],
    ["the longest name that fits", `exec = ['{{bin["udp-probe.v2"]}}']`, ["udp-probe.v2"]],
    ["no other that begins alike", 'exec = ["{{bin.bird}}c"]', []],
    ["what is written out", `exec = ["${folder}/bird -f"]`, ["bird"]],
    ["all where it prints all", 'exec = ["{{JSON.stringify(bin)}}"]', ["bird", "udp-probe", "udp-probe.v2"]],
  ])("%s", async (_, node, expected) => {
    expect(await usesOf(node)).toEqual(expected);
  });

  test("what its templates name where they come to it", async () => {
    const template = '{{% if (node === "a") { %}}{{bin.bird}}{{% } else { %}}{{bin["udp-probe"]}}{{% } %}}\n';
    expect(await usesOf('templates = { "x.eta" = "{{dir}}/x" }', { "x.eta": template })).toEqual(["bird"]);
  });
});

test("bin is the path on the phynode, and a process is called by its program", async () => {
  const pinned = `pinned = [{ cmd = "{{bin.bird}} -f" }, { cmd = 'LANG=C exec {{ bin["udp-probe"] }} -x' }]`;
  const { rendering } = await compiled(`${head}${programs}[topology.nodes.a]\n${pinned}`);
  const processes = rendering?.nodes[0]?.processes.map(({ cmd, placed }) => [placed.process.name, cmd]);
  expect(processes).toEqual([
    ["bird", `${folder}/bird -f`],
    ["udp-probe", `LANG=C exec ${folder}/udp-probe -x`],
  ]);
});

test("a phynode uses what its own strings name, whatever its nodes use", async () => {
  const lab = `${head}setup.post = ["{{bin.bird}} --check"]\n[topology.nodes.a]\n${programs}`;
  const { rendering, diagnostics } = await compiled(lab);
  expect(rendering?.phynodes.map(({ binaries }) => binaries)).toEqual([["bird"]]);
  expect(rendering?.nodes.map(({ binaries }) => binaries)).toEqual([[]]);
  expect(diagnostics.map(({ code, at }) => [code, at])).toMatchObject([
    ["render/unused-binary", { path: ["binaries", "udp-probe"] }],
    ["render/unused-binary", { path: ["binaries", "udp-probe.v2"] }],
  ]);
});

test("layers merge as for other entities: tables by key, lists append, unset removes", async () => {
  const weaker = definePlugin({
    name: "weaker",
    api: 1,
    setup: (dune) =>
      dune.on("document", ({ layers, ...rest }) => {
        const [own] = layers;
        if (own === undefined) throw new Error("no layer");
        const tables = {
          binaries: {
            p: { builder: "cc", flags: ["-O3"], libs: ["m"], environ: { A: "1", B: "2" }, timeout: "5s" },
            q: { builder: "make" },
          },
          toolchains: { "linux/arm64": { cc: "clang", ar: "llvm-ar" } },
        };
        return { ...rest, layers: [{ ...own, tables, overridden: [] } as never, ...layers] };
      }),
  });
  const own = `
[topology.nodes.a]
binaries = ["p", "q"]
[binaries.p]
unset = ["libs"]
flags = ["-g"]
libs = ["pthread"]
environ = { B = "3" }
[toolchains."linux/arm64"]
cc = "gcc"
`;
  const { topology, diagnostics } = await compiled(`${head}${own}`, {}, [weaker]);
  expect(diagnostics).toEqual([]);
  expect(topology?.binaries).toMatchObject([
    {
      name: "p",
      environ: [
        { name: "A", value: "1" },
        { name: "B", value: "3" },
      ],
      timeoutNs: 5e9,
      options: { flags: ["-O3", "-g"], libs: ["pthread"] },
    },
    { name: "q", builder: "make", source: ".", isStatic: true, timeoutNs: 1800e9, options: {} },
  ]);
  expect(topology?.toolchains).toMatchObject([{ cc: "gcc", ar: "llvm-ar" }]);
});

describe("the strings of a binary for a platform", () => {
  const platform = { os: "linux", arch: "arm64", libc: "musl", text: "linux/arm64/musl" } as const;
  const target = { platform, triple: "aarch64-linux-musl", machine: "aarch64" };

  async function expanded(binary: string) {
    const { topology, diagnostics } = await compiled(
      `${head}[params]\nlevel = "3"\n[topology.nodes.a]\nbinaries = ["p"]\n[binaries.p]\n${binary}`,
    );
    const [given] = topology?.binaries ?? [];
    if (topology === undefined || given === undefined) throw new Error(JSON.stringify(diagnostics));
    const reporter = createReporter();
    const expand = () => expandBinary(given, target, topology, reporter);
    return { binary: expand(), again: expand(), diagnostics: reporter.diagnostics };
  }

  test("are expanded in options, however deep, and in variables", async () => {
    const { binary } = await expanded(`
builder = "make"
output = "bin/{{target.arch}}/{{name}}"
targets = ["{{name}}-{{target.arch}}", "all"]
tools = ["{{target.triple}}-objcopy"]
variables = { LEVEL = "{{param.level}}", OUT = "{{out}}", OF = "{{lab}}" }
environ = { HOST = "{{target.triple}} {{target.machine}} {{target.os}} {{target.libc}} {{target.platform}}" }
`);
    expect(binary).toEqual({
      output: "bin/arm64/p",
      options: {
        targets: ["p-arm64", "all"],
        variables: { LEVEL: "3", OUT: "{{out}}", OF: "lab" },
      },
      tools: ["aarch64-linux-musl-objcopy"],
      environ: [{ name: "HOST", value: "aarch64-linux-musl aarch64 linux musl linux/arm64/musl" }],
    });
  });

  test("tell what has no value at its place", async () => {
    const { binary, again, diagnostics } = await expanded(
      'builder = "cc"\nflags = ["-O2", "-D{{target.cpu}}"]\nenviron = { A = "{{param.none}}" }',
    );
    expect([binary, again]).toEqual([undefined, undefined]);
    expect(diagnostics).toMatchObject([
      { code: "render/template-failed", at: { path: ["binaries", "p", "environ", "A"], offset: 2 } },
      { code: "render/template-failed", at: { path: ["binaries", "p", "flags", 1], offset: 4, length: 10 } },
    ]);
  });
});
