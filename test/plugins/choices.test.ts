import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compile, definePlugin, type Json, memoryFiles, type Plugin } from "@dune/core";
import { describe, expect, test } from "vitest";
import { dune, newFolder } from "../cli/run-dune.js";
import { blocksOf, readPage } from "../docs/page.js";

/** The example of docs/plugins.md: numbers each link, and gives it a network. */
const ipam = blocksOf(readPage()).find(({ file }) => file === "ipam.ts")?.text ?? "";

function lab(links: readonly string[], options = ""): string {
  const list = links.map((link) => `{ endpoints = [${link}] }`).join(", ");
  return `name = "lab"
plugins = ["./ipam.ts"]
${options}
[infrastructure.nodes.server1]
cores = 2
[topology.nodes.a]
[topology.nodes.b]
[topology.nodes.c]
[topology]
links = [${list}]
`;
}

const ab = '"a:eth0", "b:eth0"';
const bc = '"b:eth1", "c:eth0"';
const ac = '"a:eth1", "c:eth1"';

interface BuiltLab {
  readonly printed: string;
  /** By link the number of its network. */
  readonly choices: unknown;
  /** What is on a's eth0. */
  readonly address: string | undefined;
}

/** Builds the lab that stands in a folder. */
async function build(folder: string, topology: string, ...args: readonly string[]): Promise<BuiltLab> {
  writeFileSync(join(folder, "lab.toml"), topology);
  const { stdout, stderr, exitCode } = await dune(folder, ["build", "lab.toml", ...args]);
  expect(stderr).toBe("");
  expect(exitCode).toBe(0);
  const json = (name: string) => JSON.parse(readFileSync(join(folder, name), "utf8"));
  const [a] = json("dist/manifest.json").nodes;
  return { printed: stdout, choices: json("lab.lock.json").choices, address: a.addresses.eth0?.[0] };
}

const differs = "lab.lock.json differs from this placement: 1 choice of plugin ipam";

describe("choices in the lock, as dune build keeps them", () => {
  test("the first build records them; later ones keep them, though the plugin would choose otherwise", async () => {
    const folder = newFolder({ "ipam.ts": ipam });
    const first = await build(folder, lab([bc, ab]));
    expect(first.printed).toContain("wrote lab.lock.json");
    expect(first.choices).toEqual({ ipam: { "a:eth0|b:eth0": 1, "b:eth1|c:eth0": 2 } });
    expect(first.address).toBe("2001:db8:0:1::1/64");

    const moved = await build(folder, lab([bc, ab], "[plugin.ipam]\nfirst = 7"));
    expect(moved.printed).not.toContain("lock");
    expect(moved).toMatchObject({ choices: first.choices, address: first.address });

    rmSync(join(folder, "lab.lock.json"));
    const anew = await build(folder, lab([bc, ab], "[plugin.ipam]\nfirst = 7"));
    expect(anew.choices).toEqual({ ipam: { "a:eth0|b:eth0": 7, "b:eth1|c:eth0": 8 } });
    expect(anew.address).toBe("2001:db8:0:7::1/64");
  });

  test("--update-lock records what is new; what was chosen stays", async () => {
    const folder = newFolder({ "ipam.ts": ipam });
    await build(folder, lab([ab, bc]));
    // It sorts between the others.
    const grown = await build(folder, lab([ab, bc, ac]), "--update-lock");
    expect(grown.printed).toContain("updated lab.lock.json");
    expect(grown.choices).toEqual({ ipam: { "a:eth0|b:eth0": 1, "a:eth1|c:eth1": 3, "b:eth1|c:eth0": 2 } });
    writeFileSync(join(folder, "lab.lock.json"), "damaged");
    const mended = await build(folder, lab([ab]), "--update-lock");
    expect(mended.choices).toEqual({ ipam: { "a:eth0|b:eth0": 1 } });
  });

  test("a build says what is not in the lock, or no longer, and leaves the lock alone", async () => {
    const folder = newFolder({ "ipam.ts": ipam });
    await build(folder, lab([ab, bc]));
    const lock = () => readFileSync(join(folder, "lab.lock.json"), "utf8");
    const before = lock();

    // A link that sorts before the others: without the lock it would take their numbers.
    const more = await build(folder, lab([ab, bc, ac]));
    expect(more.printed).toContain(differs);
    expect(more.address).toBe("2001:db8:0:1::1/64");
    const less = await build(folder, lab([ab]));
    expect(less.printed).toContain(differs);
    const none = await build(folder, lab([ab, bc]).replace('["./ipam.ts"]', "[]"));
    expect(none.printed).toContain("2 choices of plugin ipam");
    expect(lock()).toBe(before);

    // What is not kept again leaves it.
    expect((await build(folder, lab([ab]), "--update-lock")).choices).toEqual({
      ipam: { "a:eth0|b:eth0": 1 },
    });
  });
});

