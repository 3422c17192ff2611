import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectFile } from "../samples.js";
import { newLab, oldLab, sameLab } from "./diff/labs.js";
import { dune, main } from "./run-dune.js";

const expected = { name: "diff", folder: fileURLToPath(new URL("./diff/", import.meta.url)) };
const schemaPath = fileURLToPath(new URL("./diff/schema.json", import.meta.url));

/** A git repository: `old` in the first commit is `lab`, the work tree has the new one; dists of both, and bundles. */
const folder = mkdtempSync(join(tmpdir(), "dune-diff-test-"));
const git = (...args: readonly string[]) =>
  execa("git", ["-c", "user.name=n", "-c", "user.email=n@example.org", ...args], { cwd: folder });
const write = (name: string, files: Readonly<Record<string, string>>) => {
  mkdirSync(join(folder, name), { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, name, file), text);
};
const diff = (...args: readonly string[]) => dune(folder, ["diff", ...args]);
const build = (name: string, ...args: readonly string[]) => dune(folder, ["build", name, ...args]);

beforeAll(async () => {
  await git("init", "--quiet", "--initial-branch=main");
  writeFileSync(join(folder, ".gitignore"), "/old/\n/same/\n/new/\n*.lock.json\n/dir/\n/*.run\n/*.json\n");
  write("labs/lab", oldLab);
  await git("add", "--all");
  await git("commit", "--quiet", "-m", "first");
  await git("tag", "v1");
  write("labs/lab", newLab);
  write("old", oldLab);
  write("same", sameLab);
  write("new", newLab);
  writeFileSync(join(folder, "broken.json"), "{");
  writeFileSync(join(folder, "version.json"), '{"manifest":7}');
  const built = await Promise.all([
    build("old"),
    build("new"),
    build("old", "--out", "dir", "--format", "dir"),
  ]);
  expect(built.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a git side must leave as it is, and the temporary folders of this command. */
async function untouched() {
  const [status, index] = [
    await git("status", "--porcelain", "--ignored"),
    readFileSync(join(folder, ".git/index")),
  ];
  return {
    status: status.stdout,
    index: index.toString("hex"),
    inGit: readdirSync(join(folder, ".git"), { recursive: true, encoding: "utf8" }).sort(),
    rooms: readdirSync(tmpdir()).filter((name) => name.startsWith("dune-diff-") && !name.includes("test")),
  };
}

describe("what is the same", () => {
  test.concurrent.each([
    ["old", "old/dist"],
    ["old/dist", "dir"],
    ["old", "same"],
    ["same", "old/dist/manifest.json"],
    ["old/dist/server1.run", "dir/server1"],
    ["old/dist/server1.run", "same"],
    ["git:v1:labs/lab", "old"],
    ["git:v1:./labs/lab/topology.toml", "git:HEAD"],
  ])("%s and %s", async (old, own) => {
    const { exitCode, stdout, stderr } = await diff(old, own);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout.split("\n")[0]).toBe(`lab lab: no difference between ${old} and ${own}`);
  });
});

describe("a rich pair", () => {
  test("as text, with the lines of both sides", async () => {
    const { exitCode, stdout, stderr } = await diff("git:v1", "labs/lab");
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: "" });
    expectFile(expected, "expected.txt", `${stdout}\n`);
  });

  test("as Markdown", async () => {
    const { exitCode, stdout } = await diff("git:v1", "labs/lab", "--format", "markdown");
    expect(exitCode).toBe(1);
    expectFile(expected, "expected.md", `${stdout}\n`);
  });

  test("in numbers", async () => {
    const { exitCode, stdout } = await diff("git:v1", "labs/lab", "--stat");
    expect(exitCode).toBe(1);
    expectFile(expected, "stat.txt", `${stdout}\n`);
  });

  test("as JSON, by its schema; whatever the sides are the changes are the same", async () => {
    const validate = new Ajv2020({ strictTypes: false }).compile(
      JSON.parse(readFileSync(schemaPath, "utf8")),
    );
    const documents = [];
    for (const [old, own] of [
      ["git:v1", "labs/lab"],
      ["old/dist", "new/dist"],
      ["dir", "new"],
      ["old/dist/manifest.json", "new/dist/manifest.json"],
    ] as const) {
      const { exitCode, stdout } = await diff(old, own, "--json");
      expect(exitCode).toBe(1);
      const document = JSON.parse(stdout);
      expect([validate(document), validate.errors]).toEqual([true, null]);
      documents.push(document);
    }
    const bare = (document: Document) =>
      document.changes.map(({ kind, name, change, effect }) => ({ kind, name, change, effect }));
    for (const document of documents) expect(bare(document)).toEqual(bare(documents[0]));
    const patches = documents.map(({ changes }: Document) =>
      changes.map(({ content }) => content?.patch ?? ""),
    );
    expect(patches[1]).toEqual(patches[0]);
    expect(patches[2]).toEqual(patches[0]);
    expect(patches[3]?.join("")).toBe("");
  });

  test("patches can be applied", async () => {
    const { stdout } = await diff("old/dist", "new", "--json");
    const { changes } = JSON.parse(stdout) as Document;
    const { content } = changes.find(({ name }) => name === "r0:/etc/router/r0.conf") ?? {};
    const conf = join(folder, "old", "r0.conf");
    const lines = ["eth0", "eth1"].map((name) => `interface "${name}" { hello 1; bw 1gbit; }\n`);
    writeFileSync(conf, `# r0\nrouter id 1;\n${lines.join("")}`);
    const patched = await execa("git", ["apply", "-p0", "--unsafe-paths", `--directory=${folder}`], {
      cwd: tmpdir(),
      input: (content?.patch ?? "").replaceAll("r0:/etc/router/r0.conf", "old/r0.conf"),
      reject: false,
    });
    expect(patched.stderr).toBe("");
    expect(readFileSync(conf, "utf8")).toContain('interface "eth1" { hello 2; bw 100mbit; }');
  });
});

