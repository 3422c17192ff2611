import {
  compile,
  type Diagnostic,
  defineExtension,
  definePlugin,
  type Link,
  memoryFiles,
  type Node,
  type Origin,
  type Phynode,
  type Plugin,
  printGithub,
  printText,
  type Topology,
  toJson,
  z,
} from "@dune/core";
import { describe, expect, test } from "vitest";
import { compileRich, richFiles, richLab } from "./rich-lab.js";

type Change = (topology: Topology) => Topology;

const changing = (name: string, change: Change): Plugin =>
  definePlugin({ name, api: 1, setup: (dune) => dune.on("topology", change) });

const node =
  (name: string, change: (node: Node) => Node): Change =>
  (topology) => ({
    ...topology,
    nodes: topology.nodes.map((each) => (each.name === name ? change(each) : each)),
  });

const link =
  (id: string, change: (link: Link) => Link): Change =>
  (topology) => ({
    ...topology,
    links: topology.links.map((each) => (each.id === id ? change(each) : each)),
  });

const phynode =
  (name: string, change: (phynode: Phynode) => Phynode): Change =>
  (topology) => ({
    ...topology,
    infrastructure: {
      ...topology.infrastructure,
      phynodes: topology.infrastructure.phynodes.map((each) => (each.name === name ? change(each) : each)),
    },
  });

const template = (src: string, dst: string) => ({ src, dst, mode: 0o644, modeDeclared: false });
const at = (...path: (string | number)[]): Origin => ({ file: "topology.toml", path: ["topology", ...path] });
const byMaker = { plugin: "maker", hook: "topology" };

/** What a process of a plugin's is. */
const process = (name: string, cmd: string) => ({
  name,
  cmd,
  environ: [],
  readyTimeoutNs: 1e9,
  postUp: [],
  preDown: [],
  coreNames: [0],
  extensions: {},
});

function errorsOf(diagnostics: readonly Diagnostic[]) {
  return diagnostics.map(({ code, at: place, plugin }) => ({ code, at: place, plugin }));
}

