import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  compile,
  defineExtension,
  definePlugin,
  type JsonSchema,
  languageSchema,
  memoryFiles,
  z,
} from "@dune/core";
import { parse } from "smol-toml";
import { describe, expect, test } from "vitest";
import { complaints, validator } from "./validate.js";

const schema = languageSchema();
const everything = readFileSync(fileURLToPath(new URL("everything.toml", import.meta.url)), "utf8");

/** A schema's parts, what it refers to followed. */
function partsOf(part: JsonSchema): readonly JsonSchema[] {
  const {
    $ref,
    allOf = [],
    anyOf = [],
  } = part as { $ref?: string; allOf?: JsonSchema[]; anyOf?: JsonSchema[] };
  const target = (schema.definitions as Record<string, JsonSchema>)[$ref?.split("/").at(-1) ?? ""];
  return [part, ...(target === undefined ? [] : [target]), ...[...allOf, ...anyOf].flatMap(partsOf)];
}

/** All keys that the schema names, each with its own schema. */
function keysOf(part: unknown, path = ""): readonly (readonly [path: string, schema: JsonSchema])[] {
  if (typeof part !== "object" || part === null) return [];
  return Object.entries(part).flatMap(([key, inner]) => {
    if (["default", "examples", "enum", "if", "else"].includes(key)) return [];
    const own = key === "properties" ? Object.entries(inner as Record<string, JsonSchema>) : [];
    return [
      ...own.map(([name, value]) => [`${path}/${name}`, value] as const),
      ...keysOf(inner, `${path}/${key}`),
    ];
  });
}

describe("the language", () => {
  const keys = keysOf(schema);

  test("has a description for every key", () => {
    expect(keys.length).toBeGreaterThan(80);
    const bare = keys.filter(
      ([, part]) => !partsOf(part).some(({ description }) => description !== undefined),
    );
    expect(bare.map(([path]) => path)).toEqual([]);
  });

  test("has short descriptions, like those of the documentation", () => {
    const said = keys
      .flatMap(([, part]) => partsOf(part))
      .flatMap(({ description = [] }) => description) as string[];
    expect(said.filter((text) => text.length > 160 || /[.\n]$|^[a-z](?!ridge:)/.test(text))).toEqual([]);
  });

  test("says nothing of how dune works inside, and the same every time", () => {
    const text = JSON.stringify(schema);
    expect(text).not.toMatch(/"expected"|"written"|9007199254740991/);
    expect(JSON.stringify(languageSchema())).toBe(text);
  });

  test("is one that the tests break at every key", () => {
    const used = new Set<string>();
    const visit = (value: unknown) => {
      if (typeof value !== "object" || value === null) return;
      for (const [key, inner] of Object.entries(value)) {
        used.add(key);
        visit(inner);
      }
    };
    visit(parse(everything));
    const names = keys.map(([path]) => path.split("/").at(-1) ?? "");
    // Both are tested below.
    expect([...new Set(names)].filter((name) => !used.has(name)).sort()).toEqual(["node", "plugin"]);
  });

  test("takes node for nodes, and a phynode in two parts", () => {
    const validate = validator();
    const lab = "[topology.nodes.a]\n[infrastructure.node.s]\n";
    expect(complaints(validate, `${lab}cores = 4`)).toEqual([]);
    expect(complaints(validate, lab)).toMatchObject([{ path: ["infrastructure", "node", "s", "cores"] }]);
    expect(complaints(validate, `${lab}[infrastructure.nodes.s]\ncores = 4`)).toEqual([]);
    expect(complaints(validate, `${lab}[infrastructure.defaults]\ncores = 4`)).toEqual([]);
  });

  test("has as defaults what dune takes where nothing is said", async () => {
    const bare =
      "[infrastructure.nodes.s]\ncores = 4\n[topology.nodes.a]\npinned = { cmd = 'true' }\n[binaries.p]\nbuilder = 'cc'\n";
    const said = `
[binaries.p]
builder = "cc"
${defaultsIn("binary", ["source", "static", "timeout"])}
[infrastructure]
${defaultsIn("infrastructure", ["allocator", "namespace_prefix"])}
vxlan.port = ${defaultOf("port")}
[infrastructure.nodes.s]
cores = 4
${defaultsIn("phynode", ["mtu", "platform", "oversubscribe"])}
limits.nodes = ${defaultOf("/limits/nodes")}
[topology.nodes.a]
${defaultsIn("node", ["kind", "numa", "exec_timeout"])}
[topology.nodes.a.pinned]
cmd = "true"
ready_timeout = ${defaultOf("ready_timeout")}
[topology.groups.g]
nodes = ["a"]
priority = ${defaultOf("priority")}
[topology.defaults.links]
metric = ${defaultOf("/link/metric")}
`;
    // An underlay's MTU and the default of a bind need more than a lab without links.
    expect(await resolved(said.replace(/^mtu.*\n/m, ""))).toEqual(await resolved(bare));
  });

  function defaultOf(suffix: string): string {
    const found = keys.find(([path, part]) => path.endsWith(suffix) && "default" in part);
    return JSON.stringify(found?.[1].default);
  }

  function defaultsIn(table: string, names: readonly string[]): string {
    return names.map((name) => `${name} = ${defaultOf(`/${table}/${name}`)}`).join("\n");
  }

  async function resolved(toml: string) {
    const files = memoryFiles({ "topology.toml": `name = "lab"\n${toml}` });
    const { topology, diagnostics } = await compile({ file: "topology.toml" }, { files, until: "resolve" });
    expect(diagnostics).toEqual([]);
    const { document: _, ...rest } = topology ?? {};
    return JSON.parse(JSON.stringify(rest, (key, value) => (key === "fragments" ? undefined : value)));
  }
});

