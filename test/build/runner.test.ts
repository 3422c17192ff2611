import { chmodSync, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { diskFiles } from "@dune/core";
import { describe, expect, test } from "vitest";
import { pruneCache } from "../../packages/core/dist/phases/5-build/prune-cache.js";
import { type BuildLab, entriesOf, namesIn, newLab, processesOf, script, until } from "./build-lab.js";

/** Whatever ends the build ends these: what ignores signals, what has left the session, what is in the background. */
const stubborn =
  "trap '' TERM INT HUP; setsid sh -c 'trap \"\" TERM; sleep 600; :' & sleep 601 & echo started; sleep 602; true";

/** All that the stubborn build starts. */
function isRunning(lab: BuildLab): boolean {
  const commands = processesOf(lab);
  return ["600", "601", "602"].every((each) => commands.some((command) => command.includes(`sleep ${each}`)));
}

function readFileIfThere(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

function codesOf({ diagnostics }: Awaited<ReturnType<BuildLab["build"]>>): readonly string[] {
  return diagnostics.map(({ code }) => code);
}

/** Of the first program by name. */
function failedLog({ cache }: BuildLab): string {
  return join(cache, "failed", namesIn(join(cache, "failed"))[0] ?? "");
}

describe("no process of a build is left", () => {
  test("by a timeout", async () => {
    const lab = await newLab();
    await lab.declare({ probe: stubborn }, 'timeout = "600ms"');
    const result = await lab.build();
    expect(codesOf(result)).toEqual(["build/timed-out"]);
    expect(result.diagnostics[0]).toMatchObject({
      message: 'binary "probe" was not built for linux/amd64 within 600ms',
      output: expect.stringContaining("\nstarted"),
    });
    expect(processesOf(lab)).toEqual([]);
    expect(entriesOf(lab)).toEqual([]);
  });

  test.each([
    ["success", "true", []],
    ["failure", "false", ["build/failed"]],
    ["an end of its whole group", "kill -KILL 0", ["build/failed"]],
  ])("by %s", async (_, end, codes) => {
    const lab = await newLab();
    await lab.declare({ probe: `setsid sleep 600 & sleep 601 & ${script("true")}; ${end}` });
    expect(codesOf(await lab.build())).toEqual(codes);
    expect(processesOf(lab)).toEqual([]);
  });

  test("by an abort, which is thrown", async () => {
    const lab = await newLab();
    await lab.declare({ probe: stubborn });
    const controller = new AbortController();
    const building = lab.build({ signal: controller.signal });
    await until(() => isRunning(lab));
    controller.abort(new Error("enough"));
    await expect(building).rejects.toThrow("enough");
    expect(processesOf(lab)).toEqual([]);
    expect(namesIn(join(lab.cache, "work"))).toEqual([]);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("by %s to dune, which says so", async (signal, code) => {
    const lab = await newLab();
    await lab.declare({ probe: stubborn });
    const dune = lab.start();
    await until(() => isRunning(lab));
    dune.kill(signal);
    expect(await dune.end).toEqual({
      code,
      stderr: `stopped by ${signal}: no build goes on, what was built is kept\n`,
    });
    expect(processesOf(lab)).toEqual([]);
    expect(namesIn(join(lab.cache, "work"))).toEqual([]);
    expect(existsSync(join(lab.folder, "dist"))).toBe(false);
  });

  test("by SIGKILL to dune; the next one removes its folder", async () => {
    const lab = await newLab();
    await lab.declare({ probe: stubborn });
    const dune = lab.start();
    await until(() => isRunning(lab));
    dune.kill("SIGKILL");
    await dune.end;
    await until(() => processesOf(lab).length === 0);
    expect(namesIn(join(lab.cache, "work"))).toHaveLength(1);
    await lab.declare({ probe: script("true") });
    await lab.build();
    expect(namesIn(join(lab.cache, "work"))).toEqual([]);
  });
});

describe("what a build is given", () => {
  test("is an environment of its own, no input, and a folder with nothing but the inputs", async () => {
    const lab = await newLab();
    await lab.write("src/inner/tool.sh", "");
    chmodSync(join(lab.folder, "src/inner/tool.sh"), 0o700);
    await lab.write("other/file", "");
    await lab.declare({
      probe: "echo '#!/bin/sh'; cat; env; umask; pwd; find . -printf '%P %m %T@\\n'; false",
    });
    const { code } = await lab.start(undefined, { SECRET: "secret", CFLAGS: "-O0", GOPROXY: "off" }).end;
    expect(code).toBe(1);
    const log = readFileSync(failedLog(lab), "utf8");
    const names = [...log.matchAll(/^([A-Za-z_]\w*)=/gm)].map(([, name]) => name).sort();
    expect(names).toEqual([
      ...["AR", "CARGO_BUILD_TARGET", "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER"],
      ...["CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS", "CC", "CGO_ENABLED"],
      ...["CMAKE_BUILD_PARALLEL_LEVEL", "CXX", "DUNE_BUILD", "GOARCH", "GOENV", "GOFLAGS", "GOOS", "GOPROXY"],
      ...[
        "GOTOOLCHAIN",
        "HOME",
        "LC_ALL",
        "MAKEFLAGS",
        "PATH",
        "PWD",
        "RANLIB",
        "SOURCE_DATE_EPOCH",
        "STRIP",
      ],
      ...["TEST_MARK", "TMPDIR", "TZ", "USER"],
    ]);
    expect(log).toContain("\n0022\n");
    const files = [...log.matchAll(/^(\S+) (\d+) (\d+)\.0+$/gm)].map(([line]) => line.replace(/\.0+$/, ""));
    expect(files.sort()).toEqual([
      "inner 755 315532800",
      "inner/tool.sh 755 315532800",
      "word 644 315532800",
    ]);
  });
});

test("no variable of a build is in an argument, which everybody on the machine may read", async () => {
  const lab = await newLab();
  await lab.declare({ probe: stubborn });
  const ending = new AbortController();
  const building = lab.build({ signal: ending.signal });
  await until(() => isRunning(lab));
  const commands = namesIn("/proc").map((pid) => readFileIfThere(`/proc/${pid}/cmdline`));
  ending.abort();
  await expect(building).rejects.toThrow();
  expect(commands.filter((command) => command.includes(`=${lab.mark}`))).toEqual([]);
});

describe("a build that fails", () => {
  test("is shown with its last lines, all others are built, and each failure is told", async () => {
    const lab = await newLab();
    await lab.declare({
      a: "seq 30; echo wrong >&2; exit 3",
      b: script("true"),
      c: "kill -SEGV $$",
      d: "cat && echo no input; false",
    });
    const first = await lab.build();
    expect(codesOf(first)).toEqual(["build/failed", "build/failed", "build/failed"]);
    expect(first.diagnostics.map(({ message }) => message)).toEqual([
      'binary "a" cannot be built for linux/amd64: a command ended with exit code 3',
      'binary "c" cannot be built for linux/amd64: a command was ended by SIGSEGV',
      'binary "d" cannot be built for linux/amd64: a command ended with exit code 1',
    ]);
    const lines = Array.from({ length: 19 }, (_, index) => `${index + 12}`);
    expect(first.diagnostics[0]?.output).toBe([...lines, "wrong"].join("\n"));
    const log = failedLog(lab);
    expect(log).toMatch(/\/a-linux-amd64-[0-9a-f]{12}\.log$/);
    expect(first.diagnostics[0]?.hint).toContain(log);
    expect(readFileSync(log, "utf8")).toMatch(/^\$ seq 30; .*\n.*\n1\n2\n/);
    expect(first.diagnostics[2]?.output).toContain("\nno input");
    expect(entriesOf(lab)).toHaveLength(1);
    // The same diagnostics again.
    expect((await lab.build()).diagnostics).toEqual(first.diagnostics);
  });

  test("by saying more than a log holds is ended, and its log is removed when there is no room", async () => {
    const lab = await newLab();
    await lab.declare({ probe: "yes", quick: "head -c 100001000 /dev/zero" });
    const { diagnostics } = await lab.build();
    expect(diagnostics).toMatchObject(
      ["probe", "quick"].map((name) => ({
        code: "build/failed",
        message: `binary "${name}" cannot be built for linux/amd64: it has written more than 100 MB to its log`,
      })),
    );
    expect(diagnostics[0]?.output).toMatch(/^y\n(y\n)*y$/);
    expect(statSync(failedLog(lab)).size).toBe(100_000_000);
    await pruneCache(lab.cache, 10_000);
    expect(namesIn(join(lab.cache, "failed"))).toEqual([]);
  });

  test.each<readonly [string, string, string, string]>([
    [
      "nothing",
      "cp word probe.bin",
      "build/no-output",
      'the build left probe.bin: if that is the program, write output = "probe.bin"',
    ],
    ["nothing at all", "true", "build/no-output", "the build left nothing new at all"],
    ["a folder", "mkdir {{out}}", "build/not-a-file", "a folder at {{out}}"],
    ["a pipe", "mkfifo {{out}}", "build/not-a-file", "a pipe at {{out}}"],
    ["a link out of its folder", "ln -s /bin/sh {{out}}", "build/not-a-file", "a link that leads out"],
    ["a link to nothing", "ln -s nowhere {{out}}", "build/not-a-file", "a link that leads nowhere"],
  ])("because it writes %s", async (_, command, code, text) => {
    const lab = await newLab();
    await lab.declare({ probe: command });
    const { diagnostics } = await lab.build();
    expect(diagnostics.map((each) => each.code)).toEqual([code]);
    expect(`${diagnostics[0]?.message}; ${diagnostics[0]?.hint}`).toContain(text);
    expect(entriesOf(lab)).toEqual([]);
  });

  test("because a source changes while it is read", async () => {
    const lab = await newLab();
    await lab.declare({ probe: script("true") });
    const disk = diskFiles(lab.folder);
    const files = {
      ...disk,
      stream: async function* () {
        yield new TextEncoder().encode("other");
      },
    };
    const { diagnostics } = await lab.build({ files });
    expect(diagnostics.map(({ message }) => message)).toEqual([
      'binary "probe" cannot be built for linux/amd64: word has changed since dune has looked at it',
    ]);
    expect(entriesOf(lab)).toEqual([]);
  });
});

describe("a program that is built twice", () => {
  const twice = { mode: "build twice" } as const;

  test("is refused where it differs, with the place", async () => {
    const lab = await newLab();
    await lab.declare({
      time: "{ echo '#!/bin/sh'; date +%s%N; } > {{out}}",
      path: script("$(pwd)"),
      same: script("true"),
    });
    const { diagnostics } = await lab.build({ builds: twice });
    expect(diagnostics.map(({ code, message }) => `${code}: ${message.replace(/\d+/g, "N")}`)).toEqual([
      'build/not-reproducible: binary "path" is another one each time that it is built for linux/amdN: two builds differ from byte N on, and one has N bytes, the other N',
      'build/not-reproducible: binary "time" is another one each time that it is built for linux/amdN: two builds differ from byte N on',
    ]);
    expect(entriesOf(lab)).toHaveLength(1);
  });

  test("is refused with the sections of a compiled program that differ", async () => {
    const lab = await newLab();
    await lab.declare({
      time: `echo "int main() { return 0; } long t = $(date +%s%N);" > t.c; gcc -Wl,--build-id -o {{out}} t.c`,
    });
    const { diagnostics } = await lab.build({ builds: twice });
    expect(diagnostics.map(({ message }) => message)).toEqual([
      expect.stringMatching(/two builds differ in section \.data$/),
    ]);
  });

  test("is refused where the cache has another one", async () => {
    const lab = await newLab();
    const state = join(lab.folder, "state");
    await lab.declare({ probe: `echo >> ${state}; ${script(`$(head -n 2 ${state} | wc -l)`)}` });
    await lab.build();
    const { diagnostics } = await lab.build({ builds: twice });
    expect(diagnostics.map(({ message }) => message)).toEqual([
      'binary "probe" is the same twice now for linux/amd64, but not what the cache has of the same sources: it differs from byte 10 on',
    ]);
    expect(diagnostics[0]?.hint).toContain("a file or a tool that was not declared");
  });
});
