import type { Environment as Minijinja } from "minijinja-js";
import { addressFilters } from "./address-filters.js";
import { type Failure, readFailure } from "./failure.js";
import { emptyTemplate } from "./file-names.js";
import { newMinijinja } from "./minijinja.js";
import { wordsOf } from "./tags.js";
import { withUpstreamNames } from "./upstream-names.js";

/** How templates are read, as the topology sets it. */
export interface Settings {
  readonly trim_blocks: boolean;
  readonly lstrip_blocks: boolean;
}

export type Outcome<T> = { readonly ok: true; readonly value: T } | Bad;

export type Bad =
  | { readonly ok: false; readonly failure: Failure }
  /** It has no place. `isBroken`: minijinja itself broke down, e.g. for want of memory. */
  | { readonly ok: false; readonly message: string; readonly isBroken: boolean };

/**
 * Told what a template names, in which file, and whether to include it; returns the name of the template that minijinja is
 * to look for.
 */
export type FindFile = (name: unknown, from: unknown, isPart: unknown) => unknown;

/** How much a template may do: some seconds. A loop over a lab of 10,000 nodes needs a thousandth of it. */
export const maxSteps = 100_000_000;

interface Source {
  readonly text: string;
  readonly keepsNewline: boolean;
}

/** minijinja with all templates of a compilation; made anew when it breaks down. */
export class Environment {
  readonly #settings: Settings;
  readonly #findFile: FindFile;
  readonly #sources = new Map<string, Source>();
  /** What any template names; minijinja gets a copy of these values only. */
  readonly #words = new Set<string>();
  #copied = new Map<string, unknown>();
  #minijinja: Minijinja | undefined;
  /** Why a filter failed, while a template is rendered: a throw in a filter would break minijinja. */
  #filterFault: string | undefined;

  constructor(settings: Settings, findFile: FindFile) {
    this.#settings = settings;
    this.#findFile = findFile;
  }

  /** Adds a template. minijinja drops the newline at its end where it is not to be kept. */
  add(name: string, text: string, keepsNewline: boolean): Outcome<undefined> {
    const source = { text, keepsNewline };
    const added = this.replace(name, source);
    if (added.ok) {
      this.#sources.set(name, source);
      for (const word of wordsOf(text)) this.#words.add(word);
    }
    return added;
  }

  /** Puts another text in the place of a template, until it is restored. */
  replace(name: string, source: Source): Outcome<undefined> {
    return this.#try((minijinja) => addTo(minijinja, name, source));
  }

  restore(name: string): void {
    const source = this.#sources.get(name);
    if (source !== undefined) this.replace(name, source);
  }

  has(name: string): boolean {
    return this.#sources.has(name);
  }

  /**
   * Renders a template that was added. A value stays in minijinja until another takes its place: the whole lab is copied
   * once. An exact failure has its columns and the variables there, which may be much text.
   */
  render(name: string, values: Readonly<Record<string, unknown>>, isExact: boolean): Outcome<string> {
    this.#filterFault = undefined;
    return this.#try((minijinja) => {
      minijinja.debug = isExact;
      this.#copy(values, minijinja);
      return minijinja.renderTemplate(name, {});
    });
  }

  /** What a filter found wrong in the last rendering. */
  get filterFault(): string | undefined {
    return this.#filterFault;
  }

  #copy(values: Readonly<Record<string, unknown>>, minijinja: Minijinja): void {
    for (const name of this.#copied.keys()) {
      if (Object.hasOwn(values, name)) continue;
      minijinja.removeGlobal(name);
      this.#copied.delete(name);
    }
    for (const [name, value] of Object.entries(values)) {
      if (!this.#words.has(name)) continue;
      if (this.#copied.has(name) && this.#copied.get(name) === value) continue;
      const strange = strangerIn(value);
      if (strange !== undefined)
        throw new Error(`"${name}" has ${strange} in it, which Jinja cannot take: it takes plain data`);
      try {
        minijinja.addGlobal(name, name === "ifaces" ? withUpstreamNames(value) : value);
      } catch (error) {
        throw new Error(`the value of "${name}" cannot be given to Jinja: ${messageOf(error)}`);
      }
      this.#copied.set(name, value);
    }
  }

  #try<T>(call: (minijinja: Minijinja) => T): Outcome<T> {
    this.#minijinja ??= this.#make();
    try {
      return { ok: true, value: call(this.#minijinja) };
    } catch (error) {
      const failure = readFailure(messageOf(error));
      if (failure !== undefined) return { ok: false, failure };
      const isBroken = isBreakdown(error);
      if (isBroken) this.#minijinja = undefined;
      return { ok: false, message: messageOf(error), isBroken };
    }
  }

  #make(): Minijinja {
    const minijinja = newMinijinja();
    minijinja.undefinedBehavior = "strict";
    minijinja.fuel = maxSteps;
    minijinja.trimBlocks = this.#settings.trim_blocks;
    minijinja.lstripBlocks = this.#settings.lstrip_blocks;
    minijinja.enablePyCompat();
    minijinja.addFilter("dune_file", this.#findFile);
    for (const [name, filter] of Object.entries(addressFilters))
      minijinja.addFilter(name, this.#guarded(filter));
    addTo(minijinja, emptyTemplate, { text: "", keepsNewline: false });
    for (const [name, source] of this.#sources) addTo(minijinja, name, source);
    this.#copied = new Map();
    return minijinja;
  }

  /** What minijinja cannot take as a filter's result it reports at the filter's place, which only it knows. */
  #guarded(filter: (...values: readonly unknown[]) => unknown): (...values: readonly unknown[]) => unknown {
    return (...values) => {
      try {
        return plain(filter(...values));
      } catch (error) {
        this.#filterFault = messageOf(error);
        return Symbol("fault");
      }
    };
  }
}

/** What a plugin's value has that is no plain data; dune's own is frozen, and plain. */
function strangerIn(value: unknown): string | undefined {
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return undefined;
  const prototype = Object.getPrototypeOf(value);
  const isPlain = prototype === Object.prototype || prototype === null || Array.isArray(value);
  if (!isPlain) return `an object of ${value.constructor?.name || "a class"}`;
  for (const inner of Object.values(value)) {
    const found = strangerIn(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

function addTo(minijinja: Minijinja, name: string, { text, keepsNewline }: Source): undefined {
  minijinja.debug = true;
  minijinja.keepTrailingNewline = keepsNewline;
  minijinja.addTemplate(name, text);
}

/** WebAssembly's error, for a panic, or JavaScript's own, for a full stack: what was running cannot go on. */
function isBreakdown(error: unknown): boolean {
  return error instanceof Error && (error.name === "RuntimeError" || error instanceof RangeError);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** minijinja gives filters tables as Maps, but takes plain objects only. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!(value instanceof Map)) return value;
  return Object.fromEntries([...value].map(([key, inner]) => [key, plain(inner)]));
}
