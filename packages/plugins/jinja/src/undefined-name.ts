import { nearest } from "@dune/core";
import { type Failure, printedShape, type Shape } from "./failure.js";
import { boundNames } from "./tags.js";

type Values = Readonly<Record<string, unknown>>;

/** What of an expression is undefined. */
export interface UndefinedName {
  readonly message: string;
  readonly hint?: string;
  /** Counted from the end of the text: where the culprit begins, and its length. */
  readonly fromEnd: number;
  readonly length: number;
}

/** A name with keys, at the end of a text: `i.peer.node`, `addrs[0].prefix`, `ctx["a"]`. */
const path = /[A-Za-z_]\w*(?:\s*\.\s*\w+|\s*\[\s*(?:\d+|"[^"\\]*"|'[^'\\]*')\s*\])*$/;

/** Finds out what is undefined in the expression of a source that ends at `end`. */
export function undefinedName(
  source: string,
  end: number,
  failure: Failure,
  values: Values,
): UndefinedName | undefined {
  const text = source.slice(0, end);
  const [expression] = path.exec(text) ?? [];
  // What follows a dot is a key of something that only minijinja can tell.
  if (expression === undefined || /\.\s*$/.test(text.slice(0, -expression.length))) return undefined;
  const steps = stepsOf(expression);
  const [name] = steps;
  if (name === undefined) return undefined;
  const bound = boundNames(source);
  // What a statement sets only minijinja knows, which prints it.
  const isGlobal = Object.hasOwn(values, name.key) && !bound.has(name.key);
  const shapeOf = (depth: number) => {
    const keys = steps.slice(0, depth).map((step) => step.key);
    return isGlobal ? valueShape(values, keys) : printedShape(failure.variables, keys);
  };
  const at = (step: Step) => ({ fromEnd: expression.length - step.start, length: step.end - step.start });
  if (shapeOf(1) === undefined) {
    const hint = undeclaredHint(name.key, values, bound);
    if (!bound.has(name.key)) return { message: `"${name.key}" is not declared`, hint, ...at(name) };
    if (steps.length === 1) return { message: `"${name.key}" is not set here`, ...at(name) };
  }
  for (const [depth, step] of steps.entries()) {
    if (depth === 0) continue;
    const parent = expression.slice(0, steps[depth - 1]?.after);
    const shape = shapeOf(depth);
    if (shape?.isNone) return { message: `"${parent}" is none, so it has no "${step.key}"`, ...at(step) };
    const isLast = depth === steps.length - 1;
    if (shape?.keys?.includes(step.key) || (shape?.keys === undefined && !isLast)) continue;
    return { message: `"${parent}" has no ${label(step)}`, ...hintOf(step.key, shape), ...at(step) };
  }
  return undefined;
}

interface Step {
  readonly key: string;
  readonly start: number;
  readonly end: number;
  /** Behind the bracket that closes it. */
  readonly after: number;
}

function stepsOf(expression: string): readonly Step[] {
  return [...expression.matchAll(/\[\s*("[^"]*"|'[^']*'|\d+)\s*\]|\w+/g)].map(
    ({ 0: text, 1: inBrackets, index }) => {
      const written = inBrackets ?? text;
      const start = index + text.indexOf(written);
      const key = written.replace(/^["']|["']$/g, "");
      return { key, start, end: start + written.length, after: index + text.length };
    },
  );
}

function label({ key }: Step): string {
  return /^\d+$/.test(key) ? `element ${key}` : `"${key}"`;
}

function valueShape(values: Values, keys: readonly string[]): Shape | undefined {
  let value: unknown = values;
  for (const key of keys) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Values)[key];
  }
  if (value === undefined || value === null) return { isNone: true, keys: undefined };
  return { isNone: false, keys: typeof value === "object" ? Object.keys(value) : undefined };
}

function hintOf(key: string, shape: Shape | undefined): { readonly hint?: string } {
  if (shape?.keys === undefined) return {};
  const near = nearest(key, shape.keys);
  if (near !== undefined) return { hint: `did you mean "${near}"?` };
  if (shape.keys.length === 0) return { hint: "it is empty" };
  const shown = [...shape.keys].sort().slice(0, 20);
  return { hint: `it has: ${shown.join(", ")}${shown.length < shape.keys.length ? ", …" : ""}` };
}

function undeclaredHint(name: string, values: Values, bound: ReadonlySet<string>): string {
  if (valueShape(values, ["data", name]))
    return `a key of your own is written with data before it: data.${name}`;
  if (valueShape(values, ["param", name]))
    return `a parameter is written with param before it: param.${name}`;
  const near = nearest(name, [...Object.keys(values), ...bound]);
  if (near !== undefined) return `did you mean "${near}"?`;
  return `declared are: ${Object.keys(values).sort().join(", ")}; where a name may be missing, write ${name}|default("")`;
}
