import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { diskFiles, memoryFiles } from "@dune/core";
import { describe, expect, test } from "vitest";
import { type Lab, labOf, readPrograms, topologyWith } from "./lab.js";

/** Makes a script that holds the names of all that its build saw. */
const lister = `
builder = "command"
command = '''{ echo "#!/bin/sh"; find . -type f | sort; } >{{out}}'''
`;

/** The files that the build of `probe` saw, and what is said of them. */
async function seenIn(lab: Lab) {
  let seen: readonly string[] = [];
  const reader = readPrograms(({ program }) => {
    const [, ...paths] = readFileSync(program?.file ?? "", "utf8")
      .trim()
      .split("\n");
    seen = paths.map((path) => path.replace("./", ""));
  });
  const builds = await lab.build("build", [reader]);
  return { seen, sources: builds.get("probe linux/amd64")?.sources };
}

const tree = {
  "probe.c": "",
  "lib/a.h": "",
  "lib/.hidden.h": "",
  "lib/a.o": "",
  "lib/.#a.h": "",
  "lib/a.h~": "",
  "lib/.a.h.swp": "",
  "lib/4913": "",
  "lib/__pycache__/a.pyc": "",
  ".git/config": "",
  "node_modules/x/index.js": "",
  "lib/node_modules/y/index.js": "",
  "target/a.c": "",
};

describe("what a build sees", () => {
  test("by default all but noise, what was built, and the topology itself", async () => {
    const lab = labOf({
      ...tree,
      "topology.toml": topologyWith(lister),
      "topology.lock.json": "",
      "dist/manifest.json": "{}",
      "lib/dist/x.h": "",
      // Of --out lib/out.
      "lib/out/manifest.json": '{"manifest":1,"phynodes":[{"name":"s"}]}',
      "lib/out/s.run": "",
    });
    lab.write("topology.lock.json", "{}");
    const { seen, sources } = await seenIn(lab);
    expect(seen).toEqual(["lib/.hidden.h", "lib/a.h", "lib/dist/x.h", "probe.c", "target/a.c"]);
    expect(sources).toEqual({
      folder: ".",
      files: 5,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      outside: [],
    });
  });

  test("what is declared, noise too; or all but what is taken away", async () => {
    const lab = labOf({
      ...tree,
      "topology.toml": topologyWith(`${lister}inputs = ["**/*.o", "probe.c", "!lib/x*"]`),
    });
    expect((await seenIn(lab)).seen).toEqual(["lib/a.o", "probe.c"]);
    lab.write("topology.toml", topologyWith(`${lister}inputs = ["!lib/**"]`));
    expect((await seenIn(lab)).seen).toEqual(["probe.c", "target/a.c"]);
  });

  test("nothing that compilers have made, unless it is declared: for make it would be up to date", async () => {
    const lab = labOf({
      "topology.toml": topologyWith(lister),
      "probe.c": "",
      "lib/util.a": "!<arch>\n",
      "lib/thin.a": "!<thin>\n",
      helper: "\x7fELF\x02",
      "elf.txt": "a \x7fELF",
    });
    expect((await seenIn(lab)).seen).toEqual(["elf.txt", "probe.c"]);
    lab.write("topology.toml", topologyWith(`${lister}inputs = ["**/*.{a,c}"]`));
    const { seen, sources } = await seenIn(lab);
    expect(seen).toEqual(["lib/thin.a", "lib/util.a", "probe.c"]);
    expect(sources?.files).toBe(3);
  });

  test("nothing, where a command needs none", async () => {
    const lab = labOf({ "topology.toml": topologyWith(`${lister}source = "empty"`) });
    mkdirSync(join(lab.root, "empty"));
    expect((await seenIn(lab)).seen).toEqual([]);
  });

  test("never what it makes: an earlier one would seem to be up to date", async () => {
    const output = `builder = "command"\noutput = "out/probe"\ncommand = "test ! -e out; mkdir -p out; cp probe.sh out/probe"`;
    const lab = labOf({
      "topology.toml": topologyWith(output),
      "probe.sh": "#!/bin/sh\n",
      "out/probe": "stale",
    });
    const builds = await lab.build();
    expect(builds.get("probe linux/amd64")?.sources.files).toBe(1);
  });

  test("what is outside of the topology's folder, which is recorded", async () => {
    const lab = labOf({ "topology.toml": topologyWith(`source = "../shared"\n${lister}`) });
    mkdirSync(join(lab.folder, "shared"));
    writeFileSync(join(lab.folder, "shared/a.h"), "");
    const { seen, sources } = await seenIn(lab);
    expect(seen).toEqual(["a.h"]);
    expect(sources).toMatchObject({ folder: "../shared", outside: ["../shared/a.h"] });
  });

  test("what links lead to, with the link where it leads outside", async () => {
    const lab = labOf({
      "topology.toml": topologyWith(`source = "./src"\n${lister}`),
      "src/a.c": "",
      "own.h": "",
    });
    mkdirSync(join(lab.folder, "shared/deep"), { recursive: true });
    writeFileSync(join(lab.folder, "shared/deep/b.h"), "");
    symlinkSync("../../shared", join(lab.root, "src/shared"));
    symlinkSync("../own.h", join(lab.root, "src/own.h"));
    // Round and round: neither hangs, nor is anything seen twice.
    symlinkSync(".", join(lab.root, "src/self"));
    symlinkSync("../lab/src", join(lab.folder, "shared/back"));
    const { seen, sources } = await seenIn(lab);
    expect(seen).toEqual(["a.c", "own.h", "shared/deep/b.h"]);
    expect(sources?.outside).toEqual(["src/shared -> ../../shared"]);
  });

  test("the same wherever the topology is, also where the sources are a link themselves", async () => {
    const outsideOf = async (source: string) => {
      const lab = labOf({ "topology.toml": topologyWith(`source = "${source}"\n${lister}`), "src/a.c": "" });
      symlinkSync("/etc/passwd", join(lab.root, "src/users"));
      symlinkSync("/etc/./skel", join(lab.root, "tools"));
      return (await seenIn(lab)).sources?.outside;
    };
    expect(await outsideOf("src")).toEqual(["src/users -> /etc/passwd"]);
    // Where it is a link itself.
    expect(await outsideOf("./tools")).toEqual(["tools -> /etc/./skel"]);
  });

  test("others may not read what is made of what they may not read", async () => {
    const lab = labOf({ "topology.toml": topologyWith(lister), "probe.c": "" });
    expect((await seenIn(lab)).sources?.isPrivate).toBeUndefined();
    chmodSync(join(lab.root, "probe.c"), 0o640);
    expect((await seenIn(lab)).sources?.isPrivate).toBe(true);
  });

  test("the executable bit", async () => {
    const run = `builder = "command"\ncommand = "./make.sh {{out}}"`;
    const lab = labOf({ "topology.toml": topologyWith(run) });
    lab.write("make.sh", "#!/bin/sh\ncp make.sh $1\n", 0o755);
    await lab.build();
  });
});

