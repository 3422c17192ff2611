import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { parseOwner } from "../../values/owner.js";
import type { Parsed } from "../../values/parsed.js";
import { parsePlatform } from "../../values/platform.js";
import { describe, expectationOf, must, shown } from "../1-parse/expectation.js";
import { printKeyPath } from "../1-parse/key-path.js";
import { notPlainData } from "../1-parse/plain-data.js";
import type { Declared } from "./topology.js";

/* What the fields of resolved entities are checked by when a plugin returned them. The language's schema and the code behind
 * it make no others, so nothing else is. */

/** A schema for each field of an entity, but for what dune keeps of its origin. */
export type EntityShape<E> = Readonly<Record<Exclude<keyof E, keyof Declared<E>>, z.ZodType>>;

export const text = z
  .string()
  .regex(/^[^\0]*$/, must("text without a NUL character"))
  .meta({ expected: "text" });
export const filledText = z
  .string()
  .regex(/^[^\0]+$/, must("text that is not empty, without a NUL character"))
  .meta({ expected: "text" });
export const line = z
  .string()
  .regex(/^[^\0\n\r]*$/, must("one line of text"))
  .meta({ expected: "text" });
export const texts = z.array(filledText);
export const environ = z.array(
  z.object({
    name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, must("the name of a variable")),
    value: text,
  }),
);
/** Of a build, whose PATH is dune's own. */
export const buildVariable = z
  .string()
  .regex(/^(?!PATH$)[A-Za-z_][A-Za-z0-9_]*$/, must("the name of a variable other than PATH"));
export const mode = wholeNumber(0, 0o777, "permission bits");
export const owner = canonical("a user, or a user and a group", parseOwner);
export const nanoseconds = wholeNumber(0, Number.MAX_SAFE_INTEGER, "nanoseconds");
export const platform = z.custom((value) => isPlatform(value), must("a platform that dune knows"));
/** A plugin's own, be it what a schema gave or what a hook computes. */
export const extensions = plainTable(true);
/** What TOML can hold. */
export const data = plainTable(false);

/**
 * Says what is wrong with a field of what a plugin returned. Fields that are what they were before are not looked
 * at: what a plugin left alone in 10,000 nodes costs nothing.
 */
export function misshapenField(
  shape: Readonly<Record<string, z.ZodType>>,
  label: string,
  after: object,
  before?: object,
): string | undefined {
  for (const field of Object.keys(shape)) {
    const value = (after as Record<string, unknown>)[field];
    if (before !== undefined && value === (before as Record<string, unknown>)[field]) continue;
    const parsed = (shape[field] as z.ZodType).safeParse(value, { error: describe, reportInput: true });
    if (!parsed.success) return sentence(field, label, parsed.error.issues[0] as z.core.$ZodIssue);
  }
  return undefined;
}

function sentence(field: string, label: string, issue: z.core.$ZodIssue): string {
  const path = printKeyPath([
    field,
    ...issue.path.map((key) => (typeof key === "number" ? key : String(key))),
  ]);
  const where = `${path} of ${label}`;
  const { stranger } = (issue.code === "custom" && issue.params) || {};
  if (typeof stranger === "string")
    return `${field}${stranger.startsWith(" ") ? "" : "."}${stranger}, in ${label}`;
  if (issue.input === undefined) return `${where} is missing; it must be ${expectationOf(issue)}`;
  return `${where} must be ${expectationOf(issue)}, not ${shown(issue.input)}`;
}

export function wholeNumber(min: number, max: number, what: string) {
  const expected = `a whole number from ${min} to ${max} (${what})`;
  return z.int().min(min, must(expected)).max(max, must(expected)).meta({ expected });
}

/** Text that is what its parser makes of it. */
export function canonical(expected: string, parse: (value: string) => Parsed<string>) {
  return z
    .string()
    .refine((value) => {
      const parsed = parse(value);
      return parsed.ok && parsed.value === value;
    }, must(expected))
    .meta({ expected });
}

function plainTable(allowAbsent: boolean) {
  return z.unknown().superRefine((value, context) => {
    const isTable = typeof value === "object" && value !== null && !Array.isArray(value);
    const stranger = isTable ? notPlainData(value, "", { allowAbsent }) : undefined;
    if (!isTable) context.addIssue({ code: "custom", message: must("a table"), input: value });
    else if (stranger !== undefined)
      context.addIssue({ code: "custom", message: "", params: { stranger }, input: value });
  });
}

function isPlatform(value: unknown): boolean {
  const { text: name } = Object(value) as { text?: unknown };
  const parsed = typeof name === "string" ? parsePlatform(name) : undefined;
  return parsed?.ok === true && isDeepStrictEqual({ ...(value as object) }, parsed.value);
}
