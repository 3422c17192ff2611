import { createHash } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { dune, newFolder } from "./run-dune.js";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

const script = "#!/bin/sh\necho hello\n";
const topology = `
[infrastructure.nodes.s1]
cores = 8
[infrastructure.nodes.s2]
cores = 8
platform = "linux/arm64"
[binaries.hello]
builder = "command"
source = "src"
command = "cp hello.sh {{out}}"
[binaries.idle]
builder = "cc"
[toolchains."linux/arm64"]
cc = "clang --target=aarch64-linux-gnu"
[topology.nodes.a]
phynode = "s1"
exec = ["{{bin.hello}}"]
[topology.nodes.b]
phynode = "s2"
binaries = ["hello"]
`;

/** A lab whose programs are scripts: no compiler is needed. */
function newLab() {
  const folder = newFolder({ "lab.toml": topology });
  mkdirSync(join(folder, "src"));
  writeFileSync(join(folder, "src/hello.sh"), script);
  const run = async (command: string, ...args: string[]) => {
    const env = { XDG_CACHE_HOME: join(folder, "cache") };
    const { exitCode, stdout, stderr } = await dune(folder, [command, "lab.toml", ...args], env);
    return { exitCode, stdout, stderr };
  };
  return { folder, run };
}

/** The rows of one platform in `dune explain`. */
const rowsOf = (platform: string, program: readonly string[], whom: string) => `
    ${platform}  program   ${program.join(`\n${" ".repeat(27)}`)}
                 for       ${whom}
                 sources   src: 1 file
                           sha256 ${sha256(`${sha256(script)}  hello.sh\n`)}
                 commands  sh -c 'cp hello.sh {{out}}'`;

describe("check", () => {
  test("says what cannot be built, and builds nothing", async () => {
    const { folder, run } = newLab();
    expect(await run("check")).toMatchObject({ exitCode: 0 });
    for (const [setting, code] of [
      ["source=nowhere", "build/no-inputs"],
      ["command=make", "build/cannot-build"],
    ]) {
      const { exitCode, stdout } = await run("check", "--json", "--set", `binaries.hello.${setting}`);
      expect(exitCode).toBe(1);
      expect(JSON.parse(stdout).diagnostics).toContainEqual(expect.objectContaining({ code }));
    }
    expect(existsSync(join(folder, "cache"))).toBe(false);
  });
});

test("build --check-reproducible says that it has built twice", async () => {
  const { run } = newLab();
  const { stdout } = await run("build", "--check-reproducible");
  expect(stdout).toMatch(/hello +linux\/arm64 .* built twice, the same bytes/);
});