describe("a value that a plugin made", () => {
  test.each<[string, Change, string]>([
    [
      "exec",
      node("a", (each) => ({ ...each, exec: [...each.exec, "echo {{typo}}"] })),
      "render/undeclared-name",
    ],
    [
      "exec before the user's",
      node("a", (each) => ({ ...each, exec: ["{{ ( }}", ...each.exec] })),
      "render/template-syntax",
    ],
    ["results", node("c", (each) => ({ ...each, results: ["{{typo}}"] })), "render/undeclared-name"],
    [
      "a process",
      node("a", (each) => ({ ...each, processes: [...each.processes, process("more", "{{data.none}}")] })),
      "render/template-failed",
    ],
    [
      "the command of the user's process",
      node("a", (each) => ({
        ...each,
        processes: each.processes.map((one) => (one.name === "probe" ? { ...one, cmd: "{{typo}}" } : one)),
      })),
      "render/undeclared-name",
    ],
    [
      "a template's source",
      node("c", (each) => ({ ...each, templates: [template("none.eta", "/tmp/x")] })),
      "render/missing-file",
    ],
    [
      "a template's path",
      node("c", (each) => ({ ...each, templates: [template("a.conf.eta", "/tmp/../x")] })),
      "render/bad-path",
    ],
    [
      "a private folder",
      node("c", (each) => ({ ...each, privateFolders: [{ path: "/proc/x" }] })),
      "render/bad-path",
    ],
    [
      "a bind",
      phynode("s2", (each) => ({
        ...each,
        binds: [...each.binds, { ...template("none.sh", "/x"), modeDeclared: true }],
      })),
      "render/missing-file",
    ],
    [
      "setup",
      phynode("s1", (each) => ({ ...each, setup: { pre: [...each.setup.pre, "{{typo}}"], post: [] } })),
      "render/undeclared-name",
    ],
    [
      "tags",
      node("c", (each) => ({
        ...each,
        placement: { ...each.placement, tags: [...each.placement.tags, "gpu"] },
      })),
      "allocate/contradicting-constraints",
    ],
    [
      "an empty list of phynodes",
      node("c", (each) => ({ ...each, placement: { ...each.placement, phynodes: [] } })),
      "allocate/contradicting-constraints",
    ],
    [
      "separate",
      (topology) => ({
        ...topology,
        nodes: topology.nodes.map((each) => ({
          ...each,
          placement: { ...each.placement, separate: ["all"] },
        })),
      }),
      "allocate/contradicting-constraints",
    ],
    ["cores of a phynode", phynode("s1", (each) => ({ ...each, cores: [[1]] })), "allocate/not-enough-cores"],
    ["a limit", phynode("s1", (each) => ({ ...each, limits: { nodes: 1 } })), "allocate/too-many-nodes"],
  ])("%s", async (_, change, code) => {
    const text =
      code === "allocate/too-many-nodes"
        ? richLab.replace('tags = ["rack1"]\ncolocate', 'phynode = "s1"\ncolocate')
        : richLab;
    const { diagnostics } = await compileRich([changing("maker", change)], { text });
    expect(errorsOf(diagnostics)).toEqual([{ code, at: expect.objectContaining(byMaker), plugin: "maker" }]);
    expect(diagnostics[0]?.hint).toContain('plugin "maker" made it');
  });

  test("a link's MTU, given or following from a phynode's", async () => {
    const apart = richLab.replace("[topology.nodes.b]", '[topology.nodes.b]\nphynode = "s2"');
    const changes = [
      link("b:eth0|sw:p1", (each) => ({ ...each, mtu: 9001 })),
      phynode("s2", (each) => ({ ...each, mtu: 1000 })),
      phynode("s2", ({ address: _, ...each }) => each),
    ];
    const codes = [];
    for (const change of changes) {
      const { diagnostics } = await compileRich([changing("maker", change)], { text: apart });
      expect(diagnostics.map(({ at: place }) => place)).toEqual(
        diagnostics.map(() => expect.objectContaining(byMaker)),
      );
      codes.push(diagnostics[0]?.code);
    }
    expect(codes).toEqual(["allocate/mtu-too-large", "allocate/mtu-too-large", "allocate/missing-address"]);
  });

  test("takes cores that the user's nodes then lack: the plugin is at fault, what there is, is shown", async () => {
    const greedy = node("sw", (each) => ({
      ...each,
      placement: { ...each.placement, phynodes: ["s1"] },
      processes: ["p1", "p2", "p3", "p4"].map((name) => process(name, "true")),
    }));
    const text = richLab.replace("[[1, 2, 3, 4], [5, 6]]", "[[1, 2, 3]]");
    const { diagnostics } = await compileRich(
      [changing("idle", (each) => ({ ...each })), changing("maker", greedy)],
      { text },
    );
    expect(diagnostics).toMatchObject([{ plugin: "maker", at: byMaker }]);
    expect((await compileRich([], { text })).ok).toBe(true);
  });

  test("is told from what the user wrote wrongly in the same list, also after a second plugin", async () => {
    const text = richLab.replace('exec = ["echo {{node}}"]', 'exec = ["echo {{mine}}"]');
    const before = changing(
      "first",
      node("a", (each) => ({ ...each, exec: ["echo {{first}}", ...each.exec] })),
    );
    const after = changing(
      "second",
      node("a", (each) => ({ ...each, exec: [...each.exec.toReversed(), "{{second}}"] })),
    );
    const { diagnostics } = await compileRich([before, after], { text });
    const places = Object.fromEntries(diagnostics.map((each) => [each.message, each.at]));
    expect(places).toMatchObject({
      '"first" is not declared': { plugin: "first", hook: "topology" },
      '"second" is not declared': { plugin: "second", hook: "topology" },
      '"mine" is not declared': at("nodes", "a", "exec", 0),
    });
    const mine = diagnostics.find((each) => each.message.includes("mine"));
    expect(mine?.plugin).toBeUndefined();
    expect(mine?.hint).not.toContain("plugin");
  });

  test("a node that is built anew, without what dune keeps in it, is still the user's where nothing changed", async () => {
    const text = richLab.replace('exec = ["echo {{node}}"]', 'exec = ["echo {{mine}}"]');
    const anew = changing("anew", (topology) => ({
      ...topology,
      nodes: topology.nodes.map(({ fragments: _, change: __, ...rest }) => structuredClone(rest) as Node),
    }));
    const { diagnostics } = await compileRich(
      [
        anew,
        changing(
          "idle",
          node("a", (each) => ({ ...each })),
        ),
      ],
      { text },
    );
    expect(errorsOf(diagnostics)).toMatchObject([
      { code: "render/undeclared-name", at: at("nodes", "a", "exec", 0), plugin: undefined },
    ]);
  });

  test("a node and a phynode that a plugin made up, with nothing of the user's", async () => {
    const madeUp = changing("maker", (topology) => {
      const {
        fragments: _,
        change: __,
        ...template
      } = topology.nodes.find(({ name }) => name === "c") as Node;
      const made = {
        ...template,
        name: "z",
        netns: "lab-z",
        interfaces: [],
        exec: ["{{typo}}"],
      } as unknown as Node;
      return { ...topology, nodes: [...topology.nodes, made] };
    });
    const { diagnostics } = await compileRich([madeUp]);
    expect(errorsOf(diagnostics)).toEqual([{ code: "render/undeclared-name", at: byMaker, plugin: "maker" }]);
  });

  test("is shown as the plugin's in text, JSON and on GitHub, with the place that it was made from", async () => {
    const change = node("b", (each) => ({ ...each, exec: [...each.exec, "echo {{typo}}"] }));
    const { diagnostics } = await compileRich([changing("maker", change)]);
    const read = (file: string) => (richFiles as Record<string, string>)[file];
    const text = printText(diagnostics, { read });
    expect(text).toContain('error[render/undeclared-name]: "typo" is not declared (plugin maker)');
    expect(text).toContain('--> made by plugin "maker" in hook "topology"\n  --> topology.toml:');
    expect(text).toContain("[topology.nodes.b]");
    expect(toJson(diagnostics, { read })).toMatchObject([{ plugin: "maker", madeBy: byMaker }]);
    expect(printGithub(diagnostics, { read })).toContain("(plugin maker)");
  });
});

