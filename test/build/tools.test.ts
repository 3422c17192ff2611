import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { has, type Lab, labOf, readPrograms, topologyWith } from "./lab.js";

const path = process.env.PATH;
afterEach(() => {
  process.env.PATH = path;
  vi.unstubAllEnvs();
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

  test("is none of the C toolchain, though it is there, where a command says that it runs nothing", async () => {
    const probe = (keys: string) => topologyWith(`builder = "command"\n${keys}`);
    const lab = labOf({
      "topology.toml": probe('command = "sh make.sh {{out}}"'),
      "make.sh": "#!/bin/sh\ncp $0 $1",
    });
    const library = join(lab.root, "make.sh");
    only(lab, {
      gcc: `case "$1" in --version) echo gcc 1 ;; -print-file-name=*) echo ${library} ;; *) echo none ;; esac`,
    });
    const toolsOf = async () => (await lab.build()).get("probe linux/amd64")?.tools.map(({ name }) => name);
    expect(await toolsOf()).toEqual(["gcc"]);
    lab.write("topology.toml", probe('command = "sh make.sh {{out}}"\ntools = []'));
    expect(await toolsOf()).toEqual([]);
  });
});

describe("a tool that is there", () => {
  const flexLab = () =>
    labOf({ "topology.toml": topologyWith(`${copy}tools = ["flex"]`), probe: "#!/bin/sh\n" });
  const lookUp = async (lab: Lab, mode: "build" | "look up" = "look up") => {
    const build = (await lab.build(mode)).get("probe linux/amd64");
    return [build?.tools[0]?.version, build?.program !== undefined];
  };

  test("counts by its version, which a script may have from elsewhere", async () => {
    const lab = flexLab();
    const version = join(lab.folder, "version");
    only(lab, { flex: `cat; cat ${version}; echo more` });
    writeFileSync(version, "flex 1.0\n");
    expect(await lookUp(lab, "build")).toEqual(["flex 1.0", true]);
    expect(await lookUp(lab)).toEqual(["flex 1.0", true]);
    writeFileSync(version, "flex 2.0\n");
    expect(await lookUp(lab)).toEqual(["flex 2.0", false]);
  });

  test("counts by its content", async () => {
    const lab = flexLab();
    const tools = only(lab, { flex: "echo flex" });
    expect(await lookUp(lab, "build")).toEqual(["flex", true]);
    writeScript(join(tools, "flex"), "echo flex #");
    expect(await lookUp(lab)).toEqual(["flex", false]);
  });

  test("may say no version", async () => {
    const lab = flexLab();
    only(lab, { flex: "echo usage; exit 2" });
    expect(await lookUp(lab, "build")).toEqual(["unknown", true]);
  });

  test("is asked in the environment of the build, and where its sources choose a version", async () => {
    const says = 'echo "$TOOL_VERSION $LEVEL $(cat .tool-versions || echo none)"';
    const lab = labOf({
      "topology.toml": topologyWith(
        `builder = "command"\ncommand = "(echo '#!/bin/sh'; flex) > {{out}}"\ntools = ["flex"]\nenviron.LEVEL = "3"\nsource = "src"`,
      ),
      "src/probe": "",
      ".tool-versions": "flex 1\n",
    });
    only(lab, { flex: says });
    vi.stubEnv("TOOL_VERSION", "nightly");
    let program = "";
    const read = readPrograms(({ program: made }) => {
      program = readFileSync(made?.file ?? "", "utf8");
    });
    const versionOf = async () =>
      (await lab.build("build", [read])).get("probe linux/amd64")?.tools[0]?.version;
    expect(await versionOf()).toBe("3 none");
    expect(program).toBe("#!/bin/sh\n 3 none\n");
    lab.write("src/.tool-versions", "flex 2\n");
    expect(await versionOf()).toBe("3 flex 2");
    expect(program).toBe("#!/bin/sh\n 3 flex 2\n");
  });

  test("leaves no process, wherever it has started one", async () => {
    const lab = flexLab();
    const pid = join(lab.folder, "pid");
    const daemon = `echo $$ > ${pid}; read -r _ < ${pid}.pipe`;
    only(lab, { flex: `setsid sh -c '${daemon}' & until [ -s ${pid} ]; do :; done; echo flex` });
    spawnSync("mkfifo", [`${pid}.pipe`]);
    expect(await lookUp(lab, "build")).toEqual(["flex", true]);
    // One that nobody has waited for yet is there, but has no command.
    const process = `/proc/${readFileSync(pid, "utf8").trim()}/cmdline`;
    expect(existsSync(process) ? readFileSync(process, "utf8") : "").toBe("");
  });
});