describe("explain, a program", () => {
  test("tells from what, how and for whom it is built, and what came out", async () => {
    const { run } = newLab();
    const explained = async () => {
      const { stdout } = await run("explain", "binaries.hello");
      // What the machine's own tools say of themselves is left out.
      return stdout
        .split("\n")
        .filter((line) => !/^ {17}(tools| {5}) {5}\S+: /.test(line))
        .join("\n");
    };
    const text = (program: readonly string[]) => `binaries.hello
  builds${rowsOf("linux/amd64", program, "s1, used by a")}${rowsOf("linux/arm64", program, "s2, used by b")}
  values
    builder  "command"              binary hello  lab.toml:8:11
    command  "cp hello.sh {{out}}"  binary hello  lab.toml:10:11
    source   "src"                  binary hello  lab.toml:9:10`;
    expect(await explained()).toBe(text(["not built yet: dune build builds it"]));
    expect((await run("build")).exitCode).toBe(0);
    expect(await explained()).toBe(
      text([`${script.length} B, a script for /bin/sh`, `sha256 ${sha256(script)}`]),
    );
  });

  test("--json has the same, and the environment of the build", async () => {
    const { run } = newLab();
    await run("build");
    const { stdout } = await run("explain", "binaries.hello", "--json");
    expect(JSON.parse(stdout).builds).toEqual(
      ["linux/amd64", "linux/arm64"].map((platform, index) => ({
        platform,
        phynodes: [`s${index + 1}`],
        nodes: [index === 0 ? "a" : "b"],
        sources: { folder: "src", files: 1, sha256: sha256(`${sha256(script)}  hello.sh\n`), outside: [] },
        commands: [{ argv: ["sh", "-c", "cp hello.sh {{out}}"] }],
        environ: expect.objectContaining({ GOARCH: platform.split("/")[1] }),
        tools: expect.any(Array),
        program: {
          sha256: sha256(script),
          size: script.length,
          facts: { kind: "script", interpreter: "/bin/sh" },
        },
      })),
    );
  });

  test.each([
    [
      "binaries.hello.command",
      'binaries.hello.command = "cp hello.sh {{out}}"\n  "cp hello.sh {{out}}"  binary hello  lab.toml:10:11',
    ],
    ["binaries.hello.static", "binaries.hello.static = true\n  dune's default"],
    ["binaries.idle.flags", "binaries.idle.flags\n  nothing sets it"],
    [
      "binaries.idle",
      'binaries.idle\n  builds\n    none: nothing uses it\n  values\n    builder  "cc"  binary idle  lab.toml:12:11',
    ],
    [
      "binaries",
      "binaries\n  hello  command  linux/amd64 not built yet, linux/arm64 not built yet\n  idle   cc",
    ],
    [
      'toolchains."linux/arm64/gnu".cc',
      'toolchains."linux/arm64".cc = "clang --target=aarch64-linux-gnu"\n  "clang --target=aarch64-linux-gnu"  toolchain linux/arm64  lab.toml:14:6',
    ],
  ])("%s", async (path, text) => {
    expect(await newLab().run("explain", path)).toEqual({ exitCode: 0, stdout: text, stderr: "" });
  });

  test.each([
    ["binaries.helo", 'there is no binary "helo"', "did you mean binaries.hello?"],
    ["binaries.hello.comand", 'binaries.hello has no "comand"', "did you mean binaries.hello.command?"],
    [
      'toolchains."linux/amd64"',
      'there is no toolchain "linux/amd64"',
      'did you mean toolchains."linux/arm64"?',
    ],
  ])("%s is refused", async (path, message, hint) => {
    expect(await newLab().run("explain", path)).toEqual({
      exitCode: 1,
      stdout: "",
      stderr: `error: ${message}\n  hint: ${hint}`,
    });
  });
});

describe("build, with programs", () => {
  test("lists them by platform, and which were not built anew", async () => {
    const { folder, run } = newLab();
    const table = async () => /^ {2}program.*\n( {2}hello.*\n)*/m.exec((await run("build")).stdout)?.[0];
    const kind = `${script.length} B  a script for /bin/sh`;
    const rows = (end: string) => `  program  platform     for  size
  hello    linux/amd64  s1   ${kind}${end}
  hello    linux/arm64  s2   ${kind}${end}
`;
    expect(await table()).toBe(rows(""));
    expect(await table()).toBe(rows("  as built before"));
    writeFileSync(join(folder, "src/hello.sh"), script.replace("hello", "world"));
    expect(await table()).toBe(rows(""));
  });

  test("--json has them", async () => {
    const { run } = newLab();
    const programs = async () => JSON.parse((await run("build", "--json")).stdout).programs;
    const [, arm64] = await programs();
    expect(arm64).toEqual({
      name: "hello",
      platform: "linux/arm64",
      phynodes: ["s2"],
      sha256: sha256(script),
      size: script.length,
      fromCache: false,
    });
    expect((await programs())[1]).toEqual({ ...arm64, fromCache: true });
  });
});

test.each(["build", "explain"])(
  "%s of what a tool is missing for ends with 2: the machine is wrong",
  async (command) => {
    const { folder, run } = newLab();
    writeFileSync(
      join(folder, "lab.toml"),
      `${topology.trimEnd()}\n`.replace("source =", 'tools = ["no-such-tool"]\nsource ='),
    );
    const { exitCode, stderr } = await run(command, ...(command === "explain" ? ["binaries.hello"] : []));
    expect(stderr).toContain('"no-such-tool" is not installed');
    expect(exitCode).toBe(2);
  },
);
