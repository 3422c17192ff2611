import { readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { dune, newFolder } from "./run-dune.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

const readJson = (path: string) => JSON.parse(readFileSync(path, "utf8"));
const filesIn = (folder: string) => readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();

/** Runs a program as npm would in a package whose dependencies are installed: they are those of this checkout. */
function run(folder: string, command: string, ...args: readonly string[]) {
  return execa(command, args, { cwd: folder, reject: false, all: true, env: { NODE_OPTIONS: "" } });
}

describe("init --plugin", () => {
  test("writes a package whose test passes, and which a missing return does not", async () => {
    const parent = newFolder();
    const { exitCode, stdout, stderr } = await dune(parent, ["init", "--plugin", "my plugin"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toContain('wrote my plugin: the plugin "my-plugin", with a test and an example');
    expect(stdout).toContain("  cd 'my plugin' && npm install && npm test");
    const folder = join(parent, "my plugin");
    expect(filesIn(folder)).toEqual([
      ".gitignore",
      "README.md",
      "example",
      "example/topology.toml",
      "package.json",
      "src",
      "src/index.test.ts",
      "src/index.ts",
      "tsconfig.json",
    ]);
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    const example = await dune(parent, ["check", "my plugin/example"]);
    expect(example).toMatchObject({ exitCode: 0, stderr: "" });
    const tested = await run(folder, "npm", "test");
    expect(tested.all).toContain("# pass 2");
    expect(tested.exitCode).toBe(0);

    const path = join(folder, "src/index.ts");
    const source = readFileSync(path, "utf8");
    const [before, after, ...more] = source.split("return { ...topology, nodes };");
    expect(more).toEqual([]);
    writeFileSync(path, `${before}${after}`);
    const refused = await run(folder, "node_modules/.bin/tsc", "--noEmit", "--pretty", "false");
    expect(refused.exitCode).not.toBe(0);
    expect(refused.all).toMatch(/^src\/index\.ts\(\d+,25\): error TS2345: .* => void' is not assignable/);
  });

  test.each([
    ["dune-plugin-bgp", "bgp"],
    ["BGP_4", "bgp-4"],
    ["été", "t"],
    ["dune-plugin-", "example"],
    ["...", "example"],
  ])("the folder %s gives the name %s", async (folderName, name) => {
    const folder = newFolder();
    expect((await dune(folder, ["init", "--plugin", `./${folderName}`])).exitCode).toBe(0);
    expect(readJson(join(folder, folderName, "package.json")).name).toBe(`dune-plugin-${name}`);
    expect(readFileSync(join(folder, folderName, "src/index.ts"), "utf8")).toContain(`name: "${name}",`);
  });

  test("into the folder where one is, beside files that are not in its way", async () => {
    const folder = newFolder({ LICENSE: "mine" });
    const { stdout } = await dune(folder, ["init", "--plugin"]);
    expect(stdout).toContain(`wrote into this folder: the plugin "${basename(folder).toLowerCase()}"`);
    expect(stdout).toContain("  npm install && npm test");
    expect(filesIn(folder)).toContain("LICENSE");
  });

  test("depends on the dune that wrote it, and on what it was tested with", async () => {
    const folder = newFolder();
    await dune(folder, ["init", "--plugin", "x"]);
    const { version } = readJson(join(root, "packages/core/package.json"));
    const { peerDependencies, devDependencies } = readJson(join(folder, "x/package.json"));
    expect(peerDependencies).toEqual({ "@dune/core": `^${version}` });
    const core = devDependencies["@dune/core"];
    expect(core).toMatch(/^file:\.\.\//);
    expect(readJson(join(folder, "x", core.slice("file:".length), "package.json")).name).toBe("@dune/core");
    const own = readJson(join(root, "package.json")).devDependencies.typescript;
    const types = readJson(join(root, "packages/core/package.json")).devDependencies["@types/node"];
    expect(devDependencies).toMatchObject({ typescript: `^${own}`, "@types/node": `^${types}` });

    // As npm installs it: the program lies in a node_modules.
    const installed = join(root, "node_modules/@dune/core/dist/cli/main.js");
    const flags = ["--preserve-symlinks", "--preserve-symlinks-main"];
    await execa("node", [...flags, installed, "init", "--plugin", "y"], { cwd: folder });
    expect(readJson(join(folder, "y/package.json")).devDependencies["@dune/core"]).toBe(`^${version}`);
  });

  test.each([
    ["tsconfig.json", "tsconfig.json exists already"],
    ["src", "src is a file, not a folder"],
  ])("writes nothing where there is a file %s", async (name, message) => {
    const folder = newFolder({ [name]: "mine" });
    const { exitCode, stderr } = await dune(folder, ["init", "--plugin"]);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: `error: ${message}\n  hint: nothing was changed; name another folder: dune init --plugin FOLDER`,
    });
    expect(filesIn(folder)).toEqual([name]);
    expect(readFileSync(join(folder, name), "utf8")).toBe("mine");
  });

  test("a file where the folder should be is left alone", async () => {
    const folder = newFolder({ file: "mine" });
    const { exitCode, stderr } = await dune(folder, ["init", "--plugin", "file"]);
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("error: file is a file, not a folder"),
    });
    const below = await dune(folder, ["init", "--plugin", "file/x"]);
    expect(below.stderr).toContain("is a file, not a folder");
    expect(filesIn(folder)).toEqual(["file"]);
  });
});
