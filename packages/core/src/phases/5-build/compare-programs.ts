import { readFile } from "node:fs/promises";

/** Where two programs differ, in words; undefined where they do not. */
export async function differenceOf(one: string, other: string): Promise<string | undefined> {
  const [a, b] = await Promise.all([readFile(one), readFile(other)]);
  if (a.equals(b)) return undefined;
  const sections = differentSections(a, b);
  if (sections.length > 0)
    return `in ${sections.length === 1 ? "section" : "sections"} ${sections.join(", ")}`;
  const common = Math.min(a.length, b.length);
  let at = 0;
  while (at < common && a[at] === b[at]) at++;
  const sizes = a.length === b.length ? "" : `, and one has ${a.length} bytes, the other ${b.length}`;
  return `from byte ${at} on${sizes}`;
}

/** A hash of all else: it tells nothing. */
const buildId = ".note.gnu.build-id";

/** The names of the sections that are not the same in both, in the order of the first; empty where none is known. */
function differentSections(a: Buffer, b: Buffer): readonly string[] {
  const [ofA, ofB] = [sectionsOf(a), sectionsOf(b)];
  const names = [...new Set([...ofA.keys(), ...ofB.keys()])];
  return names.filter((name) => {
    const [one, other] = [ofA.get(name), ofB.get(name)];
    return name !== buildId && !(one && other && one.equals(other));
  });
}

const headerBytes = 64;
const [isNothing, isOfZeros] = [0, 8];

/** The sections of an ELF file (64 bits, little-endian: all platforms that dune knows) by name; none of another file. */
function sectionsOf(program: Buffer): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>();
  if (program.length < headerBytes || program.toString("latin1", 0, 4) !== "\x7fELF") return found;
  const table = Number(program.readBigUInt64LE(0x28));
  const [count, names] = [program.readUInt16LE(0x3c), program.readUInt16LE(0x3e)];
  if (table + count * headerBytes > program.length || names >= count) return found;
  const headers = Array.from({ length: count }, (_, index) => {
    const header = program.subarray(table + index * headerBytes);
    const [offset, size] = [Number(header.readBigUInt64LE(24)), Number(header.readBigUInt64LE(32))];
    return { name: header.readUInt32LE(0), type: header.readUInt32LE(4), offset, size };
  });
  const start = headers[names]?.offset ?? 0;
  for (const { name, type, offset, size } of headers) {
    if (type === isNothing || type === isOfZeros) continue;
    const text = program.toString("latin1", start + name, program.indexOf(0, start + name));
    found.set(text, program.subarray(offset, offset + size));
  }
  return found;
}
