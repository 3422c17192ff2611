import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inspectProgram, problemOn } from "../../packages/core/dist/phases/5-build/inspect-program.js";
import { parsePlatform } from "../../packages/core/dist/values/platform.js";

const folder = mkdtempSync(join(tmpdir(), "dune-programs-"));
const at = (name: string) => join(folder, name);

beforeAll(() => {
  writeFileSync(
    at("a.c"),
    '#include <math.h>\n#include <stdio.h>\nint main(int n, char **v) { return printf("%f", pow(n, 0.5)) < 0; }\n',
  );
  const builds: readonly (readonly [string, string, readonly string[]])[] = [
    ["dynamic", "gcc", ["a.c", "-lm"]],
    ["static", "gcc", ["-static", "a.c", "-lm"]],
    ["static-pie", "gcc", ["-static-pie", "a.c", "-lm"]],
    ["arm64", "aarch64-linux-gnu-gcc", ["a.c", "-lm"]],
    ["riscv64", "riscv64-linux-gnu-gcc", ["a.c", "-lm"]],
    ["musl", "musl-gcc", ["a.c", "-lm"]],
    ["library.so", "gcc", ["-shared", "-fPIC", "a.c"]],
    ["object.o", "gcc", ["-c", "a.c"]],
    ["x32.o", "gcc", ["-c", "-mx32", "-xc", "/dev/null"]],
    ["stripped", "gcc", ["-s", "-static", "a.c", "-lm"]],
    ["archive.a", "ar", []],
  ];
  for (const [name, tool, words] of builds)
    execFileSync(tool, tool === "ar" ? ["rcs", name, "object.o"] : ["-o", name, ...words], { cwd: folder });
});

afterAll(() => rmSync(folder, { recursive: true }));

function platform(text: string) {
  const parsed = parsePlatform(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.value;
}

/** What is said of a file, for a platform. */
async function said(file: string, text = "linux/amd64"): Promise<string | undefined> {
  const problem = problemOn(await inspectProgram(file), platform(text));
  return problem && `${problem.code}: ${problem.message}`;
}

async function saidOf(content: string | Uint8Array): Promise<string | undefined> {
  writeFileSync(at("content"), content);
  return said(at("content"));
}

/** The same facts by binutils. */
function readelf(file: string) {
  const text = execFileSync("readelf", ["-W", "-l", "-d", "-V", file], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const glibc = [...text.matchAll(/Name: GLIBC_([\d.]+) /g)].map(([, version = ""]) => version);
  if (text.includes("GLIBC_ABI_DT_RELR")) glibc.push("2.36");
  const minor = (version: string) => Number(version.split(".")[1]);
  return {
    interpreter: /program interpreter: (.*)\]/.exec(text)?.[1],
    needed: [...text.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, name]) => name),
    glibc: glibc
      .sort((a, b) => minor(a) - minor(b))
      .at(-1)
      ?.split(".")
      .slice(0, 2)
      .join("."),
  };
}

describe("a program's file says what it needs", () => {
  test.each([
    ["dynamic", "amd64"],
    ["static", "amd64"],
    ["static-pie", "amd64"],
    ["stripped", "amd64"],
    ["musl", "amd64"],
    ["arm64", "arm64"],
    ["riscv64", "riscv64"],
  ])("%s, as readelf says it", async (name, arch) => {
    const { glibc, ...facts } = (await inspectProgram(at(name))) as { glibc?: string };
    expect({ interpreter: undefined, glibc: glibc?.split(".").slice(0, 2).join("."), ...facts }).toEqual({
      kind: "elf",
      arch,
      ...readelf(at(name)),
    });
  });

  test("every program of this machine, as readelf says it", async () => {
    const files = readdirSync("/usr/bin")
      .sort()
      .map((name) => join("/usr/bin", name))
      .filter(
        (file, index) =>
          index % 40 === 0 && readFileSync(file).subarray(0, 4).toString("latin1") === "\x7fELF",
      );
    expect(files.length).toBeGreaterThan(10);
    for (const file of files) {
      const facts = await inspectProgram(realpathSync(file));
      if (facts.kind !== "elf" || facts.arch !== "amd64") continue;
      const { glibc, interpreter, needed } = facts;
      expect({ file, glibc: glibc?.split(".").slice(0, 2).join("."), interpreter, needed }).toEqual({
        file,
        ...readelf(file),
      });
    }
  });

  test.each([
    ["#!/bin/sh\n", "/bin/sh"],
    ["#! /usr/bin/python3 -u\nprint()\n", "/usr/bin/python3"],
    ["#!/usr/bin/env node\n", "node"],
    ["#!/usr/bin/env -S node --enable-source-maps\n", "node"],
    ["#!/usr/bin/env -S LEVEL=3 node\n", "node"],
    ["#!/usr/bin/env -S -i -u HOME -C / node --harmony\n", "node"],
    ["#!/usr/bin/env -iS node --harmony\n", "node"],
    ["#!/usr/bin/env node \t\n", "node"],
    ["#!/bin/sh", "/bin/sh"],
  ])("%j is run by %s", async (content, interpreter) => {
    writeFileSync(at("script"), content);
    expect(await inspectProgram(at("script"))).toEqual({ kind: "script", interpreter });
    expect(problemOn(await inspectProgram(at("script")), platform("linux/riscv64/musl"))).toBeUndefined();
  });
});

