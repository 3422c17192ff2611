import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile, memoryFiles, printGithub, printText, toJson } from "@dune/core";
import fc from "fast-check";
import { parse, stringify } from "smol-toml";
import { describe, expect, test } from "vitest";
import { codes } from "../../packages/core/dist/diagnostics/codes.js";

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Every topology of the repository, with the files beside it that it may name. */
function topologies(): readonly Readonly<Record<string, string>>[] {
  return [folder("../../examples"), folder("samples")].flatMap((root) => {
    const names = readdirSync(root, { recursive: true, encoding: "utf8" });
    return names
      .filter((name) => name.endsWith("topology.toml"))
      .sort()
      .map((name) => {
        const base = name.slice(0, -"topology.toml".length);
        const beside = names.filter((other) => other.startsWith(base) && other.endsWith(".eta"));
        const read = (path: string) => readFileSync(join(root, path), "utf8");
        return Object.fromEntries([name, ...beside].map((path) => [path.slice(base.length), read(path)]));
      });
  });
}

async function compileAndCheck(
  files: Readonly<Record<string, string>>,
  set: readonly string[] = [],
): Promise<void> {
  const localhost = { cores: [[0, 1, 2, 3]] };
  const result = await compile(
    { file: "topology.toml", set },
    { files: memoryFiles(files), until: "render", localhost },
  );
  expect(result.ok || result.diagnostics.length > 0).toBe(true);
  for (const { code, message, hint = "", related, stack } of result.diagnostics) {
    expect(Object.keys(codes)).toContain(code);
    expect(message).not.toBe("");
    expect(stack).toBeUndefined();
    for (const text of [message, hint, ...related.map((each) => each.message)]) {
      // A template may say "undefined" of its own data; everything else may not let JavaScript or zod show.
      const foreign =
        code === "render/template-failed"
          ? /zod|Invalid input|\[object/
          : /zod|Invalid input|undefined|\[object/i;
      if (!JSON.stringify(files).match(foreign)) expect(text).not.toMatch(foreign);
    }
  }
  const options = { read: (file: string) => files[file] };
  printText(result.diagnostics, options);
  printGithub(result.diagnostics, options);
  JSON.stringify(toJson(result.diagnostics, options));
}

const oddText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.constantFrom(
    "",
    "__proto__",
    "constructor",
    "toString",
    "..",
    "r/0",
    "a:b:c",
    ":",
    "@x",
    "{{",
    "{{ }}",
    "{{%",
    "{{core_99999}}",
    "\0",
    "\u202e",
    "\ud800",
    "💥",
    "*?*",
    "x".repeat(300),
    "-1ms",
    "1e400",
    "$(reboot)",
    "`id`",
  ),
);
const fragment = fc.oneof(
  oddText,
  fc.constantFrom(
    "[",
    "]",
    "{",
    "}",
    '"',
    "'",
    '"""',
    "=",
    ",",
    "#",
    "\n",
    "\r",
    "[[topology.nodes]]",
    "[topology.nodes.r0]",
    '\nunset = ["exec"]\n',
    "\n[topology]\nlinks = 3\n",
    "\n__proto__ = 1\n",
    "= inf",
    "= 1979-05-27",
    "= [[[[[[]]]]]]",
    "= { a.b.c = 1 }",
    "\ufeff",
    "\nname = 7\n",
    "\nplugins = [1]\n",
    "\n[plugin]\nx = 1\n",
  ),
);

/** One change of a text; places are fractions of its length, so that a change shrinks and fits every topology. */
type Edit = (text: string) => string;
const place = fc.double({ min: 0, max: 1, noNaN: true });
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(place, fragment).map(
    ([at, added]): Edit =>
      (text) => {
        const index = Math.floor(at * text.length);
        return text.slice(0, index) + added + text.slice(index);
      },
  ),
  place.map(
    (at): Edit =>
      (text) =>
        text.slice(0, Math.floor(at * text.length)),
  ),
  fc.tuple(place, fc.integer({ min: 1, max: 8 })).map(
    ([at, length]): Edit =>
      (text) => {
        const index = Math.floor(at * text.length);
        return text.slice(0, index) + text.slice(index + length);
      },
  ),
  fc.tuple(place, place, fc.constantFrom("delete", "duplicate", "swap")).map(
    ([one, other, how]): Edit =>
      (text) => {
        const lines = text.split("\n");
        const a = Math.floor(one * (lines.length - 1));
        const b = Math.floor(other * (lines.length - 1));
        const [first, second] = [lines[a] ?? "", lines[b] ?? ""];
        if (how === "delete") lines.splice(a, 1);
        else if (how === "duplicate") lines.splice(b, 0, first);
        else [lines[a], lines[b]] = [second, first];
        return lines.join("\n");
      },
  ),
);

