import { type FileHandle, open } from "node:fs/promises";
import type { Platform } from "../../values/platform.js";
import type { ProgramFacts } from "./binaries.js";
import { type Bytes, type Elf, readElf } from "./elf.js";
import { readScript, scriptHint } from "./script.js";
import type { UnfitFile } from "./unfit-file.js";

/** What is wrong with a program, for a diagnostic. */
export interface ProgramProblem {
  readonly code: "build/not-a-program" | "build/wrong-machine";
  /** Completes a sentence that begins with the program: `is for amd64, not for linux/arm64`. */
  readonly message: string;
  readonly hint: string;
}

/** Reads what a file that was built says of itself. Whatever is in the file, it is read to its end and no further. */
export async function inspectProgram(file: string): Promise<ProgramFacts | UnfitFile> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    return await inspect({ size, at: (offset, length) => readAt(handle, size, offset, length) });
  } finally {
    await handle.close();
  }
}

/**
 * What keeps a program from running on a platform.
 * @param machineHint how to get one that is for the platform's machine
 */
export function problemOn(
  facts: ProgramFacts | UnfitFile,
  platform: Platform,
  machineHint = "",
): ProgramProblem | undefined {
  if (facts.kind === "script") return undefined;
  if (facts.kind === "elf")
    return facts.arch === platform.arch
      ? libcProblem(facts, platform)
      : wrong(facts.arch, platform, machineHint);
  if (facts.machine !== undefined) return wrong(facts.machine, platform, machineHint);
  const { what = "no program", hint = outputHint } = facts;
  return { code: "build/not-a-program", message: `is ${what}`, hint };
}

const outputHint = "let the build write the program to {{out}}, or say with `output` where it leaves it";

function wrong(machine: string, { text }: Platform, hint: string): ProgramProblem {
  return { code: "build/wrong-machine", message: `is for ${machine}, not for ${text}`, hint };
}

/** A program finds its C library by its loader; a static one has its own. */
function libcProblem(
  { interpreter = "" }: { readonly interpreter?: string },
  platform: Platform,
): ProgramProblem | undefined {
  const libc = /\/ld-musl-[^/]*$/.test(interpreter)
    ? "musl"
    : /\/ld-linux[^/]*$/.test(interpreter)
      ? "gnu"
      : undefined;
  if (libc === undefined || libc === platform.libc) return undefined;
  const [has, lacks] = libc === "musl" ? ["musl", "glibc"] : ["glibc", "musl"];
  const other = libc === "musl" ? `${platform.text}/musl` : `linux/${platform.arch}`;
  return {
    code: "build/wrong-machine",
    message: `is linked to ${has} (${interpreter}), and ${platform.text} has ${lacks}`,
    hint: `link it statically, or give the phynode platform = "${other}" if that is what it is`,
  };
}

async function inspect(bytes: Bytes): Promise<ProgramFacts | UnfitFile> {
  const head = await bytes.at(0, 256);
  if (head.length === 0) return { kind: "unfit", what: "empty" };
  if (head.toString("latin1", 0, 2) === "#!") return readScript(head);
  if (head.toString("latin1", 0, 4) !== "\x7fELF") return inspectOther(head);
  try {
    return elfFacts(await readElf(bytes));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return {
      kind: "unfit",
      what: "an ELF file that is cut off or damaged",
      hint: "look at how the build ends",
    };
  }
}

function elfFacts({ kind, machine, arch, interpreter, needed, glibc }: Elf): ProgramFacts | UnfitFile {
  switch (kind) {
    case "object":
      return {
        kind: "unfit",
        what: "an object file, which is not linked",
        hint: "let the build link it: without -c",
      };
    case "library":
      return { kind: "unfit", what: "a shared library, not a program" };
    case "core":
      return { kind: "unfit", what: "a core dump, not a program" };
    case "program":
      if (arch === undefined) return { kind: "unfit", machine };
      return {
        kind: "elf",
        arch,
        needed,
        ...(interpreter !== undefined && { interpreter }),
        ...(glibc !== undefined && { glibc }),
      };
  }
}

/** What linkers and compilers leave where a program should be, by how it begins, in hexadecimal. */
const beginnings: readonly (readonly [RegExp, Omit<UnfitFile, "kind">])[] = [
  // A universal file of macOS has a small number of parts where a class of Java's has a version.
  [/^(feedfac[ef]|c[ef]faedfe|cafebabe000000(0[1-9a-f]|1[0-4]))/, { machine: "macOS" }],
  [/^4d5a/, { machine: "Windows" }],
  [/^0061736d/, { machine: "WebAssembly" }],
  [/^cafebabe/, { what: "a class of Java's, not a program" }],
  [/^213c(61726368|7468696e)3e0a/, { what: "an archive of object files, not a program" }],
  [/^efbbbf2321/, { what: "a script behind a byte order mark", hint: "save it as UTF-8 without one" }],
  [/^4243c0de/, { what: "LLVM's bitcode, which is not linked", hint: "let the build link it" }],
];

function inspectOther(head: Buffer): UnfitFile {
  const start = head.toString("hex", 0, 8);
  const other = {
    what: "neither an ELF file nor a script that begins with #!",
    hint: `${outputHint}; ${scriptHint}`,
  };
  return { kind: "unfit", ...(beginnings.find(([beginning]) => beginning.test(start))?.[1] ?? other) };
}

async function readAt(handle: FileHandle, size: number, offset: number, length: number): Promise<Buffer> {
  const there = Math.max(0, Math.min(length, size - offset));
  const buffer = Buffer.alloc(there);
  let read = 0;
  while (read < there) {
    const { bytesRead } = await handle.read(buffer, read, there - read, offset + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return buffer.subarray(0, read);
}
