import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { compile, type Dune, defineExtension, definePlugin, memoryFiles, type Plugin, z } from "@dune/core";
import { compileText } from "@dune/core/testing";
import { describe, expect, test } from "vitest";

const topology = `
name = "lab"
[infrastructure.nodes.s1]
cores = [[1, 2]]
[topology.nodes.a]
`;

/** A plugin in JavaScript: what it declares is anything. */
const declared = (fields: object) => definePlugin({ name: "odd", api: 1, ...fields } as never);

const refusal = async (plugin: unknown, text = topology) => {
  const { diagnostics, ok } = await compileText(text, { plugins: [plugin as Plugin] });
  expect(ok).toBe(false);
  expect(diagnostics).toHaveLength(1);
  return `${diagnostics[0]?.code}: ${diagnostics[0]?.message}`;
};

const withSetup = (setup: (dune: Dune) => unknown) => declared({ setup });

describe("a declaration that is nonsense names the plugin and the field:", () => {
  const bgp = defineExtension("node", "bgp", z.string());
  test.each<[object, string]>([
    [{ version: 3 }, "`version` must be a text"],
    [{ after: "x" }, "`after` must be a list"],
    [{ after: ["x", 3] }, "`after[1]` must be the name of a plugin"],
    [{ options: { port: 3 } }, "`options` must be a zod schema"],
    [{ setup: "x" }, "`setup` must be a function"],
    [{ extensions: {} }, "`extensions` must be a list"],
    [{ extensions: [null] }, "`extensions[0]` must be made by defineExtension"],
    [
      { extensions: [bgp, { ...bgp, point: "nowhere" }] },
      "`extensions[1].point` must be one of phynode, node, link, process, topology, infrastructure",
    ],
    [{ extensions: [{ ...bgp, point: "toString" }] }, "`extensions[0].point` must be one of"],
    [{ extensions: [{ ...bgp, key: "__proto__" }] }, "`extensions[0].key` must be a key of TOML"],
    [{ extensions: [{ ...bgp, schema: {} }] }, "`extensions[0].schema` must be a zod schema"],
    [{ builders: null }, "`builders` must be an object"],
    [{ builders: { go2: () => 1 } }, '`builders["go2"]` must have a function `plan`'],
    [
      { builders: { go2: { build: () => 1 } } },
      '`builders["go2"]` has a function `build`, which no dune calls; it must have a function `plan`, which returns what is to be run',
    ],
    [
      { builders: { go2: { plan: () => 1, keys: { x: 1 } } } },
      '`builders["go2"].keys["x"]` must be a zod schema',
    ],
    [
      { builders: { go2: { plan: () => 1, inputs: "*.c" } } },
      '`builders["go2"].inputs` must be a list of globs, or a function',
    ],
    [{ allocators: { x: {} } }, '`allocators["x"]` must have a function `place`'],
    [{ engines: 3 }, "`engines` must be an object"],
    [{ engines: { ".j2": 3 } }, '`engines[".j2"]` must be a function'],
    [{ engines: { j2: () => 1 } }, 'the key "j2" in `engines` must be a file ending such as ".j2", or "*"'],
    [{ diagnostics: { "A B": "error" } }, 'the key "A B" in `diagnostics` must be a code'],
    [{ diagnostics: { ab: "nope" } }, '`diagnostics["ab"]` must be "error" or "warning"'],
    [{ api: "1" }, "`api` must be 1"],
  ])("%o", async (fields, wrong) => {
    expect(await refusal(declared(fields))).toContain(
      `plugin/bad-declaration: plugin "odd" is declared wrongly: ${wrong}`,
    );
  });

  test("without a name it is called what the topology calls it", async () => {
    const nameless = definePlugin({ api: 2 } as never);
    expect(await refusal(nameless)).toBe(
      "plugin/wrong-api: a plugin given in memory is written for plugin api 2, this dune has api 1",
    );
    expect(await refusal(definePlugin({ api: 1 } as never))).toBe(
      "plugin/bad-declaration: a plugin given in memory has no name",
    );
    const { diagnostics } = await compile(
      { file: "t.toml" },
      {
        files: memoryFiles({ "t.toml": `plugins = ["./x.js"]${topology}` }),
        resolvePlugin: async () => ({ ok: true, plugin: definePlugin({ api: 1 } as never) }),
      },
    );
    expect(diagnostics[0]).toMatchObject({
      message: 'plugin "./x.js" has no name',
      at: { file: "t.toml", path: ["plugins", 0] },
    });
    expect(await refusal(null)).toBe("plugin/bad-declaration: a value given as a plugin is no plugin");
  });

  test("a key that needs quotes in TOML is a key", async () => {
    const plugin = declared({ extensions: [defineExtension("node", "a b.c", z.string())] });
    const result = await compileText(`${topology}"a b.c" = "x"\n`, { plugins: [plugin] });
    expect(result.printed).toBe("");
  });

  test.each<[string, (dune: Dune) => unknown, string]>([
    ["context", (dune) => dune.context(null as never), "dune.context needs { globals } or { node }"],
    ["globals", (dune) => dune.context({ globals: 3 as never }), "globals of dune.context must be an object"],
    [
      "a name",
      (dune) => dune.context({ node: { x: 3 as never } }),
      'the name "x" in node of dune.context is no',
    ],
    ["a tap", (dune) => dune.on("topology", 3 as never), 'what taps the hook "topology" is no function'],
    ["a symbol", (dune) => dune.on(Symbol("x") as never, (() => undefined) as never), "there is no hook"],
  ])("%s", async (_, setup, wrong) => {
    expect(await refusal(withSetup(setup))).toContain(wrong);
    expect(await refusal(withSetup(setup))).toContain('plugin/crash: plugin "odd" failed in ');
  });
});

