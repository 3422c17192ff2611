import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile, type Diagnostic, diskFiles, type Plugin, pluginLoader } from "@dune/core";
import { describe, expect, test } from "vitest";
import { filesOf, samplesIn } from "../samples.js";
import { isShape } from "./shape.js";
import { complaints, validator } from "./validate.js";

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const validate = validator([]);
/** The plugins that a sample loads. */
async function pluginsOf(sample: string): Promise<readonly Plugin[]> {
  const options = { files: diskFiles(sample), resolvePlugin: pluginLoader(sample), until: "parse" } as const;
  return (await compile({ file: "topology.toml" }, options)).document?.plugins ?? [];
}

const topologyOf = (sample: string) => readFileSync(join(sample, "topology.toml"), "utf8");

/** Samples with one mistake in shape that a JSON Schema cannot see. */
const exceptions: Readonly<Record<string, string>> = {
  "parse/unsupported-value": "an editor sees a date as text, and in user data that is right",
  "parse/unsupported-value/deep": "user data of any depth is allowed; the limit is the compiler's own",
  "parse/unsupported-value/infinite": "JSON has no inf: an editor sees null or nothing",
  "parse/unsupported-value/nul": "in commands every text is allowed; no one types a NUL",
  "resolve/bad-address/default-route": "two keys together: default needs via",
  "resolve/bad-address/family": "two keys together: to and via are of one family",
  "resolve/bad-address/loopback": "the address is right, but on another interface",
  "resolve/bad-address/network": "host bits are arithmetic",
  "resolve/bad-interface-name/bridge": "br0 is wrong at a node of another kind only",
  "resolve/bad-interface-name/loopback": "lo is a name like others, and editors' patterns cannot exclude one",
  "resolve/bad-value/binary": "a time of nothing has many spellings",
  "resolve/bad-value/owner": "the largest number of a user would make a monster of a pattern",
  "resolve/bad-value/jitter": "the latency may come from the defaults",
  "resolve/missing-key/link-local": "two keys together: a link-local via needs dev",
};

describe("what dune accepts, the schema accepts", () => {
  const examples = readdirSync(folder("../../examples")).map((name) => [
    name,
    folder(`../../examples/${name}`),
  ]);
  const samples = samplesIn("compile/samples").map(({ name, folder: path }) => [name, path]);
  test.each([...examples, ...samples] as [string, string][])("%s", async (_, path) => {
    expect(complaints(validator(await pluginsOf(path)), topologyOf(path))).toEqual([]);
  });

  const pages = folder("../../packages/core/src/diagnostics/codes/");
  const right = readdirSync(pages, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .sort()
    .flatMap((name): [string, string][] => {
      const [, snippet] = [...readFileSync(join(pages, name), "utf8").matchAll(/```toml\n(.*?)```/gs)];
      return snippet?.[1] === undefined ? [] : [[name, snippet[1]]];
    });
  test.each(right)("how it is done, in %s", (_, snippet) => {
    expect(complaints(validate, snippet)).toEqual([]);
  });
});

describe("what dune refuses for its shape, the schema refuses at the same place", () => {
  const samples = samplesIn("errors/samples").filter(({ name }) =>
    isShape(name.split("/").slice(0, 2).join("/")),
  );
  test.each(samples)("$name", async ({ name, folder: path }) => {
    const files = filesOf({ name, folder: path });
    const { diagnostics } = await compile({ file: "topology.toml" }, { files, until: "resolve" });
    const found = complaints(validate, topologyOf(path));
    const unseen = diagnostics
      .filter(({ code }) => isShape(code))
      .filter((each) => !isAmong(pathOf(each), found));
    if (name in exceptions) expect(unseen).toHaveLength(1);
    else expect(unseen).toEqual([]);
  });

  test("but for exceptions that exist", () => {
    const names = samples.map(({ name }) => name);
    expect(Object.keys(exceptions).filter((name) => !names.includes(name))).toEqual([]);
  });
});

function pathOf({ at }: Diagnostic): readonly (string | number)[] {
  return at !== undefined && "path" in at ? at.path : [];
}

/** One may name the table, the other what is in it. */
function isAmong(
  path: readonly (string | number)[],
  complained: readonly { readonly path: readonly string[] }[],
) {
  return complained.some((each) =>
    path.slice(0, each.path.length).every((key, index) => String(key) === each.path[index]),
  );
}
