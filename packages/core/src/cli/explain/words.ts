import type { Path } from "../../diagnostics/diagnostic.js";
import type { TomlValue } from "../../phases/1-parse/document.js";
import { isTable } from "../../phases/2-resolve/merge.js";

/** A part of a path as typed. One without quotes may be only a part of a key: shells take quotes away. */
export interface Word {
  readonly text: string;
  readonly quoted: boolean;
}

/** Parts a typed path at its dots and `[n]`; undefined where it is none. */
export function parseWords(text: string): readonly Word[] | undefined {
  const words: Word[] = [];
  const pattern = /(?:^|\.)(?:"([^"]*)"|'([^']*)'|([^."'[\]]+))|\[(\d+)\]/y;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (match === null) return undefined;
    const [, double, single, bare, index] = match;
    const quoted = double ?? single;
    words.push(
      quoted === undefined ? { text: bare ?? index ?? "", quoted: false } : { text: quoted, quoted: true },
    );
  }
  return words.length === 0 ? undefined : words;
}

/** The longest key that the words begin with, and the words behind it. */
export function takeKey(
  words: readonly Word[],
  keys: readonly string[],
): { key: string; rest: readonly Word[] } | undefined {
  const [first] = words;
  for (let count = first?.quoted ? 1 : words.length; count > 0; count--) {
    const key = textOf(words.slice(0, count));
    if (keys.includes(key)) return { key, rest: words.slice(count) };
  }
  return undefined;
}

export function textOf(words: readonly Word[]): string {
  return words.map(({ text }) => text).join(".");
}

export type Walk =
  | { readonly found: true; readonly path: Path; readonly value: TomlValue }
  | {
      readonly found: false;
      readonly path: Path;
      readonly rest: readonly Word[];
      readonly keys: readonly string[];
    };

/** Follows words through tables and lists. An item of a list is named by its index, or by the `name` that it has. */
export function walk(words: readonly Word[], value: TomlValue, path: Path = []): Walk {
  const [first, ...others] = words;
  if (first === undefined) return { found: true, path, value };
  if (Array.isArray(value)) {
    const index = /^\d+$/.test(first.text)
      ? Number(first.text)
      : value.findIndex((item) => isTable(item) && item.name === first.text);
    const item: TomlValue | undefined = value[index];
    if (item !== undefined) return walk(others, item, [...path, index]);
    return { found: false, path, rest: words, keys: value.map((_, position) => String(position)) };
  }
  const keys = isTable(value) ? Object.keys(value) : [];
  const taken = takeKey(words, keys);
  if (taken === undefined || !isTable(value)) return { found: false, path, rest: words, keys };
  return walk(taken.rest, value[taken.key] as TomlValue, [...path, taken.key]);
}
