import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { has, type Lab, labOf, topologyWith } from "./lab.js";

const path = process.env.PATH;
afterEach(() => {
  process.env.PATH = path;
});

/** A folder of tools that is all of PATH: the shell and a few more, and scripts. */
function only(lab: Lab, scripts: Readonly<Record<string, string>> = {}): string {
  const folder = join(lab.folder, "tools");
  mkdirSync(folder);
  for (const tool of ["sh", "env", "cp", "cat", "setsid"]) {
    const full = ["/usr/bin", "/bin"].map((each) => join(each, tool)).find((each) => has(each));
    if (full !== undefined) symlinkSync(full, join(folder, tool));
  }
  for (const [name, text] of Object.entries(scripts)) writeScript(join(folder, name), text);
  process.env.PATH = folder;
  return folder;
}

function writeScript(file: string, text: string): void {
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
}

const copy = `builder = "command"\ncommand = "cp probe {{out}}"\n`;

describe("a tool that is missing", () => {
  test("is told before anything is built, with all others, and what needs it", async () => {
    const lab = labOf({
      "topology.toml": `
[infrastructure.nodes]
pc = { cores = 2 }
board = { cores = 2, platform = "linux/arm64" }
alpine = { cores = 2, platform = "linux/arm64/musl" }

[topology.nodes]
r0 = { phynode = "pc", binaries = ["fine", "go", "rust"] }
r1 = { phynode = "board", binaries = ["c", "cxx", "made", "fine"] }
r2 = { phynode = "alpine", binaries = ["c"] }

[binaries]
fine = { builder = "command", command = "touch {{out}}; exit 1" }
go = { builder = "go" }
rust = { builder = "cargo", static = false }
c = { builder = "cc" }
cxx = { builder = "cc", files = ["*.cc"] }
made = { builder = "make" }
`,
      ...{ "go.mod": "", "Cargo.toml": "", "a.c": "", "b.cc": "", Makefile: "" },
    });
    only(lab);
    const said = await lab.problems();
    expect(said).toMatchInlineSnapshot(`
      [
        "build/missing-tool: "aarch64-linux-gnu-gcc", "aarch64-linux-musl-gcc", "aarch64-linux-gnu-g++", "go", "make", "cargo", "rustc" and "gcc" are not installed, which building "c", "cxx", "go", "made" and "rust" needs; apt-get install cargo g++-aarch64-linux-gnu gcc gcc-aarch64-linux-gnu golang-go libc6-dev libc6-dev-arm64-cross make; "aarch64-linux-musl-gcc": Debian has none; install one and name it as cc in [toolchains."linux/arm64/musl"]",
      ]
    `);
  });

  test("may be the C library only", async () => {
    const lab = labOf({ "topology.toml": topologyWith('builder = "cc"', "linux/riscv64"), "a.c": "" });
    only(lab, { "riscv64-linux-gnu-gcc": 'case "$1" in --version) echo gcc 1 ;; *) echo nothing ;; esac' });
    expect(await lab.problems()).toEqual([
      'build/missing-tool: the C library for riscv64-linux-gnu, to be linked statically is not installed, which building "probe" for linux/riscv64 needs; apt-get install libc6-dev-riscv64-cross, or name another in [toolchains."linux/riscv64"] as cc',
    ]);
  });

  test("may be what cargo lacks for another platform", async () => {
    const lab = labOf({
      "topology.toml": topologyWith('builder = "cargo"', "linux/arm64/musl"),
      "Cargo.toml": "",
    });
    const tools = only(lab, { "aarch64-linux-musl-gcc": "echo /", cargo: "echo cargo 1" });
    writeScript(join(tools, "rustc"), `[ "$1" = --version ] && echo rustc 1 || echo ${lab.folder}`);
    expect(await lab.problems()).toEqual([
      `build/missing-tool: Rust's standard library for aarch64-unknown-linux-musl is not installed, which building "probe" for linux/arm64/musl needs; rustup target add aarch64-unknown-linux-musl`,
    ]);
  });

  test("is named by the user: a toolchain, the tools of a command", async () => {
    const toolchain = '[toolchains."linux/arm64"]\ncc = "clang-99 --target=aarch64-linux-gnu"\n';
    const probe = topologyWith(
      'builder = "command"\ncommand = "$CC -o {{out}} a.c"\ntools = ["flex"]',
      "linux/arm64",
    );
    const lab = labOf({ "topology.toml": `${probe}${toolchain}`, "a.c": "" });
    only(lab);
    expect(await lab.problems()).toEqual([
      'build/missing-tool: "flex" and "clang-99" are not installed, which building "probe" needs; "flex": install flex, or remove it from tools; "clang-99": install it, or name another as cc in [toolchains."linux/arm64"]',
    ]);
  });

  test("is none where a command does not name the C toolchain", async () => {
    const lab = labOf({ "topology.toml": topologyWith(copy, "linux/arm64"), probe: "#!/bin/sh\n" });
    only(lab);
    const builds = await lab.build();
    expect(builds.get("probe linux/arm64")?.tools).toEqual([]);
  });
});

describe("a tool that is there", () => {
  test("counts by its version and its content, and is asked once", async () => {
    const lab = labOf({ "topology.toml": topologyWith(`${copy}tools = ["flex"]`), probe: "#!/bin/sh\n" });
    const asked = join(lab.folder, "asked");
    const flex = (version: string) => `echo $# >>${asked}; cat; echo 'flex ${version}'; echo more`;
    const tools = only(lab, { flex: flex("1.0") });
    const versionOf = async (mode: "build" | "look up" = "build") => {
      const build = (await lab.build(mode)).get("probe linux/amd64");
      return [build?.tools, build?.program !== undefined];
    };
    expect(await versionOf()).toEqual([[{ name: "flex", version: "flex 1.0" }], true]);
    expect(await versionOf("look up")).toEqual([[{ name: "flex", version: "flex 1.0" }], true]);
    expect(readFileSync(asked, "utf8")).toBe("1\n");

    writeScript(join(tools, "flex"), flex("2.0"));
    expect(await versionOf("look up")).toEqual([[{ name: "flex", version: "flex 2.0" }], false]);
  });

  test("may say no version", async () => {
    const lab = labOf({ "topology.toml": topologyWith(`${copy}tools = ["flex"]`), probe: "#!/bin/sh\n" });
    only(lab, { flex: "echo usage; exit 2" });
    const builds = await lab.build();
    expect(builds.get("probe linux/amd64")?.tools).toEqual([{ name: "flex", version: "unknown" }]);
  });

  test("counts with the C library that a compiler links", async () => {
    const lab = labOf({ "topology.toml": topologyWith('builder = "cc"', "linux/riscv64"), "a.c": "" });
    const library = join(lab.folder, "libc.a");
    writeFileSync(library, "one");
    // It makes a program that can be run: what is checked is only when it is started.
    const compiler = `case "$1" in --version) echo gcc 1 ;; -print-file-name=libc.a) echo ${library} ;; -print*) echo none ;; *) exit 1 ;; esac`;
    only(lab, { "riscv64-linux-gnu-gcc": compiler });
    const asks = async () => {
      lab.asked = 0;
      await lab.compile("look up");
      return lab.asked;
    };
    expect(await asks()).toBeGreaterThan(1);
    expect(await asks()).toBe(0);
    writeFileSync(library, "two!");
    expect(await asks()).toBeGreaterThan(1);
  });
});
