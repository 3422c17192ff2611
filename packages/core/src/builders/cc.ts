import micromatch from "micromatch";
import { z } from "zod";
import { must } from "../phases/1-parse/expectation.js";
import { texts } from "../phases/2-resolve/schema-values.js";
import type { BuildCommand, Builder, BuildRefusal, BuildRequest, Recipe } from "./builder.js";
import { cCompiler, cxxCompiler, prefixMap } from "./c-toolchain.js";
import { textsOption } from "./option.js";
import { refuseOutput } from "./refuse-output.js";
import { wordsOf } from "./target.js";

const flags = z
  .array(z.string().regex(/^(?!-.*\s-)[\s\S]/, must('one argument each: "-O2", "-Wall"')))
  .meta({ expected: "a list of texts" });
const libs = z
  .array(z.string().regex(/^[^-]/, must('the name of a library: "m" for -lm')))
  .meta({ expected: "a list of texts" });

/** Files in C or C++, compiled and linked. */
export const cc: Builder = {
  keys: {
    files: texts
      .optional()
      .meta({ description: "Globs of the files to compile, C or C++ by ending", default: ["*.c"] }),
    flags: flags
      .optional()
      .meta({ description: "Arguments for the compiler and the linker", default: ["-O2"] }),
    libs: libs.optional().meta({ description: "Libraries to link: m is -lm", examples: [["m"]] }),
  },
  inputs: ["**/*.{c,h,C,cc,cpp,cxx,c++,H,hh,hpp,hxx,inc,inl,ipp,S,s}"],
  plan,
};

const cxxEnding = /\.(C|cc|cpp|cxx|c\+\+)$/;
/** What the linker has read, as a rule for make. */
const linked = "dune-link.d";

/** Whether there is C++ among the files. */
export function hasCxx(files: readonly string[]): boolean {
  return files.some((file) => cxxEnding.test(file));
}

function plan({ binary, target, files }: BuildRequest): Recipe | BuildRefusal {
  const refusal = refuseOutput(binary);
  if (refusal !== undefined) return refusal;
  const globs = textsOption(binary, "files") ?? ["*.c"];
  const flags = textsOption(binary, "flags") ?? ["-O2"];
  const libs = textsOption(binary, "libs") ?? [];
  const sources = micromatch([...files], [...globs], { dot: true }).map(asWord);
  const idle = globs.filter(
    (glob) => !glob.startsWith("!") && micromatch([...files], glob, { dot: true }).length === 0,
  );
  if (idle.length > 0 || sources.length === 0)
    return nothingToCompile(binary.source, idle.length > 0 ? idle : globs, files);
  const elsewhere = flags.findIndex((flag) => flag.startsWith("@"));
  if (elsewhere >= 0) return flagsOfFile(flags, elsewhere);

  const isCxx = hasCxx(sources);
  const always = [prefixMap, ...flags];
  const compile = (file: string): BuildCommand => ({
    argv: [
      ...wordsOf(cxxEnding.test(file) ? target.cxx : target.cc),
      ...always,
      ...["-MD", "-MF", `${file}.d`, "-c", file, "-o", `${file}.o`],
    ],
  });
  const link: BuildCommand = {
    argv: [
      ...wordsOf(isCxx ? target.cxx : target.cc),
      ...always,
      ...(binary.isStatic ? ["-static"] : []),
      // It tells which libraries it has linked: by binutils of 2.35 or later, or lld of 12.
      `-Wl,--dependency-file=${linked}`,
      ...["-o", "{{out}}", ...sources.map((file) => `${file}.o`), ...libs.map((lib) => `-l${lib}`)],
    ],
  };
  return {
    commands: [...sources.map(compile), link],
    needs: [
      ...(sources.every((file) => cxxEnding.test(file)) ? [] : [cCompiler(target, binary.isStatic)]),
      ...(isCxx ? [cxxCompiler(target, binary.isStatic)] : []),
    ],
    reads: { files: "**/*.d", format: "make" },
  };
}

/** Nobody would know when that file changes. */
function flagsOfFile(flags: readonly string[], index: number): BuildRefusal {
  return {
    refused: `the flag "${flags[index]}" takes other flags from a file`,
    hint: "write them into flags themselves",
    path: ["flags", index],
  };
}

/** A compiler takes one for an option that begins like one. */
function asWord(file: string): string {
  return /^[-@]/.test(file) ? `./${file}` : file;
}

function nothingToCompile(source: string, globs: readonly string[], files: readonly string[]): BuildRefusal {
  const ending = files.map((file) => /\.(c|C|cc|cpp|cxx|c\+\+)$/.exec(file)?.[0]).find((found) => found);
  return {
    refused: `no file in ${source} matches ${globs.map((glob) => `"${glob}"`).join(", ")}`,
    hint:
      ending === undefined
        ? "name the files to compile by globs from source, in files"
        : `name the files to compile by globs from source, e.g. files = ["**/*${ending}"]`,
    path: ["files"],
  };
}
