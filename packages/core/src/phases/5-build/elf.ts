import { type ElfMachine, elfMachine } from "./elf-machine.js";
import { elfText } from "./elf-text.js";
import { highestGlibc } from "./elf-versions.js";

/** What an ELF file says of where it runs (System V ABI, and the GNU extensions of `elf.h`). */
export interface Elf extends ElfMachine {
  readonly kind: "program" | "object" | "library" | "core";
  /** Of the dynamic loader; nothing of it and of what follows is read where there is no `arch`. */
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
  const isLittle = head.readUInt8(5) === 1;
  const [type, code] = [16, 18].map((at) => (isLittle ? head.readUInt16LE(at) : head.readUInt16BE(at)));
  const kind = kinds[type as number];
  if (kind === undefined) throw new RangeError("no type of ELF files");
  const elf: Elf = { kind, ...elfMachine(head, code as number), needed: [] };
  if (elf.arch === undefined || kind !== "program") return elf;
  return { ...elf, ...(await readLinking(bytes, head, type === sharedObject)) };
}

type Linking = Pick<Elf, "kind" | "interpreter" | "needed" | "glibc">;

async function readLinking(bytes: Bytes, head: Buffer, isShared: boolean): Promise<Linking> {
  const segments = await readSegments(bytes, head);
  const loader = segments.find(({ type }) => type === interp);
  const interpreter = loader && elfText(await bytes.at(loader.offset, Math.min(loader.size, 4096)), 0);
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
    .map(({ value }) => elfText(strings, value));
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
  const table = await bytes.at(segment.offset, Math.min(segment.size, 1 << 16));
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

function wideAt(buffer: Buffer, at: number): number {
  return Number(buffer.readBigUInt64LE(at));
}
