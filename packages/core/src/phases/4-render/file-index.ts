import { isWithin } from "./paths.js";
import type { RenderedFile } from "./rendering.js";

/** What stands between the words of a command and is in few paths. */
const between = "\\s\"'`;&|<>()$=,:\\\\{}[\\]#*?!^";
const word = new RegExp(`[^${between}]+`, "g");
const isBetween = new RegExp(`^[${between}]?$`);

/** The files of one node, or of a server, to be found by what strings say. */
export class FileIndex {
  readonly #byPath = new Map<string, RenderedFile>();
  /** Those whose paths are more than one word. */
  readonly #odd: RenderedFile[] = [];
  readonly #below = new Map<string, readonly RenderedFile[]>();

  /** @param root where relative paths begin, with a slash behind it */
  constructor(files: readonly RenderedFile[], root: string) {
    for (const file of files) {
      this.#byPath.set(file.path, file);
      if (!file.path.startsWith("/")) this.#byPath.set(`${root}${file.path}`, file);
      if (file.path.match(word)?.[0] !== file.path) this.#odd.push(file);
    }
  }

  at(path: string): RenderedFile | undefined {
    return this.#byPath.get(path);
  }

  /** Those in a folder and in the folders in it. */
  below(folder: string): readonly RenderedFile[] {
    let files = this.#below.get(folder);
    if (files === undefined) {
      const paths = [...this.#byPath.keys()].filter((path) => isWithin(path, folder));
      files = paths.map((path) => this.#byPath.get(path) as RenderedFile);
      this.#below.set(folder, files);
    }
    return files;
  }

  /** Those whose paths stand in the text, with nothing before or behind that would make another path of it. */
  *namedIn(text: string): Iterable<RenderedFile> {
    if (this.#byPath.size === 0) return;
    for (const [found] of text.matchAll(word)) {
      const file = this.at(found) ?? this.at(asPath(found));
      if (file !== undefined) yield file;
    }
    for (const file of this.#odd) if (standsIn(text, file.path)) yield file;
  }
}

/** `-c/etc/a.conf`, `@a.conf` and `./a.conf` name files, too. */
function asPath(found: string): string {
  return found.replace(/^(?:-[A-Za-z]|@)/, "").replace(/^(?:\.\/)+/, "");
}

function standsIn(text: string, path: string): boolean {
  for (let at = text.indexOf(path); at !== -1; at = text.indexOf(path, at + 1)) {
    const end = at + path.length;
    if (isBetween.test(text.slice(Math.max(0, at - 1), at)) && isBetween.test(text.slice(end, end + 1)))
      return true;
  }
  return false;
}