describe("a layer that a plugin adds", () => {
  const adding = (tables: unknown, origin?: unknown) =>
    definePlugin({
      name: "grid",
      api: 1,
      setup: (dune) =>
        dune.on("document", (document) => ({
          ...document,
          layers: [{ tables, origin } as never, ...document.layers],
        })),
    });

  test.each<[object, string]>([
    [{ nonsense: 1, topology: { nodes: { "bad name": {} } } }, "resolve/bad-name"],
    [{ topology: { nodes: 3 } }, "resolve/wrong-type"],
    [{ topology: { nodes: { z: { exec: "x" } } } }, "resolve/wrong-type"],
    [{ topology: { nodes: { z: { addrs: { eth9: ["2001:db8::1/64"] } } } } }, "resolve/unknown-interface"],
    [{ topology: { links: [{ endpoints: ["a:eth7", "q:eth0"] }] } }, "resolve/unknown-endpoint"],
    [{ topology: { links: [{ endpoints: ["a:eth7"] }] } }, "resolve/wrong-type"],
    [{ topology: { links: [{ endpoints: ["a:eth7", "b:eth7"], latenci: "1ms" }] } }, "resolve/unknown-key"],
    [
      { topology: { links: [0, 1].map(() => ({ endpoints: ["a:eth7", "b:eth7"] })) } },
      "resolve/duplicate-link",
    ],
    [{ topology: { groups: { g: { nodes: ["none"] } } } }, "resolve/unknown-member"],
    [{ topology: { groups: { g: {} } } }, "resolve/missing-key"],
    [{ topology: { defaults: { what: {} } } }, "resolve/unknown-key"],
    [{ infrastructure: { nodes: { s9: {} } } }, "resolve/missing-key"],
    [{ infrastructure: { vxlan: { port: "x" } } }, "resolve/wrong-type"],
    [{ params: 3 }, "resolve/wrong-type"],
  ])("%o: the mistake is in it, not in the file", async (tables, code) => {
    const { diagnostics } = await compileRich([adding(tables, { file: "topology.toml", path: [] })]);
    expect(diagnostics.map((each) => each.code)).toContain(code);
    for (const each of diagnostics)
      expect(each).toMatchObject({ plugin: "grid", at: { plugin: "grid", hook: "document" } });
  });

  const cyclic: Record<string, unknown> = {};
  cyclic.again = cyclic;
  test.each<[string, unknown, string]>([
    ["undefined", { params: { x: undefined } }, "layers[0].tables.params.x is undefined"],
    ["a function", { params: { x: () => 1 } }, "is a function"],
    ["a Map", { params: new Map() }, "tables.params is a Map"],
    ["a Date", { params: { at: new Date(0) } }, "is a Date"],
    ["an object of a class", { params: new (class Thing {})() }, "is a Thing"],
    ["a cycle", { params: cyclic }, "levels deep"],
    ["a NUL", { params: { x: ["a\0"] } }, "params.x[0] has a NUL"],
    ["__proto__", JSON.parse('{"params": {"__proto__": {"x": 1}}}'), '"__proto__"'],
    ["NaN", { params: { x: Number.NaN } }, "is NaN"],
    ["no table", 3, "layers[0] needs tables"],
  ])("%s in it is the plugin's fault", async (_, tables, message) => {
    const { diagnostics } = await compileRich([adding(tables)]);
    expect(diagnostics).toMatchObject([{ code: "plugin/broken-invariant", plugin: "grid" }]);
    expect(diagnostics[0]?.message).toContain(message);
  });

  test("keeps the file of its own that it was read from", async () => {
    const origin = { file: "graph.dot", line: 3, column: 1 };
    const { diagnostics } = await compileRich([
      adding({ params: 3 }, { plugin: "x", hook: "y", from: origin }),
    ]);
    expect(diagnostics).toMatchObject([{ at: { plugin: "grid", hook: "document", from: origin } }]);
  });

  test("cannot take the place of the file, nor change what is no layer", async () => {
    const returning = (change: (document: object) => object) =>
      definePlugin({ name: "grid", api: 1, setup: (dune) => dune.on("document", change as never) });
    for (const change of [
      (document: object) => ({ ...document, layers: [] }),
      (document: object) => ({
        ...document,
        layers: [...(document as never as { layers: [] }).layers, { tables: {} }],
      }),
      (document: object) => ({ ...document, file: "other.toml" }),
      () => ({}),
      () => 7 as never,
    ]) {
      const { diagnostics } = await compileRich([returning(change)]);
      expect(diagnostics).toMatchObject([{ code: "plugin/broken-invariant", plugin: "grid" }]);
    }
  });
});