const topology = `name = "lab"
[infrastructure.nodes.server1]
cores = 2
[topology.nodes.r0]
`;

function compileWith(plugins: readonly Plugin[], previous?: string) {
  return compile(
    { file: "lab.toml" },
    { files: memoryFiles({ "lab.toml": topology }), plugins, ...(previous && { previous }) },
  );
}

/** A plugin that keeps these, and tells what was locked. */
function keeping(choices: readonly (readonly [string, Json])[], tell: (locked: unknown) => void = () => {}) {
  return definePlugin({
    name: "keeps",
    api: 1,
    setup(dune) {
      dune.on("topologyCheck", (_, tools) => {
        tell(tools.choices.locked);
        for (const [key, value] of choices) tools.choices.keep(key, value);
      });
    },
  });
}

describe("the lock", () => {
  test("is what it always was where nothing is chosen", async () => {
    const expected = { lock: 1, nodes: { r0: { phynode: "server1", cores: {} } }, vnis: {} };
    for (const plugins of [[], [keeping([])]]) {
      const { artifacts } = await compileWith(plugins);
      expect(JSON.stringify(artifacts?.lock)).toBe(JSON.stringify(expected));
    }
  });

  test("is the same bytes in whatever order choices are kept", async () => {
    const choices: readonly (readonly [string, Json])[] = [
      ["b", { z: 1, a: [1, { y: null, x: true }] }],
      ["a", "text"],
    ];
    const texts = [];
    for (const order of [choices, choices.toReversed()]) {
      const { artifacts } = await compileWith([keeping(order)]);
      texts.push(JSON.stringify(artifacts?.lock.choices));
    }
    expect(texts[0]).toBe('{"keeps":{"a":"text","b":{"a":[1,{"x":true,"y":null}],"z":1}}}');
    expect(texts[1]).toBe(texts[0]);
  });

  test("gives a plugin its own choices only, and none that a plain object would have by itself", async () => {
    const choices = { keeps: { a: 1 }, other: { b: 2 } };
    const previous = JSON.stringify({ lock: 1, nodes: {}, vnis: {}, choices });
    const seen: unknown[] = [];
    await compileWith([keeping([], (locked) => seen.push(locked))], previous);
    expect(JSON.stringify(seen)).toBe('[{"a":1}]');
    // A node may be called that.
    expect(seen[0]).not.toHaveProperty("constructor");
    expect(Object.isFrozen(seen[0])).toBe(true);
  });

  test("keeps a value as it was when it was kept", async () => {
    const value = { n: 1 };
    const plugin = definePlugin({
      name: "keeps",
      api: 1,
      setup: (dune) =>
        dune.on("topologyCheck", (_, { choices }) => {
          choices.keep("a", value);
          value.n = 2;
        }),
    });
    expect((await compileWith([plugin])).artifacts?.lock.choices).toEqual({ keeps: { a: { n: 1 } } });
  });

  test("takes the same choice twice", async () => {
    const twice = keeping([
      ["a", { x: 1, y: 2 }],
      ["a", { y: 2, x: 1 }],
    ]);
    expect((await compileWith([twice])).artifacts?.lock.choices).toEqual({ keeps: { a: { x: 1, y: 2 } } });
  });
});

describe("what a plugin cannot keep is its own fault", () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;

  test.each<[what: string, value: unknown]>([
    ["undefined", undefined],
    ["a function", () => 1],
    ["not a number", Number.NaN],
    ["a date", new Date(0)],
    ["a map", new Map()],
    ["a bigint", 1n],
    ["a circle", circle],
    ["undefined within", { a: undefined }],
    ["a hole in a list", new Array(1)],
  ])("%s", async (_, value) => {
    const { diagnostics, ok } = await compileWith([keeping([["a", value as Json]])]);
    expect(ok).toBe(false);
    expect(diagnostics).toMatchObject([
      {
        code: "plugin/crash",
        plugin: "keeps",
        message: 'plugin "keeps" failed in hook "topologyCheck": the choice "a" is not JSON',
      },
    ]);
  });

  test("two values for one key", async () => {
    const { diagnostics } = await compileWith([
      keeping([
        ["a", 1],
        ["a", 2],
      ]),
    ]);
    expect(diagnostics.map(({ code, message }) => [code, message])).toEqual([
      [
        "plugin/crash",
        'plugin "keeps" failed in hook "topologyCheck": the choice "a" was kept already, with another value',
      ],
    ]);
  });
});
