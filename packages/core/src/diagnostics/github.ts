import type { Diagnostic, Origin } from "./diagnostic.js";
import type { Place, ReadSource } from "./place.js";
import { createLocator } from "./place.js";
import { printable } from "./printable.js";

/** Diagnostics as workflow commands of GitHub Actions, one a line, which show up as annotations of the changed files. */
export function printGithub(
  diagnostics: readonly Diagnostic[],
  options: { readonly read: ReadSource },
): string {
  const locate = createLocator(options.read);
  return diagnostics
    .map((diagnostic) => command(diagnostic, diagnostic.at && locate(diagnostic.at)))
    .join("");
}

function command(diagnostic: Diagnostic, place: Place | undefined): string {
  const { severity, code, message, hint, plugin, output, count } = diagnostic;
  const properties = [...placeProperties(diagnostic.at, place), `title=${escapeProperty(code)}`];
  const byPlugin = plugin === undefined ? "" : ` (plugin ${plugin})`;
  const repeated = count > 1 ? ` (and ${count - 1} more like this)` : "";
  const advice = hint === undefined ? "" : `\nhint: ${hint}`;
  const said = output === undefined ? "" : `\n${output}`;
  return `::${severity} ${properties.join(",")}::${escapeData(message + byPlugin + repeated + said + advice)}\n`;
}

function placeProperties(origin: Origin | undefined, place: Place | undefined): string[] {
  const file = place?.file ?? fileOf(origin);
  if (file === undefined) return [];
  const properties = [`file=${escapeProperty(file)}`];
  if (place === undefined) return properties;
  properties.push(`line=${place.line}`);
  // Annotations take columns only within one line.
  if (place.endLine !== place.line) properties.push(`endLine=${place.endLine}`);
  else properties.push(`col=${place.column}`, `endColumn=${place.endColumn}`);
  return properties;
}

function fileOf(origin: Origin | undefined): string | undefined {
  if (origin === undefined || "set" in origin) return undefined;
  return "plugin" in origin ? fileOf(origin.from) : origin.file;
}

/** Line breaks are kept, escaped; other control characters must not reach the log that shows the command. */
function escapeData(text: string): string {
  const escaped = text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  return printable(escaped);
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
