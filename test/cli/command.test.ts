import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { languageSchema } from "@dune/core";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { wantsColours } from "../../packages/core/dist/cli/colours.js";
import { failureOf } from "../../packages/core/dist/cli/failure.js";
import { Fault } from "../../packages/core/dist/cli/fault.js";
import { plainColours } from "../../packages/core/dist/diagnostics/text.js";
import { dune, labToml, main, newFolder } from "./run-dune.js";

describe("the command", () => {
  test("tells on its own what it is, the way to a lab, and the exit codes", async () => {
    const bare = await dune(newFolder(), []);
    const { exitCode, stdout, stderr } = await dune(newFolder(), ["--help"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(bare.stdout).toBe(stdout);
    for (const line of ["  dune init lab ", "  dune rehearse lab ", "  0  done", "  3  dune has a bug"]) {
      expect(stdout).toContain(line);
    }
  });

  test.each(["init", "check", "build", "diff", "explain", "schema", "rehearse"])(
    "%s --help has examples",
    async (name) => {
      const { exitCode, stdout } = await dune(newFolder(), [name, "--help"]);
      expect(exitCode).toBe(0);
      expect(stdout.match(new RegExp(`^  dune ${name} `, "gm"))?.length).toBeGreaterThanOrEqual(2);
    },
  );

  test("has help in all the ways that people try", async () => {
    const { stdout } = await dune(newFolder(), ["check", "--help"]);
    for (const args of [
      ["check", "-h"],
      ["help", "check"],
    ]) {
      expect(await dune(newFolder(), args)).toEqual({ exitCode: 0, stdout, stderr: "" });
    }
  });

  test("fits into 80 columns", async () => {
    for (const name of [
      [],
      ["init"],
      ["check"],
      ["build"],
      ["diff"],
      ["explain"],
      ["schema"],
      ["rehearse"],
    ]) {
      const { stdout } = await dune(newFolder(), [...name, "--help"]);
      expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    }
  });

  test("prints its version", async () => {
    expect((await dune(newFolder(), ["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+$/);
  });

  test.each([
    [["bild", "lab.toml"], "error: unknown command 'bild'\n  hint: did you mean build?"],
    [["check", "--jsn", "lab.toml"], "error: unknown option '--jsn'\n  hint: did you mean --json?"],
    [["check"], "error: missing required argument 'topology'\n  hint: add --help to learn more"],
    [
      ["check", "nowhere.toml"],
      "error: there is no file or folder nowhere.toml\n  hint: name a topology's file or its folder, or make a first one with: dune init",
    ],
    [
      ["check", "."],
      "error: the folder . holds no topology.toml\n  hint: name the topology's file, or make a first one with: dune init .",
    ],
  ])("refuses %j", async (args, expected) => {
    const { exitCode, stdout, stderr } = await dune(newFolder(), args);
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 1, stdout: "", stderr: expected });
  });

  test("colours only a terminal, or where it is told to", async () => {
    const folder = newFolder({ "lab.toml": "[topolofy]\n" });
    const colour = "\x1b[";
    expect((await dune(folder, ["check", "lab.toml"])).stderr).not.toContain(colour);
    expect((await dune(folder, ["check", "lab.toml"], { CI: "true" })).stderr).not.toContain(colour);
    expect((await dune(folder, ["check", "lab.toml"], { FORCE_COLOR: "1" })).stderr).toContain(colour);
    expect(
      (await dune(folder, ["check", "lab.toml"], { FORCE_COLOR: "1", NO_COLOR: "1" })).stderr,
    ).not.toContain(colour);
    expect(
      (await dune(folder, ["check", "lab.toml", "--no-color"], { FORCE_COLOR: "1" })).stderr,
    ).not.toContain(colour);
    expect((await dune(folder, ["--help"], { FORCE_COLOR: "1" })).stdout).toContain(colour);
  });

  test("knows a terminal, and whose option --no-color is", () => {
    expect(wantsColours({ isTTY: true }, ["check"], {})).toBe(true);
    expect(wantsColours({ isTTY: true }, ["check", "--no-color"], {})).toBe(false);
    expect(wantsColours({ isTTY: true }, ["rehearse", "lab", "--", "ls", "--no-color"], {})).toBe(true);
    expect(wantsColours({ isTTY: true }, ["check"], { TERM: "dumb" })).toBe(false);
    expect(wantsColours({ isTTY: true }, ["check"], { FORCE_COLOR: "0" })).toBe(false);
  });

  test("says nothing when its reader goes away", async () => {
    const folder = newFolder({ "lab.toml": labToml });
    const script = `{ node "$1" explain lab.toml nodes --json; echo "$?" >code; } | true`;
    const { stderr } = await execa("sh", ["-c", script, "sh", main], { cwd: folder });
    expect({ stderr, code: readFileSync(join(folder, "code"), "utf8") }).toEqual({ stderr: "", code: "0\n" });
  });
});

describe("what the command has printed", () => {
  test("reaches a slow reader of a pipe as a whole", async () => {
    const nodes = Array.from({ length: 3000 }, (_, index) => `[topology.nodes.n${index}]\n`);
    const folder = newFolder({ "lab.toml": `${labToml}${nodes.join("")}` });
    const command = 'node "$1" explain lab.toml nodes --json';
    const script = `${command} >file; ${command} | { sleep 1; cat; } >piped; wc -c <file; cmp file piped`;
    const { stdout } = await execa("sh", ["-c", script, "sh", main], { cwd: folder });
    expect(Number(stdout)).toBeGreaterThan(100_000);
  });

  test("says once where the disk is full, and ends", async () => {
    const folder = newFolder({ "lab.toml": labToml });
    const script = 'node "$1" explain lab.toml nodes --json >/dev/full';
    const run = await execa("sh", ["-c", script, "sh", main], {
      cwd: folder,
      reject: false,
      timeout: 20_000,
    });
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toBe("error: write: no space left on the disk");
    const deaf = await execa("sh", ["-c", `${script} 2>&1`, "sh", main], {
      cwd: folder,
      reject: false,
      timeout: 20_000,
    });
    expect(deaf.exitCode).toBe(2);
  });

  test("is never nothing: one that waits for what never comes is a bug", async () => {
    const never = `import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
fs.promises.stat = () => new Promise(() => {});
syncBuiltinESMExports();`;
    const folder = newFolder({ "lab.toml": labToml, "never.mjs": never });
    const env = { NODE_OPTIONS: `--import ${join(folder, "never.mjs")}` };
    const { exitCode, stderr } = await dune(folder, ["check", "lab.toml"], env);
    expect(exitCode).toBe(3);
    expect(stderr).toContain("bug in dune: the command stopped in the middle");
  });
});

describe("init", () => {
  test("writes a topology that is right, and builds", async () => {
    const folder = newFolder();
    const { exitCode, stdout } = await dune(folder, ["init", "my Lab"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("wrote my Lab/topology.toml: two servers, two routers, two hosts");
    expect(stdout).toMatch(/^ {2}dune check 'my Lab' {6}say whether it is right$/m);
    expect(stdout).toContain("dune schema 'my Lab' > 'my Lab/topology.schema.json'");
    expect(readdirSync(join(folder, "my Lab"))).toEqual(["topology.schema.json", "topology.toml"]);
    expect(readFileSync(join(folder, "my Lab/topology.toml"), "utf8")).toContain('name = "my-lab"');
    const checked = await dune(folder, ["check", "my Lab"]);
    expect(checked).toEqual({ exitCode: 0, stdout: "ok: 4 nodes, 3 links on 2 phynodes", stderr: "" });
    expect((await dune(folder, ["build", "my Lab"])).exitCode).toBe(0);
  });

  test("tells editors of the schema beside it, which is what dune schema prints", async () => {
    const folder = newFolder();
    await dune(folder, ["init"]);
    expect(readFileSync(join(folder, "topology.toml"), "utf8")).toMatch(
      /^#:schema \.\/topology\.schema\.json\n/,
    );
    const { stdout } = await dune(folder, ["schema", "."]);
    expect(readFileSync(join(folder, "topology.schema.json"), "utf8")).toBe(`${stdout}\n`);
  });

  test("leaves nothing where the schema's name is taken", async () => {
    const folder = newFolder({ "topology.schema.json": "mine" });
    const { exitCode, stderr } = await dune(folder, ["init"]);
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(
        "error: topology.schema.json exists already\n  hint: nothing was changed",
      ),
    });
    expect(readdirSync(folder)).toEqual(["topology.schema.json"]);
    expect(readFileSync(join(folder, "topology.schema.json"), "utf8")).toBe("mine");
  });

  test("never overwrites", async () => {
    const folder = newFolder({ "topology.toml": "mine", file: "mine" });
    const { exitCode, stderr } = await dune(folder, ["init"]);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr:
        "error: topology.toml exists already\n  hint: nothing was changed; name another folder: dune init FOLDER",
    });
    expect((await dune(folder, ["init", "file"])).stderr).toContain("error: file is a file, not a folder");
    expect(readFileSync(join(folder, "topology.toml"), "utf8")).toBe("mine");
  });
});

describe("schema", () => {
  test("is the language's, alone or with what a topology loads", async () => {
    const folder = newFolder({ "lab.toml": labToml });
    const alone = await dune(folder, ["schema"]);
    expect(alone).toMatchObject({ exitCode: 0, stderr: "" });
    expect(JSON.parse(alone.stdout)).toEqual(JSON.parse(JSON.stringify(languageSchema())));
    const ofLab = await dune(folder, ["schema", "lab.toml"]);
    expect(JSON.parse(ofLab.stdout)).toEqual(JSON.parse(JSON.stringify(languageSchema([]))));
  });

  test("can be written over the file that it is in", async () => {
    const folder = newFolder({ "topology.toml": `#:schema ./topology.schema.json\n${labToml}` });
    const { exitCode } = await execa("sh", ["-c", 'node "$1" schema . >topology.schema.json', "sh", main], {
      cwd: folder,
    });
    expect(exitCode).toBe(0);
    expect(JSON.parse(readFileSync(join(folder, "topology.schema.json"), "utf8"))).toHaveProperty(
      "definitions.node",
    );
  });

  test("says what is wrong with a topology whose plugins it cannot know", async () => {
    const folder = newFolder({ "lab.toml": `plugins = ["nowhere"]\n${labToml}` });
    const { exitCode, stdout, stderr } = await dune(folder, ["schema", "lab.toml"]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toContain('there is no plugin "nowhere"');
  });
});

describe("check", () => {
  test("writes nothing", async () => {
    const folder = newFolder({ "lab.toml": labToml });
    const run = await dune(folder, ["check", "lab.toml", "--set", "params.rate=1mbit"]);
    expect(run).toEqual({ exitCode: 0, stdout: "ok: 3 nodes, 2 links on 2 phynodes", stderr: "" });
    expect(readdirSync(folder)).toEqual(["lab.toml"]);
  });

  test("--json and --format json are one document on stdout, whatever is wrong", async () => {
    const folder = newFolder({ "lab.toml": labToml, "bad.toml": "[topolofy]\n" });
    const good = await dune(folder, ["check", "lab.toml", "--json"]);
    expect(JSON.parse(good.stdout)).toEqual({ ok: true, nodes: 3, links: 2, phynodes: 2, diagnostics: [] });
    const bad = await dune(folder, ["check", "bad.toml", "--format", "json"]);
    expect(bad).toMatchObject({ exitCode: 1, stderr: "" });
    const { ok, diagnostics } = JSON.parse(bad.stdout);
    expect(ok).toBe(false);
    expect(diagnostics[0]).toMatchObject({
      code: "parse/unknown-section",
      file: "bad.toml",
      line: 1,
      column: 2,
    });
    const none = await dune(folder, ["check", "none.toml", "--json"]);
    expect(none.exitCode).toBe(1);
    expect(JSON.parse(none.stdout)).toMatchObject({
      ok: false,
      error: { message: "there is no file or folder none.toml" },
      diagnostics: [],
    });
  });

  test("--format github annotates", async () => {
    const folder = newFolder({ "bad.toml": "[topolofy]\n" });
    const { exitCode, stdout } = await dune(folder, ["check", "bad.toml", "--format", "github"]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^::error file=bad\.toml,line=1,col=2,/);
  });

  test("exits 2 for a file that cannot be read", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, "lab.toml"), labToml);
    // Reading a process's memory file from its start fails for everyone.
    const { exitCode, stderr } = await dune(folder, ["check", "/proc/self/mem"]);
    expect(stderr).not.toContain("bug");
    expect(exitCode).toBe(2);
  });
});