describe("a program", () => {
  const builders = ["cargo", "cc", "cmake", "command", "esbuild", "go", "make", "prebuilt"];
  const meson = definePlugin({
    name: "meson",
    api: 1,
    builders: {
      meson: {
        keys: {
          setup: z.array(z.string()).describe("Arguments for meson setup"),
          flags: z.string().optional(),
        },
        plan: () => ({ refused: "no", hint: "no" }),
      },
    },
  });
  const lab = (program: string) => `[topology.nodes.a]\n[binaries.p]\n${program}`;
  const pathsOf = (program: string, plugins?: Parameters<typeof validator>[0]) =>
    complaints(validator(plugins), lab(program)).map(({ path }) => path.join("."));

  /** What an editor offers for a key, wherever it looks. */
  function offered(plugins: Parameters<typeof languageSchema>[0], key: string): readonly JsonSchema[] {
    const { definitions } = languageSchema(plugins) as unknown as { definitions: Record<string, JsonSchema> };
    const { properties } = definitions.binary as { properties: Record<string, JsonSchema> };
    const { anyOf = [], ...whole } = (properties[key] ?? {}) as { anyOf?: JsonSchema[] };
    return [whole, ...anyOf];
  }

  test("has its builder completed, also one of a plugin", () => {
    expect(offered([], "builder")).toMatchObject([{ enum: builders }]);
    expect(offered([meson], "builder")).toMatchObject([{ enum: [...builders, "meson"].sort() }]);
    expect(offered(undefined, "builder")).toMatchObject([{}, { enum: builders }, {}]);
  });

  test("has the keys of its builder explained, where several have one all of them", () => {
    expect(offered([], "targets")).toMatchObject([{ description: expect.stringContaining("make") }]);
    expect(offered([meson], "setup")).toMatchObject([{ description: "Arguments for meson setup" }]);
    expect(offered([meson], "flags").map(({ description }) => description)).toEqual([
      undefined,
      "A key of the plugin meson",
      expect.stringContaining("cargo build"),
      expect.stringContaining("compiler"),
      expect.stringContaining("go build"),
    ]);
  });

  test.each([
    ["another builder's key", 'builder = "make"\nflags = []', "binaries.p.flags"],
    ["another builder's kind of value", 'builder = "prebuilt"\nfiles = ["a"]', "binaries.p.files"],
    ["a missing key of its builder", 'builder = "command"', "binaries.p.command"],
    ["no builder", 'source = "."', "binaries.p.builder"],
    ["an unknown builder", 'builder = "bazel"', "binaries.p.builder"],
  ])("is refused with %s", (_, program, path) => {
    expect(pathsOf(program, [])).toContain(path);
  });

  test("may have any builder and its keys where plugins are not known, dune's own are checked all the same", () => {
    expect(pathsOf('builder = "meson"\nsetup = []')).toEqual([]);
    expect(pathsOf('builder = "make"\nsetup = []')).toContain("binaries.p.setup");
  });

  test("may be completed by a layer of a plugin that is loaded", () => {
    expect(pathsOf('source = "./p"', [meson])).toEqual([]);
    expect(pathsOf('builder = "meson"\nflags = "-x"', [meson])).toEqual([]);
    expect(pathsOf('builder = "meson"\nflags = ["-x"]', [meson])).toContain("binaries.p.flags");
    expect(pathsOf('builder = "meson"\ntargets = ["x"]', [meson])).toContain("binaries.p.targets");
  });
});

