import { z } from "zod";
import type { Code } from "../../diagnostics/codes.js";
import { addressPattern, parseAddress } from "../../values/address.js";
import { durationPattern, parseDuration } from "../../values/duration.js";
import type { Parsed } from "../../values/parsed.js";
import { parsePercent, percentPattern } from "../../values/percent.js";
import { parseRate, ratePattern } from "../../values/rate.js";
import { must } from "../1-parse/expectation.js";

declare module "zod" {
  interface GlobalMeta {
    /** Completes "… must be": what is accepted here. */
    expected?: string;
    /** What is written in the file, as JSON Schema, where zod sees only a parser. */
    written?: Readonly<Record<string, unknown>>;
  }
}

/** Text that matches, as JSON Schema. */
export function matching(pattern: string, ...examples: readonly string[]) {
  return { type: "string", pattern, ...(examples.length > 0 && { examples }) };
}

/** A value written as text with a grammar of its own; a wrong one is reported under `code`. */
export function unit<T>(
  parse: (text: string) => Parsed<T>,
  expected: string,
  code: Code,
  written: Readonly<Record<string, unknown>>,
) {
  return z
    .union([z.string(), z.number()])
    .meta({ expected, written })
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
export function structured<T>(
  parse: (value: unknown) => Parsed<T>,
  expected: string,
  written: Readonly<Record<string, unknown>>,
) {
  return z
    .union([z.number(), z.array(z.unknown())])
    .meta({ expected, written })
    .transform((value, context): T => {
      const parsed = parse(value);
      if (parsed.ok) return parsed.value;
      context.issues.push(customIssue(value, "resolve/bad-value", parsed.message, parsed.hint));
      return z.NEVER;
    });
}

/** Text of at least one character. Not `min(1)`, which zod checks for an empty list, too, beside its wrong type. */
export function filledText(expected: string) {
  return z
    .string()
    .regex(/[\s\S]/, must(expected))
    .meta({ written: { type: "string", minLength: 1 } });
}

/** A command, a path or a value of the environment: expanded when everything has its place. */
export const inlineString = filledText("text that is not empty").meta({ expected: "text in quotes" });

export const text = z.string().meta({ expected: "text in quotes" });
export const texts = z.array(inlineString).meta({ expected: "a list of texts" });
export const textOrTexts = z
  .union([inlineString, texts])
  .meta({ expected: "a name or a list of names" })
  .transform((value) => (typeof value === "string" ? [value] : value));

/** The value of a sysctl, a switch as the kernel writes it. */
const scalar = z
  .union([z.string(), z.int(), z.boolean()])
  .meta({ expected: "text or a whole number" })
  .transform((value) => (typeof value === "boolean" ? (value ? "1" : "0") : String(value)));
export const sysctls = z
  .record(z.string(), scalar)
  .meta({ expected: 'a table of sysctls, e.g. { "net.ipv6.conf.all.forwarding" = "1" }' });

const variableName = `a variable's name: letters, digits and "_", the first no digit`;
const variable = z
  .union([z.string(), z.int(), z.boolean()])
  .meta({ expected: "text or a whole number" })
  .transform(String);
const aTableOfVariables = { expected: 'a table of variables, e.g. environ.LANG = "C"' };
export const environ = z
  .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, must(variableName)), variable)
  .meta(aTableOfVariables);

const anotherThanPath =
  "a variable other than PATH: what a build runs is in the PATH of dune, or named with its path";
/** Of a build. What counts is what is found in the PATH that dune has: a build has no other. */
export const buildEnviron = z
  .record(
    z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, must(variableName))
      .regex(/^(?!PATH$)/, must(anotherThanPath)),
    variable,
  )
  .meta(aTableOfVariables);

export const duration = unit(
  parseDuration,
  'a time with its unit, e.g. "5ms"',
  "resolve/bad-unit",
  matching(durationPattern, "250us", "5ms", "2s"),
);
export const rate = unit(
  parseRate,
  'a rate with its unit, e.g. "1gbit"',
  "resolve/bad-unit",
  matching(ratePattern, "10mbit", "1gbit"),
);
export const percent = unit(
  parsePercent,
  'a percentage, e.g. "0.1%"',
  "resolve/bad-unit",
  matching(percentPattern, "0.1%"),
);
export const ipAddress = (expected: string) =>
  unit(parseAddress, expected, "resolve/bad-address", matching(addressPattern, "192.0.2.1", "2001:db8::1"));

/** A whole number within a range; `what` is what it counts. */
export function wholeNumber(min: number, max: number, what: string) {
  const expected = `a whole number from ${min} to ${max} (${what})`;
  return z.int().min(min, must(expected)).max(max, must(expected)).meta({ expected });
}

function customIssue(input: unknown, code: Code, message: string, hint: string | undefined) {
  return { code: "custom" as const, input, message, params: { code, hint } };
}
