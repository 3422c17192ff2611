import {
  compile,
  type Diagnostic,
  defineExtension,
  definePlugin,
  memoryFiles,
  type Node,
  type Plugin,
  type Topology,
  z,
} from "@dune/core";
import { compileText, mustCompile } from "@dune/core/testing";
import { describe, expect, test } from "vitest";

const topology = `
name = "lab"
[infrastructure.nodes.s1]
cores = [[1, 2]]
[topology.nodes.a]
[topology.nodes.b]
[topology]
links = [{ endpoints = ["a:eth0", "b:eth0"] }]
`;

/** The topology with lines added to a node. */
const withA = (lines: string) => topology.replace("[topology.nodes.a]", `[topology.nodes.a]\n${lines}`);

const changed = (value: Topology, change: (node: Node) => Node): Topology => ({
  ...value,
  nodes: value.nodes.map(change),
});

const codesOf = ({ diagnostics }: { readonly diagnostics: readonly Diagnostic[] }) =>
  diagnostics.map((each) => each.code);

describe("hooks", () => {
  test("document: a layer of a plugin is merged under the file's", async () => {
    const plugin = definePlugin({
      name: "grid",
      api: 1,
      setup(dune) {
        dune.on("document", (document) => ({
          ...document,
          layers: [
            {
              origin: { plugin: "grid", hook: "document" },
              overridden: [],
              tables: {
                topology: {
                  nodes: { a: { exec: ["from the plugin"], colour: "red" }, c: {} },
                  links: [{ endpoints: ["a:eth1", "c:eth0"], mtu: 1400 }],
                },
              },
            },
            ...document.layers,
          ],
        }));
      },
    });
    const text = withA('colour = "blue"\nexec = ["from the file"]');
    const { topology: made, diagnostics } = await mustCompile(text, { plugins: [plugin] });
    expect(diagnostics).toEqual([]);
    const { nodes, links } = made;
    expect(nodes.map((node) => node.name)).toEqual(["a", "b", "c"]);
    expect(nodes[0]?.exec).toEqual(["from the plugin", "from the file"]);
    expect(nodes[0]?.data).toEqual({ colour: "blue" });
    expect(links.map((link) => link.name)).toEqual(["a:eth0-b:eth0", "a:eth1-c:eth0"]);
  });

  test("topology, rendering, artifacts, context and the checks see what the phases made", async () => {
    const seen: string[] = [];
    const plugin = definePlugin({
      name: "all",
      api: 1,
      diagnostics: { note: "warning" },
      setup(dune) {
        dune.on("topology", (value) => {
          seen.push("topology");
          return {
            ...value,
            nodes: value.nodes.map((node) => ({ ...node, exec: [...node.exec, "echo {{colour}} {{all}}"] })),
          };
        });
        dune.on("topologyCheck", (value, tools) => {
          seen.push("topologyCheck");
          tools.report("note", { message: `${value.nodes.length} nodes` });
        });
        dune.on("placementCheck", () => void seen.push("placementCheck"));
        dune.on("binariesCheck", async () => void seen.push("binariesCheck"));
        dune.on("rendering", (value) => ({
          ...value,
          phynodes: value.phynodes.map((each) => ({
            ...each,
            files: [
              {
                path: "/tmp/made",
                mode: 0o600,
                content: { text: "by a plugin\n" },
                origin: { plugin: "all", hook: "rendering" },
              },
            ],
          })),
        }));
        dune.on("artifacts", ({ bundles }) => [
          { path: "list.txt", text: bundles.map((each) => each.path).join("\n") },
        ]);
        dune.context({
          globals: { all: (placement) => placement.nodes.length },
          node: { colour: ({ node }) => `${node.name}-red` },
        });
      },
    });
    const { diagnostics, artifacts, artifact, file } = await mustCompile(topology, { plugins: [plugin] });
    expect(
      diagnostics.map(({ code, severity, message, plugin: name }) => [code, severity, message, name]),
    ).toEqual([["all/note", "warning", "2 nodes", "all"]]);
    expect(seen).toEqual(["topology", "topologyCheck", "placementCheck", "binariesCheck"]);
    const { manifest, files } = artifacts;
    expect(manifest.nodes.map((node) => node.exec)).toEqual([["echo a-red 2"], ["echo b-red 2"]]);
    expect(manifest.phynodes[0]?.files.map((each) => [each.path, each.mode])).toEqual([["/tmp/made", "600"]]);
    expect(file("/tmp/made", { phynode: "s1" })).toBe("by a plugin\n");
    expect(files.map((each) => each.path)).toEqual(["list.txt", "manifest.json", "s1.run"]);
    expect(manifest.artifacts).toEqual(["list.txt"]);
    expect(artifact("list.txt")).toBe("s1.run");
  });

  test("extensions are parsed, typed and kept from the user's data", async () => {
    const bgp = defineExtension("node", "bgp", z.strictObject({ asn: z.int().min(1) }));
    const asns: (number | undefined)[] = [];
    const plugin = definePlugin({
      name: "bgp",
      api: 1,
      extensions: [bgp],
      setup(dune) {
        dune.on("topology", (value) => ({
          ...value,
          nodes: value.nodes.map((node) => (node.name === "b" ? bgp.with(node, { asn: 65002 }) : node)),
        }));
        dune.on("placementCheck", ({ topology: { nodes } }) => {
          asns.push(...nodes.map((node) => bgp.of(node)?.asn));
        });
      },
    });
    const plugins = [plugin];
    const good = await mustCompile(withA("bgp = { asn = 65001 }"), { plugins });
    expect(good.diagnostics).toEqual([]);
    expect(asns).toEqual([65001, 65002]);
    const bad = await compileText(withA('bgp = { asn = "x" }'), { plugins });
    expect(codesOf(bad)).toEqual(["resolve/wrong-type"]);
  });

  test("options are parsed by the plugin's schema, or refused at their place", async () => {
    let count = 0;
    const plugin = definePlugin({
      name: "counter",
      api: 1,
      options: z.strictObject({ count: z.int().default(1) }),
      setup: (dune) => {
        count = dune.options.count;
      },
    });
    const plugins = [plugin];
    await mustCompile(topology, { plugins });
    expect(count).toBe(1);
    await mustCompile(`${topology}[plugin.counter]\ncount = 7\n`, { plugins });
    expect(count).toBe(7);
    const bad = await compileText(`${topology}[plugin.counter]\ncount = "many"\n`, { plugins });
    expect(bad.diagnostics[0]).toMatchObject({
      code: "resolve/wrong-type",
      at: { file: "topology.toml", path: ["plugin", "counter", "count"] },
    });
    const stranger = await compileText(`${topology}[plugin.conter]\n`, { plugins });
    expect(stranger.diagnostics[0]).toMatchObject({
      code: "parse/unknown-plugin",
      hint: 'did you mean "counter"?',
    });
  });

  test("plugins run in order of position, constrained by `after`", async () => {
    const order: string[] = [];
    const named = (name: string, after: readonly string[] = []) =>
      definePlugin({ name, api: 1, after, setup: () => void order.push(name) });
    await mustCompile(topology, { plugins: [named("a", ["c", "absent"]), named("b"), named("c")] });
    expect(order).toEqual(["b", "c", "a"]);
  });
});

