import { defineExtension, definePlugin, z } from "@dune/core";
import { compileText } from "@dune/core/testing";
import { expect, test } from "vitest";

/** What the user is told of a value of the section. */
async function told(schema: z.ZodType, value: string): Promise<string> {
  const plugin = definePlugin({ name: "p", api: 1, extensions: [defineExtension("node", "sec", schema)] });
  const { printed } = await compileText(`[topology.nodes.r1]\nsec = ${value}\n`, { plugins: [plugin] });
  return printed.split("\n")[0]?.replace(/^error\[[^\]]*\]: /, "") ?? "";
}

const kinds = z.discriminatedUnion("t", [
  z.strictObject({ t: z.literal("a") }),
  z.strictObject({ t: z.literal("b") }),
]);

test.each<[z.ZodType, string, string]>([
  [
    z.union([z.string(), z.strictObject({})]),
    "3",
    'sec of node "r1" must be text in quotes or a table, not 3',
  ],
  [kinds, '{ t = "c" }', 'sec.t of node "r1" must be one of "a", "b", not'],
  [z.string().length(4), '"abc"', 'sec of node "r1" must be exactly 4 characters long, not "abc"'],
  [z.int().refine((value) => value > 3), "3", 'sec of node "r1" must be another value, not 3'],
  [
    z.string().regex(/^a+$/, "only the letter a is allowed"),
    '"b"',
    'sec of node "r1": only the letter a is allowed',
  ],
])("what a plugin's schema expects is said in words: %#", async (schema, value, words) => {
  expect(await told(schema, value)).toContain(words);
});

test.each(["bpg", "OSPF", "Ospf"])("%s is nearly a plugin's key", async (key) => {
  const keys = ["bgp", "ospf"].map((each) => defineExtension("node", each, z.string()));
  const plugin = definePlugin({ name: "p", api: 1, extensions: keys });
  const { printed } = await compileText(`[topology.nodes.r1]\n${key} = "x"\n`, { plugins: [plugin] });
  expect(printed).toContain(
    `warning[resolve/near-plugin-key]: node "r1" has a key "${key}", which is nearly`,
  );
});
