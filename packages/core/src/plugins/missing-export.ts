import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { FilePositionOrigin } from "../diagnostics/diagnostic.js";
import { nearest } from "../diagnostics/near.js";
import { bundleFolder } from "./bundle-plugin.js";

/** What a plugin imports by a name that its module does not export. */
export interface MissingExport {
  readonly text: string;
  readonly hint: string;
  /** The file is relative to the topology's folder. */
  readonly at?: FilePositionOrigin;
}

/** Reads what Node.js says of such an import, which is the bundle's and has no place in the plugin. */
export async function missingExport(
  message: string,
  map: string,
  folder: string,
): Promise<MissingExport | undefined> {
  const [, url, name] =
    /^The requested module '(.*)' does not provide an export named '(.*)'$/.exec(message) ?? [];
  if (url === undefined || name === undefined) return undefined;
  const known = ["@dune/core", "@dune/core/testing", "zod"].find((each) => import.meta.resolve(each) === url);
  const module = known ?? url;
  const near = nearest(name, Object.keys(await import(url)));
  return {
    text: `"${module}" exports no "${name}"`,
    hint: near === undefined ? "mend the import" : `did you mean "${near}"?`,
    ...placeOf(name, map, folder),
  };
}

/** The first line of the plugin's sources that imports the name. */
function placeOf(name: string, map: string, folder: string): { readonly at?: FilePositionOrigin } {
  const { sources, sourcesContent }: { sources: string[]; sourcesContent: string[] } = JSON.parse(map);
  const imported = new RegExp(`import[^;"']*?\\b(${name.replaceAll("$", "\\$")})\\b`);
  for (const [index, content] of sourcesContent.entries()) {
    const found = imported.exec(content);
    if (found === null) continue;
    const before = content.slice(0, found.index + found[0].length - name.length);
    const line = before.split("\n").length;
    const column = before.length - before.lastIndexOf("\n");
    const source = new URL(sources[index] ?? "", pathToFileURL(join(bundleFolder, "x")));
    const file = relative(folder, fileURLToPath(source));
    return { at: { file, line, column, length: name.length } };
  }
  return {};
}
