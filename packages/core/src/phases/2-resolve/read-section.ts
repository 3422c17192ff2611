import type { z } from "zod";
import type { Reporter } from "../../diagnostics/reporter.js";
import { type Locate, readEntity } from "../1-parse/read-entity.js";
import type { Fragment } from "./fragment.js";
import { merge, originOf } from "./merge.js";
import { onUnsetNothing } from "./unset.js";

/** `[infrastructure]` or `[topology]`: tables of entities, and beside them keys of its own. */
export interface Section {
  readonly label: string;
  readonly fragments: readonly Fragment[];
  /** Keys that are cut out and read elsewhere. */
  readonly tables: readonly string[];
}

/** Reads a section's own keys; nothing is given where something was reported. */
export function readSection<S extends z.ZodObject>(
  schema: S,
  { label, fragments, tables }: Section,
  reporter: Reporter,
): { given: Partial<z.output<S>>; locate: Locate } {
  const own = fragments.map((fragment) => {
    const fields = Object.entries(fragment.table).filter(([key]) => !tables.includes(key));
    return { ...fragment, table: Object.fromEntries(fields) };
  });
  const locate: Locate = (path, target) => originOf(own, path, target);
  const merged = merge(own, onUnsetNothing(label, reporter));
  const given = readEntity(schema, merged, { label, locate, alsoKnown: tables }, reporter);
  return { given: given ?? {}, locate };
}
