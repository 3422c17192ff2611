import type { Origin } from "../../diagnostics/diagnostic.js";
import type { Change, ValueChange } from "../../manifest/comparison.js";
import type { CompiledSide } from "./compile-side.js";
import { Origins } from "./origins.js";

/** What has caused a change: a place in a file, a `--set`, a plugin, or why the placement is as it is. */
export interface Cause {
  readonly file?: string;
  /** From 1, as the column. */
  readonly line?: number;
  readonly column?: number;
  readonly set?: string;
  readonly plugin?: string;
  readonly hook?: string;
  /** Of a file what it was rendered from. */
  readonly template?: string;
  /** One sentence. */
  readonly reason?: string;
}

/** A cause whose place is looked for when it is asked for: that takes long where there are many. */
export interface FoundCause {
  /** The same for the same place. */
  readonly key: string;
  cause(): Cause;
  /** It says where a file is declared: what has changed it is perhaps elsewhere. */
  readonly isDeclaration?: boolean;
}

/** Says of changes what caused them, as far as their side is a topology: of what is there now the new one, else the old one. */
export class Causes {
  readonly #before: PlacedOrigins | undefined;
  readonly #after: PlacedOrigins | undefined;

  constructor(before: CompiledSide | undefined, after: CompiledSide | undefined) {
    this.#before = before && new PlacedOrigins(before);
    this.#after = after && new PlacedOrigins(after);
  }

  /** What an entity that came or went is declared by; of a file in any case where its path stands. */
  ofChange(change: Change): FoundCause | undefined {
    if (change.change === "removed") return this.#before?.ofEntity(change);
    if (change.change === "added") return this.#after?.ofEntity(change);
    return change.kind === "file" ? this.#ofFile(change) : undefined;
  }

  /** The template is not blamed where both sides have the same. */
  #ofFile(change: Change): FoundCause | undefined {
    const [old, own] = [this.#before, this.#after].map((side) => side?.sourceOf(change));
    const found = this.#after?.ofEntity(change, old === undefined || old !== own);
    return found && { ...found, isDeclaration: true };
  }

  ofValue(change: Change, value: ValueChange): FoundCause | undefined {
    const [old, own] = [this.#before, this.#after].map(
      (side) => value.key && side?.ofValue(change, value.key),
    );
    // What is written no more may have left a value behind: of the baseline, or a default.
    return (value.after === undefined ? old : (own ?? old)) ?? this.#after?.ofPlacement(change, value);
  }
}

/** The origins of one side, with their places; a place that many share is looked for once. */
class PlacedOrigins {
  readonly #side: CompiledSide;
  readonly #origins: Origins;
  readonly #known = new Map<string, Cause>();

  constructor(side: CompiledSide) {
    this.#side = side;
    this.#origins = new Origins(side.rendering);
  }

  /** What the template of a file says; undefined where it has none. */
  sourceOf(change: Change): string | undefined {
    const source = this.#origins.templateOf(change);
    return source === undefined ? undefined : this.#side.read(source);
  }

  ofEntity(change: Change, withTemplate = true): FoundCause | undefined {
    const found = this.#found(this.#origins.ofEntity(change));
    const source = change.kind === "file" && withTemplate ? this.#origins.templateOf(change) : undefined;
    if (found === undefined || source === undefined) return found;
    const template = this.#side.shown(source);
    return { key: found.key, cause: () => ({ ...found.cause(), template }) };
  }

  ofValue(change: Change, key: readonly (string | number)[]): FoundCause | undefined {
    return this.#found(this.#origins.ofValue(change, key));
  }

  /** What nobody has written follows from where nodes sit. */
  ofPlacement({ change, subject }: Change, { what }: ValueChange): FoundCause | undefined {
    const { node, link } = subject;
    const isMoved = change === "moved" && what === "phynode" && node !== undefined;
    const isOtherKind = link !== undefined && what === "kind";
    const reason = isMoved
      ? this.#origins.reasonOf(node)
      : isOtherKind
        ? this.#origins.reasonOfKind(link)
        : undefined;
    return reason === undefined ? undefined : { key: reason, cause: () => ({ reason }) };
  }

  #found(origin: Origin | undefined): FoundCause | undefined {
    if (origin === undefined) return undefined;
    const key = JSON.stringify(origin);
    return {
      key,
      cause: () => {
        const cause = this.#known.get(key) ?? this.#causeOf(origin);
        this.#known.set(key, cause);
        return cause;
      },
    };
  }

  #causeOf(origin: Origin): Cause {
    if ("set" in origin) return { set: origin.set };
    if ("plugin" in origin) return { plugin: origin.plugin, hook: origin.hook };
    const { locate, shown } = this.#side;
    const place = locate(origin);
    const file = shown(origin.file);
    return place === undefined ? { file } : { file, line: place.line, column: place.column };
  }
}

/** For a person: `topology.toml:12`. */
export function causeText(found: FoundCause): string {
  const cause = found.cause();
  const declared = found.isDeclaration ? `declared ${cause.file === undefined ? "by" : "at"} ` : "";
  const place = `${declared}${placeText(cause)}`;
  return cause.template === undefined ? place : `${cause.template}, ${place}`;
}

function placeText({ file, line, set, plugin, hook, reason }: Cause): string {
  if (file !== undefined) return line === undefined ? file : `${file}:${line}`;
  if (set !== undefined) return `--set ${set}`;
  return plugin === undefined ? (reason ?? "") : `plugin ${plugin}, hook ${hook}`;
}
