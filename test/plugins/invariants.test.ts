import { compile, defineExtension, definePlugin, type Rendering, type Topology, z } from "@dune/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { filesOf, samplesIn, settingsOf } from "../samples.js";
import { compileRich, programLab, richLab } from "./rich-lab.js";

type Path = readonly (string | number)[];

/** What a plugin's author may leave alone only: what it does not make, and dune keeps. */
const kept = new Set(["document", "fragments", "change", "placement", "placed"]);

function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== "object" || value === null) return [path];
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value).filter((key) => !kept.has(key));
  return [path, ...keys.flatMap((key) => pathsOf((value as never)[key], [...path, key]))];
}

/** The same value with another one at the path, made anew on the way there. */
function changed(value: unknown, [key, ...rest]: Path, change: (value: unknown) => unknown): unknown {
  if (key === undefined) return change(value);
  const copy: Record<string | number, unknown> = Array.isArray(value)
    ? ([...value] as never)
    : { ...(value as object) };
  const next = changed(copy[key], rest, change);
  if (next === removed) delete copy[key];
  else copy[key] = next;
  return copy;
}

const removed = Symbol("removed");

const junk: readonly unknown[] = [
  null,
  undefined,
  7,
  -1,
  2.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  10n,
  "",
  "x",
  "a\0b",
  "a\nb",
  "../x",
  "/",
  "{{ typo }}",
  "{{ ( }}",
  "default",
  true,
  [],
  {},
  [[]],
  [undefined],
  ["x", "x"],
  { a: 1 },
  new Map([["a", 1]]),
  new Date(0),
  () => 1,
  Symbol("s"),
];

type Damage = (value: unknown) => unknown;

const damages = fc.oneof(
  fc.constant<Damage>(() => removed),
  fc.constantFrom(...junk).map(
    (value): Damage =>
      () =>
        value,
  ),
  fc.constant<Damage>((value) => (Array.isArray(value) ? value.toReversed() : removed)),
  fc.constant<Damage>((value) => (Array.isArray(value) ? [...value, ...value] : removed)),
  fc.constant<Damage>((value) => (Array.isArray(value) ? value.slice(1) : [value])),
  fc.constant<Damage>((value) => (typeof value === "number" ? value + 1 : `${String(value)}x`)),
);

/** Builds are left out: what they need of the machine is tested by itself. */
const labs = {
  "": {},
  " of a lab with programs": { text: programLab, until: "render" },
} as const;

async function damaged(
  hook: "topology" | "rendering",
  lab: keyof typeof labs,
  where: number,
  damage: Damage,
) {
  let path: Path = [];
  const plugin = definePlugin({
    name: "damager",
    api: 1,
    setup(dune) {
      dune.on(hook, (value: Topology | Rendering) => {
        const paths = pathsOf(value);
        path = paths[where % paths.length] ?? [];
        return changed(value, path, damage) as never;
      });
    },
  });
  const { ok, diagnostics } = await compileRich([plugin], labs[lab]);
  const named = diagnostics.map(({ code, message, plugin: atFault, related }) => {
    // A template of the user's may fail for what a plugin made of its values: a note says so.
    const notes = related.flatMap(({ at }) => ("plugin" in at ? at.plugin : []));
    return { code, message, plugins: [atFault, ...notes] };
  });
  return { ok, path, diagnostics: named };
}

describe.each([
  ["topology", ""],
  ["rendering", ""],
  ["topology", " of a lab with programs"],
  ["rendering", " of a lab with programs"],
] as const)("whatever a plugin returns from %s%s", (hook, lab) => {
  test("it compiles, or the plugin is at fault: nothing is thrown, nothing is the user's mistake", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(100_000), damages, async (where, damage) => {
        const { ok, path, diagnostics } = await damaged(hook, lab, where, damage);
        const foreign = diagnostics.filter(({ plugins }) => !plugins.includes("damager"));
        expect({ path, foreign }).toEqual({ path, foreign: [] });
        expect(diagnostics.filter(({ code }) => code === "plugin/crash")).toEqual([]);
        expect(ok || diagnostics.length > 0).toBe(true);
      }),
      { numRuns: Number(process.env.RUNS ?? 150), seed: process.env.SEED ? Number(process.env.SEED) : 1 },
    );
  }, 600_000);
});

/** Plain data made anew, as a plugin makes it that goes through JSON; what dune keeps in entities is lost. */
function anew<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(anew) as T;
  const entries = Object.entries(value).filter(([key]) => key !== "fragments" && key !== "change");
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, key === "document" ? inner : anew(inner)]),
  ) as T;
}