describe("what a plugin is handed", () => {
  test("it cannot change in place: the line that tries is its crash", async () => {
    const mutating = changing("sloppy", (topology) => {
      const [first] = topology.nodes as [Node];
      (first.exec as string[]).push("true");
      return topology;
    });
    const { diagnostics } = await compileRich([mutating]);
    expect(diagnostics).toMatchObject([{ code: "plugin/crash", plugin: "sloppy" }]);
    expect(diagnostics[0]?.stack).toContain("origins.test.ts");
  });
});

describe("tools.originOf", () => {
  const bgp = defineExtension(
    "node",
    "bgp",
    z.strictObject({ asn: z.int(), peers: z.array(z.string()).default([]) }),
  );
  const restart = defineExtension("process", "restart", z.boolean());
  const area = defineExtension("topology", "area", z.int());

  async function places(text: string, set: readonly string[] = []) {
    let found: Record<string, Origin> = {};
    const plugin = definePlugin({
      name: "bgp",
      api: 1,
      extensions: [bgp, restart, area],
      setup(dune) {
        dune.on(
          "topology",
          node("c", (each) => bgp.with(each, { asn: 65003, peers: [] })),
        );
        dune.on("topologyCheck", (topology, { originOf }) => {
          const [a, b, c] = topology.nodes as [Node, Node, Node];
          const [first] = a.processes;
          found = {
            a: originOf(a, ["bgp", "asn"]),
            b: originOf(b, ["bgp", "asn"]),
            c: originOf(c, ["bgp", "asn"]),
            peer: originOf(a, ["bgp", "peers", 1]),
            absent: originOf(b, ["bgp", "peers"]),
            data: originOf(a, ["data", "colour"]),
            key: originOf(a, [], "key"),
            ...(first && { process: originOf({ node: a, process: first }, ["restart"]) }),
            link: originOf(topology.links[0] as Link, ["mtu"]),
            phynode: originOf(topology.infrastructure.phynodes[0] as Phynode, ["mtu"]),
            port: originOf(topology.infrastructure, ["vxlan", "port"]),
            area: originOf(topology, ["area"]),
            rate: originOf(topology, ["params", "rate"]),
          };
        });
      },
    });
    const { diagnostics } = await compileRich([plugin], { text, set });
    expect(diagnostics).toEqual([]);
    return found;
  }

  test("finds defaults, groups, nodes, --set and what a plugin made", async () => {
    const text = richLab
      .replace("[topology.defaults.nodes]", '[topology.defaults.nodes]\nbgp.asn = 65000\nbgp.peers = ["x"]')
      .replace("[topology.groups.edge]", "[topology.groups.edge]\nbgp.asn = 65001")
      .replace("[topology.nodes.a]", '[topology.nodes.a]\nbgp.asn = 65002\nbgp.peers = ["y"]')
      .replace('name = "probe",', 'name = "probe", restart = true,')
      .replace('{ cmd = "bird', '{ restart = false, cmd = "bird')
      .replace("[topology]\n", "[topology]\narea = 3\n");
    expect(await places(text, ["infrastructure.vxlan.port=4790"])).toMatchObject({
      a: at("nodes", "a", "bgp", "asn"),
      b: at("groups", "edge", "bgp", "asn"),
      c: { plugin: "bgp", hook: "topology", from: at("defaults", "nodes", "bgp", "asn") },
      peer: at("nodes", "a", "bgp", "peers", 0),
      absent: at("defaults", "nodes", "bgp", "peers"),
      data: at("nodes", "a", "colour"),
      key: { ...at("nodes", "a"), target: "key" },
      process: at("nodes", "a", "pinned", 0, "restart"),
      link: at("links", 0),
      phynode: { file: "topology.toml", path: ["infrastructure", "nodes", "s1", "mtu"] },
      port: { set: "infrastructure.vxlan.port=4790" },
      area: at("area"),
      rate: { file: "topology.toml", path: ["params", "rate"] },
    });
  });
});

