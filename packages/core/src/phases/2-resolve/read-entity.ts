import { z } from "zod";
import { type Code, codes } from "../../diagnostics/codes.js";
import type { Origin } from "../../diagnostics/diagnostic.js";
import { nearest } from "../../diagnostics/near.js";
import type { Reporter } from "../../diagnostics/reporter.js";
import type { TomlValue } from "../1-parse/document.js";
import { printKeyPath } from "../1-parse/key-path.js";

/** Finds the place of a path of the entity. */
export type Locate = (path: readonly (string | number)[], target?: "key" | "value") => Origin;

/** A strict schema of one kind of entity. */
export type Shape = Readonly<Record<string, z.ZodType>>;

/**
 * Parses a merged entity once. What is wrong is reported in dune's own words: `label` names the entity ("node r0").
 */
export function readEntity<S extends z.ZodType>(
  schema: S,
  value: TomlValue,
  label: string,
  locate: Locate,
  reporter: Reporter,
): z.output<S> | undefined {
  const parsed = schema.safeParse(value, { error: describe, reportInput: true });
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) reportIssue(issue, label, locate, reporter);
  return undefined;
}

/** What zod knows only while it makes an issue; carried in the issue's message, which no user sees. */
interface Details {
  readonly expected?: string;
  readonly known?: readonly string[];
}

function describe(issue: z.core.$ZodRawIssue): string {
  const schema = issue.inst as (z.ZodType & { _zod: { def: { shape?: object } } }) | undefined;
  const shape = schema?._zod.def.shape;
  const details: Details = {
    ...(shape === undefined ? {} : { known: Object.keys(shape) }),
    ...(typeof schema?.meta === "function" ? { expected: schema.meta()?.expected } : {}),
  };
  return JSON.stringify(details);
}

function reportIssue(issue: z.core.$ZodIssue, label: string, locate: Locate, reporter: Reporter): void {
  const path = issue.path.map((key) => (typeof key === "number" ? key : String(key)));
  const name = path.length === 0 ? label : `${printKeyPath(path)} of ${label}`;
  if (issue.code === "unrecognized_keys") {
    const { known = [] } = JSON.parse(issue.message) as Details;
    for (const key of issue.keys) reportUnknownKey(key, known, name, locate([...path, key], "key"), reporter);
  } else if (issue.code === "custom" && issue.params !== undefined && issue.params.code in codes) {
    const { code, hint } = issue.params as { code: Code; hint?: string };
    reporter.report(code, { message: `${name}: ${issue.message}`, at: locate(path), ...(hint && { hint }) });
  } else if ((issue.code === "invalid_type" || issue.code === "invalid_union") && issue.input === undefined) {
    const expected = expectation(issue);
    reporter.report("resolve/missing-key", {
      message: `${label} has no ${printKeyPath(path)}${expected === undefined ? "" : `; it must be ${expected}`}`,
      at: locate(path),
      hint: `add ${printKeyPath(path.slice(-1))}`,
    });
  } else {
    const code = issue.code === "invalid_type" || issue.code === "invalid_union" ? "resolve/wrong-type" : "resolve/bad-value";
    const expected = expectation(issue) ?? "of another type";
    reporter.report(code, { message: `${name} must be ${expected}, not ${shown(issue.input)}`, at: locate(path) });
  }
}

function expectation(issue: z.core.$ZodIssue): string | undefined {
  if (issue.code === "invalid_key") return "named by letters, digits and '_'";
  const details = issue.message.startsWith("{") ? (JSON.parse(issue.message) as Details) : {};
  return details.expected ?? typeNames[issue.code === "invalid_type" ? issue.expected : ""];
}

const typeNames: Readonly<Record<string, string>> = {
  string: "text in quotes",
  boolean: "true or false",
  int: "a whole number",
  number: "a number",
  array: "a list",
  object: "a table",
  record: "a table",
};

export function reportUnknownKey(
  key: string,
  known: readonly string[],
  where: string,
  at: Origin,
  reporter: Reporter,
): void {
  const near = nearest(key, known);
  const list = `known keys: ${[...known].sort().join(", ")}`;
  reporter.report("resolve/unknown-key", {
    message: `${where} has an unknown key "${key}"`,
    at,
    hint: near === undefined ? list : `did you mean "${near}"?`,
  });
}

/** A value in a message, short. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "a table";
  const text = JSON.stringify(typeof value === "bigint" ? Number(value) : value) ?? "nothing";
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