const odd: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    oddText.filter((text) => !/\p{Surrogate}/u.test(text)),
    fc.constantFrom(0, -1, 1, 0.5, 1e300, 2 ** 53 - 1, Number.MIN_SAFE_INTEGER, true, false),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom("a", "nodes", "cmd", "endpoints", "__proto__", "r0:eth0", "", "unset", "dst"),
      tie("value"),
      { maxKeys: 3 },
    ),
  ),
})).value;

/** The document with the value at a random place replaced: `at` picks among all tables, lists and scalars in it. */
function replaced(document: unknown, at: number, value: unknown): unknown {
  const spots: (readonly [holder: Record<string, unknown>, key: string])[] = [];
  const visit = (node: unknown) => {
    if (typeof node !== "object" || node === null) return;
    for (const key of Object.keys(node)) {
      spots.push([node as Record<string, unknown>, key]);
      visit((node as Record<string, unknown>)[key]);
    }
  };
  visit(document);
  const spot = spots[Math.floor(at * (spots.length - 1))];
  if (spot !== undefined) spot[0][spot[1]] = value;
  return document;
}

function nested(depth: number, open: string, close: string, inner = ""): string {
  return open.repeat(depth) + inner + close.repeat(depth);
}

const sources = topologies();
const source = fc.constantFrom(...sources);

describe("no input, however broken, throws", () => {
  test("the topologies as they are", async () => {
    expect(sources.length).toBeGreaterThan(50);
    for (const files of sources) await compileAndCheck(files);
  });

  test("broken text", async () => {
    await fc.assert(
      fc.asyncProperty(source, fc.array(edit, { minLength: 1, maxLength: 4 }), async (files, edits) => {
        const text = edits.reduce((before, change) => change(before), files["topology.toml"] ?? "");
        await compileAndCheck({ ...files, "topology.toml": text });
      }),
      { numRuns: 1500 },
    );
  });

  test("values of another type", async () => {
    await fc.assert(
      fc.asyncProperty(
        source,
        fc.array(fc.tuple(place, odd), { minLength: 1, maxLength: 3 }),
        async (files, changes) => {
          let document: unknown;
          try {
            document = parse(files["topology.toml"] ?? "");
          } catch {
            return;
          }
          for (const [at, value] of changes) document = replaced(document, at, value);
          await compileAndCheck({ ...files, "topology.toml": stringify(document) });
        },
      ),
      { numRuns: 1500 },
    );
  });

  test("broken templates", async () => {
    const ospf = sources.find((files) => Object.keys(files).some((name) => name.includes("/"))) ?? {};
    const template = Object.keys(ospf).find((name) => name.endsWith(".eta")) ?? "";
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
        const text = edits.reduce((before, change) => change(before), ospf[template] ?? "");
        await compileAndCheck({ ...ospf, [template]: text });
      }),
      { numRuns: 150 },
    );
  });

  test("settings", async () => {
    const key = fc.constantFrom(
      "topology",
      "nodes",
      "r0",
      "links",
      "name",
      "params",
      "__proto__",
      "infrastructure",
      '"a b"',
      "",
    );
    const path = fc.array(fc.oneof(key, oddText), { maxLength: 4 }).map((keys) => keys.join("."));
    const setting = fc
      .tuple(path, fc.constantFrom("=", ""), fc.oneof(oddText, fragment))
      .map((parts) => parts.join(""));
    await fc.assert(
      fc.asyncProperty(source, fc.array(setting, { minLength: 1, maxLength: 2 }), (files, set) =>
        compileAndCheck(files, set),
      ),
      { numRuns: 300 },
    );
  });

  test.each([
    ["lists", `x = ${nested(10_000, "[", "]")}`],
    ["lists of user data", `[topology.nodes.r0]\nx = ${nested(10_000, "[", "]")}`],
    ["tables", `[topology.nodes.r0]\nx = ${nested(10_000, "{a=", "}", "1")}`],
    ["open brackets", `[topology.nodes.r0]\nx = ${"[".repeat(100_000)}`],
    ["dotted keys", `[topology.nodes.r0]\nx${".a".repeat(10_000)} = 1`],
    ["dotted headers", `[topology.nodes.r0${".a".repeat(10_000)}]\nx = 1`],
    ["lists just allowed", `[topology.nodes.r0]\nx = ${nested(90, "[", "]")}`],
    ["an expression", `[topology.nodes.r0]\nexec = ['{{ ${nested(10_000, "(", ")", "1")} }}']`],
    ["a long line", `[topology.nodes.r0]\nexec = ["${"{{x}}".repeat(500)}"]`],
  ])("deep %s", async (_, text) => {
    await compileAndCheck({ "topology.toml": text });
  });
});
