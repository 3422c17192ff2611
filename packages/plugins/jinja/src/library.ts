import { Environment, type FindFile, type Outcome, type Settings } from "./environment.js";
import { templateName } from "./file-names.js";
import { prepare } from "./prepare.js";
import { MappedSource, type SourceFile } from "./source-map.js";

/** The templates of a compilation, and the minijinja that they share. */
export class Library {
  readonly environment: Environment;
  readonly #sources = new Map<string, MappedSource>();
  #find: FindFile = (name) => name;

  constructor(settings: Settings) {
    this.environment = new Environment(settings, (...call) => this.#find(...call));
  }

  /** What minijinja has, by the template's name. */
  get sources(): ReadonlyMap<string, MappedSource> {
    return this.#sources;
  }

  /** Adds a file: as a part of others, or as a template by itself. */
  add(file: SourceFile, isPart: boolean): Outcome<undefined> {
    const name = templateName(file.path, isPart);
    // As it is, first: what is wrong with it minijinja says in terms of the user's own text.
    const plain = this.#add(name, new MappedSource([{ text: file.text, file, offset: 0 }]), isPart);
    return plain.ok ? this.#add(name, prepare(file), isPart) : plain;
  }

  #add(name: string, source: MappedSource, isPart: boolean): Outcome<undefined> {
    this.#sources.set(name, source);
    return this.environment.add(name, source.text, !isPart);
  }

  /** Renders a template whose names of files are found by `find`. */
  render(
    name: string,
    values: Readonly<Record<string, unknown>>,
    find: FindFile,
    isExact: boolean,
  ): Outcome<string> {
    this.#find = find;
    return this.environment.render(name, values, isExact);
  }
}
