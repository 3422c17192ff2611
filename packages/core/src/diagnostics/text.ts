import type { Diagnostic, Origin } from "./diagnostic.js";
import { frame } from "./frame.js";
import { placeOf } from "./hook-place.js";
import type { Locate, ReadSource } from "./place.js";
import { createLocator } from "./place.js";
import { printable } from "./printable.js";

/** What a terminal can do to a text; plainColours does nothing. */
export interface Colours {
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
}

export const plainColours: Colours = {
  red: (text) => text,
  yellow: (text) => text,
  cyan: (text) => text,
  bold: (text) => text,
  dim: (text) => text,
};

interface Printer {
  readonly locate: Locate;
  readonly colours: Colours;
}

/** Diagnostics for people: frames, notes, hints, and the summary last. Ends with a line break; empty if there are none. */
export function printText(
  diagnostics: readonly Diagnostic[],
  options: { readonly read: ReadSource; readonly colours?: Colours },
): string {
  if (diagnostics.length === 0) return "";
  const printer = { locate: createLocator(options.read), colours: options.colours ?? plainColours };
  const parts = diagnostics.map((diagnostic) => `${linesOf(diagnostic, printer).join("\n")}\n\n`);
  return `${parts.join("")}${summary(diagnostics)}\n`;
}

/** For example `2 errors, 1 warning`; what was found many times at one place counts as often. */
export function summary(diagnostics: readonly Diagnostic[]): string {
  const parts: string[] = [];
  for (const severity of ["error", "warning"] as const) {
    const found = diagnostics.filter((diagnostic) => diagnostic.severity === severity);
    const count = found.reduce((sum, diagnostic) => sum + diagnostic.count, 0);
    if (count > 0) parts.push(`${count} ${severity}${count === 1 ? "" : "s"}`);
  }
  return parts.length === 0 ? "no errors" : parts.join(", ");
}

function linesOf(diagnostic: Diagnostic, printer: Printer): string[] {
  const { colours } = printer;
  const mark = diagnostic.severity === "error" ? colours.red : colours.yellow;
  const lines = [headline(diagnostic, mark, colours)];
  if (diagnostic.at !== undefined) lines.push(...locationLines(diagnostic.at, printer, mark));
  for (const related of diagnostic.related) {
    lines.push(`  ${colours.cyan("note")}: ${printable(related.message)}`);
    lines.push(...locationLines(related.at, printer, colours.cyan));
  }
  lines.push(...outputLines(diagnostic.output).map(colours.dim));
  if (diagnostic.hint !== undefined) lines.push(`  ${colours.cyan("hint")}: ${printable(diagnostic.hint)}`);
  lines.push(...stackLines(diagnostic.stack).map(colours.dim));
  return lines;
}

function headline(diagnostic: Diagnostic, mark: (text: string) => string, colours: Colours): string {
  const { severity, code, message, plugin, count } = diagnostic;
  const label = mark(colours.bold(`${severity}[${printable(code)}]`));
  const isNamed = plugin === undefined || message.includes(`plugin "${plugin}"`);
  const byPlugin = isNamed ? "" : ` (plugin ${printable(plugin)})`;
  const repeated = count > 1 ? ` (and ${count - 1} more like this)` : "";
  return `${label}: ${colours.bold(printable(message))}${byPlugin}${repeated}`;
}

function locationLines(origin: Origin, printer: Printer, mark: (text: string) => string): string[] {
  const { dim } = printer.colours;
  const arrow = dim("  -->");
  if ("set" in origin) return [`${arrow} --set ${printable(origin.set)}`];
  if ("plugin" in origin) {
    const made = `made by plugin "${printable(origin.plugin)}" ${printable(placeOf(origin.hook))}`;
    return [`${arrow} ${made}`, ...(origin.from ? locationLines(origin.from, printer, mark) : [])];
  }
  const place = printer.locate(origin);
  if (place === undefined) return [`${arrow} ${printable(origin.file)}`];
  const lines = [`${arrow} ${printable(place.file)}:${place.line}:${place.column}`];
  // A mark under a blank line shows nothing.
  if (place.lineText.trim() !== "") lines.push(frame(place, { mark, dim }));
  return lines;
}

/** What a program has said, behind a bar. */
function outputLines(output: string | undefined): string[] {
  return output === undefined ? [] : output.split(/\r?\n/).map((line) => `  | ${printable(line)}`.trimEnd());
}

function stackLines(stack: string | undefined): string[] {
  if (stack === undefined) return [];
  return stack.split(/\r?\n/).map((line) => `    ${printable(line.trim())}`);
}
