import type { Path } from "../../diagnostics/diagnostic.js";
import { abbreviated, nearest } from "../../diagnostics/near.js";
import type { ReadSource } from "../../diagnostics/place.js";
import type { TomlValue } from "../../phases/1-parse/document.js";
import { printKeyPath } from "../../phases/1-parse/key-path.js";
import { merge } from "../../phases/2-resolve/merge.js";
import type { Topology } from "../../phases/2-resolve/topology.js";
import type { Placement } from "../../phases/3-allocate/placement.js";
import type { Build } from "../../phases/5-build/binaries.js";
import { exitCodes } from "../exit-codes.js";
import { Fault } from "../fault.js";
import { changedAt, changesOf } from "./changes.js";
import type { Fact } from "./fact.js";
import { factsOf } from "./facts.js";
import { type Row, removedAt, rowsOf } from "./history.js";
import { endKeys, endTexts, implicitReason, implicitValues, knownKeys } from "./implicit.js";
import { findSubject, type Subject } from "./subject.js";
import { parseWords, takeKey, textOf, type Walk, type Word, walk } from "./words.js";

/** The answer to one path. */
export interface Explanation {
  /** As it is best written. */
  readonly path: Path;
  /** The value in effect; undefined for a whole entity, and where nothing sets it. */
  readonly value?: TomlValue;
  /** What is known of an entity: where it sits and why. */
  readonly facts: readonly Fact[];
  readonly rows: readonly Row[];
  /** Why the value is what it is, where no layer gives it. */
  readonly note?: string;
}

export interface Explained {
  readonly topology: Topology;
  /** Undefined where allocation failed. */
  readonly placement?: Placement;
  /** Programs as they were looked up; undefined where that was not asked for, or failed. */
  readonly builds?: readonly Build[];
  readonly read: ReadSource;
}

/** Explains what a path names; a fault where it names nothing. */
export function explain(text: string, explained: Explained): Explanation {
  const words = parseWords(text);
  if (words === undefined) {
    throw new Fault(
      exitCodes.wrongInput,
      `"${text}" is not a path`,
      `write keys with dots between them, e.g. nodes.r0.exec[0] or 'nodes.r0.sysctls."net.ipv4.ip_forward"'`,
    );
  }
  const subject = findSubject(words, explained.topology);
  if (subject.rest.length === 0) return explainEntity(subject, explained);
  const changed = changedAt(subject, subject.rest, explained.topology, explained.read);
  if (changed !== undefined) return { ...changed, path: [...subject.path, ...changed.path], facts: [] };
  const end = subject.kind === "link" ? takeKey(subject.rest, endTexts(subject.link)) : undefined;
  if (end !== undefined && end.rest.length > 0) return explainEnd(subject, end.key, end.rest, explained);
  return explainValue(subject, subject.rest, explained);
}

function explainEntity(subject: Subject, explained: Explained): Explanation {
  const { path, fragments } = subject;
  const { keys, rows: changes } = changesOf(subject, explained.topology, explained.read);
  const merged = Object.entries(merge(fragments)).filter(([key]) => !keys.includes(key));
  const rows = merged.length === 0 ? [] : rowsOf(fragments, [], Object.fromEntries(merged), explained.read);
  return { path, facts: factsOf(subject, explained), rows: [...rows, ...changes] };
}

