import { z } from "zod";
import type { BuildRefusal, Recipe } from "../../builders/builder.js";
import { bad, ok, type Parsed } from "../../values/parsed.js";
import { must } from "../1-parse/expectation.js";
import { buildVariable, filledText, line, misshapenField, text, wholeNumber } from "../2-resolve/shape.js";

const variables = z.record(buildVariable, text);
const words = z.array(text);
const flag = z.boolean().optional();
/** Of a file below the sources. */
const below = filledText.refine(
  (path) => !path.startsWith("/") && !path.split("/").includes(".."),
  must("a path or a glob below source"),
);

const command = z.strictObject({
  argv: z.tuple([filledText], text).meta({ expected: "a list" }),
  environ: variables.optional(),
  isInPlace: flag,
});
const companion = z.strictObject({
  name: line,
  locate: words,
  path: filledText.optional(),
  install: line.optional(),
});
const need = z.strictObject({
  command: filledText,
  path: z.string().regex(/^\//, must("an absolute path")).optional(),
  versionArguments: words.optional(),
  install: line,
  isOptional: flag,
  companions: z.array(companion).optional(),
});

const recipeShape = {
  commands: z.array(command),
  output: below.optional(),
  needs: z.array(need),
  reads: z.strictObject({ files: below, format: z.enum(["make", "esbuild"]) }).optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, must("a sha256 in hexadecimal"))
    .optional(),
  runtime: z
    .strictObject({ command: filledText, major: wholeNumber(0, 1_000_000, "a major version") })
    .optional(),
} satisfies Record<keyof Recipe, z.ZodType>;

const refusalShape = {
  refused: line,
  hint: line,
  path: z.array(z.union([z.string(), z.number()])).optional(),
} satisfies Record<keyof BuildRefusal, z.ZodType>;

/** What a plugin's builder returned, if it is what a builder returns; else what is wrong with it. */
export function adoptPlan(returned: unknown): Parsed<Recipe | BuildRefusal> {
  if (typeof returned !== "object" || returned === null || Array.isArray(returned))
    return bad("it returned neither a recipe nor a refusal");
  const isRefusal = "refused" in returned;
  const shape = isRefusal ? refusalShape : recipeShape;
  const label = isRefusal ? "the refusal" : "the recipe";
  const stranger = Object.keys(returned).find((field) => !Object.hasOwn(shape, field));
  if (stranger !== undefined) return bad(`${label} has a field "${stranger}", which none has`);
  const wrong = misshapenField(shape, label, returned);
  if (wrong !== undefined) return bad(wrong);
  const plan = returned as Recipe | BuildRefusal;
  if ("commands" in plan && plan.reads === undefined && plan.commands.some(({ isInPlace }) => isInPlace))
    return bad(
      "a command of the recipe runs in place, and the recipe does not tell by `reads` what it reads",
    );
  return ok(plan);
}
