import type { Path } from "./diagnostic.js";
import type { Span } from "./toml-scanner.js";
import {
  findStatements,
  findValue,
  isEndOfItems,
  readKey,
  skipAssignment,
  skipSeparators,
  skipValue,
} from "./toml-scanner.js";
import { decodeTomlString } from "./toml-string.js";

/** Where a path stands. Not `exact`: the path does not exist, this is the key of its longest prefix that does. */
export interface TomlPlace extends Span {
  readonly exact: boolean;
}

/** How the document names a table, an array or a value. */
type Naming =
  /** In passing, on the way to something deeper: the table is implicit. */
  | { readonly kind: "mention"; readonly key: Span }
  /** `[whole]` or `[[whole]]`. */
  | { readonly kind: "header"; readonly key: Span; readonly whole: Span }
  | { readonly kind: "assignment"; readonly key: Span; readonly valueAt: number }
  /** An element of an array that is written as a value. */
  | { readonly kind: "element"; readonly valueAt: number };

/** A table, an array or a value of the document; the document itself has no naming. */
interface Item {
  naming: Naming | undefined;
  /** By key, or by number for what is in an array. */
  readonly below: Map<string | number, Item>;
  /** How many elements an array of tables has so far; 0 of anything else. */
  elementCount: number;
  /** Whether `below` has what is in a value, too. */
  isRead: boolean;
}

/** Where everything stands in a TOML 1.1 document that smol-toml has accepted. Of another text it says something, and ends. */
export class TomlIndex {
  readonly #source: string;
  readonly #document: Item = itemOf(undefined);

  constructor(source: string) {
    this.#source = source;
    let table = this.#document;
    for (const at of findStatements(source)) {
      if (source[at] === "[") table = this.#addHeader(at);
      else this.#addAssignment(table, at);
    }
  }

  /**
   * Finds the text of a path.
   * `key`: the last key segment; for an element of an array its value, for one of an array of tables its header's last segment.
   * `value`: the value; for a table made by a header the header's whole key; for an implicit table the first segment that names it.
   * A definition goes before a mention, wherever it stands. Undefined if not even the first segment exists.
   */
  find(path: Path, target: "key" | "value"): TomlPlace | undefined {
    let item = this.#document;
    let depth = 0;
    for (const step of path) {
      const next = this.#below(item).get(step);
      if (next === undefined) break;
      item = next;
      depth++;
    }
    if (item.naming === undefined) return undefined;
    const exact = depth === path.length;
    return { ...this.#spanOf(item.naming, exact ? target : "key"), exact };
  }

  /** The table that the header is of. */
  #addHeader(at: number): Item {
    const isArray = this.#source[at + 1] === "[";
    const segments = readKey(this.#source, at + (isArray ? 2 : 1));
    const whole = { start: segments[0]?.start ?? at, end: segments.at(-1)?.end ?? at };
    let item = this.#document;
    for (const [index, key] of segments.entries()) {
      const isLast = index === segments.length - 1;
      const naming: Naming = isLast ? { kind: "header", key, whole } : { kind: "mention", key };
      item = named(item, this.#text(key), naming);
      if (isLast && isArray) item.elementCount++;
      // A key that names an array of tables stands for its last element.
      if (item.elementCount > 0) item = named(item, item.elementCount - 1, naming);
    }
    return item;
  }

  #addAssignment(table: Item, at: number): void {
    const segments = readKey(this.#source, at);
    const valueAt = findValue(this.#source, segments.at(-1)?.end ?? at);
    let item = table;
    for (const [index, key] of segments.entries()) {
      const isLast = index === segments.length - 1;
      item = named(
        item,
        this.#text(key),
        isLast ? { kind: "assignment", key, valueAt } : { kind: "mention", key },
      );
    }
  }

  /** What is in a value is read when it is first asked for: most never are. */
  #below(item: Item): Item["below"] {
    if (!item.isRead && item.naming !== undefined && "valueAt" in item.naming) {
      item.isRead = true;
      this.#readValue(item, item.naming.valueAt);
    }
    return item.below;
  }

  #readValue(item: Item, valueAt: number): void {
    const source = this.#source;
    const isTable = source[valueAt] === "{";
    if (!isTable && source[valueAt] !== "[") return;
    let at = skipSeparators(source, valueAt + 1);
    for (let index = 0; !isEndOfItems(source, at); index++) {
      if (isTable) this.#addAssignment(item, at);
      else named(item, index, { kind: "element", valueAt: at });
      at = skipSeparators(source, isTable ? skipAssignment(source, at) : skipValue(source, at));
    }
  }

  #spanOf(naming: Naming, target: "key" | "value"): Span {
    if (naming.kind === "mention") return naming.key;
    if (naming.kind === "header") return target === "key" ? naming.key : naming.whole;
    if (naming.kind === "assignment" && target === "key") return naming.key;
    return { start: naming.valueAt, end: skipValue(this.#source, naming.valueAt) };
  }

  #text(key: Span): string {
    const first = this.#source[key.start];
    const isQuoted = first === '"' || first === "'";
    return isQuoted ? decodeTomlString(this.#source, key) : this.#source.slice(key.start, key.end);
  }
}

function itemOf(naming: Naming | undefined): Item {
  return { naming, below: new Map(), elementCount: 0, isRead: false };
}

/** The item at that step, by its first definition; as long as there is none, by its first mention. */
function named(parent: Item, step: string | number, naming: Naming): Item {
  const known = parent.below.get(step);
  if (known === undefined) {
    const item = itemOf(naming);
    parent.below.set(step, item);
    return item;
  }
  if (known.naming?.kind === "mention" && naming.kind !== "mention") known.naming = naming;
  return known;
}
