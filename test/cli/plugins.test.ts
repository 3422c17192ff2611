import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { dune, main, newFolder } from "./run-dune.js";

const topology = (plugin: string) => `plugins = ["./${plugin}"]
[infrastructure.nodes.server1]
cores = [[1]]
[topology.nodes.r0]
`;

/** A lab with one plugin that taps a hook. */
function labWith(hook: string, body: string): string {
  return newFolder({
    "topology.toml": topology("busy.ts"),
    "busy.ts": `import { definePlugin } from "@dune/core";

export default definePlugin({
  name: "busy",
  api: 1,
  setup(dune) {
    dune.on("${hook}", ${body});
  },
});
`,
  });
}

describe("a hook that does not settle", () => {
  test("is named as soon as nothing is left to wait for", async () => {
    const folder = labWith("topologyCheck", "() => new Promise<void>(() => undefined)");
    const { exitCode, stderr } = await dune(folder, ["check", "."]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      'error[plugin/never-settles]: plugin "busy" never ends in hook "topologyCheck": nothing is running that could settle its promise',
    );
    expect(stderr).toContain("\n1 error\n");
  });

  test("is named when it is a module that waits for ever", async () => {
    const folder = newFolder({
      "topology.toml": topology("busy.js"),
      "busy.js": "await new Promise(() => {});\n",
    });
    const { exitCode, stderr } = await dune(folder, ["check", "."]);
    expect({ exitCode, first: stderr.split("\n")[0] }).toEqual({
      exitCode: 1,
      first:
        'error[plugin/never-settles]: plugin "./busy.js" never ends while it is loaded: nothing is running that could settle its promise',
    });
  });

  test("names itself every ten seconds while something runs, and is waited for", async () => {
    const folder = labWith(
      "placementCheck",
      "() => new Promise<void>((resolve) => void setTimeout(resolve, 12_000))",
    );
    const { exitCode, stdout, stderr } = await dune(folder, ["check", "."]);
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 0,
      stdout: "ok: 1 node, 0 links on 1 phynode",
      stderr: 'plugin "busy" has not ended for 10 s in hook "placementCheck"; waiting (Ctrl-C stops dune)',
    });
  });
});

test("work that no hook waits for fails as the plugin's, not as dune's", async () => {
  const folder = labWith(
    "topologyCheck",
    "() => { void Promise.reject(new Error('late')); return new Promise((resolve) => setTimeout(resolve, 50)); }",
  );
  const { exitCode, stderr } = await dune(folder, ["check", "."]);
  expect({ exitCode, first: stderr.split("\n")[0] }).toEqual({
    exitCode: 1,
    first: 'error: plugin "busy" failed in something that no hook waited for: late',
  });
});

