import { z } from "zod";
import { nearest } from "../../diagnostics/near.js";
import type { Reporter } from "../../diagnostics/reporter.js";
import { parseBinaryName } from "../../values/names.js";
import { printKeyPath } from "../1-parse/key-path.js";
import { type EntityPlace, type Locate, readEntity, reportUnknownKey } from "../1-parse/read-entity.js";
import type { BuilderLanguage } from "./builder-languages.js";
import type { Fragment } from "./fragment.js";
import type { Fragments } from "./fragments.js";
import type { Language } from "./language.js";
import { merge, originOf } from "./merge.js";
import { binaryShape } from "./schema-binary.js";
import type { Binary } from "./topology.js";
import { onUnsetNothing } from "./unset.js";

/** How long a build may take where `timeout` is not given. */
const defaultTimeoutNs = 30 * 60_000_000_000;

/** The programs, sorted by name. */
export function resolveBinaries(
  declared: Fragments["binaries"],
  language: Language,
  reporter: Reporter,
): readonly Binary[] {
  const names = [...declared.keys()].sort();
  return names.flatMap((name) => {
    const fragments = declared.get(name) ?? [];
    const valid = parseBinaryName(name);
    if (!valid.ok) {
      const { message, hint } = valid;
      const at = originOf(fragments, [], "key");
      reporter.report("resolve/bad-name", { message, at, ...(hint && { hint }) });
    }
    return resolveBinary(name, fragments, language, reporter) ?? [];
  });
}

/** Its builder is read first: that decides which keys there are. */
function resolveBinary(
  name: string,
  fragments: readonly Fragment[],
  { builders }: Language,
  reporter: Reporter,
): Binary | undefined {
  const label = `binary "${name}"`;
  const locate: Locate = (path, target) => originOf(fragments, path, target);
  const place = { label, locate };
  const table = merge(fragments, onUnsetNothing(label, reporter));
  const meant = "builder" in table ? undefined : nearest("builder", strangers(table));
  if (meant !== undefined) {
    reportUnknownKey(meant, ["builder"], label, locate([meant], "key"), reporter);
    return undefined;
  }
  const named = readEntity(z.object({ builder: binaryShape.builder }), table, place, reporter);
  if (named === undefined) return undefined;
  const builder = builders.get(named.builder);
  if (builder === undefined) return reportUnknownBuilder(named.builder, builders, place, reporter);
  const given = readEntity(builder.schema, table, place, reporter);
  if (given === undefined) return undefined;
  const { source = ".", inputs, output, environ = {}, tools, timeout = defaultTimeoutNs } = given;
  return {
    name,
    fragments,
    builder: named.builder,
    source,
    ...(inputs !== undefined && { inputs }),
    ...(output !== undefined && { output }),
    environ: Object.keys(environ)
      .sort()
      .map((variable) => ({ name: variable, value: environ[variable] as string })),
    ...(tools && { tools }),
    isStatic: given.static ?? true,
    timeoutNs: timeout,
    options: builder.optionsOf(given),
  };
}

/** Keys that no binary has, unless its builder brings them. */
function strangers(table: object): readonly string[] {
  return Object.keys(table).filter((key) => !Object.hasOwn(binaryShape, key));
}

function reportUnknownBuilder(
  builder: string,
  builders: ReadonlyMap<string, BuilderLanguage>,
  { label, locate }: EntityPlace,
  reporter: Reporter,
): undefined {
  const names = [...builders.keys()].sort();
  const near = nearest(builder, names);
  reporter.report("resolve/unknown-builder", {
    message: `${label} wants the builder "${builder}", which does not exist`,
    at: locate(["builder"]),
    hint: near === undefined ? `there are: ${names.join(", ")}` : `did you mean "${near}"?`,
  });
}

/** The programs that a node lists, sorted; each must be one of `names`. */
export function readNodeBinaries(
  given: readonly string[],
  names: readonly string[],
  { label, locate }: EntityPlace,
  reporter: Reporter,
): readonly string[] {
  for (const [index, name] of given.entries()) {
    if (names.includes(name)) continue;
    const near = nearest(name, names);
    reporter.report("resolve/unknown-binary", {
      message: `${label} wants the program "${name}", which is not declared`,
      at: locate(["binaries", index]),
      hint: near === undefined ? `declare it: [binaries.${printKeyPath([name])}]` : `did you mean "${near}"?`,
    });
  }
  return [...new Set(given)].sort();
}
