import {
  compile,
  defineExtension,
  definePlugin,
  findByName,
  memoryFiles,
  printText,
  values,
  z,
} from "@dune/core";
import { describe, expect, test } from "vitest";

/** What a schema makes of a value that stands in a plugin's options, or what the user is told. */
async function read(schema: z.ZodType, written: string): Promise<unknown> {
  let value: unknown;
  const plugin = definePlugin({
    name: "takes",
    api: 1,
    options: z.strictObject({ it: schema }),
    setup: (dune) => {
      value = dune.options.it;
    },
  });
  const text = `[infrastructure.nodes.s1]\ncores = 2\n[topology.nodes.a]\n[plugin.takes]\nit = ${written}\n`;
  const { ok, diagnostics } = await compile(
    { file: "topology.toml" },
    { files: memoryFiles({ "topology.toml": text }), plugins: [plugin] },
  );
  const [headline = ""] = printText(diagnostics, { read: () => text }).split("\n");
  return ok ? value : `${headline} / ${diagnostics[0]?.hint}`;
}

describe("the language's own values in a plugin's schema", () => {
  test.each<[schema: z.ZodType, written: string, value: unknown]>([
    [values.duration, '"5ms"', 5e6],
    [values.rate, '"1gbit"', 1e9],
    [values.percent, '"0.1%"', 0.1],
    [values.mac, '"02:00:00:00:00:0A"', "02:00:00:00:00:0a"],
    [values.address, '"2001:DB8:0::1"', "2001:db8::1"],
    [values.prefix, '"10.0.0.0/8"', expect.objectContaining({ prefix: "10.0.0.0/8", plen: 8, family: 4 })],
    [
      values.interfaceAddress,
      '"2001:db8::1/64"',
      expect.objectContaining({ address: "2001:db8::1", prefix: "2001:db8::/64", plen: 64 }),
    ],
  ])("%# is read", async (schema, written, value) => {
    expect(await read(schema, written)).toEqual(value);
  });

  test.each<[schema: z.ZodType, written: string, said: string]>([
    [values.duration, '"5"', "error[resolve/bad-unit]: it of [plugin.takes]: "],
    [values.rate, "true", "error[resolve/wrong-type]: it of [plugin.takes] must be a rate with its unit"],
    [values.prefix, '"10.0.0.1/8"', "/ write 10.0.0.0/8"],
    [z.int(), '"5"', 'it of [plugin.takes] must be a whole number, not "5" / write it = 5'],
    [z.int(), "1.5", "it of [plugin.takes] must be a whole number, not 1.5"],
    [z.number(), '"x"', 'it of [plugin.takes] must be a number, not "x"'],
    [z.ipv4(), '"x"', 'it of [plugin.takes] must be an IPv4 address, not "x"'],
    [z.cidrv6(), '"x"', 'it of [plugin.takes] must be an IPv6 prefix, not "x"'],
    [z.guid(), '"x"', 'it of [plugin.takes] must be text of the format guid, not "x"'],
    [z.int().meta({ expected: "a port" }), '"x"', 'it of [plugin.takes] must be a port, not "x"'],
  ])("%# is refused in dune's words", async (schema, written, said) => {
    expect(await read(schema, written)).toContain(said);
  });
});

test("findByName finds each of a sorted list, and nothing else", () => {
  for (let size = 0; size < 9; size++) {
    const list = Array.from({ length: size }, (_, index) => ({ name: `n${index}` }));
    for (const entity of list) expect(findByName(list, entity.name)).toBe(entity);
    for (const name of ["", "n", "n00", "n9", "z"]) expect(findByName(list, name)).toBeUndefined();
  }
});

describe("what an extension's schema makes is plain data, or the plugin's fault", () => {
  async function section(make: () => unknown) {
    const odd = defineExtension("node", "odd", z.string().transform(make));
    const plugin = definePlugin({ name: "odd", api: 1, extensions: [odd] });
    const text = '[infrastructure.nodes.s1]\ncores = 2\n[topology.nodes.a]\nodd = "x"\n';
    const files = memoryFiles({ "topology.toml": text });
    return compile({ file: "topology.toml" }, { files, plugins: [plugin] });
  }

  test.each<[what: string, make: () => unknown]>([
    ["a bigint", () => ({ big: 1n })],
    ["a map", () => new Map()],
    ["a date in a list", () => [new Date(0)]],
    ["a function", () => () => 1],
    ["no number", () => Number.NaN],
  ])("%s is refused", async (_, make) => {
    const { diagnostics, ok } = await section(make);
    expect(ok).toBe(false);
    expect(diagnostics).toMatchObject([{ code: "plugin/broken-invariant", plugin: "odd" }]);
    expect(diagnostics[0]?.message).toContain('in extension "odd": its schema gives a value where odd');
  });

  test("a key whose value is undefined is left out", async () => {
    const { artifacts, diagnostics } = await section(() => ({ a: undefined, b: [null, { c: 1 }] }));
    expect(diagnostics).toEqual([]);
    expect(JSON.stringify(artifacts?.manifest.nodes[0]?.extensions)).toBe('{"odd":{"b":[null,{"c":1}]}}');
  });
});
