import { z } from "zod";
import type { Code } from "../../diagnostics/codes.js";
import type { Parsed } from "../../values/parsed.js";
import { must } from "../1-parse/expectation.js";

declare module "zod" {
  interface GlobalMeta {
    /** Completes "… must be": what is accepted here. */
    expected?: string;
  }
}

/** A value written as text with a grammar of its own; a wrong one is reported under `code`. */
export function unit<T>(parse: (text: string) => Parsed<T>, expected: string, code: Code) {
  return z
    .union([z.string(), z.number()])
    .meta({ expected })
    .transform((value, context): T => {
      const parsed = parse(String(value));
      if (parsed.ok) return parsed.value;
      context.issues.push(customIssue(value, code, parsed.message, hintFor(value, parsed.hint)));
      return z.NEVER;
    });
}

function hintFor(value: string | number, hint: string | undefined): string | undefined {
  if (typeof value === "string" && value.includes("{{")) {
    return "only commands, paths and environment values are expanded; replace this value from outside with --set";
  }
  // The hint shows text; after a number the user would write it without quotes.
  return typeof value === "number" && hint ? `${hint} (in quotes)` : hint;
}

/** A number or a list with a parser of its own. */
export function structured<T>(parse: (value: unknown) => Parsed<T>, expected: string) {
  return z
    .union([z.number(), z.array(z.unknown())])
    .meta({ expected })
    .transform((value, context): T => {
      const parsed = parse(value);
      if (parsed.ok) return parsed.value;
      context.issues.push(customIssue(value, "resolve/bad-value", parsed.message, parsed.hint));
      return z.NEVER;
    });
}

/** Text of at least one character. Not `min(1)`, which zod checks for an empty list, too, beside its wrong type. */
export function filledText(expected: string) {
  return z.string().regex(/[\s\S]/, must(expected));
}

/** A command, a path or a value of the environment: expanded when everything has its place. */
export const inlineString = filledText("text that is not empty").meta({ expected: "text in quotes" });

/** A whole number within a range; `what` is what it counts. */
export function wholeNumber(min: number, max: number, what: string) {
  const expected = `a whole number from ${min} to ${max} (${what})`;
  return z.int().min(min, must(expected)).max(max, must(expected)).meta({ expected });
}

function customIssue(input: unknown, code: Code, message: string, hint: string | undefined) {
  return { code: "custom" as const, input, message, params: { code, hint } };
}
