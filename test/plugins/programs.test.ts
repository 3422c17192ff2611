import {
  type Binary,
  compile,
  definePlugin,
  memoryFiles,
  type Origin,
  type Path,
  type Plugin,
  type Rendering,
  type Topology,
  z,
} from "@dune/core";
import { describe, expect, test } from "vitest";
import { compileRich, programLab } from "./rich-lab.js";

const until = "render" as const;
const byMaker = { plugin: "maker", hook: "topology" };
const at = (...path: Path): Origin => ({ file: "topology.toml", path });

const changing = (change: (topology: Topology) => unknown): Plugin =>
  definePlugin({ name: "maker", api: 1, setup: (dune) => dune.on("topology", change as never) });

const binary = (name: string, change: (binary: Binary) => unknown) =>
  changing((topology) => ({
    ...topology,
    binaries: topology.binaries.map((each) => (each.name === name ? change(each) : each)),
  }));

const compiled = (plugins: readonly Plugin[], text = programLab) => compileRich(plugins, { text, until });

test("the lab compiles", async () => {
  const { diagnostics, topology, rendering } = await compiled([]);
  expect(diagnostics).toEqual([]);
  expect(topology?.binaries.map(({ name }) => name)).toEqual(["agent", "probe", "udp-probe"]);
  expect(topology?.toolchains.map(({ platform }) => platform.text)).toEqual([
    "linux/amd64/musl",
    "linux/arm64",
  ]);
  expect(rendering?.phynodes.map(({ binaries }) => binaries)).toEqual([["agent", "probe"], []]);
});

describe("what breaks the promises of a topology is the plugin's fault", () => {
  const node = (binaries: unknown) =>
    changing((topology) => ({ ...topology, nodes: topology.nodes.map((each) => ({ ...each, binaries })) }));
  test.each<[string, Plugin, string]>([
    ["no list", changing((topology) => ({ ...topology, binaries: undefined })), "needs a list of binaries"],
    [
      "no list of toolchains",
      changing((topology) => ({ ...topology, toolchains: {} })),
      "list of toolchains",
    ],
    [
      "another order",
      changing((topology) => ({ ...topology, binaries: topology.binaries.toReversed() })),
      "binaries must be sorted by name",
    ],
    [
      "a toolchain twice",
      changing(({ toolchains, ...rest }) => ({ ...rest, toolchains: [...toolchains, ...toolchains] })),
      "toolchains must be sorted by platform",
    ],
    [
      "a toolchain without a platform",
      changing((topology) => ({ ...topology, toolchains: [{ cc: "clang" }] })),
      "platform of toolchain nothing is missing",
    ],
    ["a name", binary("probe", (each) => ({ ...each, name: "pro be" })), "cannot be the name of a binary"],
    [
      "no builder",
      binary("probe", ({ builder: _, ...rest }) => rest),
      'builder of binary "probe" is missing',
    ],
    [
      "a builder that there is not",
      binary("probe", (each) => ({ ...each, builder: "bazel" })),
      'binary "probe" wants the builder "bazel"',
    ],
    [
      "an option of another shape",
      binary("probe", (each) => ({ ...each, options: { flags: ["-O2", 3] } })),
      'flags[1] of options of binary "probe" must be text in quotes, not 3',
    ],
    [
      "no option that must be there",
      binary("udp-probe", (each) => ({ ...each, options: {} })),
      'command of options of binary "udp-probe" is missing',
    ],
    [
      "options that are no plain data",
      binary("probe", (each) => ({ ...each, options: { since: new Date(0) } })),
      "options.since is a Date",
    ],
    ["a list out of order", node(["probe", "agent"]), 'binaries of node "a" must be sorted'],
    ["a list with what there is not", node(["bird"]), 'node "a" wants the program "bird"'],
    [
      "no binary that a node lists",
      changing((topology) => ({ ...topology, binaries: topology.binaries.slice(1) })),
      'node "c" wants the program "agent"',
    ],
  ])("%s", async (_, plugin, message) => {
    const { diagnostics } = await compiled([plugin]);
    expect(diagnostics).toMatchObject([{ code: "plugin/broken-invariant", plugin: "maker" }]);
    expect(diagnostics[0]?.message).toContain(message);
  });
});

test.each<[string, (rendering: Rendering) => unknown, string]>([
  [
    "a program that there is not",
    (value) => ({ ...value, nodes: value.nodes.map((each) => ({ ...each, binaries: ["bird"] })) }),
    'there is no program "bird"',
  ],
  [
    "no list",
    (value) => ({ ...value, phynodes: value.phynodes.map((each) => ({ ...each, binaries: null })) }),
    'binaries of phynode "s1" must be',
  ],
])("a rendering with %s is the plugin's fault", async (_, change, message) => {
  const plugin = definePlugin({
    name: "maker",
    api: 1,
    setup: (dune) => dune.on("rendering", change as never),
  });
  const { diagnostics } = await compiled([plugin]);
  expect(diagnostics).toMatchObject([{ code: "plugin/broken-invariant", plugin: "maker" }]);
  expect(diagnostics[0]?.message).toContain(message);
});