describe("a name that a plugin declares", () => {
  const declaring = (give: () => unknown) =>
    definePlugin({ name: "names", api: 1, setup: (dune) => dune.context({ node: { peers: give } }) });
  const text = richLab.replace('exec = ["echo {{node}}"]', 'exec = ["echo {{peers}}"]');

  test.each<[string, () => unknown]>([
    ["undefined", () => undefined],
    ["a list", () => ["x"]],
    ["a function", () => () => 1],
    ["NaN", () => Number.NaN],
  ])("and that is %s where text is needed: the note names the plugin", async (_, give) => {
    const { diagnostics } = await compileRich([declaring(give)], { text });
    expect(diagnostics).toMatchObject([
      {
        code: "render/template-failed",
        at: at("nodes", "a", "exec", 0),
        related: [
          { message: '"peers" is a name of plugin "names"', at: { plugin: "names", hook: "context" } },
        ],
      },
    ]);
  });

  test("and that is a promise is the plugin's crash", async () => {
    const { diagnostics } = await compileRich([declaring(async () => Promise.reject(new Error("late")))], {
      text,
    });
    expect(diagnostics).toMatchObject([{ code: "plugin/crash", plugin: "names" }]);
    expect(diagnostics[0]?.message).toContain('"peers" gives a promise');
  });

  test("a template that fails for data that a plugin took away says so", async () => {
    const { diagnostics } = await compileRich([
      changing(
        "maker",
        node("a", (each) => ({ ...each, data: {} })),
      ),
    ]);
    expect(diagnostics).toMatchObject([{ code: "render/template-failed", related: [{ at: byMaker }] }]);
  });
});

describe("an engine of a plugin", () => {
  const text = richLab.replace('"a.conf.eta" =', '"a.conf.j2" =');
  const span = { offset: 0, length: 1, line: 1, column: 1 };
  const template = (rendered: unknown) => ({ ok: true, template: { names: [], render: () => rendered } });

  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["a template that cannot be rendered", { ok: true, template: {} }],
    ["names without a place", { ok: true, template: { names: [{ name: "x" }], render: () => "x" } }],
    ["a problem without a message", { ok: false, problem: span }],
    ["a text alone", template("x")],
    ["no text", template({ ok: true, text: 3 })],
    ["a rendering's problem without a place", template({ ok: false, problem: { message: "no" } })],
  ])("that gives %s is at fault, not the template", async (_, result) => {
    const plugin = definePlugin({
      name: "own",
      api: 1,
      engines: { ".j2": () => ({ compile: () => result as never }) },
    });
    const files = memoryFiles({ ...richFiles, "topology.toml": text, "a.conf.j2": "x" });
    const { diagnostics } = await compile({ file: "topology.toml" }, { files, plugins: [plugin] });
    expect(errorsOf(diagnostics)).toEqual([
      { code: "plugin/broken-invariant", at: { plugin: "own", hook: "engine .j2" }, plugin: "own" },
    ]);
  });
});

test("a text of the user's that takes the place of a table in defaults is where its own mistake is", async () => {
  const text = richLab
    .replace(
      "[topology.defaults.nodes]",
      '[topology.defaults.nodes]\ntemplates."a.conf.eta" = { dst = "/tmp/{{node}}" }',
    )
    .replace('"a.conf.eta" = "{{dir}}/a.conf"', '"a.conf.eta" = "{{typo}}/a.conf"');
  const { diagnostics } = await compileRich([], { text });
  expect(errorsOf(diagnostics)).toMatchObject([
    { code: "render/undeclared-name", at: at("nodes", "a", "templates", "a.conf.eta") },
  ]);
});
