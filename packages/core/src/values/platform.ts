import { bad, ok, type Parsed, quoted } from "./parsed.js";

const ARCHES = ["amd64", "arm64", "riscv64"] as const;
const LIBCS = ["gnu", "musl"] as const;

const ALIASES = new Map<string, string>([
  ["x86_64", "amd64"],
  ["x86-64", "amd64"],
  ["x64", "amd64"],
  ["aarch64", "arm64"],
  ["armv8", "arm64"],
  ["riscv", "riscv64"],
]);

export interface Platform {
  readonly os: "linux";
  readonly arch: (typeof ARCHES)[number];
  readonly libc: (typeof LIBCS)[number];
  /** Canonical: `linux/amd64`, `linux/amd64/musl`; gnu is not written. */
  readonly text: string;
}

/** Every text that is a platform, the canonical ones first. */
export const platformTexts: readonly string[] = ["", "/musl", "/gnu"].flatMap((libc) =>
  ARCHES.map((arch) => `linux/${arch}${libc}`),
);

/** The platform of the machine that Node.js runs on, by what it calls the architecture; undefined for one that dune does not know. */
export function platformOfMachine(arch: string): string | undefined {
  const known = ALIASES.get(arch) ?? arch;
  return ARCHES.some((each) => each === known) ? `linux/${known}` : undefined;
}

/** `linux/ARCH`, or with the C library `linux/ARCH/gnu` (the default) or `linux/ARCH/musl`. */
export function parsePlatform(text: string): Parsed<Platform> {
  const [os = "", archText, libcText = "gnu", ...more] = text.split("/");
  if (os !== "linux" || archText === undefined || more.length > 0) {
    return bad(
      `${quoted(text)} is not a platform that dune knows`,
      "write linux/amd64, linux/arm64 or linux/riscv64",
    );
  }
  const arch = ARCHES.find((known) => known === archText);
  if (arch === undefined) {
    const meant = ALIASES.get(archText.toLowerCase());
    const libc = LIBCS.includes(libcText as Platform["libc"]) && libcText !== "gnu" ? `/${libcText}` : "";
    const hint =
      meant === undefined ? "write linux/amd64, linux/arm64 or linux/riscv64" : `write linux/${meant}${libc}`;
    return bad(`${quoted(archText)} in ${quoted(text)} is not an architecture that dune knows`, hint);
  }
  const libc = LIBCS.find((known) => known === libcText);
  if (libc === undefined) {
    return bad(
      `${quoted(libcText)} in ${quoted(text)} is not a C library that dune knows`,
      "use gnu or musl",
    );
  }
  return ok({ os, arch, libc, text: libc === "gnu" ? `linux/${arch}` : `linux/${arch}/${libc}` });
}
