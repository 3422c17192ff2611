import { createHash } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  statSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { definePlugin } from "@dune/core";
import { describe, expect, test } from "vitest";
import { listEntries, storeEntry, takeEntry } from "../../packages/core/dist/phases/5-build/cache-entry.js";
import { emptyCache, pruneCache } from "../../packages/core/dist/phases/5-build/prune-cache.js";
import { type BuildLab, entriesOf, namesIn, newLab, processesOf, script, until } from "./build-lab.js";

/** A lab that counts how often its program is built. */
async function countingLab(): Promise<{ lab: BuildLab; builds: () => number }> {
  const lab = await newLab();
  const count = join(lab.folder, "count");
  await lab.declare({ probe: `echo built >> ${count}; ${script("echo $(cat word)")}` });
  return { lab, builds: () => (existsSync(count) ? readFileSync(count, "utf8").split("\n").length - 1 : 0) };
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const one = sha256("#!/bin/sh\necho one\n");
const two = sha256("#!/bin/sh\necho two\n");

function programs(result: Awaited<ReturnType<BuildLab["build"]>>): readonly (string | undefined)[] {
  expect(result.diagnostics).toEqual([]);
  return (result.binaries?.builds ?? []).map(({ program }) => program?.sha256);
}

describe("what was built is kept", () => {
  test("for as long as nothing of it changes, and rebuilt when something does", async () => {
    const { lab, builds } = await countingLab();
    expect(programs(await lab.build())).toEqual([one]);
    const topology = readFileSync(join(lab.folder, "topology.toml"), "utf8");
    await lab.write("topology.toml", `# a comment\n${topology}`);
    await lab.write("elsewhere", "changed\n");
    const later = new Date(Date.now() + 5000);
    utimesSync(join(lab.folder, "src/word"), later, later);
    expect(programs(await lab.build())).toEqual([one]);
    expect(builds()).toBe(1);

    await lab.write("src/word", "two\n");
    expect(programs(await lab.build())).toEqual([two]);
    await lab.write("src/word", "one\n");
    expect(programs(await lab.build())).toEqual([one]);
    expect(builds()).toBe(2);

    chmodSync(join(lab.folder, "src/word"), 0o755);
    await lab.build();
    expect(builds()).toBe(3);
    await lab.write("topology.toml", `${topology}environ.LEVEL = "3"\n`);
    await lab.build();
    expect(builds()).toBe(4);
    await lab.write("src/another", "");
    await lab.build();
    expect(builds()).toBe(5);
    expect(namesIn(join(lab.cache, "work"))).toEqual([]);
    expect(statSync(lab.cache).mode & 0o777).toBe(0o700);
  });

  test("and only looked up where nothing is to be built", async () => {
    const { lab, builds } = await countingLab();
    const lookUp = () => lab.build({ builds: { mode: "look up" }, until: "build" });
    expect(programs(await lookUp())).toEqual([undefined]);
    expect(builds()).toBe(0);
    await lab.build();
    expect(programs(await lookUp())).toEqual([one]);
  });

  test("for one compilation where there is no folder to keep it", async () => {
    const { lab, builds } = await countingLab();
    const build = () => lab.build({ builds: { cacheFolder: undefined as never } });
    expect(programs(await build())).toEqual([one]);
    const result = await build();
    expect(builds()).toBe(2);
    expect(existsSync(result.binaries?.builds[0]?.program?.file ?? "")).toBe(false);
    expect(result.artifacts?.bundles).toHaveLength(1);
  });
});

test("a damaged entry is as good as none, and is replaced", async () => {
  const damages: Readonly<Record<string, (entry: string) => void>> = {
    "a program that is cut off": (entry) => truncateSync(join(entry, "program"), 10),
    "other bytes of the same length": (entry) =>
      writeFileSync(join(entry, "program"), "#!/bin/sh\necho ONE\n"),
    "no program": (entry) => unlinkSync(join(entry, "program")),
    "facts that are cut off": (entry) => truncateSync(join(entry, "facts.json"), 20),
    "facts of another format": (entry) => writeFileSync(join(entry, "facts.json"), '{"entry":2}'),
    "no facts": (entry) => unlinkSync(join(entry, "facts.json")),
  };
  const { lab, builds } = await countingLab();
  await lab.build();
  const keys = entriesOf(lab);
  for (const [index, [what, damage]] of Object.entries(damages).entries()) {
    damage(join(lab.cache, "entries", keys[0] ?? ""));
    expect(programs(await lab.build()), what).toEqual([one]);
    expect(programs(await lab.build()), what).toEqual([one]);
    expect(builds(), what).toBe(index + 2);
    expect(entriesOf(lab), what).toEqual(keys);
  }
});

test("who finds no entry leaves alone what another puts there meanwhile", async () => {
  const { folder } = await newLab();
  const room = () => mkdtempSync(join(folder, "room-"));
  const made = { program: join(folder, "src/word"), log: join(folder, "src/word") };
  const facts = { entry: 1 as const, name: "probe", platform: "linux/amd64", tools: [] };
  for (let round = 0; round < 50; round++) {
    const key = `key-${round}`;
    await Promise.all([
      storeEntry(folder, key, { ...made, facts }, room()),
      // At every moment of what is stored.
      ...Array.from({ length: 20 }, async (_, turns) => {
        for (let turn = 0; turn < turns; turn++) await stat(folder);
        await takeEntry(folder, key, room());
      }),
    ]);
    expect(await takeEntry(folder, key, room()), key).toBeDefined();
  }
});

describe("a build that says what it has read", () => {
  /** Its record of what it has read is the content of `read`. */
  const reading = definePlugin({
    name: "reading",
    api: 1,
    builders: {
      reading: {
        plan: () => ({
          commands: [{ argv: ["sh", "-c", "cp read read.d; { echo '#!/bin/sh'; cat a.h; } > {{out}}"] }],
          reads: { files: "*.d", format: "make" as const },
          needs: [],
        }),
      },
    },
  });

  test("is built anew exactly when something of that changes", async () => {
    const lab = await newLab();
    const elsewhere = join(lab.folder, "system header.h");
    await lab.write("system header.h", "1\n");
    await lab.write("src/a.h", "echo a\n");
    await lab.write("src/b.h", "echo b\n");
    await lab.write("src/read", `x.o: a.h \\\n ${elsewhere.replace(" ", "\\ ")}\n\na.h:\n`);
    await lab.write(
      "topology.toml",
      `name = "lab"\n[topology.nodes.r0]\nbinaries = ["probe"]\n[binaries.probe]\nbuilder = "reading"\nsource = "src"\n`,
    );
    const keys = async () => {
      expect(programs(await lab.build({ plugins: [reading] }))).toHaveLength(1);
      return entriesOf(lab).length;
    };
    expect(await keys()).toBe(1);
    await lab.write("src/b.h", "echo changed\n");
    expect(await keys()).toBe(1);
    await lab.write("src/a.h", "echo changed\n");
    expect(await keys()).toBe(2);
    await lab.write("src/a.h", "echo a\n");
    expect(await keys()).toBe(2);
    appendFileSync(elsewhere, "2\n");
    expect(await keys()).toBe(3);
    // Which of those with other endings are read the record does not say.
    await lab.write("src/word", "two\n");
    expect(await keys()).toBe(4);
    await pruneCache(lab.cache, 0);
    expect(namesIn(join(lab.cache, "reads"))).toEqual([]);
  });
});

describe("several dunes at once", () => {
  test("in one process", async () => {
    const { lab } = await countingLab();
    const results = await Promise.all([1, 2, 3].map(() => lab.build()));
    expect(results.map(programs)).toEqual([[one], [one], [one]]);
    expect(entriesOf(lab)).toHaveLength(1);
    expect(namesIn(join(lab.cache, "work"))).toEqual([]);
  });

  test("as processes of one group, of which one is killed while it puts a program into the cache", async () => {
    const lab = await newLab();
    // Random, so that it is seen whose program was taken; large, so that storing takes long enough to be met.
    await lab.declare({
      probe: `{ echo '#!/bin/sh'; head -c 48000000 /dev/urandom; } > {{out}}`,
    });
    const killed = lab.start();
    await until(() => storing(lab), 1);
    killed.kill("SIGKILL");
    await killed.end;
    expect(entriesOf(lab)).toEqual([]);
    const both = [lab.start(["build", ".", "--out", "d1"]), lab.start(["build", ".", "--out", "d2"])];
    for (const { end } of both) expect(await end).toMatchObject({ code: 0 });
    expect(entriesOf(lab)).toHaveLength(1);
    expect(namesIn(join(lab.cache, "work"))).toEqual([]);
    const bundles = ["d1", "d2"].map((out) => readFileSync(join(lab.folder, out, "localhost.run")));
    expect(bundles[0]?.equals(bundles[1] ?? Buffer.of())).toBe(true);
    expect(processesOf(lab)).toEqual([]);
  });

  function storing({ cache }: BuildLab): boolean {
    const work = join(cache, "work");
    return namesIn(work).some((own) =>
      namesIn(join(work, own)).some((room) => existsSync(join(work, own, room, "entry"))),
    );
  }

  test("of which one empties the cache while another uses it", async () => {
    const { lab } = await countingLab();
    const emptying = definePlugin({
      name: "emptying",
      api: 1,
      setup(dune) {
        dune.on("binariesCheck", async () => {
          expect(await emptyCache(lab.cache)).toHaveLength(1);
        });
      },
    });
    const result = await lab.build({ plugins: [emptying] });
    expect(programs(result)).toEqual([one]);
    expect(result.artifacts?.bundles).toHaveLength(1);
    expect(entriesOf(lab)).toEqual([]);
  });
});

describe("work of dunes that are gone", () => {
  test("is removed, but not what may be another machine's", async () => {
    const { lab } = await countingLab();
    await lab.build();
    const work = join(lab.cache, "work");
    const old = new Date(Date.now() - 3 * 24 * 3600 * 1000);
    for (const name of ["1-2-3-abc-new", "1-2-3-abc-old", "nonsense"]) mkdirSync(join(work, name));
    // What a build has made read-only is in the way of nobody.
    mkdirSync(join(work, "1-2-3-abc-old", "inner"), { mode: 0o500 });
    utimesSync(join(work, "1-2-3-abc-old"), old, old);
    await lab.build();
    expect(namesIn(work)).toEqual(["1-2-3-abc-new", "nonsense"]);
  });
});

describe("the size limit", () => {
  test("keeps what was used last", async () => {
    const { lab, builds } = await countingLab();
    for (const word of ["one", "two", "three"]) {
      await lab.write("src/word", `${word}\n`);
      await lab.build();
    }
    await lab.write("src/word", "one\n");
    await lab.build();
    expect(builds()).toBe(3);
    const sizes = (await listEntries(lab.cache)).map(({ sizeBytes }) => sizeBytes);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    expect(await pruneCache(lab.cache, total)).toEqual([]);
    expect((await pruneCache(lab.cache, total - 1)).map(({ facts }) => facts.sha256)).toEqual([two]);
    await lab.build();
    expect(builds()).toBe(3);
    // In a build, too: the program goes into the bundle all the same.
    await lab.write("src/word", "four\n");
    const result = await lab.build({ builds: { cacheLimitBytes: 0 } });
    expect(programs(result)).toEqual([sha256("#!/bin/sh\necho four\n")]);
    expect(result.artifacts?.bundles).toHaveLength(1);
    expect(entriesOf(lab)).toEqual([]);
  });
});
