import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { definePlugin } from "@dune/core";
import { describe, expect, test } from "vitest";
import { has, type Lab, labOf, topologyWith } from "./lab.js";

/** Whether the program is built anew, where it was built before. */
async function isStale(lab: Lab): Promise<boolean> {
  const builds = await lab.build("look up");
  return builds.get("probe linux/amd64")?.program === undefined;
}

describe("a bundle of esbuild is made anew", () => {
  const files = {
    "topology.toml": topologyWith(`builder = "esbuild"\nsource = "src"`),
    "src/probe.ts":
      'import { v } from "foo";\nimport { s } from "../../shared/s";\nclass A { x = v }\nconsole.log(new A().x, s);\n',
    "src/unused.ts": "",
    "node_modules/foo/package.json": '{ "name": "foo", "main": "a.js" }',
    "node_modules/foo/a.js": 'exports.v = "a";\n',
    "node_modules/foo/b.js": 'exports.v = "b";\n',
    "node_modules/foo/c.js": 'exports.v = "c";\n',
    "../shared/s.js": "export const s = 1;\n",
    "tsconfig.json": '{ /* above */ "extends": "./base" }',
  };

  test.each<[string, boolean, (lab: Lab) => void]>([
    ["package.json", true, (lab) => lab.write("node_modules/foo/package.json", '{ "main": "b.js" }')],
    ["a nearer package", true, (lab) => lab.write("src/node_modules/foo/index.js", 'exports.v = "n";\n')],
    ["a configuration above", true, (lab) => lab.write("tsconfig.json", "{}")],
    [
      "what it extends",
      true,
      (lab) => lab.write("base.json", '{ "compilerOptions": { "target": "ES2017" } }'),
    ],
    ["a file found first", true, (lab) => lab.write("../shared/s.ts", "export const s = 2;\n")],
    ["a file outside", true, (lab) => lab.write("../shared/s.js", "export const s = 2;\n")],
    [
      "a link that leads elsewhere",
      true,
      (lab) => {
        cpSync(join(lab.root, "node_modules/foo"), join(lab.root, "packages/foo"), { recursive: true });
        rmSync(join(lab.root, "node_modules/foo"), { recursive: true });
        symlinkSync("../packages/foo", join(lab.root, "node_modules/foo"));
      },
    ],
    ["no file that it does not read", false, (lab) => lab.write("node_modules/foo/c.js", "changed")],
    ["no input that it does not read", false, (lab) => lab.write("src/unused.ts", "changed")],
  ])("for %s", async (_, expected, change) => {
    const lab = labOf(files);
    await lab.build();
    expect(await isStale(lab)).toBe(false);
    change(lab);
    expect(await isStale(lab)).toBe(expected);
  });

  test("where more folders are above it: one of them may have what decides", async () => {
    const lab = labOf(files);
    await lab.build();
    cpSync(lab.root, join(lab.folder, "deep/lab"), { recursive: true });
    cpSync(join(lab.folder, "shared"), join(lab.folder, "deep/shared"), { recursive: true });
    lab.root = join(lab.folder, "deep/lab");
    expect(await isStale(lab)).toBe(true);
  });

  test("and all that it has read are its sources, from the cache, too", async () => {
    const lab = labOf(files);
    const [build] = (await lab.build()).values();
    expect(build?.sources).toMatchObject({ files: 4, outside: ["../shared/s.js"] });
    const [again] = (await lab.build()).values();
    expect(again).toMatchObject({ isFresh: false, sources: build?.sources });
    lab.write("node_modules/foo/a.js", 'exports.v = "changed";\n');
    const [other] = (await lab.build()).values();
    expect(other?.sources.sha256).not.toBe(build?.sources.sha256);
    expect(other?.environ.CC).toContain("gcc");
  });
});

describe.skipIf(!has("gcc"))("a program of cc is made anew", () => {
  const incbin = 'asm(".section .rodata\\n.globl tab\\ntab: .incbin \\"table.inc\\"\\n.text\\n");\n';

  function library(lab: Lab, value: number): void {
    const folder = join(lab.folder, "lib");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "f.c"), `int foo(void) { return ${value}; }\n`);
    execFileSync("sh", ["-c", "rm -f libfoo.a; gcc -c f.c && ar rc libfoo.a f.o"], { cwd: folder });
  }

  function labWith(files: Readonly<Record<string, string>>): Lab {
    const lab = labOf({
      "src/probe.c": `${incbin}int foo(void);\nint main(void) { return foo(); }\n`,
      "src/table.inc": "one",
      "src/unused.inl": "",
      ...files,
    });
    const flags = `["-L${join(lab.folder, "lib")}"]`;
    lab.write(
      "topology.toml",
      topologyWith(`builder = "cc"\nsource = "src"\nflags = ${flags}\nlibs = ["foo"]\nfiles = ["*.{c,s}"]`),
    );
    library(lab, 1);
    return lab;
  }

  test("for a library that it links, for what its assembler takes, and for nothing else", async () => {
    const lab = labWith({});
    await lab.build();
    expect(await isStale(lab)).toBe(false);
    lab.write("src/unused.inl", "changed");
    expect(await isStale(lab)).toBe(false);
    lab.write("src/table.inc", "two");
    expect(await isStale(lab)).toBe(true);
    lab.write("src/table.inc", "one");
    library(lab, 2);
    expect(await isStale(lab)).toBe(true);
  });

  test("for all of its inputs where one is in assembler, and for a library all the same", async () => {
    const lab = labWith({ "src/more.s": '.include "more.h"\n', "src/more.h": ".text\n" });
    await lab.build();
    expect(await isStale(lab)).toBe(false);
    lab.write("src/more.h", ".data\n");
    expect(await isStale(lab)).toBe(true);
    lab.write("src/more.h", ".text\n");
    library(lab, 2);
    expect(await isStale(lab)).toBe(true);
  });

  test("but not with flags that nobody can see", async () => {
    const lab = labOf({
      "topology.toml": topologyWith('builder = "cc"\nflags = ["-O2", "@/etc/flags"]'),
      "probe.c": "",
    });
    expect(await lab.problems()).toEqual([
      'build/cannot-build: "probe" cannot be built: the flag "@/etc/flags" takes other flags from a file; write them into flags themselves',
    ]);
  });
});

test("what has changed while it was read is not what the program is kept by", async () => {
  const lab = labOf({
    "topology.toml": topologyWith('builder = "reading"'),
    "../system.h": "one\n",
    input: "",
  });
  const header = join(lab.folder, "system.h");
  const script = `cat ${header} > word; echo two > ${header}; echo "x: ${header}" > x.d; { echo '#!/bin/sh'; cat word; } > {{out}}`;
  const reading = definePlugin({
    name: "reading",
    api: 1,
    builders: {
      reading: {
        plan: () => ({
          commands: [{ argv: ["sh", "-c", script] }],
          reads: { files: "*.d", format: "make" as const },
          needs: [],
        }),
      },
    },
  });
  const build = async () => (await lab.build("build", [reading])).get("probe linux/amd64");
  const first = await build();
  const second = await build();
  expect(second?.isFresh).toBe(true);
  expect(second?.program?.sha256).not.toBe(first?.program?.sha256);
});