describe("plugins", () => {
  const peer = z.strictObject({
    asn: z.int().describe("The other AS"),
    get via() {
      return z.array(peer).optional();
    },
  });
  const points = definePlugin({
    name: "points",
    api: 1,
    options: z.strictObject({
      level: z.int().min(1),
      mode: z
        .string()
        .regex(/^(on|off)$/i)
        .default("on"),
    }),
    allocators: { spread: { place: () => ({ why: "" }) as never } },
    extensions: [
      defineExtension("phynode", "rack", z.string().describe("Where it stands")),
      defineExtension("node", "bgp", z.strictObject({ asn: z.int(), peers: z.array(peer).min(1) })),
      defineExtension("link", "cost", z.union([z.int().min(1), z.literal("none")])),
      defineExtension("process", "nice", z.strictObject({ level: z.int() })),
      defineExtension("topology", "seed", z.int()),
      defineExtension("infrastructure", "site", z.strictObject({ name: z.string() })),
    ],
  });
  const validate = validator([points]);
  const lab = `
plugins = ["points"]
[plugin.points]
level = 1
mode = "ON"
[infrastructure]
site = { name = "x" }
allocator = "spread"
[infrastructure.nodes.s]
cores = 4
rack = "r1"
[topology]
seed = 1
links = [{ endpoints = ["a:e", "b:e"], cost = "none" }]
[topology.groups.g]
nodes = ["a"]
bgp.asn = 1
[topology.nodes.a]
bgp.peers = [{ asn = 2, via = [{ asn = 3 }] }]
pinned = { cmd = "true", nice = { level = 5 } }
[topology.nodes.b]
`;

  test("add keys at all six points, and their options", () => {
    expect(complaints(validate, lab)).toEqual([]);
  });

  test.each([
    ["an option", "level = 1", "level = 0", ["plugin", "points", "level"]],
    ["an option that is missing", "level = 1", "", ["plugin", "points", "level"]],
    ["a phynode's key", 'rack = "r1"', "rack = 1", ["infrastructure", "nodes", "s", "rack"]],
    ["a node's key", "bgp.asn = 1", 'bgp.asn = "1"', ["topology", "groups", "g", "bgp", "asn"]],
    [
      "what is deep in it",
      "asn = 3",
      "as = 3",
      ["topology", "nodes", "a", "bgp", "peers", "0", "via", "0", "as"],
    ],
    ["a link's key", 'cost = "none"', "cost = 0", ["topology", "links", "0", "cost"]],
    ["a process's key", "level = 5", "", ["topology", "nodes", "a", "pinned", "nice", "level"]],
    ["the topology's key", "seed = 1", "seed = []", ["topology", "seed"]],
    ["the infrastructure's key", 'name = "x"', "", ["infrastructure", "site", "name"]],
    ["the allocator", '"spread"', '"sprad"', ["infrastructure", "allocator"]],
    ["another plugin", "[plugin.points]", "[plugin.point]\n[plugin.points]", ["plugin", "point"]],
  ])("have %s checked", (_, right, wrong, path) => {
    expect(complaints(validate, lab.replace(right, wrong)).map((each) => each.path)).toContainEqual(path);
  });

  test("with options that must be given want their table", () => {
    const bare = lab.replace(/\[plugin[^[]*/, "");
    expect(complaints(validate, bare)).toMatchObject([{ path: ["plugin"] }]);
  });

  test("bring their descriptions, and have one where they give none", () => {
    const { definitions } = languageSchema([points]) as unknown as {
      definitions: Record<string, JsonSchema>;
    };
    expect(definitions.phynode).toMatchObject({ properties: { rack: { description: "Where it stands" } } });
    expect(definitions.link).toMatchObject({
      properties: { cost: { description: "A key of the plugin points" } },
    });
  });

  test("may have any options where none are loaded, and none where that is known", () => {
    const text = "[plugin.other]\nx = 1\n[topology.nodes.a]\n";
    expect(complaints(validator(), text)).toEqual([]);
    expect(complaints(validator([]), text)).toMatchObject([{ path: ["plugin", "other"] }]);
  });

  test("that throw are named", () => {
    const broken = definePlugin({
      name: "broken",
      api: 1,
      extensions: [
        defineExtension(
          "node",
          "x",
          z.lazy(() => {
            throw new Error("no schema today");
          }),
        ),
      ],
    });
    expect(() => languageSchema([broken])).toThrow(
      expect.objectContaining({ name: "PluginError", plugin: "broken", message: "no schema today" }),
    );
  });
});
