import { elfText } from "./elf-text.js";

/** Of each entry of both kinds. */
const entryBytes = 16;

/**
 * The highest version of glibc's symbols that a program asks its libraries for.
 * @param table of `Elf64_Verneed`, each with its list of `Elf64_Vernaux`
 * @param count how many of the former there are
 * @throws RangeError where the table is cut off, or has more entries than fit: they lie one over the other
 */
export function highestGlibc(table: Buffer, count: number, strings: Buffer): string | undefined {
  let highest: string | undefined;
  let left = table.length / entryBytes;
  let need = 0;
  for (let needs = count; needs > 0; needs--) {
    let version = need + table.readUInt32LE(need + 8);
    for (let more = table.readUInt16LE(need + 2); more > 0; more--) {
      if (--left < 0) throw new RangeError("more versions than the table can hold");
      const found = glibcOf(elfText(strings, table.readUInt32LE(version + 8)));
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