describe("a plugin that makes everything anew changes nothing", () => {
  const plugin = (name: string, isBusy: boolean) =>
    definePlugin({
      name,
      api: 1,
      setup: (dune) => dune.on("topology", (topology) => (isBusy ? anew(topology) : topology)),
    });

  test.each([...samplesIn("compile/samples"), ...samplesIn("errors/samples")])("$name", async (sample) => {
    const { localhost, private: _, builds, ...settings } = settingsOf(sample);
    const cores = [Array.from({ length: localhost ?? 0 }, (__, core) => core)];
    const build = async (isBusy: boolean) => {
      const { artifacts, diagnostics } = await compile(
        { file: "topology.toml", ...settings },
        {
          files: filesOf(sample),
          plugins: [plugin("anew", isBusy)],
          ...(settings.previous !== undefined && { previous: settings.previous }),
          ...(localhost !== undefined && { localhost: { cores } }),
          ...(builds && { builds: { mode: builds } }),
        },
      );
      const files = artifacts?.files.map(({ path, chunks }) => [
        path,
        Buffer.concat(chunks).toString("base64"),
      ]);
      return { diagnostics, files };
    };
    expect(await build(true)).toEqual(await build(false));
  });
});

test.each<[string, (rendering: Rendering) => unknown, string]>([
  ["a number", () => 7, "lists of nodes and phynodes"],
  ["another placement", (value) => ({ ...value, placement: { ...value.placement } }), "keep its placement"],
  [
    "nodes in another order",
    (value) => ({ ...value, nodes: value.nodes.toReversed() }),
    'nodes[0] of the rendering must be node "a"',
  ],
  [
    "another phynode",
    (value) => ({
      ...value,
      phynodes: value.phynodes.map((each) => ({ ...each, phynode: { ...each.phynode, mtu: 9001 } })),
    }),
    "with other sysctls at most",
  ],
  ["no nodes", (value) => ({ ...value, nodes: [] }), "every placed node"],
  [
    "a file that is not there",
    withFile({ file: "none", sha256: "0".repeat(64), size: 1 }),
    "there is no file none to carry",
  ],
  [
    "a file with another digest",
    withFile({ file: "probe.sh", sha256: "0".repeat(64), size: 10 }),
    "has not the sha256",
  ],
  ["content that is neither", withFile({ bytes: [] }), 'files[0].content of phynode "s2" must be { text }'],
  ["a wrong mode", withFile({ text: "x" }, { mode: 0o7777 }), "permission bits"],
  ["a path with a NUL", withFile({ text: "x" }, { path: "/a\0" }), "without a NUL"],
  ["a path that is taken", withFile({ text: "x" }, { path: "/usr/../x" }), "empty part"],
])("a rendering with %s is the plugin's fault", async (_, change, message) => {
  const plugin = definePlugin({
    name: "maker",
    api: 1,
    setup: (dune) => dune.on("rendering", change as never),
  });
  const { diagnostics } = await compileRich([plugin]);
  expect(diagnostics).toMatchObject([{ code: "plugin/broken-invariant", plugin: "maker" }]);
  expect(diagnostics[0]?.message).toContain(message);
});

function withFile(content: object, rest: object = {}) {
  return (value: Rendering) => ({
    ...value,
    phynodes: value.phynodes.map((each) =>
      each.phynode.name === "s2"
        ? { ...each, files: [{ path: "/tmp/x", mode: 0o644, ...rest, content }] }
        : each,
    ),
  });
}

test("an extension's value that is no plain data is the plugin's fault, be it from the schema or from a hook", async () => {
  const made = z.string().transform((text) => new Map([[text, 1]]));
  const parsing = definePlugin({ name: "maker", api: 1, extensions: [defineExtension("node", "bgp", made)] });
  const text = richLab.replace("[topology.nodes.c]", '[topology.nodes.c]\nbgp = "x"');
  const plain = defineExtension("node", "bgp", z.unknown());
  const hooking = definePlugin({
    name: "maker",
    api: 1,
    extensions: [plain],
    setup: (dune) =>
      dune.on("topology", (value) => ({ ...value, nodes: value.nodes.map((each) => plain.with(each, 10n)) })),
  });
  for (const plugin of [parsing, hooking]) {
    const { diagnostics } = await compileRich([plugin], { text });
    expect(diagnostics).toMatchObject([{ code: "plugin/broken-invariant", plugin: "maker" }]);
    expect(diagnostics[0]?.message).toContain("bgp is a");
  }
});
