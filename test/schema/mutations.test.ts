import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compile, memoryFiles } from "@dune/core";
import fc from "fast-check";
import { parse, stringify } from "smol-toml";
import { describe, expect, test } from "vitest";
import { isShape } from "./shape.js";
import { complaintsOf, validator } from "./validate.js";

const everything = readFileSync(fileURLToPath(new URL("everything.toml", import.meta.url)), "utf8");
const validate = validator([]);

async function errorsOf(toml: string): Promise<readonly string[]> {
  const files = memoryFiles({ "topology.toml": toml });
  const localhost = { cores: [[0, 1, 2, 3]] };
  const { diagnostics } = await compile({ file: "topology.toml" }, { files, localhost, until: "resolve" });
  return diagnostics
    .filter(({ severity }) => severity === "error")
    .map(({ code, message }) => `${code} ${message}`);
}

type Container = Record<string, unknown>;
type Spot = readonly [holder: Container, key: string];

/** Every value of a document, by what holds it. */
function spotsOf(value: unknown): readonly Spot[] {
  if (typeof value !== "object" || value === null) return [];
  const holder = value as Container;
  return Object.keys(holder).flatMap((key): Spot[] => [[holder, key], ...spotsOf(holder[key])]);
}

// Not a fraction: most doubles are next to 0.
const place = fc.noBias(fc.nat());
const pick = <T>(list: readonly T[], at: number): T => list[at % list.length] as T;

/** Something of another kind than most values of the language. */
const odd = fc.constantFrom<unknown>(
  ...[7, -1, 0, 0.5, 70_000, 2 ** 40, true, false, "", "x", "5", "5 sec", "10%", "a:b", "a b"],
  ...[[], ["x"], [7], [""], [[1]], [[]], [{}], {}, { zzz: 1 }, { zzz: {} }, { dst: "x" }],
);

/** Mistakes that hang on several values: a table may be completed by another one, and so may a link. */
const beyondSchema =
  /^resolve\/(missing-key templates\..* has no dst|bad-value .* has (jitter|reorder) but no latency)$/;

describe("a broken topology is refused by both or by neither", () => {
  test("the unbroken one by neither", async () => {
    expect(await errorsOf(everything)).toEqual([]);
    expect(complaintsOf(validate, parse(everything))).toEqual([]);
  });

  async function compare(document: unknown): Promise<void> {
    const toml = stringify(document);
    const errors = await errorsOf(toml);
    const complaints = complaintsOf(validate, parse(toml));
    const detail = JSON.stringify({ errors, complaints });
    if (complaints.length > 0) expect(errors, detail).not.toEqual([]);
    const shape = errors.filter((each) => isShape(each.split(" ")[0] ?? "") && !beyondSchema.test(each));
    if (shape.length > 0) expect(complaints, detail).not.toEqual([]);
  }

  test("a value of another kind", async () => {
    await fc.assert(
      fc.asyncProperty(place, odd, async (at, value) => {
        const document = parse(everything);
        const [holder, key] = pick(spotsOf(document), at);
        holder[key] = value;
        await compare(document);
      }),
      { numRuns: 1000 },
    );
  });

  test("a key that is unknown", async () => {
    await fc.assert(
      fc.asyncProperty(
        place,
        fc.constantFrom("zzz", "nodes", "cmd", "r0:eth0", "unset", "x y"),
        async (at, key) => {
          const document = parse(everything);
          const tables = [document, ...spotsOf(document).map(([holder, inner]) => holder[inner])].filter(
            (value) =>
              typeof value === "object" && value !== null && !Array.isArray(value) && !(key in value),
          );
          (pick(tables, at) as Container)[key] = "zzz";
          await compare(document);
        },
      ),
      { numRuns: 400 },
    );
  });

  test("a key that is missing", async () => {
    await fc.assert(
      fc.asyncProperty(place, async (at) => {
        const document = parse(everything);
        const tables = spotsOf(document).filter(([holder]) => !Array.isArray(holder));
        const [holder, key] = pick(tables, at);
        delete holder[key];
        await compare(document);
      }),
      { numRuns: 400 },
    );
  });
});