describe("what is thrown", () => {
  const argv = ["node", "main.js", "build", "lab.toml"];

  test("by a bug of dune's is told as one, with all that a report needs", () => {
    const { exitCode, text } = failureOf(new TypeError("x is not a function"), argv, plainColours);
    expect(exitCode).toBe(3);
    expect(text).toContain("bug in dune: x is not a function");
    expect(text).toContain("this is dune's fault, not your topology's");
    expect(text).toContain(`Node.js ${process.version}`);
    expect(text).toContain("dune build lab.toml");
    expect(text).toContain("command.test");
  });

  test("may be anything", () => {
    const odd = Object.assign(new Error(), { message: 1, stack: 2 });
    const texts = [Object.create(null), odd, undefined, Symbol("s")].map(
      (thrown) => failureOf(thrown, argv, plainColours).text.split("\n")[0],
    );
    expect(texts).toEqual(
      ["a value that has no text", "1", "undefined", "Symbol(s)"].map((each) => `bug in dune: ${each}`),
    );
  });

  test("by the operating system is the environment's", () => {
    const error = Object.assign(new Error("ENOSPC: no space left on device, write"), {
      code: "ENOSPC",
      syscall: "write",
      path: "dist/a.run",
    });
    expect(failureOf(error, argv, plainColours)).toMatchObject({
      exitCode: 2,
      text: "error: cannot write dist/a.run: no space left on the disk\n",
    });
  });

  test("for the user has a message and a hint", () => {
    expect(failureOf(new Fault(1, "no \x1b[31m", "do this"), argv, plainColours).text).toBe(
      "error: no ␛[31m\n  hint: do this\n",
    );
  });
});
