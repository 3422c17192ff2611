import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { dune, newFolder } from "./run-dune.js";

const topology = `name = "lab"
[topology.nodes.r0]
binaries = ["probe", "large"]
[binaries.probe]
builder = "command"
command = "printf '#!/bin/sh\\necho hello\\n' > {{out}}"
inputs = ["topology.toml"]
[binaries.large]
builder = "command"
command = "{ echo '#!/bin/sh'; head -c 300000 /dev/zero | tr '\\\\0' x; } > {{out}}"
inputs = ["topology.toml"]
`;

/** Runs dune with a cache in the folder. */
const inFolder =
  (folder: string) =>
  (args: readonly string[], env: Readonly<Record<string, string>> = {}, prefix: readonly string[] = []) =>
    dune(folder, args, { XDG_CACHE_HOME: join(folder, "xdg"), ...env }, prefix);

test("programs are listed and removed", async () => {
  const folder = newFolder({ "topology.toml": topology });
  const run = inFolder(folder);
  const cache = join(folder, "xdg", "dune");
  expect(await run(["cache", "list"])).toEqual({
    exitCode: 0,
    stdout: `${cache} holds no programs`,
    stderr: "",
  });
  expect((await run(["cache", "prune"])).stdout).toBe(`nothing to remove in ${cache}`);
  expect(await run(["build", "."])).toMatchObject({ exitCode: 0, stderr: "" });

  const minute = /\d{4}-\d\d-\d\d \d\d:\d\d/g;
  const listed = (await run(["cache", "list"])).stdout.replace(minute, "TIME").split("\n").sort();
  expect(listed.map((line) => line.split("TIME")[0]?.trim().replace(/ +/g, " "))).toEqual([
    "",
    `2 programs, 301 kB in ${cache}`,
    expect.stringMatching(/^large linux\/\w+ [0-9a-f]{12} 301 kB$/),
    expect.stringMatching(/^probe linux\/\w+ [0-9a-f]{12} \d+ B$/),
    "program platform sha256 size built last used tools",
  ]);
  const { programs } = JSON.parse((await run(["cache", "list", "--json"])).stdout);
  expect(programs.map(({ name, size }: { name: string; size: number }) => [name, size]).sort()).toEqual([
    ["large", 300_010],
    ["probe", 21],
  ]);

  // What fits stays; the rest of a build is taken from what is there.
  const pruned = await run(["cache", "prune", "--max-size", "100kB", "--json"]);
  expect(JSON.parse(pruned.stdout).removed.map(({ name }: { name: string }) => name)).toContain("large");
  expect(await run(["build", "."])).toMatchObject({ exitCode: 0 });
  const all = await run(["cache", "prune", "--all"]);
  expect(all.stdout).toMatch(/^removed (large|probe) for linux\/\w+, .*\n\nremoved 2 programs, 301 kB in /ms);
  expect((await run(["cache", "list"])).stdout).toBe(`${cache} holds no programs`);
});

test.each([
  ["prune --max-size", ["cache", "prune", "--max-size", "5"], {}, '--max-size: the amount "5" has no unit'],
  [
    "DUNE_CACHE_MAX",
    ["build", "."],
    { DUNE_CACHE_MAX: "5x" },
    'DUNE_CACHE_MAX: "x" in "5x" is not a unit of data',
  ],
  ["an unknown option", ["cache", "list", "--al"], {}, "unknown option '--al'"],
] as const)("%s is checked", async (_, args, env, message) => {
  const run = inFolder(newFolder({ "topology.toml": topology }));
  const { exitCode, stderr } = await run(args, env);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`error: ${message}\n  hint: `);
});

const canMount = spawnSync("unshare", ["-m", "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0;

describe.runIf(canMount)("a cache that cannot be written", () => {
  /** On a file system of its own; the options are those of mount. */
  const on = (options: string) => {
    const folder = newFolder({ "topology.toml": topology });
    const mounted = `mkdir xdg && mount -t tmpfs -o ${options} none xdg && exec "$@"`;
    return inFolder(folder)(["build", "."], {}, ["unshare", "-m", "sh", "-c", mounted, "sh"]);
  };

  test("because it is read-only", async () => {
    const { exitCode, stderr } = await on("ro");
    expect(stderr).toMatch(
      /^error: cannot keep programs in .*\/xdg\/dune: the file system is read-only\n {2}hint: mend that folder, or name another one in XDG_CACHE_HOME$/,
    );
    expect(exitCode).toBe(2);
  });

  test("because the disk is full", async () => {
    const { exitCode, stderr } = await on("size=500k");
    expect(stderr).toMatch(
      /^error: cannot keep programs in .*\/xdg\/dune: no space left on the disk\n {2}hint: make room/,
    );
    expect(exitCode).toBe(2);
  });
});

test("--check-reproducible refuses a program that is another one each time", async () => {
  const run = inFolder(
    newFolder({ "topology.toml": topology.replace("echo '#!/bin/sh';", "echo '#!/bin/sh'; pwd;") }),
  );
  expect(await run(["build", "."])).toMatchObject({ exitCode: 0 });
  const { exitCode, stdout } = await run(["build", ".", "--check-reproducible", "--json"]);
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout).diagnostics).toMatchObject([
    { code: "build/not-reproducible", message: expect.stringMatching(/^binary "large" .*from byte \d+ on/) },
  ]);
});
