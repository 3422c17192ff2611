import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Build } from "@dune/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { has, Lab, nameOf, readPrograms } from "./lab.js";

const tools = [
  ...["gcc", "g++", "musl-gcc", "aarch64-linux-gnu-gcc", "aarch64-linux-gnu-g++", "riscv64-linux-gnu-gcc"],
  ...["make", "cmake", "go", "cargo", "qemu-aarch64-static", "qemu-riscv64-static"],
];
const missing = process.arch === "x64" ? tools.filter((tool) => !has(tool)) : ["a machine of amd64"];
if (missing.length > 0)
  process.stderr.write(`test/build: programs are not built for real: there is no ${missing.join(", ")}\n`);

const topology = `
[infrastructure.nodes]
pc = { cores = 2 }
board = { cores = 2, platform = "linux/arm64" }
risc = { cores = 2, platform = "linux/riscv64" }
alpine = { cores = 2, platform = "linux/amd64/musl" }

[topology.nodes]
r0 = { phynode = "pc", binaries = ["cargo", "cc", "cmake", "command", "dynamic", "esbuild", "go", "make", "prebuilt"] }
r1 = { phynode = "board", binaries = ["cc", "cmake", "command", "dynamic", "esbuild", "go", "make", "prebuilt"] }
r2 = { phynode = "risc", binaries = ["command", "go"] }
r3 = { phynode = "alpine", binaries = ["make"] }

[binaries.cc]
builder = "cc"
source = "src/cc"
files = ["*.c", "*.cc"]
flags = ["-O2", "-g"]
libs = ["m"]

[binaries.dynamic]
builder = "cc"
source = "src/make"
flags = ['-DGREETING="shared"']
static = false

[binaries.make]
builder = "make"
source = "src/make"
output = "probe"
variables.GREETING = "{{target.platform}}"

[binaries.cmake]
builder = "cmake"
source = "src/cmake"
output = "probe"
options.LOUD = "ON"
target = "probe"

[binaries.go]
builder = "go"
source = "src/go"
package = "./cmd/probe"

[binaries.cargo]
builder = "cargo"
source = "src/cargo"
output = "probe"

[binaries.esbuild]
builder = "esbuild"
source = "src/esbuild"
entry = "probe.ts"

[binaries.command]
builder = "command"
source = "src/make"
command = '''$CC -DGREETING="\\"$WORD\\"" -o {{out}} probe.c twice.c'''
environ.WORD = "{{target.triple}}"

[binaries.prebuilt]
builder = "prebuilt"
source = "src"
files."linux/amd64" = "bin/say-amd64"
files."linux/arm64/gnu" = { file = "./bin/say[arm64]" }
`;

/** What each program says, and the machine of its ELF header: 62 is x86-64, 183 AArch64, 243 RISC-V. */
const expected: [program: string, says: string, machine?: number][] = [
  ["cargo linux/amd64", "hello from src/main.rs", 62],
  ["cc linux/amd64", "probe.c 6 1", 62],
  ["cc linux/arm64", "probe.c 6 1", 183],
  ["cmake linux/amd64", "HELLO from ./probe.c", 62],
  ["cmake linux/arm64", "HELLO from ./probe.c", 183],
  ["command linux/amd64", "x86_64-linux-gnu 6", 62],
  ["command linux/arm64", "aarch64-linux-gnu 6", 183],
  ["command linux/riscv64", "riscv64-linux-gnu 6", 243],
  ["dynamic linux/amd64", "shared 6", 62],
  ["dynamic linux/arm64", "shared 6", 183],
  ["esbuild linux/amd64", "HELLO! true"],
  ["esbuild linux/arm64", "HELLO! true"],
  ["go linux/amd64", "hello amd64 probe/cmd/probe/main.go", 62],
  ["go linux/arm64", "hello arm64 probe/cmd/probe/main.go", 183],
  ["go linux/riscv64", "hello riscv64 probe/cmd/probe/main.go", 243],
  ["make linux/amd64", "linux/amd64 6", 62],
  ["make linux/amd64/musl", "linux/amd64/musl 6", 62],
  ["make linux/arm64", "linux/arm64 6", 183],
  ["prebuilt linux/amd64", "amd64"],
  ["prebuilt linux/arm64", "arm64"],
];

function makeLab(): Lab {
  const lab = new Lab({ "topology.toml": topology });
  lab.copySources();
  lab.write("src/bin/say-amd64", "#!/bin/sh\necho amd64\n");
  lab.write("src/bin/say[arm64]", "#!/bin/sh\necho arm64\n");
  lab.write("node_modules/loud/package.json", '{ "name": "loud", "main": "lib.js" }\n');
  lab.write("node_modules/loud/lib.js", 'exports.shout = (text) => text.toUpperCase() + "!";\n');
  return lab;
}