describe("registries", () => {
  test("an allocator and an engine of a plugin are chosen by name and ending", async () => {
    const plugin = definePlugin({
      name: "own",
      api: 1,
      allocators: {
        last: {
          place: (problem) => ({
            kind: "assignment",
            serverOf: problem.topology.nodes.map(() => problem.servers.length - 1),
            groupOf: problem.units.map(() => problem.groups.length - 1),
          }),
        },
      },
      engines: {
        ".up": () => ({
          compile: (source) => ({
            ok: true,
            template: { names: [], render: () => ({ ok: true, text: source.toUpperCase() }) },
          }),
        }),
      },
    });
    const text = `${topology}`.replace(
      "[topology.nodes.a]",
      '[infrastructure]\nallocator = "last"\n[infrastructure.nodes.s2]\ncores = [[1]]\n[topology.nodes.a]\ntemplates = { "x.up" = "/tmp/x" }',
    );
    const result = await mustCompile(text, { plugins: [plugin], files: { "x.up": "shout" } });
    expect(result.diagnostics).toEqual([]);
    expect(result.placement.nodes.map((placed) => placed.phynode.name)).toEqual(["s2", "s2"]);
    expect(result.file("/tmp/x", { node: "a" })).toBe("SHOUT");
  });
});

describe("whose fault it is", () => {
  const crash = (hook: "topology" | "topologyCheck" | "artifacts") =>
    definePlugin({
      name: "bad",
      api: 1,
      setup(dune) {
        dune.on(hook, () => {
          throw new Error("boom");
        });
      },
    });

  test.each(["topology", "topologyCheck", "artifacts"] as const)(
    "a throw in %s names the plugin and the hook",
    async (hook) => {
      const files = memoryFiles({ "topology.toml": topology });
      const result = await compile({ file: "topology.toml" }, { files, plugins: [crash(hook)] });
      expect(result.ok).toBe(false);
      expect(result.artifacts).toBeUndefined();
      const [only, ...others] = result.diagnostics;
      expect(others).toEqual([]);
      expect(only).toMatchObject({ code: "plugin/crash", plugin: "bad", at: { plugin: "bad", hook } });
      expect(only?.message).toContain("boom");
      expect(only?.stack).toContain("hooks.test.ts");
    },
  );

  test("a rejected promise, a throw in setup and in a context are crashes too", async () => {
    const rejects = definePlugin({
      name: "late",
      api: 1,
      setup: (dune) => dune.on("placementCheck", async () => Promise.reject(new Error("boom"))),
    });
    const throws = definePlugin({
      name: "early",
      api: 1,
      setup: () => {
        throw new Error("boom");
      },
    });
    const context = definePlugin({
      name: "ctx",
      api: 1,
      setup: (dune) =>
        dune.context({
          node: {
            x: () => {
              throw new Error("boom");
            },
          },
        }),
    });
    for (const [plugin, hook] of [
      [rejects, "placementCheck"],
      [throws, "setup"],
      [context, "context"],
    ] as const) {
      expect((await compileText(topology, { plugins: [plugin] })).diagnostics[0]).toMatchObject({
        code: "plugin/crash",
        at: { plugin: plugin.name, hook },
      });
    }
  });

  test("a transform that returns nothing, or what breaks the phase's promise", async () => {
    const nothing = definePlugin({
      name: "nothing",
      api: 1,
      setup: (dune) => dune.on("topology", (() => undefined) as never),
    });
    expect((await compileText(topology, { plugins: [nothing] })).diagnostics[0]).toMatchObject({
      code: "plugin/no-result",
      plugin: "nothing",
    });
    const unsorted = definePlugin({
      name: "unsorted",
      api: 1,
      setup: (dune) => dune.on("topology", (value) => ({ ...value, nodes: [...value.nodes].reverse() })),
    });
    const result = await compileText(topology, { plugins: [unsorted] });
    expect(result.diagnostics[0]).toMatchObject({ code: "plugin/broken-invariant", plugin: "unsorted" });
    expect(result.diagnostics[0]?.message).toContain("sorted by name");
  });

  test.each<[(topology: Topology) => Topology, string]>([
    [(value) => changed(value, (node) => ({ ...node, name: `${node.name}\t` })), "does not exist"],
    [(value) => changed({ ...value, links: [] }, (node) => ({ ...node, name: `${node.name}\t` })), '"a\\t"'],
    [(value) => changed(value, (node) => ({ ...node, interfaces: [] })), "each end of a link"],
    [
      (value) => changed(value, (node) => ({ ...node, placement: { ...node.placement, phynodes: ["s9"] } })),
      'node "a" wants phynode "s9", which does not exist',
    ],
    [
      (value) => {
        const { phynodes } = value.infrastructure;
        return {
          ...value,
          infrastructure: { ...value.infrastructure, phynodes: [...phynodes, ...phynodes] },
        };
      },
      "phynodes must be sorted by name",
    ],
  ])("a topology that a plugin has broken is the plugin's fault: %#", async (breaking, wrong) => {
    const plugin = definePlugin({ name: "breaks", api: 1, setup: (dune) => dune.on("topology", breaking) });
    const { diagnostics } = await compileText(topology, { plugins: [plugin] });
    expect(diagnostics.map((each) => [each.code, each.plugin])).toEqual([
      ["plugin/broken-invariant", "breaks"],
    ]);
    expect(diagnostics[0]?.message).toContain(wrong);
  });

  test("an allocator that breaks a hard rule, an extension and an engine that throw, an artifact outside of dist, a tap after setup, an undeclared code", async () => {
    const wrong = definePlugin({
      name: "wrong",
      api: 1,
      allocators: {
        wrong: { place: () => ({ kind: "assignment", serverOf: [7, 7], groupOf: [] }) },
      },
    });
    const text = `${topology}`.replace(
      "[topology.nodes.a]",
      '[infrastructure]\nallocator = "wrong"\n[topology.nodes.a]',
    );
    const leaving = definePlugin({
      name: "escape",
      api: 1,
      setup: (dune) => dune.on("artifacts", () => [{ path: "../x", text: "" }]),
    });
    const late = definePlugin({
      name: "late",
      api: 1,
      setup: (dune) => dune.on("topologyCheck", () => dune.on("placementCheck", () => undefined)),
    });
    const undeclared = definePlugin({
      name: "undeclared",
      api: 1,
      setup: (dune) =>
        dune.on("topologyCheck", (_, tools) => tools.report("nope" as never, { message: "x" })),
    });
    const broken = definePlugin({
      name: "broken",
      api: 1,
      engines: {
        "*": () => ({
          compile: () => ({
            ok: true,
            template: {
              names: [],
              render: () => {
                throw new Error("no renderer");
              },
            },
          }),
        }),
      },
    });
    const exploding = z.string().transform(() => {
      throw new Error("no parser");
    });
    const extending = definePlugin({
      name: "extending",
      api: 1,
      extensions: [defineExtension("node", "bgp", exploding)],
    });
    const waiting = definePlugin({
      name: "waiting",
      api: 1,
      extensions: [
        defineExtension(
          "node",
          "bgp",
          z.string().refine(async () => true),
        ),
      ],
    });
    const extended = withA('bgp = "x"');
    const rendered = withA('templates = { "topology.toml" = "/tmp/x" }');
    for (const [plugin, source] of [
      [extending, extended],
      [waiting, extended],
      [broken, rendered],
      [wrong, text],
      [leaving, topology],
      [late, topology],
      [undeclared, topology],
    ] as const) {
      const result = await compileText(source, { plugins: [plugin] });
      expect(result.diagnostics.map((each) => [each.code, each.plugin])).toEqual([
        ["plugin/crash", plugin.name],
      ]);
    }
  });

  test("a plugin that cannot be used is refused when it is loaded", async () => {
    const key = (name: string) =>
      definePlugin({ name, api: 1, extensions: [defineExtension("node", "bgp", z.string())] });
    const engine = (name: string) =>
      definePlugin({
        name,
        api: 1,
        engines: {
          ".j2": () => ({
            compile: () => ({ ok: true, template: { names: [], render: () => ({ ok: true, text: "" }) } }),
          }),
        },
      });
    const claim = (name: string) =>
      definePlugin({ name, api: 1, setup: (dune) => dune.context({ globals: { mine: () => 1 } }) });
    const own = definePlugin({
      name: "own",
      api: 1,
      extensions: [defineExtension("node", "exec", z.string())],
    });
    const allocator = (name: string, choice: string) =>
      definePlugin({
        name,
        api: 1,
        allocators: { [choice]: { place: () => ({ kind: "assignment", serverOf: [], groupOf: [] }) } },
      });
    const builder = (name: string) =>
      definePlugin({ name, api: 1, builders: { meson: { plan: () => ({ commands: [], needs: [] }) } } });
    const core = definePlugin({
      name: "core",
      api: 1,
      setup: (dune) => dune.context({ node: { core_1: () => 1 } }),
    });
    const cases: [readonly Plugin[], string, string][] = [
      [[allocator("one", "spread"), allocator("two", "spread")], "plugin/conflict", 'plugin "one"'],
      [[allocator("one", "cut")], "plugin/conflict", "dune's own"],
      [[core], "plugin/conflict", "dune's own"],
      [[key("one"), key("two")], "plugin/duplicate-key", 'plugin "one"'],
      [[own], "plugin/duplicate-key", "dune's own"],
      [[engine("one"), engine("two")], "plugin/conflict", 'plugin "one"'],
      [[builder("one"), builder("two")], "plugin/conflict", 'the builder "meson"'],
      [[claim("one"), claim("two")], "plugin/conflict", 'plugin "one"'],
      [[definePlugin({ name: "x", api: 1 }), definePlugin({ name: "x", api: 1 })], "plugin/conflict", '"x"'],
      [[definePlugin({ name: "old", api: 2 as 1 })], "plugin/wrong-api", "api 2"],
      [[definePlugin({ name: "Bad Name", api: 1 })], "plugin/bad-declaration", "Bad Name"],
      [[{ name: "raw", api: 1 } as Plugin], "plugin/bad-declaration", "definePlugin"],
      [
        [
          definePlugin({ name: "a", api: 1, after: ["b"] }),
          definePlugin({ name: "b", api: 1, after: ["a"] }),
        ],
        "plugin/cycle",
        "after",
      ],
    ];
    for (const [plugins, code, text] of cases) {
      const { diagnostics, ok } = await compileText(topology, { plugins });
      expect(ok).toBe(false);
      expect(diagnostics.map((each) => each.code)).toEqual([code]);
      expect(`${diagnostics[0]?.message} ${diagnostics[0]?.hint}`).toContain(text);
    }
  });

  test("a key near a plugin's key is a warning, not an error", async () => {
    const plugin = definePlugin({
      name: "peers",
      api: 1,
      extensions: [defineExtension("node", "peering", z.string())],
    });
    const result = await mustCompile(withA('peerin = "x"'), { plugins: [plugin] });
    expect(result.diagnostics).toMatchObject([{ code: "resolve/near-plugin-key", severity: "warning" }]);
  });
});

test("a plugin that the topology names is asked for, and a stranger refused", async () => {
  const found = definePlugin({
    name: "found",
    api: 1,
    diagnostics: { here: "warning" },
    setup: (dune) => dune.on("topologyCheck", (_, { report }) => report("here", { message: "here" })),
  });
  const text = `plugins = ["found", "lost"]\n${topology}`;
  const options = {
    files: memoryFiles({ "topology.toml": text }),
    resolvePlugin: async (name: string) =>
      name === "found" ? ({ ok: true, plugin: found } as const) : undefined,
  };
  const result = await compile({ file: "topology.toml" }, options);
  expect(codesOf(result)).toEqual(["parse/unknown-plugin"]);
  const good = await compile(
    { file: "topology.toml" },
    { ...options, files: memoryFiles({ "topology.toml": text.replace(', "lost"', "") }) },
  );
  expect(codesOf(good)).toEqual(["found/here"]);
});
