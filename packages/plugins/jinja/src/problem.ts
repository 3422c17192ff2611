import { nearest, type TemplateProblem } from "@dune/core";
import { addressFilters } from "./address-filters.js";
import { type Bad, maxSteps } from "./environment.js";
import type { Failure } from "./failure.js";
import { pathOf } from "./file-names.js";
import { type MappedSource, spanIn } from "./source-map.js";
import { type Range, tagsOf } from "./tags.js";
import { undefinedName } from "./undefined-name.js";

/** What a failure is about. */
export interface Case {
  /** What minijinja has, by the template's name. */
  readonly sources: ReadonlyMap<string, MappedSource>;
  readonly values: Readonly<Record<string, unknown>>;
  /** What a filter of ours found wrong. */
  readonly filterFault?: string | undefined;
}

export const outOfSteps = "engine ran out of fuel";

/** A failure in plain words, at its place in the user's file. */
export function problemOf(bad: Bad, about: Case): TemplateProblem {
  if (!("failure" in bad)) return { ...breakdown(bad), offset: 0, length: 0, line: 1, column: 1 };
  const { failure } = bad;
  const source = about.sources.get(failure.template);
  if (source === undefined)
    throw new Error(`minijinja reports a template that it does not have: ${failure.template}`);
  const range = source.rangeOf(failure.line, failure.columns);
  const { message, hint, at = range } = wording(failure, source, range, about);
  const { file, offset, length } = source.locate(at);
  const span = spanIn(
    file,
    offset,
    failure.columns || at !== range ? length : lineLength(file.text, offset, length),
  );
  return { file: file.path, message, ...(hint !== undefined && { hint }), ...span };
}

function breakdown({ message, isBroken }: Exclude<Bad, { failure: Failure }>): Wording {
  if (!isBroken) return { message };
  return {
    message: `the Jinja engine breaks down at it (${message})`,
    hint: "does it make a text or a list without end?",
  };
}

/** What has no columns is marked to the end of its line. */
function lineLength(text: string, offset: number, length: number): number {
  const end = text.indexOf("\n", offset);
  return Math.min(length, (end === -1 ? text.length : end) - offset);
}

interface Wording {
  readonly message: string;
  readonly hint?: string | undefined;
  /** The place, where it is known better. */
  readonly at?: Range;
}

function wording(failure: Failure, source: MappedSource, range: Range, about: Case): Wording {
  const { kind, detail = "" } = failure;
  const expression = expressionAt(source, range);
  switch (kind) {
    case "undefined value":
      return undefinedWording(failure, source, range, about);
    case "template not found":
      return notFound(detail);
    case "unknown filter":
      return unknown("filter", /^filter (\S+)/.exec(detail)?.[1] ?? expression, Object.keys(addressFilters));
    case "unknown test":
      return unknown("test", /^test (\S+)/.exec(detail)?.[1] ?? expression, []);
    case "unknown method": {
      const [, type, name] = /^(\S+) has no method named (\S+)$/.exec(detail) ?? [];
      const method = name ?? /\w+/.exec(expression)?.[0] ?? expression;
      return {
        message: type
          ? `a ${type} has no method "${method}"`
          : `the method "${method}" cannot be called like this`,
      };
    }
    case "unknown function":
      return unknown("function or macro", detail.replace(/ is unknown$/, ""), []);
    case "could not render include":
      return {
        message: `${pathOf(/^error in "(.*)"$/s.exec(detail)?.[1] ?? expression)} cannot be rendered here`,
        hint: "does it include itself?",
      };
    case "could not render block":
      return { message: "the block of the template that this one extends fails here" };
    case "syntax error":
      return { message: detail, ...unclosed(source.text, range) };
    case outOfSteps:
      return {
        message: `it does not come to an end: it takes more than ${maxSteps.toLocaleString("en-US")} steps`,
        hint: "look for loops in loops, over more than is meant",
      };
    default:
      return otherWording(failure, expression, about);
  }
}

/** What goes on to the end of the file began before it. */
function unclosed(text: string, { start }: Range): Pick<Wording, "hint" | "at"> {
  if (start < text.trimEnd().length) return {};
  const from = tagsOf(text).at(-1)?.end ?? 0;
  const opening = text.slice(from).search(/\{[{%#]/);
  if (opening === -1) return {};
  const at = { start: from + opening, end: from + opening + 2 };
  return { at, hint: "what begins here is not closed" };
}

function otherWording({ kind, detail }: Failure, expression: string, { filterFault }: Case): Wording {
  if (detail?.startsWith("failed to convert result") && filterFault !== undefined)
    return { message: filterFault };
  if (detail?.startsWith("failed to convert argument"))
    return { message: `"${expression}" is given a value that a filter cannot take` };
  return { message: detail ?? (expression === "" ? kind : `${kind} in "${expression}"`) };
}

function undefinedWording(failure: Failure, source: MappedSource, range: Range, { values }: Case): Wording {
  if (failure.columns === undefined) return { message: "a value in this line is undefined" };
  const { end } = source.ownPart(range);
  const found = undefinedName(source.text, end, failure, values);
  if (found === undefined) return { message: `"${expressionAt(source, range)}" is undefined` };
  const start = end - found.fromEnd;
  return { ...found, at: { start, end: start + found.length } };
}

/** As the user wrote it. */
function expressionAt(source: MappedSource, range: Range): string {
  const { file, offset, length } = source.locate(range);
  return file.text.slice(offset, offset + length);
}

function notFound(detail: string): Wording {
  const names = [...detail.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => match[1]);
  const [name] = names;
  return {
    message:
      names.length > 1
        ? `there is none of the text files ${names.join(", ")}`
        : `there is no text file ${name}`,
    hint: "files are looked for in the topology's folder, then beside the file that names them",
  };
}

function unknown(kind: string, name: string, names: readonly string[]): Wording {
  const near = nearest(name, names);
  return {
    message: `there is no ${kind} "${name}"`,
    ...(near !== undefined && { hint: `did you mean "${near}"?` }),
  };
}