/** What a program prints, run as on its machine. */
function run({ binary, platform, program }: Build, folder: string): string {
  const file = join(folder, `${binary.name}-${platform.text.replaceAll("/", "-")}`);
  copyFileSync(program?.file ?? "", file);
  chmodSync(file, 0o755);
  const emulators = {
    amd64: [],
    arm64: ["qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu"],
    riscv64: ["qemu-riscv64-static"],
  };
  const [command = file, ...rest] = [
    ...(program?.facts.kind === "elf" ? emulators[platform.arch] : []),
    file,
  ];
  const { stdout, stderr } = spawnSync(command, rest, { encoding: "utf8" });
  return stdout.trim() + stderr;
}

describe.skipIf(missing.length > 0)("programs of all builders, built for real", () => {
  let lab: Lab;
  let builds: ReadonlyMap<string, Build>;
  const programs = new Map<string, { readonly says: string; readonly bytes: Buffer }>();

  beforeAll(async () => {
    lab = makeLab();
    // The programs are there for as long as the compilation: so they are read while it lasts, by a plugin's check.
    builds = await lab.build("build", [reading()]);
  });
  afterAll(() => lab.remove());

  function reading() {
    return readPrograms((build) => {
      const bytes = readFileSync(build.program?.file ?? "");
      programs.set(nameOf(build), { says: run(build, lab.folder), bytes });
    });
  }

  test("those that are used, for the platforms where they are", () => {
    expect([...builds.keys()]).toEqual(expected.map(([program]) => program));
  });

  test.each(expected)("%s says %j", (program: string, says: string, machine?: number) => {
    const made = programs.get(program) ?? { says: undefined, bytes: Buffer.of() };
    expect(made.says).toBe(says);
    const isElf = made.bytes.subarray(0, 4).toString("latin1") === "\x7fELF";
    expect(isElf ? made.bytes.readUInt16LE(18) : undefined).toBe(machine);
  });

  test("linked statically, unless they are not to be", () => {
    const interpreters = [...builds.values()].flatMap(({ binary, program }) =>
      program?.facts.kind === "elf" && program.facts.interpreter !== undefined ? [binary.name] : [],
    );
    expect(interpreters).toEqual(["dynamic", "dynamic"]);
  });

  test("by tools that are told with their versions", () => {
    const toolsOf = (program: string) => builds.get(program)?.tools ?? [];
    expect(toolsOf("go linux/arm64")).toEqual([
      { name: "go", version: expect.stringMatching(/^go version go1\./) },
    ]);
    const names = toolsOf("cc linux/arm64").map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["aarch64-linux-gnu-gcc", "aarch64-linux-gnu-g++"]));
    expect(toolsOf("prebuilt linux/arm64")).toEqual([]);
    expect(JSON.stringify([...builds.values()].map(({ commands }) => commands))).not.toContain(lab.folder);
  });

  test("the same bytes in another folder, whatever that is called", async () => {
    const other = makeLab();
    // Those that differ in nothing but the machine are left out: it is slow enough.
    other.write("topology.toml", topology.replace(/^r[23] = .*$/gm, ""));
    try {
      const again = await other.build("build");
      const changed = [...again].filter(
        ([program, build]) => build.program?.sha256 !== builds.get(program)?.program?.sha256,
      );
      expect(changed.map(([program]) => program)).toEqual([]);
    } finally {
      other.remove();
    }
  });

  test("once: then nothing is built", async () => {
    const again = await lab.build("look up");
    expect([...again.values()].filter(({ program }) => program === undefined)).toEqual([]);
  });

  test.each([
    ["src/cc/level.h", "#define LEVEL 4\n", ["cc linux/amd64", "cc linux/arm64"]],
    ["src/cc/unused.h", "#define UNUSED 2\n", []],
    ["src/esbuild/unused.ts", "export const word = 1;\n", []],
    ["src/esbuild/word.ts", 'export const word = "bye";\n', ["esbuild linux/amd64", "esbuild linux/arm64"]],
    ["node_modules/loud/lib.js", "exports.shout = String;\n", ["esbuild linux/amd64", "esbuild linux/arm64"]],
    ["node_modules/loud/README.md", "Loud.\n", []],
    ["src/go/words/words.go", "package words\n", ["go linux/amd64", "go linux/arm64", "go linux/riscv64"]],
    ["src/bin/say-amd64", "#!/bin/sh\n", ["prebuilt linux/amd64"]],
    ["topology.toml", `# Another comment.\n${topology}`, []],
    ["topology.toml", topology.replace('"-O2", "-g"', '"-O2"'), ["cc linux/amd64", "cc linux/arm64"]],
    [
      "topology.toml",
      topology.replace("environ.WORD =", "environ.NAME = 'x'\nenviron.WORD ="),
      ["command linux/amd64", "command linux/arm64", "command linux/riscv64"],
    ],
  ])("a changed %s builds anew what is made of it", async (path, text, rebuilt) => {
    const before = readFileSync(join(lab.root, path), { encoding: "utf8", flag: "a+" });
    lab.write(path, text);
    try {
      const found = await lab.build("look up");
      const gone = [...found].filter(([, { program }]) => program === undefined);
      expect(gone.map(([program]) => program)).toEqual(rebuilt);
    } finally {
      lab.write(path, before);
    }
  });
});