interface Document {
  readonly changes: readonly {
    readonly kind: string;
    readonly name: string;
    readonly change: string;
    readonly effect: object;
    readonly content?: { readonly patch?: string };
  }[];
}

describe("a bundle", () => {
  test("is its phynode's slice, and so is the other side", async () => {
    const { exitCode, stdout } = await diff("old/dist/server2.run", "new", "--stat");
    expect(exitCode).toBe(1);
    expect(stdout).toContain(
      "only phynode server2's slice: old/dist/server2.run is the bundle of that server",
    );
    expect(stdout).toContain("apply with");
    expect(stdout).not.toContain("server1.run");
  });

  test("tells that a far end of its tunnels has moved, though only its table knows", async () => {
    write("far", { ...oldLab, "topology.toml": oldLab["topology.toml"].replace("192.0.2.2", "192.0.2.9") });
    const { exitCode, stdout } = await diff("old/dist/server1.run", "far");
    expect(exitCode).toBe(1);
    expect(stdout).toContain("far underlay address  192.0.2.2 → 192.0.2.9");
    rmSync(join(folder, "far"), { recursive: true });
  });

  test("of another phynode is refused", async () => {
    const { exitCode, stderr } = await diff("old/dist/server1.run", "new/dist/server2.run");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("is the bundle of phynode server1, new/dist/server2.run that of server2");
  });

  test.each([
    ["altered", (path: string) => appendFileSync(path, "x"), "it was cut off or altered"],
    ["cut off in its payload", (path: string) => truncateSync(path, 90_000), "it was cut off or altered"],
    ["cut off in its head", (path: string) => truncateSync(path, 120), "its first lines are not whole"],
    [
      "of another format",
      (path: string) =>
        writeFileSync(path, readFileSync(path, "latin1").replace("DUNE_FORMAT=1", "DUNE_FORMAT=2"), "latin1"),
      "has format 2, this dune reads format 1",
    ],
  ])("that is %s is refused", async (_, damage, message) => {
    const path = join(folder, "damaged.run");
    cpSync(join(folder, "old/dist/server1.run"), path);
    damage(path);
    const { exitCode, stderr, stdout } = await diff("damaged.run", "new");
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain(message);
  });

  test("as a folder of which a table was altered is refused", async () => {
    cpSync(join(folder, "dir"), join(folder, "dir-altered"), { recursive: true });
    appendFileSync(join(folder, "dir-altered/server1/payload/manifest.json"), "\n");
    const { exitCode, stderr } = await diff("dir-altered/server1", "new");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("its content is not what its sums say");
    rmSync(join(folder, "dir-altered"), { recursive: true });
  });
});

