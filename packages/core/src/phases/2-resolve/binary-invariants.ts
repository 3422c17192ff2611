import { ownBuilders } from "../../builders/own-builders.js";
import { parseBinaryName } from "../../values/names.js";
import { builderNames } from "./builder-languages.js";
import { isSorted } from "./is-sorted.js";
import { misshapenField } from "./shape.js";
import type { Binary, Node, Topology } from "./topology.js";

/** What a topology promises of its programs, checked again after every plugin; says what is broken. */
export function brokenBinaries({ binaries, toolchains, document }: Topology): string | undefined {
  if (!isSorted(binaries.map(({ name }) => name))) return "binaries must be sorted by name, each once";
  if (!isSorted(toolchains.map(({ platform }) => platform.text)))
    return "toolchains must be sorted by platform, each once";
  const builders = new Set(builderNames(document.plugins));
  for (const binary of binaries) {
    const wrong = binary.change === undefined ? undefined : brokenBinary(binary, builders);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function brokenBinary({ name, builder, options }: Binary, builders: ReadonlySet<string>): string | undefined {
  const valid = parseBinaryName(name);
  if (!valid.ok) return valid.message;
  const label = `binary "${name}"`;
  if (!builders.has(builder)) return `${label} wants the builder "${builder}", which does not exist`;
  // The schemas of dune's own give what they take; what a plugin's give only its builder knows.
  const keys = Object.hasOwn(ownBuilders, builder) ? ownBuilders[builder]?.keys : undefined;
  return misshapenField(keys ?? {}, `options of ${label}`, options);
}

/** What is wrong with the programs that a node lists. */
export function brokenList({ name, binaries }: Node, known: ReadonlySet<string>): string | undefined {
  if (!isSorted(binaries)) return `binaries of node "${name}" must be sorted, each once`;
  const stray = binaries.find((binary) => !known.has(binary));
  return stray === undefined
    ? undefined
    : `node "${name}" wants the program "${stray}", which does not exist`;
}
