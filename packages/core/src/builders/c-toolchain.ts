import type { BuildTarget, Companion, ToolNeed } from "./builder.js";
import { wordsOf } from "./target.js";

/** Keeps the folder of a build out of what is compiled: `__FILE__`, debug information. */
export const prefixMap = "-ffile-prefix-map={{src}}=.";

const debianArches: Readonly<Record<string, string>> = {
  x86_64: "amd64",
  aarch64: "arm64",
  riscv64: "riscv64",
};

interface CNeeds {
  /** Whether there is C++ among the sources; default: it counts where a compiler for it is there. */
  readonly hasCxx?: boolean;
  readonly isStatic: boolean;
  /** Whether a build may work without any of it. */
  readonly isOptional?: boolean;
}

/** The tools of a C toolchain, with the C library that it links. */
export function cTools(
  target: BuildTarget,
  { hasCxx = false, isStatic, isOptional = false }: CNeeds,
): readonly ToolNeed[] {
  const optional = isOptional && { isOptional };
  const binutils = [target.ar, target.ranlib, target.strip].map((command): ToolNeed => {
    const [program] = wordsOf(command);
    return { command: program, install: installer(target, "binutils"), isOptional: true };
  });
  return [
    { ...cCompiler(target, isStatic), ...optional },
    { ...cxxCompiler(target, isStatic), ...(hasCxx ? optional : { isOptional: true }) },
    ...binutils,
  ];
}

/** The compiler of C with its library; other languages link by it. */
export function cCompiler(target: BuildTarget, isStatic: boolean): ToolNeed {
  return {
    ...compiler(target, target.cc, "gcc"),
    companions: [...parts(target.cc, "cc1"), ...cLibrary(target, target.cc, isStatic)],
  };
}

/** The compiler of C++ with the library of C. */
export function cxxCompiler(target: BuildTarget, isStatic: boolean): ToolNeed {
  return {
    ...compiler(target, target.cxx, "g++"),
    companions: [...parts(target.cxx, "cc1plus"), ...cLibrary(target, target.cxx, isStatic)],
  };
}

function compiler(target: BuildTarget, command: string, language: "gcc" | "g++"): ToolNeed {
  const [program] = wordsOf(command);
  const isOwn = program.endsWith(language) && !program.includes("/");
  const key = language === "gcc" ? "cc" : "cxx";
  const install = `install it, or name another as ${key} in [toolchains."${target.platform.text}"]`;
  return { command: program, install: isOwn ? installer(target, language) : install };
}

/** What a compiler starts: a new one of these makes another program, whatever the compiler says of its version. */
function parts(command: string, frontEnd: string): readonly Companion[] {
  const [program, ...rest] = wordsOf(command);
  return [frontEnd, "as", "ld"].map((part) => ({
    name: `${part} of ${program}`,
    locate: [...rest, `-print-prog-name=${part}`],
  }));
}

/** As the compiler that is called by `command` finds it. */
function cLibrary(target: BuildTarget, command: string, isStatic: boolean): readonly Companion[] {
  const [program, ...rest] = wordsOf(command);
  const name = `the C library for ${target.triple}${isStatic ? ", to be linked statically" : ""}`;
  const at = (file: string) => ({ name, locate: [...rest, `-print-file-name=${file}`] });
  // The wrapper asks the compiler of glibc, which knows only its own libraries.
  if (program === "musl-gcc") return [at(`../../../${target.triple}/${isStatic ? "libc.a" : "libc.so"}`)];
  const install = installer(target, "libc");
  if (isStatic) return [{ ...at("libc.a"), install }];
  // libc.so is a text for the linker; what a program is linked to is beside it.
  return [{ ...at("libc.so"), install }, at("libc.so.6")];
}

/** How to get a part of the toolchain on Debian, or what else to do where Debian has none. */
function installer(target: BuildTarget, part: "gcc" | "g++" | "libc" | "binutils"): string {
  const { platform, triple, machine, isNative } = target;
  const key = `[toolchains."${platform.text}"]`;
  const name = part === "g++" ? "cxx" : part === "binutils" ? "ar, ranlib and strip" : "cc";
  if (platform.libc === "musl") {
    if (isNative && part === "gcc") return "apt-get install musl-tools";
    return `Debian has none; install one and name it as ${name} in ${key}`;
  }
  const packages = {
    gcc: isNative ? "gcc libc6-dev" : `gcc-${dashed(triple)} libc6-dev-${debianArches[machine]}-cross`,
    "g++": isNative ? "g++" : `g++-${dashed(triple)}`,
    libc: isNative ? "libc6-dev" : `libc6-dev-${debianArches[machine]}-cross`,
    binutils: isNative ? "binutils" : `binutils-${dashed(triple)}`,
  };
  return `apt-get install ${packages[part]}, or name another in ${key} as ${name}`;
}

/** Debian's packages are named in its own letters. */
function dashed(triple: string): string {
  return triple.replaceAll("_", "-");
}