describe("whatever is thrown is a crash of the plugin:", () => {
  const stackless = () => Object.defineProperty(new Error("no stack"), "stack", { get: () => fail() });
  const fail = () => {
    throw new Error("a getter");
  };
  test.each<[string, () => unknown, string]>([
    ["a message that is no text", () => Object.assign(new Error("x"), { message: 3 }), "3"],
    ["a stack that throws", stackless, "no stack"],
    ["a stack that is no text", () => Object.assign(new Error("x"), { stack: 3 }), "x"],
    ["what has no text", () => ({ toString: fail }), "it threw a value that cannot be shown"],
    ["what has no prototype", () => Object.create(null), "it threw a value that cannot be shown"],
    ["null", () => null, "null"],
    ["a symbol", () => Symbol("x"), "Symbol(x)"],
    ["an error without a message", () => new TypeError(), "TypeError"],
    ["many lines", () => new RangeError("one\ntwo"), "RangeError: one …"],
    ["a long line", () => new Error("x".repeat(300)), `${"x".repeat(198)} …`],
  ])("%s", async (_, make, text) => {
    const plugin = withSetup((dune) =>
      dune.on("topology", () => {
        throw make();
      }),
    );
    expect(await refusal(plugin)).toBe(`plugin/crash: plugin "odd" failed in hook "topology": ${text}`);
  });

  test("a copy that cannot be made says so", async () => {
    const plugin = withSetup((dune) =>
      dune.on("topology", (value) =>
        structuredClone({
          ...value,
          call: (x: number) => {
            return x;
          },
        }),
      ),
    );
    expect(await refusal(plugin)).toContain('in hook "topology": DataCloneError: ');
  });
});

describe("an abort", () => {
  const files = memoryFiles({ "t.toml": topology });
  const reason = new Error("enough");
  const aborting = (after: (signal: AbortSignal) => unknown) => {
    const controller = new AbortController();
    const plugin = withSetup((dune) =>
      dune.on("topology", () => {
        controller.abort(reason);
        return after(controller.signal) as never;
      }),
    );
    return compile({ file: "t.toml" }, { files, plugins: [plugin], signal: controller.signal });
  };

  test("ends a wait that begins after it", async () => {
    await expect(aborting(() => new Promise(() => undefined))).rejects.toBe(reason);
  });

  test("is what compile rejects with, whatever the tap throws", async () => {
    const thrown = () => {
      throw new Error("the plugin's");
    };
    await expect(aborting(thrown)).rejects.toBe(reason);
    await expect(aborting(async () => thrown())).rejects.toBe(reason);
  });

  test("lets no further code of a plugin run", async () => {
    const controller = new AbortController();
    const ran: string[] = [];
    const plugin = withSetup((dune) => {
      dune.on("topologyCheck", () => controller.abort(reason));
      dune.on("topologyCheck", () => void ran.push("second"));
    });
    const options = { files, plugins: [plugin], signal: controller.signal };
    await expect(compile({ file: "t.toml" }, options)).rejects.toBe(reason);
    expect(ran).toEqual([]);
  });
});

test("many compilations may wait at once", async () => {
  const warnings: Error[] = [];
  const keep = (warning: Error) => void warnings.push(warning);
  process.on("warning", keep);
  const before = process.listenerCount("beforeExit");
  const plugin = withSetup((dune) =>
    dune.on("topologyCheck", () => new Promise((end) => setTimeout(end, 50))),
  );
  const { signal } = new AbortController();
  const files = memoryFiles({ "t.toml": topology });
  const one = () => compile({ file: "t.toml" }, { files, plugins: [plugin], signal });
  const results = await Promise.all(Array.from({ length: 30 }, one));
  await new Promise(setImmediate);
  process.off("warning", keep);
  expect(results.every(({ ok }) => ok)).toBe(true);
  expect(warnings).toEqual([]);
  expect(process.listenerCount("beforeExit")).toBe(before);
});

