import type { ProgramFacts } from "../phases/5-build/binaries.js";

/** What a program needs of the server, in words. */
export function kindOfProgram(facts: ProgramFacts): string {
  if (facts.kind === "script") {
    return `a script for ${facts.interpreter}${facts.major === undefined ? "" : ` ${facts.major} or later`}`;
  }
  if (facts.interpreter === undefined) return "linked statically";
  const libraries = facts.needed.length === 0 ? "no library" : facts.needed.join(", ");
  return `needs ${libraries}${facts.glibc === undefined ? "" : `, glibc ${facts.glibc} or later`}`;
}
