import { posix } from "node:path";

/** The name of a file's template in minijinja. Its end keeps minijinja from escaping by the file's ending: a `.html` is text here, too. */
export function templateName(path: string, isPart: boolean): string {
  return `${path}${isPart ? ":part" : ":whole"}`;
}

/** A template with nothing in it, which no file can be called. */
export const emptyTemplate = ":part";

/** The file of a template. */
export function pathOf(name: string): string {
  return name.replace(/:(?:part|whole)$/, "");
}

/** The files that a name in a template can mean, in order: from the topology's folder, or beside the file that has it. */
export function candidates(name: string, from: string): readonly string[] {
  if (posix.isAbsolute(name)) return [posix.normalize(name)];
  return [...new Set([posix.normalize(name), posix.join(posix.dirname(from), name)])];
}