/** What a program of its own prints, in which a plugin's hook waits for `until`. */
const program = (setup: string, until: string) => `
  import { compile, definePlugin, memoryFiles } from "@dune/core";
  ${setup}
  const setup = (dune) => dune.on("topologyCheck", () => ${until});
  const { diagnostics } = await compile(
    { file: "t.toml" },
    { files: memoryFiles({ "t.toml": ${JSON.stringify(topology)} }), plugins: [definePlugin({ name: "odd", api: 1, setup })] },
  );
  console.log(diagnostics.map(({ code }) => code).join() || "compiled");
`;
const printed = async (source: string) => {
  const args = ["--input-type=module", "--eval", source];
  return (
    await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname, timeout: 20_000 })
  ).stdout.trim();
};

describe("a process that comes to its end while a hook waits", () => {
  test("never settles it", async () => {
    expect(await printed(program("", "new Promise(() => undefined)"))).toBe("plugin/never-settles");
  });

  test("may start work then, which settles it", async () => {
    const late = 'const work = new Promise((end) => process.once("beforeExit", () => setTimeout(end, 50)));';
    expect(await printed(program(late, "work"))).toBe("compiled");
  });
});

describe("an artifact needs a path of its own:", () => {
  const giving = (...items: unknown[]) => withSetup((dune) => dune.on("artifacts", () => items as never));
  const file = (path: string) => ({ path, text: "" });
  test.each<[string, unknown[], string]>([
    ["under a bundle", [file("s1.run/x")], 'the path "s1.run/x" lies under "s1.run", which is a file'],
    ["under another", [file("a"), file("a/b/c")], 'the path "a/b/c" lies under "a", which is a file'],
    ["the folder of another", [file("a/b/c"), file("a/b")], 'the path "a/b" is the folder of "a/b/c"'],
    ["twice", [file("a/b"), file("a/b")], 'the path "a/b" is taken'],
    ["absolute", [file("/etc/x")], 'the path "/etc/x" is no file below dist'],
    ["above", [file("a/../../x")], 'the path "a/../../x" is no file below dist'],
    ["with \\", [file("a\\b")], 'the path "a\\\\b" is no file below dist'],
    ["with NUL", [file("a\0b")], 'the path "a\\u0000b" is no file below dist'],
    ["no text", [{ path: "x", text: 3 }], "an artifact needs a path and a text"],
    ["nothing", [null], "an artifact needs a path and a text"],
  ])("%s", async (_, items, wrong) => {
    expect(await refusal(giving(...items))).toContain(
      `plugin/crash: plugin "odd" failed in hook "artifacts": ${wrong}`,
    );
  });
});

describe("names that every object has", () => {
  test("a plugin may be called constructor", async () => {
    const seen: unknown[] = [];
    const plugin = definePlugin({
      name: "constructor",
      api: 1,
      options: z.strictObject({ port: z.int().default(3) }),
      setup: (dune) => void seen.push(dune.options.port),
    });
    const plain = definePlugin({ name: "constructor", api: 1 });
    expect((await compileText(topology, { plugins: [plugin] })).printed).toBe("");
    expect((await compileText(topology, { plugins: [plain] })).printed).toBe("");
    await compileText(`${topology}[plugin.constructor]\nport = 4\n`, { plugins: [plugin] });
    expect(seen).toEqual([3, 4]);
  });

  test("a choice cannot be called __proto__", async () => {
    const plugin = withSetup((dune) =>
      dune.on("topologyCheck", (_, { choices }) => choices.keep("__proto__", 1)),
    );
    expect(await refusal(plugin)).toContain('the choice cannot be called "__proto__"');
  });
});

describe("an allocator may take its time", () => {
  const placing = (place: (nodes: number) => unknown) =>
    declared({
      allocators: {
        slow: { place: (p: { topology: { nodes: unknown[] } }) => place(p.topology.nodes.length) },
      },
    });
  const text = topology.replace(
    "[infrastructure.nodes.s1]",
    '[infrastructure]\nallocator = "slow"\n[infrastructure.nodes.s1]',
  );

  test("its answer is awaited", async () => {
    const slow = placing(async (nodes) => {
      await new Promise(setImmediate);
      return { kind: "assignment", serverOf: Array(nodes).fill(0), groupOf: [] };
    });
    expect((await compileText(text, { plugins: [slow] })).printed).toBe("");
  });

  test("a rejection, and an answer that is wrong, are its own", async () => {
    const rejecting = placing(async () => Promise.reject(new Error("no luck")));
    expect(await refusal(rejecting, text)).toBe(
      'plugin/crash: plugin "odd" failed in allocator "slow": no luck',
    );
    const wrong = placing(async () => ({ kind: "assignment", serverOf: [7], groupOf: [] }));
    expect(await refusal(wrong, text)).toContain('plugin/crash: plugin "odd" failed in allocator "slow": ');
  });
});