describe("what is wrong with inputs", () => {
  test.each([
    [
      'source = "./prboe"',
      'build/no-inputs: there is no folder ./prboe to build "probe" from; source is a folder, from that of the topology file; make it or mend the path',
    ],
    [
      'source = "./probe.c"',
      'build/no-inputs: the source of "probe" is a folder, and ./probe.c is a file; let source be the folder that probe.c is in',
    ],
    [
      'inputs = ["*.cpp"]',
      'build/no-inputs: the inputs of "probe" match no file in .; inputs are globs from source: "*.c" is for source itself only, "**/*.c" for all folders below it, too',
    ],
    [
      'inputs = ["../*.c"]',
      'build/cannot-build: "probe" cannot be built: the input "../*.c" is not below .; let source be a folder that holds all of them',
    ],
  ])("%s", async (lines, said) => {
    const lab = labOf({ "topology.toml": topologyWith(`${lister}${lines}`), "probe.c": "" });
    expect(await lab.problems()).toEqual([said]);
  });

  test("a broken link, a pipe: each is told, and nothing waits", async () => {
    const lab = labOf({ "topology.toml": topologyWith(`source = "src"\n${lister}`), "src/probe.c": "" });
    symlinkSync("gone.h", join(lab.root, "src/probe.h"));
    execFileSync("mkfifo", [join(lab.root, "src/pipe")]);
    expect(await lab.problems()).toEqual([
      'build/bad-input: src/pipe, an input of "probe", is no regular file; mend it, or leave it out: inputs = ["!pipe"]',
      'build/bad-input: src/probe.h, an input of "probe", is a link to what is not there; mend it, or leave it out: inputs = ["!probe.h"]',
    ]);
    lab.write("topology.toml", topologyWith(`source = "src"\n${lister}\ninputs = ["!pipe", "!probe.h"]`));
    expect((await seenIn(lab)).seen).toEqual(["probe.c"]);
  });
});

describe("globs", () => {
  const paths = ["a.c", "b/.c/d.c", "b/a.h", "b/c/[x].c", "b/c/d!e.c", "z/a.c"];
  const globs = [
    ["**"],
    ["*.c"],
    ["**/*.c", "!z/**"],
    ["b/**/*.{c,h}"],
    ["b/c/[[]x].c"],
    ["!**/*.c", "**"],
    ["nothing"],
  ];

  test.each(globs.map((each) => [each]))("%j are the same on the disk and in memory", async (each) => {
    const lab = labOf(Object.fromEntries(paths.map((path) => [`in/${path}`, path])));
    const memory = memoryFiles(Object.fromEntries(paths.map((path) => [`in/${path}`, path])));
    const onDisk = await diskFiles(lab.root).glob("./in", each);
    expect(onDisk).toEqual(await memory.glob("./in", each));
    expect(onDisk?.length === 0).toBe(each[0] === "nothing");
    expect(await diskFiles(lab.root).glob("out", each)).toBeUndefined();
    expect(await memory.glob("out", each)).toBeUndefined();
  });

  test("ten thousand files are listed and hashed in a second or two", async () => {
    const lab = labOf({});
    for (let folder = 0; folder < 100; folder++) {
      mkdirSync(join(lab.root, `d${folder}`));
      for (let file = 0; file < 100; file++) writeFileSync(join(lab.root, `d${folder}/${file}.c`), `${file}`);
    }
    const files = diskFiles(lab.root);
    const start = performance.now();
    const found = (await files.glob(".", ["**"])) ?? [];
    for (const { path } of found) await files.digest(path);
    expect(found).toHaveLength(10_000);
    // 0.25 s on a machine that has nothing else to do.
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