describe("a revision", () => {
  test("leaves repository, index and work tree as they are, and nothing of its own", async () => {
    // A hook and an index in two parts would be written to by a git that is not told otherwise.
    await git("config", "core.splitIndex", "true");
    const hook = join(folder, ".git/hooks/post-index-change");
    mkdirSync(join(folder, ".git/hooks"), { recursive: true });
    writeFileSync(hook, `#!/bin/sh\n: > '${join(folder, ".git/touched")}'\n`, { mode: 0o755 });
    const before = await untouched();
    expect((await diff("git:HEAD", "labs/lab", "--stat")).exitCode).toBe(1);
    const env = { GIT_INDEX_FILE: join(folder, ".git/index"), GIT_DIR: join(folder, ".git") };
    expect(
      (await dune(join(folder, "labs"), ["diff", "git:HEAD:./lab", "lab", "--stat"], env)).exitCode,
    ).toBe(1);
    expect(await untouched()).toEqual(before);
    rmSync(hook);
    await git("config", "--unset", "core.splitIndex");
  });

  test("is removed where Ctrl-C comes", async () => {
    const before = await untouched();
    write("slow", {
      "topology.toml": `plugins = ["./slow.mjs"]\n${oldLab["topology.toml"]}`,
      "router.eta": oldLab["router.eta"],
      "slow.mjs": `import { definePlugin } from "@dune/core";
export default definePlugin({ name: "slow", api: 1, setup(dune) {
  dune.on("topology", async (topology) => { console.log("slow"); await new Promise((end) => setTimeout(end, 20_000)); return topology; });
} });`,
    });
    const running = execa("node", [main, "diff", "git:v1:labs/lab", "slow"], { cwd: folder, reject: false });
    await new Promise<void>((resolve) => running.stderr.on("data", () => resolve()));
    running.kill("SIGINT");
    const { exitCode } = await running;
    expect(exitCode).toBe(130);
    rmSync(join(folder, "slow"), { recursive: true });
    expect(await untouched()).toEqual(before);
  });

  test("that does not compile is told with its own places", async () => {
    write("labs/bad", { "topology.toml": 'name = "bad"\nnodez = 1\n' });
    await git("add", "labs/bad");
    await git("commit", "--quiet", "-m", "bad");
    const { exitCode, stdout, stderr } = await diff("git:HEAD:labs/bad", "old");
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain("git:HEAD:labs/bad does not compile:");
    expect(stderr).toContain("--> git:HEAD:labs/bad/topology.toml:2:1");
    const { stdout: json } = await diff("git:HEAD:labs/bad", "old", "--json");
    expect(JSON.parse(json)).toMatchObject({
      ok: false,
      diagnostics: [{ file: "git:HEAD:labs/bad/topology.toml", line: 2 }],
    });
  });

  test.concurrent.each([
    ["git:nowhere", "labs/lab", "the repository has no revision nowhere"],
    ["git:-h", "labs/lab", "the repository has no revision -h"],
    ["git:v1:nowhere", "labs/lab", "revision v1 has no nowhere"],
    ["git:v1:labs", "labs/lab", "revision v1 has no labs/topology.toml"],
    ["git:v1:../x", "labs/lab", "git:v1:../x leads out of the repository"],
    ["git:", "labs/lab", "git: names no revision"],
  ])("%s and %s", async (old, own, message) => {
    const { exitCode, stderr } = await diff(old, own);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).toContain("hint: ");
  });

  test("needs a repository, and git", async () => {
    const env = { GIT_CEILING_DIRECTORIES: tmpdir() };
    const outside = mkdtempSync(join(tmpdir(), "dune-diff-test-"));
    cpSync(join(folder, "old/topology.toml"), join(outside, "topology.toml"));
    const none = await dune(outside, ["diff", "git:HEAD", "."], env);
    rmSync(outside, { recursive: true });
    expect(none.exitCode).toBe(2);
    expect(none.stderr).toContain("is in no git repository");
    const path = join(folder, ".git/bin");
    mkdirSync(path);
    const missing = await execa(process.execPath, [main, "diff", "git:HEAD", "old"], {
      cwd: folder,
      reject: false,
      extendEnv: false,
      env: { PATH: path },
    });
    rmSync(path, { recursive: true });
    expect(missing.exitCode).toBe(2);
    expect(missing.stderr).toContain("git is not installed here");
  });
});

describe("what cannot be compared ends with 2, never with 1", () => {
  test.concurrent.each([
    [["nowhere", "old"], "there is no file or folder nowhere"],
    [["labs", "old"], "the folder labs is neither a topology's nor what was built of one"],
    [["old"], "missing required argument 'new'"],
    [["old", "new", "--format", "xml"], "is invalid"],
    [["old/dist", "new/dist", "--set", "params.x=1"], "--set changes nothing here"],
    [["broken.json", "old"], "broken.json: the manifest is not valid JSON"],
    [["version.json", "old"], "version.json: the manifest has version 7, this dune reads version 1"],
  ])("%s", async (args, message) => {
    const { exitCode, stdout, stderr } = await diff(...args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain(message);
  });
});

test("--set counts for both sides that are compiled", async () => {
  const set = ["--set", "topology.defaults.links.bw=5mbit"];
  expect((await diff("old", "same", ...set)).exitCode).toBe(0);
  const { stdout } = await diff("old/dist", "old", ...set);
  expect(stdout).toContain("1gbit → 5mbit  --set topology.defaults.links.bw=5mbit");
});
