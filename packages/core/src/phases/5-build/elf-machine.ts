import type { Platform } from "../../values/platform.js";

/** What the header of an ELF file says of where it runs. */
export interface ElfMachine {
  /** In people's words: `x86-64`, `32-bit Arm`, `FreeBSD`. */
  readonly machine: string;
  /** Absent where dune knows no such platform. */
  readonly arch?: Platform["arch"];
}

const machines: Readonly<Record<number, readonly [narrow: string, wide: string]>> = {
  2: ["SPARC", "SPARC"],
  3: ["32-bit x86", "32-bit x86"],
  8: ["MIPS", "64-bit MIPS"],
  20: ["PowerPC", "PowerPC"],
  21: ["64-bit PowerPC", "64-bit PowerPC"],
  22: ["s390", "s390x"],
  40: ["32-bit Arm", "32-bit Arm"],
  62: ["x32", "x86-64"],
  183: ["arm64 with 32-bit pointers", "arm64"],
  243: ["riscv32", "riscv64"],
  247: ["eBPF", "eBPF"],
  258: ["32-bit LoongArch", "LoongArch"],
};
const arches: Readonly<Record<string, Platform["arch"]>> = {
  "x86-64": "amd64",
  arm64: "arm64",
  riscv64: "riscv64",
};
/** Linux starts their programs, too, which then end at their first call of the system. */
const otherSystems: Readonly<Record<number, string>> = {
  1: "HP-UX",
  2: "NetBSD",
  6: "Solaris",
  7: "AIX",
  9: "FreeBSD",
  12: "OpenBSD",
};

/** @param code `e_machine` */
export function elfMachine(head: Buffer, code: number): ElfMachine {
  const isWide = head.readUInt8(4) === 2;
  const isLittle = head.readUInt8(5) === 1;
  const system = otherSystems[head.readUInt8(7)];
  if (system !== undefined) return { machine: system };
  const name = machines[code]?.[isWide ? 1 : 0] ?? `a machine that dune does not know (${code})`;
  const arch = isWide ? arches[name] : undefined;
  if (arch === undefined) return { machine: name };
  return isLittle ? { machine: name, arch } : { machine: `big-endian ${name}` };
}