describe("a tool that is named by the user counts, and not the default", () => {
  test.each([
    ["CC of environ", 'builder = "command"\ncommand = "$CC -o {{out}} a.c"\nenviron.CC = "{{name}}-cc -m64"'],
    ["CC of environ, for make", 'builder = "make"\nenviron.CC = "probe-cc"'],
    ["CC of environ, for cc", 'builder = "cc"\nenviron.CC = "probe-cc"'],
    ["a variable of make", 'builder = "make"\nvariables.CC = "probe-cc"'],
    [
      "tools, for any builder",
      'builder = "make"\nenviron.CC = "probe-cc"\ntools = ["{{name}}-gen"]',
      "probe-gen",
    ],
  ])("%s", async (_, binary, ...others) => {
    const lab = labOf({ "topology.toml": topologyWith(binary), "a.c": "", Makefile: "" });
    const asked = 'case "$*" in *--version) echo probe 1 ;; *) echo / ;; esac';
    const scripts = ["probe-cc", "gcc", "make", "probe-gen"].map((name) => [name, asked]);
    const folder = only(lab, Object.fromEntries(scripts));
    const found = async () => {
      const [build] = (await lab.build("look up")).values();
      return build?.tools.map(({ name }) => name).filter((name) => name !== "make");
    };
    expect(await found()).toEqual(["probe-cc", ...others]);
    writeScript(join(folder, "probe-cc"), asked.replace("/ ;;", "/nowhere ;;"));
    expect(await lab.problems()).toEqual([expect.stringContaining("the C library for x86_64-linux-gnu")]);
  });

  test("but PATH is that of dune", async () => {
    const lab = labOf({ "topology.toml": topologyWith('builder = "make"\nenviron.PATH = "/opt/bin"') });
    expect(await lab.problems()).toEqual([
      expect.stringContaining(
        'resolve/bad-value: the key "PATH" of environ of binary "probe" must be a variable other than PATH',
      ),
    ]);
  });
});

describe("what a user has set for all builds", () => {
  test("counts for Cargo, which nothing keeps from it", async () => {
    const lab = labOf({ "topology.toml": topologyWith(`${copy}tools = ["cargo"]`), probe: "#!/bin/sh\n" });
    only(lab, { cargo: "echo cargo 1" });
    vi.stubEnv("CARGO_HOME", join(lab.folder, "cargo"));
    const isThere = async (mode: "build" | "look up" = "look up") =>
      [...(await lab.build(mode)).values()].every(({ program }) => program !== undefined);
    expect(await isThere("build")).toBe(true);
    lab.write("../cargo/config.toml", "[profile.release]\nopt-level = 0\n");
    expect(await isThere()).toBe(false);
    expect(await isThere("build")).toBe(true);
    // Above the builds: cargo looks there, too.
    lab.write("../.cargo/config", "[profile.release]\nopt-level = 1\n");
    expect(await isThere()).toBe(false);
  });

  test.skipIf(!has("go"))("does not count for Go", async () => {
    const shows = `builder = "command"\ncommand = "(echo '#!/bin/sh'; go env GOAMD64) > {{out}}"\ntools = ["go"]`;
    const lab = labOf({
      "topology.toml": topologyWith(shows),
      probe: "",
      "../.config/go/env": "GOAMD64=v3\n",
    });
    vi.stubEnv("HOME", lab.folder);
    let program = "";
    await lab.build("build", [
      readPrograms(({ program: made }) => {
        program = readFileSync(made?.file ?? "", "utf8");
      }),
    ]);
    expect(program).toBe("#!/bin/sh\nv1\n");
  });
});

const cross = "riscv64-linux-gnu-gcc";

describe.skipIf(!has(cross) || !has("go"))("a tool that is a program of this machine", () => {
  const versionsOf = async (lab: Lab, mode: "build" | "look up" = "look up") => {
    const [build] = (await lab.build(mode)).values();
    return [build?.tools.map(({ version }) => version), build?.program !== undefined];
  };

  test("is remembered, until its file is another, or a command that it finds in PATH", async () => {
    const lab = labOf({
      "topology.toml": topologyWith('builder = "cc"', "linux/riscv64"),
      "a.c": "int main(void) { return 0; }\n",
    });
    const tools = join(lab.folder, "tools");
    mkdirSync(tools);
    process.env.PATH = `${tools}:${path}`;
    expect(await versionsOf(lab, "build")).toEqual([[expect.stringContaining(cross)], true]);
    lab.changeMemory("remembered");
    expect(await versionsOf(lab)).toEqual([["remembered"], false]);
    writeScript(join(tools, "riscv64-linux-gnu-as"), 'exec as "$@"');
    lab.changeMemory("remembered");
    expect(await versionsOf(lab)).toEqual([["remembered"], false]);
    // The compiler of this machine asks PATH for its assembler.
    lab.write("topology.toml", topologyWith('builder = "cc"'));
    process.env.PATH = path;
    expect(await versionsOf(lab, "build")).toEqual([[expect.stringMatching(/^gcc/)], true]);
    process.env.PATH = `${tools}:${path}`;
    expect(await versionsOf(lab)).toEqual([[expect.stringMatching(/^gcc/)], true]);
    writeScript(join(tools, "as"), 'exec /usr/bin/as "$@"');
    expect(await versionsOf(lab)).toEqual([[expect.stringMatching(/^gcc/)], false]);
  });
});
