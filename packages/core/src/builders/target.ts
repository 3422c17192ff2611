import type { Toolchain } from "../phases/2-resolve/topology.js";
import { type Platform, platformOfMachine } from "../values/platform.js";
import type { BuildTarget } from "./builder.js";

/** What `uname -m` and compilers call an architecture. */
const machines: Readonly<Record<Platform["arch"], string>> = {
  amd64: "x86_64",
  arm64: "aarch64",
  riscv64: "riscv64",
};

/**
 * A platform with the toolchain for it: what the topology declares in `[toolchains]`, for the rest Debian's names. Those of
 * a platform of this machine have no prefix.
 *
 * @param host the architecture of this machine, as Node.js calls it
 */
export function targetFor(platform: Platform, declared: Toolchain | undefined, host: string): BuildTarget {
  const machine = machines[platform.arch];
  const isNative = platformOfMachine(host) === `linux/${platform.arch}`;
  const isMusl = platform.libc === "musl";
  const triple = declared?.triple ?? `${machine}-linux-${platform.libc}`;
  const isOwn = isNative && declared?.triple === undefined;
  // Debian has wrappers of the compiler for musl; the other tools know no C library.
  const compilers = isOwn ? (isMusl ? "musl-" : "") : `${triple}-`;
  const prefix = isOwn ? "" : `${triple}-`;
  return {
    platform,
    triple,
    machine,
    isNative,
    cc: declared?.cc ?? `${compilers}gcc`,
    cxx: declared?.cxx ?? `${compilers}g++`,
    ar: declared?.ar ?? `${prefix}ar`,
    ranlib: declared?.ranlib ?? `${prefix}ranlib`,
    strip: declared?.strip ?? `${prefix}strip`,
  };
}

/** The tools that variables of a build name, as environ or make's variables do; not so much as a blank names none. */
export function targetWith(
  target: BuildTarget,
  variables: Iterable<readonly [name: string, value: string]>,
): BuildTarget {
  const given = new Map([...variables].filter(([, value]) => value.trim() !== ""));
  return {
    ...target,
    cc: given.get("CC") ?? target.cc,
    cxx: given.get("CXX") ?? target.cxx,
    ar: given.get("AR") ?? target.ar,
    ranlib: given.get("RANLIB") ?? target.ranlib,
    strip: given.get("STRIP") ?? target.strip,
  };
}

/** The words of a command of a toolchain: `clang --target=aarch64-linux-gnu` is two. */
export function wordsOf(command: string): readonly [program: string, ...rest: string[]] {
  const [program = "", ...rest] = command.trim().split(/\s+/);
  return [program, ...rest];
}
