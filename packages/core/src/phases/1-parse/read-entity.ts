import type { z } from "zod";
import { type Code, codes } from "../../diagnostics/codes.js";
import type { Origin } from "../../diagnostics/diagnostic.js";
import { abbreviated, nearest } from "../../diagnostics/near.js";
import type { Reporter } from "../../diagnostics/reporter.js";
import type { TomlValue } from "./document.js";
import { describe, detailsOf, expectationOf, shown } from "./expectation.js";
import { printKeyPath } from "./key-path.js";

/** Finds the place of a path of the entity. */
export type Locate = (path: readonly (string | number)[], target?: "key" | "value") => Origin;

/** A strict schema of one kind of entity. */
export type Shape = Readonly<Record<string, z.ZodType>>;

export interface EntityPlace {
  /** Names the entity in messages: `node "r0"`. */
  readonly label: string;
  readonly locate: Locate;
  /** Keys that stand in the entity's table, too, and are read elsewhere. */
  readonly alsoKnown?: readonly string[];
}

/** Parses a merged entity once. What is wrong is reported in dune's own words. */
export function readEntity<S extends z.ZodType>(
  schema: S,
  value: TomlValue,
  place: EntityPlace,
  reporter: Reporter,
): z.output<S> | undefined {
  const parsed = schema.safeParse(value, { error: describe, reportInput: true });
  if (parsed.success) return parsed.data;
  const places = new Set<string>();
  for (const issue of parsed.error.issues) {
    // Several checks of one value may fail; the first says it best.
    const key = JSON.stringify([issue.code === "unrecognized_keys", issue.path]);
    if (!places.has(key)) reportIssue(issue, place, reporter);
    places.add(key);
  }
  return undefined;
}

function reportIssue(issue: z.core.$ZodIssue, place: EntityPlace, reporter: Reporter): void {
  const meant = meantOption(issue);
  if (meant !== undefined) {
    for (const inner of meant)
      reportIssue({ ...inner, path: [...issue.path, ...inner.path] }, place, reporter);
    return;
  }
  const { locate, alsoKnown = [] } = place;
  const path = issue.path.map((key) => (typeof key === "number" ? key : String(key)));
  const name = nameOf(path, place);
  if (issue.code === "unrecognized_keys") {
    const known = [...(detailsOf(issue)?.known ?? []), ...(path.length === 0 ? alsoKnown : [])];
    for (const key of issue.keys) reportUnknownKey(key, known, name, locate([...path, key], "key"), reporter);
  } else if (issue.code === "custom" && issue.params !== undefined && issue.params.code in codes) {
    const { code, hint } = issue.params as { code: Code; hint?: string };
    reporter.report(code, { message: `${name}: ${issue.message}`, at: locate(path), ...(hint && { hint }) });
  } else if (issue.code === "invalid_key") {
    const [first = issue] = issue.issues;
    const message = `the key ${shown(path.at(-1))} of ${nameOf(path.slice(0, -1), place)} must be ${expectationOf(first)}`;
    reporter.report("resolve/bad-value", { message, at: locate(path, "key") });
  } else if ((issue.code === "invalid_type" || issue.code === "invalid_union") && issue.input === undefined) {
    const key = String(path.at(-1));
    reporter.report("resolve/missing-key", {
      message: `${nameOf(path.slice(0, -1), place)} has no ${key}`,
      at: locate(path),
      hint: `add ${key}: ${expectationOf(issue)}`,
    });
  } else reportBadValue(issue, name, path, locate, reporter);
}

/** Of a value that may be written in several ways, the issues of the one that was tried: it fails further inside only. */
function meantOption(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] | undefined {
  if (issue.code !== "invalid_union") return undefined;
  const isInside = ({ path, code }: z.core.$ZodIssue) => path.length > 0 || code === "unrecognized_keys";
  return issue.errors.find((issues) => issues.length > 0 && issues.every(isInside));
}

function reportBadValue(
  issue: z.core.$ZodIssue,
  name: string,
  path: readonly (string | number)[],
  locate: Locate,
  reporter: Reporter,
): void {
  const code =
    issue.code === "invalid_type" || issue.code === "invalid_union"
      ? "resolve/wrong-type"
      : "resolve/bad-value";
  if (detailsOf(issue) === undefined) {
    reporter.report(code, { message: `${name}: ${issue.message}`, at: locate(path) });
    return;
  }
  const expected = expectationOf(issue);
  const instead = suggestion(expected, issue.input);
  reporter.report(code, {
    message: `${name} must be ${expected}, not ${shown(issue.input)}`,
    at: locate(path),
    ...(instead !== undefined && { hint: `write ${assignment(path)}${instead}` }),
  });
}

/** What stands before a value in its table; nothing for an element of a list. */
function assignment(path: readonly (string | number)[]): string {
  const keys = path.slice(path.findLastIndex((key) => typeof key === "number") + 1);
  return keys.length === 0 ? "" : `${printKeyPath(keys)} = `;
}

function nameOf(path: readonly (string | number)[], { label }: EntityPlace): string {
  return path.length === 0 ? label : `${printKeyPath(path)} of ${label}`;
}

/** The value as it was probably meant, where only brackets or quotes are wrong. */
function suggestion(expected: string, input: unknown): string | undefined {
  const isText = typeof input === "string";
  if (!isText && typeof input !== "number" && typeof input !== "boolean") return undefined;
  if (/^a list of (?!tables)/.test(expected)) return `[${isText ? shown(input) : shown(String(input))}]`;
  if (/^a( whole)? number/.test(expected) && isText && /^\d{1,9}$/.test(input)) return input;
  if (expected === "true or false" && (input === "true" || input === "false")) return input;
  return /^(a )?text( in quotes|$)/.test(expected) && !isText ? shown(String(input)) : undefined;
}

export function reportUnknownKey(
  key: string,
  known: readonly string[],
  where: string,
  at: Origin,
  reporter: Reporter,
): void {
  const near = nearest(key, known) ?? abbreviated(key, known);
  const list = `known keys: ${[...known].sort().join(", ")}`;
  reporter.report("resolve/unknown-key", {
    message: `${where} has an unknown key "${key}"`,
    at,
    hint: near === undefined ? list : `did you mean "${near}"?`,
  });
}
