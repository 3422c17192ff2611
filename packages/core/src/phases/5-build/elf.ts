import type { Platform } from "../../values/platform.js";

/** What an ELF file says of where it runs (System V ABI, and the GNU extensions of `elf.h`). */
export interface Elf {
  readonly kind: "program" | "object" | "library" | "core";
  /** What it is for, in people's words: `x86-64`, `32-bit Arm`. */
  readonly machine: string;
  /** Absent where dune knows no such platform; then nothing below is read. */
  readonly arch?: Platform["arch"];
  /** Of the dynamic loader. */
  readonly interpreter?: string;
  readonly needed: readonly string[];
  /** The highest version of glibc's symbols. */
  readonly glibc?: string;
}

/** The bytes of a file. */
export interface Bytes {
  readonly size: number;
  /** Those that there are of what is asked for, which may be fewer. */
  at(offset: number, length: number): Promise<Buffer>;
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
const kinds: Readonly<Record<number, Elf["kind"]>> = { 1: "object", 2: "program", 3: "program", 4: "core" };

const sharedObject = 3;
const load = 1;
const dynamic = 2;
const interp = 3;
const tag = {
  needed: 1,
  strtab: 5,
  strsz: 10,
  flags1: 0x6ffffffb,
  verneed: 0x6ffffffe,
  verneednum: 0x6fffffff,
};
const isPie = 0x08000000;
/** No table of a program is larger; what claims to be is not read to its end. */
const mostBytes = 1 << 24;

/** Reads what is needed of an ELF file, and never beyond its end. @throws RangeError where it is cut off or damaged */
export async function readElf(bytes: Bytes): Promise<Elf> {
  const head = await bytes.at(0, 64);
  const isWide = head.readUInt8(4) === 2;
  const isLittle = head.readUInt8(5) === 1;
  const [type, code] = [16, 18].map((at) => (isLittle ? head.readUInt16LE(at) : head.readUInt16BE(at)));
  const name = machines[code as number]?.[isWide ? 1 : 0] ?? `a machine that dune does not know (${code})`;
  const kind = kinds[type as number];
  if (kind === undefined) throw new RangeError("no type of ELF files");
  const arch = isWide && isLittle ? arches[name] : undefined;
  const isSwapped = isWide && !isLittle && Object.hasOwn(arches, name);
  const elf: Elf = { kind, machine: isSwapped ? `big-endian ${name}` : name, needed: [] };
  if (arch === undefined || kind !== "program") return { ...elf, ...(arch && { arch }) };
  return { ...elf, arch, ...(await readLinking(bytes, head, type === sharedObject)) };
}

type Linking = Pick<Elf, "kind" | "interpreter" | "needed" | "glibc">;

async function readLinking(bytes: Bytes, head: Buffer, isShared: boolean): Promise<Linking> {
  const segments = await readSegments(bytes, head);
  const loader = segments.find(({ type }) => type === interp);
  const interpreter = loader && textAt(await bytes.at(loader.offset, Math.min(loader.size, 4096)), 0);
  const entries = await readDynamic(bytes, segments);
  const first = (wanted: number) => entries.find((entry) => entry.tag === wanted)?.value;
  // Only a loader's absence tells a library from a program that is linked statically and may be anywhere in memory.
  const flags = first(tag.flags1) ?? 0;
  const kind = isShared && interpreter === undefined && (flags & isPie) === 0 ? "library" : "program";
  const table = first(tag.strtab);
  const strings =
    table === undefined
      ? Buffer.alloc(0)
      : await bytes.at(offsetOf(table, segments), Math.min(first(tag.strsz) ?? 0, mostBytes));
  const needed = entries
    .filter((entry) => entry.tag === tag.needed)
    .map(({ value }) => textAt(strings, value));
  const versions = first(tag.verneed);
  const glibc =
    versions === undefined
      ? undefined
      : highestGlibc(
          await bytes.at(offsetOf(versions, segments), 1 << 20),
          first(tag.verneednum) ?? 0,
          strings,
        );
  return { kind, needed, ...(interpreter !== undefined && { interpreter }), ...(glibc && { glibc }) };
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  /** Bytes in the file. */
  readonly size: number;
}

async function readSegments(bytes: Bytes, head: Buffer): Promise<readonly Segment[]> {
  const entrySize = 56;
  const count = head.readUInt16LE(56);
  if (head.readUInt16LE(54) !== entrySize) throw new RangeError("no program headers");
  const table = await bytes.at(wideAt(head, 32), count * entrySize);
  const segments = Array.from({ length: count }, (_, index) => {
    const at = index * entrySize;
    return {
      type: table.readUInt32LE(at),
      offset: wideAt(table, at + 8),
      address: wideAt(table, at + 16),
      size: wideAt(table, at + 32),
    };
  });
  const isCut = segments.some(({ type, offset, size }) => type === load && offset + size > bytes.size);
  if (isCut || !segments.some(({ type }) => type === load)) throw new RangeError("not all is there");
  return segments;
}

interface DynamicEntry {
  readonly tag: number;
  readonly value: number;
}

async function readDynamic(bytes: Bytes, segments: readonly Segment[]): Promise<readonly DynamicEntry[]> {
  const segment = segments.find(({ type }) => type === dynamic);
  if (segment === undefined) return [];
  const table = await bytes.at(segment.offset, Math.min(segment.size, 1 << 20));
  const entries: DynamicEntry[] = [];
  for (let at = 0; at + 16 <= table.length; at += 16) {
    const entry = { tag: wideAt(table, at), value: wideAt(table, at + 8) };
    if (entry.tag === 0) break;
    entries.push(entry);
  }
  return entries;
}

/** Where in the file an address of the running program is. */
function offsetOf(address: number, segments: readonly Segment[]): number {
  const holder = segments.find(
    (each) => each.type === load && each.address <= address && address < each.address + each.size,
  );
  if (holder === undefined) throw new RangeError("an address that is not loaded");
  return address - holder.address + holder.offset;
}

/** Of the versions of symbols that it asks its libraries for (`Elf64_Verneed`, and its list of `Elf64_Vernaux`). */
function highestGlibc(table: Buffer, count: number, strings: Buffer): string | undefined {
  let highest: string | undefined;
  let need = 0;
  for (let left = count; left > 0; left--) {
    let version = need + table.readUInt32LE(need + 8);
    for (let more = table.readUInt16LE(need + 2); more > 0; more--) {
      const found = glibcOf(textAt(strings, table.readUInt32LE(version + 8)));
      if (found !== undefined && (highest === undefined || isHigher(found, highest))) highest = found;
      const next = table.readUInt32LE(version + 12);
      if (next === 0) break;
      version += next;
    }
    const next = table.readUInt32LE(need + 12);
    if (next === 0) break;
    need += next;
  }
  return highest;
}

function glibcOf(version: string): string | undefined {
  // How ld says that the loader must know packed relocations, which glibc does from 2.36 on.
  if (version === "GLIBC_ABI_DT_RELR") return "2.36";
  return /^GLIBC_(\d{1,4}(?:\.\d{1,4}){1,2})$/.exec(version)?.[1];
}

function isHigher(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => text.split(".").map(Number)) as [number[], number[]];
  const differs = [0, 1, 2].find((index) => (left[index] ?? 0) !== (right[index] ?? 0));
  return differs !== undefined && (left[differs] ?? 0) > (right[differs] ?? 0);
}

function textAt(strings: Buffer, at: number): string {
  const end = strings.indexOf(0, at);
  if (at >= strings.length || end === -1) throw new RangeError("a text without an end");
  return strings.toString("utf8", at, end);
}

function wideAt(buffer: Buffer, at: number): number {
  return Number(buffer.readBigUInt64LE(at));
}
