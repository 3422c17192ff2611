import { readFile } from "node:fs/promises";

/** Where two programs first differ, in words; undefined where they do not. */
export async function firstDifference(one: string, other: string): Promise<string | undefined> {
  const [a, b] = await Promise.all([readFile(one), readFile(other)]);
  if (a.equals(b)) return undefined;
  const common = Math.min(a.length, b.length);
  let at = 0;
  while (at < common && a[at] === b[at]) at++;
  const section = sectionAt(a, at);
  const where = section === undefined ? "" : ` (section ${section})`;
  const sizes = a.length === b.length ? "" : `, and one has ${a.length} bytes, the other ${b.length}`;
  return `from byte ${at} on${where}${sizes}`;
}

const sectionHeaderBytes = 64;
const noBits = 8;

/** The name of the section of an ELF file (64 bits, little-endian: all platforms that dune knows) that a byte is in. */
function sectionAt(program: Buffer, at: number): string | undefined {
  if (program.length < 64 || program.toString("latin1", 0, 4) !== "\x7fELF") return undefined;
  const table = Number(program.readBigUInt64LE(0x28));
  const [count, names] = [program.readUInt16LE(0x3c), program.readUInt16LE(0x3e)];
  if (table + count * sectionHeaderBytes > program.length) return undefined;
  const sections = Array.from({ length: count }, (_, index) => {
    const header = program.subarray(table + index * sectionHeaderBytes);
    const [offset, size] = [Number(header.readBigUInt64LE(24)), Number(header.readBigUInt64LE(32))];
    return { name: header.readUInt32LE(0), type: header.readUInt32LE(4), offset, size };
  });
  const found = sections.find(
    ({ type, offset, size }) => type !== 0 && type !== noBits && at >= offset && at < offset + size,
  );
  const start = (sections[names]?.offset ?? 0) + (found?.name ?? 0);
  return found && program.toString("latin1", start, program.indexOf(0, start));
}