describe("what cannot run on a platform", () => {
  test.each([
    ["dynamic", "linux/amd64"],
    ["static", "linux/amd64"],
    ["static", "linux/amd64/musl"],
    ["static-pie", "linux/amd64/musl"],
    ["musl", "linux/amd64/musl"],
    ["arm64", "linux/arm64"],
  ])("%s runs on %s", async (name, text) => {
    expect(await said(at(name), text)).toBeUndefined();
  });

  test.each([
    ["static", "linux/arm64", "build/wrong-machine: is for amd64, not for linux/arm64"],
    ["arm64", "linux/amd64", "build/wrong-machine: is for arm64, not for linux/amd64"],
    [
      "dynamic",
      "linux/amd64/musl",
      "build/wrong-machine: is linked to glibc (/lib64/ld-linux-x86-64.so.2), and linux/amd64/musl has musl",
    ],
    [
      "musl",
      "linux/amd64",
      "build/wrong-machine: is linked to musl (/lib/ld-musl-x86_64.so.1), and linux/amd64 has glibc",
    ],
    ["object.o", "linux/amd64", "build/not-a-program: is an object file, which is not linked"],
    ["library.so", "linux/amd64", "build/not-a-program: is a shared library, not a program"],
    ["archive.a", "linux/amd64", "build/not-a-program: is an archive of object files, not a program"],
    ["a.c", "linux/amd64", "build/not-a-program: is neither an ELF file nor a script that begins with #!"],
  ])("%s on %s", async (name, text, message) => {
    expect(await said(at(name), text)).toBe(message);
  });

  test.each([
    ["", "build/not-a-program: is empty"],
    ["#!\n", "build/not-a-program: is a script whose first line names no interpreter"],
    ["#!/usr/bin/env\n", "build/not-a-program: is a script whose first line names no interpreter"],
    [
      "#!/bin/sh\r\necho\r\n",
      "build/not-a-program: is a script with Windows' line endings, which its first line must not have",
    ],
    [
      "#!/usr/bin/env node --harmony\n",
      "build/not-a-program: is a script whose first line gives env several words, which it takes for one",
    ],
    ["#!/usr/bin/env LEVEL=3\n", "build/not-a-program: is a script whose first line names no interpreter"],
    ["#!node\n", "build/not-a-program: is a script whose interpreter node is no absolute path"],
    ["\ufeff#!/bin/sh\n", "build/not-a-program: is a script behind a byte order mark"],
    ["MZ\x90\0", "build/wrong-machine: is for Windows, not for linux/amd64"],
    [Buffer.from("cffaedfe07000001", "hex"), "build/wrong-machine: is for macOS, not for linux/amd64"],
    [Buffer.from("cafebabe00000002", "hex"), "build/wrong-machine: is for macOS, not for linux/amd64"],
    [Buffer.from("cafebabe00000041", "hex"), "build/not-a-program: is a class of Java's, not a program"],
    [
      Buffer.from("\0asm\x01\0\0\0", "latin1"),
      "build/wrong-machine: is for WebAssembly, not for linux/amd64",
    ],
  ])("%j", async (content, message) => {
    expect(await saidOf(content)).toBe(message);
  });

  /** The header of a program: class, byte order, machine. */
  const header = (wide: number, order: number, machine: number) => {
    const bytes = Buffer.alloc(64);
    bytes.write("\x7fELF", "latin1");
    bytes.set([wide, order, 1], 4);
    if (order === 1) bytes.writeUInt32LE((machine << 16) | 2, 16);
    else bytes.writeUInt32BE((2 << 16) | machine, 16);
    return bytes;
  };

  test.each([
    [1, 1, 62, "x32"],
    [1, 1, 3, "32-bit x86"],
    [1, 1, 40, "32-bit Arm"],
    [2, 2, 183, "big-endian arm64"],
    [2, 2, 22, "s390x"],
    [2, 1, 258, "LoongArch"],
    [2, 1, 4711, "a machine that dune does not know (4711)"],
  ])("class %d, byte order %d, machine %d", async (wide, order, machine, name) => {
    expect(await saidOf(header(wide, order, machine))).toBe(
      `build/wrong-machine: is for ${name}, not for linux/amd64`,
    );
  });

  test("a program for another system", async () => {
    const bytes = readFileSync(at("static"));
    bytes[7] = 9;
    expect(await saidOf(bytes)).toBe("build/wrong-machine: is for FreeBSD, not for linux/amd64");
  });

  test("a table of versions whose entries lie one over the other is read in no time", async () => {
    const bytes = Buffer.alloc(1 << 21);
    const strings = 0x1000;
    const versions = 0x100000;
    header(2, 1, 62).copy(bytes);
    const wide = (place: number, ...values: readonly number[]) => {
      for (const [index, value] of values.entries()) bytes.writeBigUInt64LE(BigInt(value), place + index * 8);
    };
    wide(32, 64);
    bytes.writeUInt16LE(56, 54);
    bytes.writeUInt16LE(2, 56);
    // What is loaded is all of it; where the dynamic table is.
    wide(64, 1, 0, 0, 0, bytes.length);
    wide(120, 2, 0x400, 0x400, 0, 0x100);
    // The table of texts and its size, the versions and their number.
    wide(0x400, 5, strings, 10, versions - strings, 0x6ffffffe, versions, 0x6fffffff, 0x7fffffff);
    bytes.fill("A", strings, versions - 1);
    // Each entry is of both kinds, and says that 65535 follow.
    for (let place = versions; place < bytes.length; place += 16) {
      bytes.writeUInt32LE(0xffff0000, place);
      bytes.writeUInt32LE(16, place + 12);
    }
    for (const text of [100, 100_000]) {
      bytes.fill("A", strings, versions - 1);
      bytes[strings + text] = 0;
      const begin = performance.now();
      expect(await saidOf(bytes)).toBe("build/not-a-program: is an ELF file that is cut off or damaged");
      expect(performance.now() - begin).toBeLessThan(2000);
    }
  });

  test("a program that was cut off anywhere", async () => {
    const whole = readFileSync(at("dynamic"));
    // Behind what is loaded come only the sections, which nothing needs that runs it.
    for (const share of [0.001, 0.01, 0.1, 0.3, 0.5, 0.7]) {
      const cut = whole.subarray(0, Math.max(5, Math.floor(whole.length * share)));
      expect(await saidOf(cut)).toBe("build/not-a-program: is an ELF file that is cut off or damaged");
    }
  });

  test("a damaged program is read without a crash", async () => {
    const damage = (last: number) =>
      fc.array(fc.tuple(fc.nat(last), fc.constantFrom(0, 1, 5, 6, 127, 128, 255)), { maxLength: 8 });
    const names = fc.constantFrom("dynamic", "static-pie", "arm64", "riscv64");
    await fc.assert(
      // Where the headers are, and where all else is.
      fc.asyncProperty(names, damage(1023), damage(20_000), async (name, near, far) => {
        const bytes = Buffer.from(readFileSync(at(name)));
        for (const [place, value] of [...near, ...far])
          if (place > 3 && place < bytes.length) bytes[place] = value;
        writeFileSync(at("damaged"), bytes);
        expect(["elf", "unfit"]).toContain((await inspectProgram(at("damaged"))).kind);
      }),
      { numRuns: 500 },
    );
  });
});
