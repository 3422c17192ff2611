import type { Binary } from "../phases/2-resolve/topology.js";
import type { BuildTarget } from "./builder.js";
import { prefixMap } from "./c-toolchain.js";
import { wordsOf } from "./target.js";

/** 1980-01-01, the first day that zip files know, too. */
const sourceDateEpoch = "315532800";

/**
 * What every command of a build has in its environment, and what is part of the program's identity: nothing of it is from
 * this machine. The user's own variables win.
 */
export function buildEnviron(
  { environ, isStatic }: Pick<Binary, "environ" | "isStatic">,
  target: BuildTarget,
): Readonly<Record<string, string>> {
  const linked = isStatic ? ["-static"] : [];
  return {
    LC_ALL: "C",
    TZ: "UTC",
    SOURCE_DATE_EPOCH: sourceDateEpoch,
    CC: [target.cc, prefixMap, ...linked].join(" "),
    CXX: [target.cxx, prefixMap, ...linked].join(" "),
    AR: target.ar,
    RANLIB: target.ranlib,
    STRIP: target.strip,
    ...goEnviron(target),
    ...cargoEnviron(target, isStatic),
    ...Object.fromEntries(environ.map(({ name, value }) => [name, value])),
  };
}

function goEnviron({ platform }: BuildTarget): Record<string, string> {
  return {
    GOOS: platform.os,
    GOARCH: platform.arch,
    CGO_ENABLED: "0",
    // Not those that the user keeps by `go env -w`: the same sources are the same program for everybody.
    GOENV: "off",
    GOFLAGS: "-trimpath -buildvcs=false",
    // The Go that is installed, never one that it would download.
    GOTOOLCHAIN: "local",
  };
}

/** What cargo and rustc call the platform. */
export function rustTarget({ machine, platform }: Pick<BuildTarget, "machine" | "platform">): string {
  const arch = platform.arch === "riscv64" ? "riscv64gc" : machine;
  return `${arch}-unknown-linux-${platform.libc}`;
}

function cargoEnviron(target: BuildTarget, isStatic: boolean): Record<string, string> {
  const triple = rustTarget(target);
  const prefix = `CARGO_TARGET_${triple.toUpperCase().replaceAll("-", "_")}`;
  const [linker, ...linkerArguments] = wordsOf(target.cc);
  const flags = [
    "--remap-path-prefix={{src}}=.",
    ...linkerArguments.map((argument) => `-Clink-arg=${argument}`),
    `-Ctarget-feature=${isStatic ? "+" : "-"}crt-static`,
  ];
  return {
    CARGO_BUILD_TARGET: triple,
    [`${prefix}_LINKER`]: linker,
    [`${prefix}_RUSTFLAGS`]: flags.join(" "),
  };
}
