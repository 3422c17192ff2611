import type { Build } from "../phases/5-build/binaries.js";
import type { Palette } from "./colours.js";
import { kindOfProgram } from "./kind-of-program.js";
import { sizeText } from "./size-text.js";
import { firstOf } from "./table.js";

/** A table with a line for each program and platform. */
export function programRows(
  builds: readonly Build[],
  isBuiltTwice: boolean,
  { dim }: Palette,
): readonly (readonly string[])[] {
  const rows = builds.map(({ binary, platform, phynodes, program, isFresh }) => [
    binary.name,
    platform.text,
    firstOf(phynodes, 3),
    program === undefined ? "" : sizeText(program.size),
    program === undefined ? "" : kindOfProgram(program.facts),
    dim(isBuiltTwice ? "built twice, the same bytes" : isFresh ? "" : "as built before"),
  ]);
  return [["program", "platform", "for", "size"].map(dim), ...rows];
}