function explainValue(subject: Subject, words: readonly Word[], explained: Explained): Explanation {
  const { fragments } = subject;
  const found = walk(words, merge(fragments));
  if (found.found) {
    const { value } = found;
    const path = [...subject.path, ...found.path];
    const rows = [
      ...rowsOf(fragments, found.path, value, explained.read),
      ...overridesOf(subject, found.path, explained),
    ];
    return { path, value, facts: [], rows };
  }
  const implicit = walk(words, implicitValues(subject, explained.topology));
  const removed = removedAt(fragments, words, explained.read);
  if (implicit.found) {
    const path = [...subject.path, ...implicit.path];
    return {
      path,
      value: implicit.value,
      facts: [],
      rows: removed?.rows ?? [],
      note: implicitReason(subject, implicit.path),
    };
  }
  const [word, ...more] = words;
  if (removed !== undefined) {
    const path = [...subject.path, ...removed.path];
    return { path, facts: [], rows: removed.rows, note: "unset, and nothing sets it again" };
  }
  if (more.length === 0 && word !== undefined && knownKeys(subject).includes(word.text)) {
    return { path: [...subject.path, word.text], facts: [], rows: [], note: "nothing sets it" };
  }
  throw nothing(subject, implicit.path.length > found.path.length ? implicit : found);
}

/** A property of one direction of a link: the end's own, or the whole link's. */
function explainEnd(
  subject: Subject,
  end: string,
  words: readonly Word[],
  explained: Explained,
): Explanation {
  const { fragments } = subject;
  const merged = merge(fragments);
  const own = walk(words, (merged[end] as TomlValue | undefined) ?? {}, [end]);
  const both = walk(words, merged);
  const ownRows = own.found ? rowsOf(fragments, own.path, own.value, explained.read) : [];
  const bothRows = both.found ? rowsOf(fragments, both.path, both.value, explained.read) : [];
  const path = [...subject.path, end, ...words.map(({ text }) => text)];
  if (own.found) {
    const replaced = bothRows.map(
      (row): Row => ({ ...row, status: row.status === "set" ? "replaced" : row.status }),
    );
    return { path, value: own.value, facts: [], rows: [...ownRows, ...replaced] };
  }
  if (both.found)
    return { path, value: both.value, facts: [], rows: bothRows, note: "the link's, in both directions" };
  const implicit = walk([{ text: end, quoted: true }, ...words], implicitValues(subject, explained.topology));
  if (implicit.found)
    return { path, value: implicit.value, facts: [], rows: [], note: implicitReason(subject, implicit.path) };
  if (endKeys.includes(textOf(words))) return { path, facts: [], rows: [], note: "nothing sets it" };
  throw nothing(subject, { ...own, keys: [...own.keys, ...endKeys] });
}

/** Where a property of a link was asked for: the ends that have their own. */
function overridesOf(subject: Subject, path: Path, { read }: Explained): readonly Row[] {
  if (subject.kind !== "link" || path.length !== 1) return [];
  const merged = merge(subject.fragments);
  return endTexts(subject.link).flatMap((end) => {
    const own = walk(
      [
        { text: end, quoted: true },
        { text: String(path[0]), quoted: true },
      ],
      merged,
    );
    if (!own.found) return [];
    return rowsOf(subject.fragments, own.path, own.value, read).map((row) => ({
      ...row,
      name: `from ${end}`,
    }));
  });
}

function nothing(subject: Subject, { path, rest, keys }: Extract<Walk, { found: false }>): Fault {
  const known = path.length === 0 ? [...new Set([...keys, ...knownKeys(subject)])] : keys;
  const typed = rest[0]?.text ?? "";
  const near = nearest(textOf(rest), known) ?? nearest(typed, known);
  // `bin.probe` is short for the whole path.
  const whole = [...subject.path, ...path];
  const short = abbreviated(typed, known);
  const full = short === undefined ? [] : [short, ...rest.slice(1).map(({ text }) => text)];
  const meant = near === undefined ? full : [near];
  const where = whole.length === 0 ? "the topology" : printKeyPath(whole);
  const list =
    known.length === 0
      ? "it is a value, not a table"
      : `it has: ${known.slice(0, 12).join(", ")}${known.length > 12 ? ", …" : ""}`;
  const hint = meant.length === 0 ? list : `did you mean ${printKeyPath([...whole, ...meant])}?`;
  return new Fault(exitCodes.wrongInput, `${where} has no "${textOf(rest)}"`, hint);
}