describe("whose a value is", () => {
  test("the plugin's where it made it, the user's beside it", async () => {
    const text = programLab.replace("-DRATE={{param.rate}}", "{{mine}}");
    const plugin = binary("probe", (each) => ({
      ...each,
      environ: [...each.environ, { name: "MORE", value: "{{made}}" }],
      options: { ...each.options, flags: ["{{front}}", ...(each.options.flags as string[])] },
    }));
    const { diagnostics } = await compiled([plugin], text);
    const places = Object.fromEntries(diagnostics.map((each) => [each.message, each.at]));
    expect(places).toMatchObject({
      '"made" is not declared': byMaker,
      '"front" is not declared': byMaker,
      '"mine" is not declared': at("binaries", "probe", "flags", 1),
    });
    expect(diagnostics).toHaveLength(3);
  });

  test("a program that a plugin made up", async () => {
    const made = {
      name: "zebra",
      builder: "make",
      source: ".",
      environ: [],
      tools: [],
      isStatic: true,
      timeoutNs: 1e9,
    };
    const plugin = changing(({ binaries, ...rest }) => ({
      ...rest,
      binaries: [...binaries, { ...made, fragments: [], options: { targets: ["{{typo}}"] } }],
    }));
    const { diagnostics } = await compiled([plugin]);
    expect(diagnostics).toMatchObject([{ code: "render/undeclared-name", at: byMaker, plugin: "maker" }]);
  });

  test("a program that a plugin took away is missed where it is named, with a note whose doing that is", async () => {
    const text = programLab.replace(/binaries = .*/, "");
    const plugin = changing((topology) => ({ ...topology, binaries: topology.binaries.slice(1) }));
    const { diagnostics } = await compiled([plugin], text);
    expect(diagnostics[0]).toMatchObject({
      code: "render/unknown-binary",
      related: [{ message: '"bin" is made from what a plugin changed', at: byMaker }],
    });
  });

  test("plugins ask for it", async () => {
    const found: Record<string, Origin> = {};
    const asking = definePlugin({
      name: "asking",
      api: 1,
      setup: (dune) =>
        dune.on("topologyCheck", ({ binaries, toolchains }, { originOf }) => {
          const [, probe] = binaries;
          const [musl] = toolchains;
          if (probe === undefined || musl === undefined) throw new Error("the lab has changed");
          found.probe = originOf(probe);
          found.flag = originOf(probe, ["flags", 1]);
          found.level = originOf(probe, ["environ", "LEVEL"], "key");
          found.timeout = originOf(probe, ["timeout"]);
          found.musl = originOf(musl);
          found.ar = originOf(musl, ["ar"]);
        }),
    });
    const { diagnostics } = await compiled([binary("probe", (each) => ({ ...each, timeoutNs: 7 })), asking]);
    expect(diagnostics).toEqual([]);
    expect(found).toMatchObject({
      probe: at("binaries", "probe"),
      flag: at("binaries", "probe", "flags", 1),
      level: { ...at("binaries", "probe", "environ", "LEVEL"), target: "key" },
      timeout: byMaker,
      musl: at("toolchains", "linux/amd64/musl"),
      ar: at("toolchains", "linux/amd64/musl", "ar"),
    });
  });
});

test("what a plugin writes that names a program uses it", async () => {
  const text = programLab.replace("--setup", "").replace("{{bin.probe}} {{bin.agent}}", "true");
  const plugin = definePlugin({
    name: "maker",
    api: 1,
    setup: (dune) =>
      dune.on("rendering", ({ nodes, phynodes, ...rest }) => ({
        ...rest,
        nodes,
        phynodes: phynodes.map((each) => ({
          ...each,
          setup: { pre: ["/var/lib/dune/rich/payload/bin/udp-probe --all"], post: [] },
        })),
      })),
  });
  const { rendering } = await compiled([plugin], text);
  expect(rendering?.phynodes.map(({ binaries }) => binaries)).toEqual([["udp-probe"], ["udp-probe"]]);
});

describe("a plugin's builder", () => {
  const meson = definePlugin({
    name: "meson",
    api: 1,
    builders: {
      meson: {
        keys: { setup: z.array(z.string()).transform((list) => list.join(" ")), jobs: z.int().optional() },
        plan: () => ({ commands: [], needs: [] }),
      },
    },
  });
  const lab = (more: string) =>
    `[infrastructure.nodes.s1]\ncores = 4\n[topology.nodes.a]\nbinaries = ["p"]\n[binaries.p]\n${more}`;
  const read = async (more: string, plugins: readonly Plugin[] = [meson]) => {
    const files = memoryFiles({ "topology.toml": lab(more) });
    const { topology, diagnostics } = await compile({ file: "topology.toml" }, { files, plugins, until });
    return {
      binary: topology?.binaries[0],
      messages: diagnostics.map(({ message, hint }) => [message, hint]),
    };
  };

  test("has keys of its own", async () => {
    const { binary: given, messages } = await read('builder = "meson"\nsetup = ["-Da", "-Db"]');
    expect(messages).toEqual([]);
    expect(given).toMatchObject({ builder: "meson", options: { setup: "-Da -Db" } });
    expect(Object.keys(given?.options ?? {})).toEqual(["setup"]);
  });

  test("has no others", async () => {
    expect((await read('builder = "meson"\nsetup = []\ntargets = ["all"]')).messages).toEqual([
      ['binary "p" has an unknown key "targets"', expect.stringContaining("jobs")],
    ]);
  });

  test("is not there without its plugin", async () => {
    expect((await read('builder = "meson"', [])).messages).toEqual([
      ['binary "p" wants the builder "meson", which does not exist', expect.stringContaining("make")],
    ]);
  });
});
