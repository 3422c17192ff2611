// What building programs costs: the first build of examples/cross, and a second with nothing changed, which must start no
// compiler. Compilers are watched by wrappers that stand before them in PATH.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cli, median, root, rounded } from "./figures.mjs";

const target = { share: 0.1, processes: 0 };
const secondRuns = 5;
// What dune may start for these programs; another one would be seen by its time only.
const compilers = ["gcc", "aarch64-linux-gnu-gcc", "go"];
const watched = [
  ...compilers,
  ...["ar", "g++", "ranlib", "strip", "cc", "sh", "node", "esbuild"],
  ...["ar", "g++", "ranlib", "strip"].map((tool) => `aarch64-linux-gnu-${tool}`),
];

export function benchPrograms() {
  const missing = compilers.filter((tool) => pathOf(tool) === undefined);
  if (missing.length > 0) {
    process.stderr.write(`npm run bench: programs are not built: there is no ${missing.join(", no ")}\n`);
    return [{ name: "programs", skipped: `there is no ${missing.join(", no ")}` }];
  }
  const folder = mkdtempSync(join(tmpdir(), "dune-bench-"));
  try {
    return [benchBuilds(folder)];
  } finally {
    // What Go keeps is read-only.
    spawnSync("chmod", ["-R", "u+w", folder]);
    rmSync(folder, { recursive: true });
  }
}

function benchBuilds(folder) {
  cpSync(join(root, "examples/cross"), join(folder, "cross"), {
    recursive: true,
    filter: (path) => !/(dist|\.lock\.json)$/.test(path),
  });
  const log = join(folder, "started");
  const env = { ...process.env, XDG_CACHE_HOME: join(folder, "cache"), PATH: watchedPath(folder, log) };
  const build = (goCache) => timed([process.execPath, cli, "build", join(folder, "cross")], env, goCache);

  const first = build(join(folder, "go"));
  const before = linesOf(log).length;
  const seconds = Array.from({ length: secondRuns }, () => build(join(folder, "go")));
  const started = linesOf(log).slice(before);
  const second = median(seconds);
  const share = rounded(second / first);
  return {
    name: "second build of four programs, nothing changed",
    share,
    processes: started.length,
    seconds: second,
    target,
    ok: share <= target.share && started.length === target.processes,
    ...(started.length > 0 && { started }),
    runs: seconds,
    first: { seconds: first, processes: before },
    reference: reference(folder),
  };
}

const wrapper = `
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(int argc, char **argv) {
  int log = open(LOG, O_WRONLY | O_APPEND | O_CREAT, 0644);
  dprintf(log, "%s %s\\n", TOOL, argc > 1 ? argv[1] : "");
  close(log);
  argv[0] = REAL; // where a compiler looks for its parts
  execv(REAL, argv);
  return 127;
}
`;

/**
 * Before the rest of PATH: for each compiler a program that takes note and becomes it. No script: what those say of themselves
 * dune asks every time.
 */
function watchedPath(folder, log) {
  const wrappers = join(folder, "wrappers");
  mkdirSync(wrappers);
  for (const tool of watched) {
    const path = pathOf(tool);
    if (path === undefined) continue;
    const macros = Object.entries({ LOG: log, TOOL: tool, REAL: path }).map(
      ([name, value]) => `-D${name}=${JSON.stringify(value)}`,
    );
    execFileSync("gcc", [...macros, "-o", join(wrappers, tool), "-x", "c", "-"], { input: wrapper });
  }
  return `${wrappers}:${process.env.PATH}`;
}

function pathOf(tool) {
  return process.env.PATH?.split(":")
    .map((folder) => join(folder, tool))
    .find((path) => existsSync(path));
}

function linesOf(file) {
  return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
}

/** Seconds. */
function timed([command, ...args], env, goCache, cwd) {
  const started = performance.now();
  const options = { env: { ...env, GOCACHE: goCache }, cwd, encoding: "utf8" };
  const { status, stderr } = spawnSync(command, args, options);
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} exited with ${status}: ${stderr}`);
  return rounded((performance.now() - started) / 1000);
}

/** The compilers alone, one after the other, as one calls them by hand. */
function reference(folder) {
  const source = join(folder, "cross");
  const env = { ...process.env, CGO_ENABLED: "0", GOARCH: "arm64" };
  const commands = [
    [["gcc", "-O2", "-static", "-o", join(folder, "a"), "probe/probe.c"], source],
    [["aarch64-linux-gnu-gcc", "-O2", "-static", "-o", join(folder, "b"), "probe/probe.c"], source],
    [["go", "build", "-trimpath", "-o", join(folder, "c"), "."], join(source, "probe-go")],
  ];
  const seconds = commands.map(([command, cwd]) => timed(command, env, join(folder, "go-alone"), cwd));
  return {
    what: "the compilers of C and Go alone, one after the other",
    seconds: rounded(seconds.reduce((sum, each) => sum + each, 0)),
  };
}
