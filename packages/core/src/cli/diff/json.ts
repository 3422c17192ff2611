import type { Change } from "../../manifest/comparison.js";
import type { ManifestFile } from "../../manifest/manifest.js";
import type { Cause } from "./causes.js";
import { countsOf, type Difference } from "./difference.js";
import type { FileDifference, FileDifferences } from "./file-patches.js";
import type { Side } from "./side.js";

/** For a script: all of it, by the schema in docs/diff.md; with `stat` the counts and what it takes alone. */
export function differenceAsJson(difference: Difference, files: FileDifferences, isStat: boolean): object {
  const { before, after, phynode, notes, comparison, servers } = difference;
  return {
    same: comparison.changes.length === 0,
    old: sideAsJson(before),
    new: sideAsJson(after),
    ...(phynode !== undefined && { phynode }),
    notes,
    counts: Object.fromEntries(countsOf(comparison.changes)),
    ...(!isStat && { changes: comparison.changes.map((change) => changeAsJson(change, difference, files)) }),
    effect: comparison.effect,
    servers,
  };
}

function sideAsJson({ name, kind, manifest }: Side): object {
  return { name, kind, lab: manifest.lab, dune: manifest.dune };
}

function changeAsJson(change: Change, { causes }: Difference, files: FileDifferences): object {
  const { kind, name, change: way, subject, values, note, effect } = change;
  const file = files.get(change);
  return {
    kind,
    name,
    change: way,
    subject,
    values: values.map((value) => {
      const { what, before, after, key } = value;
      const cause = causes.ofValue(change, value)?.cause();
      return { what, ...present({ before, after, key, cause }) };
    }),
    ...present({ cause: causes.ofChange(change)?.cause() satisfies Cause | undefined, note }),
    ...(file && { content: contentAsJson(file) }),
    effect,
  };
}

function contentAsJson({ before, after, patch, unshown }: FileDifference): object {
  const facts = (file: ManifestFile | undefined) => file && { sha256: file.sha256, size: file.size };
  return present({ before: facts(before), after: facts(after), patch, unshown });
}

function present(table: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(table).filter(([, value]) => value !== undefined));
}