test("what a plugin prints goes to stderr: stdout may be a document", async () => {
  const folder = labWith("topologyCheck", "() => { console.log('hello'); }");
  const { stdout, stderr } = await dune(folder, ["check", ".", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({ ok: true });
  expect(stderr).toBe("hello");
});

test("a plugin cannot end dune as if all were well, nor keep it from ending", async () => {
  const ends = await dune(labWith("topologyCheck", "() => process.exit(0)"), ["check", "."]);
  expect(ends.exitCode).toBe(1);
  expect(ends.stderr).toContain('plugin "busy" failed in hook "topologyCheck": process.exit was called');
  expect(ends.stderr).toContain("--> busy.ts:7:");
  const stays = await dune(labWith("topologyCheck", "() => void setInterval(() => undefined, 1000)"), [
    "check",
    ".",
  ]);
  expect(stays).toMatchObject({ exitCode: 0, stdout: "ok: 1 node, 0 links on 1 phynode" });
});

test("so does what the system refuses to it, in a file of any name", async () => {
  const folder = newFolder({
    "topology.toml": topology("日本.js"),
    "日本.js": `import { readFile } from "node:fs/promises";
void (async () => { await readFile("/nope/x"); })();
await new Promise((resolve) => setTimeout(resolve, 1000));
`,
  });
  const { exitCode, stderr } = await dune(folder, ["check", "."]);
  expect({ exitCode, first: stderr.split("\n")[0] }).toEqual({
    exitCode: 1,
    first:
      "error: plugin \"plugin\" failed in something that no hook waited for: ENOENT: no such file or directory, open '/nope/x'",
  });
});

test("--timing names the slow hook, on stderr", async () => {
  const folder = labWith(
    "topologyCheck",
    "() => { const end = Date.now() + 300; while (Date.now() < end); }",
  );
  writeFileSync(join(folder, "other.toml"), topology("busy.ts").replace(/^plugins.*/, ""));
  const { exitCode, stdout, stderr } = await dune(folder, ["check", ".", "--timing", "--json"]);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ ok: true });
  const lines = stderr.split("\n").map((line) => line.trim().split(/ {2,}/));
  expect(lines.map(([first]) => first)).toEqual(
    expect.arrayContaining([
      "time by phase",
      "parse",
      "resolve",
      "allocate",
      "render",
      "all",
      "of it in plugins",
    ]),
  );
  const [plugin, hook, time = "", calls] =
    lines[lines.findIndex(([first]) => first === "of it in plugins") + 1] ?? [];
  expect([plugin, hook, calls]).toEqual(["busy", "topologyCheck", "once"]);
  expect(Number.parseFloat(time)).toBeGreaterThan(250);
  const without = await dune(folder, ["check", "other.toml", "--timing"]);
  expect(without.stderr).not.toContain("plugins");
});

test("rehearse, explain and build load plugins, too", async () => {
  const folder = labWith("topology", "() => { throw new Error('no'); }");
  for (const args of [
    ["build", "."],
    ["rehearse", "."],
    ["explain", ".", "nodes.r0"],
  ]) {
    const { exitCode, stderr } = await dune(folder, args);
    expect({ args, exitCode, code: stderr.split(":")[0] }).toEqual({
      args,
      exitCode: 1,
      code: "error[plugin/crash]",
    });
  }
});

test("a plugin in CommonJS gets the core that runs, wherever that is", async () => {
  const folder = newFolder({
    "topology.toml": topology("says.cjs"),
    "says.cjs":
      'const { definePlugin } = require("@dune/core");\nmodule.exports = definePlugin({ name: "says", api: 1, setup() {} });\n',
  });
  const core = join(dirname(main), "../..");
  const copy = join(folder, "a b/core");
  for (const each of ["dist", "package.json"])
    cpSync(join(core, each), join(copy, each), { recursive: true });
  symlinkSync(join(core, "../../node_modules"), join(folder, "node_modules"));
  const { stdout } = await execa("node", [join(copy, "dist/cli/main.js"), "check", "."], { cwd: folder });
  expect(stdout).toBe("ok: 1 node, 0 links on 1 phynode");
});

describe("no temporary file is left", () => {
  const labs = {
    "a module that waits for ever": { "busy.js": "await new Promise(() => {});\n" },
    "a module that ends the process": { "busy.js": "process.exit(5);\n" },
    "a package that ends the process": { "busy.js": 'import "busy";\n', "package.js": "process.exit(5);\n" },
    "a signal meanwhile": {
      "busy.js":
        "setTimeout(() => process.kill(process.pid, 'SIGTERM'), 50);\nawait new Promise(() => {});\n",
    },
  };

  test.each(Object.entries(labs))("by %s", async (_, files: Readonly<Record<string, string>>) => {
    const folder = newFolder({ "topology.toml": topology("busy.js"), ...files });
    const temporary = newFolder();
    mkdirSync(join(folder, "node_modules/busy"), { recursive: true });
    writeFileSync(join(folder, "node_modules/busy/index.js"), files["package.js"] ?? "");
    const { exitCode } = await dune(folder, ["check", "."], { TMPDIR: temporary });
    expect(exitCode).not.toBe(0);
    expect(readdirSync(temporary)).toEqual([]);
  });
});
