import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compile, definePlugin, isPlugin, memoryFiles, type Plugin, pluginLoader } from "@dune/core";
import { execa } from "execa";
import ts from "typescript";
import { expect, test } from "vitest";
import { main, newFolder } from "../cli/run-dune.js";
import { type Block, blocksOf, pagePath, readPage, root, sectionOf } from "./page.js";

/** Runs a command line of the page, as a reader would; what it prints. */
async function shell(command: string, folder: string): Promise<string> {
  const path = `${folder}/bin:${process.env.PATH}`;
  const options = {
    cwd: `${folder}/lab`,
    all: true,
    reject: false,
    extendEnv: false,
    env: { PATH: path },
  } as const;
  const { all } = await execa("sh", ["-c", command], { ...options, stripFinalNewline: true });
  return all === "" ? "" : `${all}\n`;
}

/** A session on a terminal as it really goes: each command with what it prints. */
async function session({ text }: Block, folder: string): Promise<string> {
  const commands = text.split("\n").filter((line) => line.startsWith("$ "));
  let printed = "";
  for (const line of commands) printed += `${line}\n${await shell(line.slice(2), folder)}`;
  return printed;
}

/** Follows the page: writes its files and runs its commands. The page with what is printed in truth. */
async function follow(page: string): Promise<string> {
  const folder = newFolder();
  for (const name of ["lab", "bin"]) mkdirSync(join(folder, name));
  writeFileSync(join(folder, "bin/dune"), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`);
  chmodSync(join(folder, "bin/dune"), 0o755);
  const lines = page.split("\n");
  let shift = 0;
  for (const block of blocksOf(page)) {
    const [, flag, name] = /^(>>)?(.*)$/.exec(block.file ?? "") ?? [];
    if (name) writeFileSync(join(folder, "lab", name), block.text, { flag: flag ? "a" : "w" });
    if (block.language !== "console") continue;
    const printed = (await session(block, folder)).trimEnd().split("\n");
    const length = block.text.split("\n").length - 1;
    lines.splice(block.firstLine + shift, length, ...printed);
    shift += printed.length - length;
  }
  return lines.join("\n");
}

test("whoever follows the page sees what it shows", async () => {
  const page = readPage();
  const followed = await follow(page);
  if (process.env.DUNE_UPDATE === "1") writeFileSync(pagePath, followed);
  else expect(followed).toBe(page);
});

test("the page ends with the plugin of the example", () => {
  const steps = blocksOf(sectionOf(readPage(), "## From an empty file to a plugin"));
  const plugins = steps.filter(({ file }) => file === "bgp.ts");
  expect(plugins.length).toBeGreaterThan(4);
  expect(plugins[0]?.text).toBe("");
  expect(plugins.at(-1)?.text).toBe(readFileSync(`${root}examples/plugin/bgp.ts`, "utf8"));
});

/** The plugin that a block of the reference is. */
async function pluginOf(name: string): Promise<Plugin> {
  const text = blocksOf(readPage()).find(({ file }) => file === name)?.text ?? "";
  const found = await pluginLoader(newFolder({ [name]: text }))(`./${name}`);
  if (!found?.ok || !isPlugin(found.plugin)) throw new Error(`the block ${name} is no plugin`);
  return found.plugin;
}

test("the plugins of the reference do what they say", async () => {
  const topology = `[infrastructure]
allocator = "last"
[infrastructure.nodes.server1]
cores = 2
address = "192.0.2.1"
[infrastructure.nodes.server2]
cores = 2
address = "192.0.2.2"
[topology.nodes.r1]
templates = { "motd.dollar" = "/tmp/motd" }
`;
  const plugins = await Promise.all(["last.ts", "dollar.ts", "copy.ts"].map(pluginOf));
  const files = memoryFiles({ "topology.toml": topology, "motd.dollar": "this is $node on $phynode\n" });
  const { diagnostics, rendering, artifacts } = await compile({ file: "topology.toml" }, { files, plugins });
  expect(diagnostics).toEqual([]);
  expect(rendering?.nodes[0]?.files[0]?.content).toEqual({ text: "this is r1 on server2\n" });
  const script = artifacts?.files.find(({ path }) => path === "copy.sh");
  expect(script?.mode).toBe(0o755);
  expect(Buffer.concat([...(script?.chunks ?? [])]).toString()).toBe(
    "#!/bin/sh\nscp server1.run root@server1:\nscp server2.run root@server2:\n",
  );
});

test("the builder of the reference builds, and refuses", async () => {
  const topology = (parts: string) => `[infrastructure.nodes.server1]
cores = 2
platform = "linux/riscv64"
[topology.nodes.r1]
binaries = ["hello"]
[binaries.hello]
builder = "script"
source = "./scripts"
parts = ${parts}
`;
  const plugin = await pluginOf("script.ts");
  let made = "";
  const reader = definePlugin({
    name: "reader",
    api: 1,
    setup(dune) {
      dune.on("binariesCheck", ({ builds: [build] }) => {
        made = readFileSync(build?.program?.file ?? "", "utf8");
      });
    },
  });
  const built = (parts: string) => {
    const texts = { "head.sh": "#!/bin/sh\nset -eu\n", "hello.sh": "echo hello\n", "bad.sh": "if\n" };
    const beside = Object.entries(texts).map(([name, text]) => [`scripts/${name}`, text]);
    const files = memoryFiles({ "topology.toml": topology(parts), ...Object.fromEntries(beside) });
    return compile({ file: "topology.toml" }, { files, plugins: [plugin, reader], until: "build" });
  };
  expect((await built('["head.sh", "hello.sh"]')).diagnostics).toEqual([]);
  expect(made).toBe("#!/bin/sh\nset -eu\necho hello\n");
  const [failed] = (await built('["head.sh", "bad.sh"]')).diagnostics;
  expect(failed?.code).toBe("build/failed");
  const [refused] = (await built('["haed.sh"]')).diagnostics;
  expect(refused).toMatchObject({
    code: "build/cannot-build",
    message: '"hello" cannot be built: there is no file haed.sh in ./scripts',
    at: { path: ["binaries", "hello", "parts"] },
    plugin: "script",
  });
});

test("the test of the page passes, and fails where the plugin is another", async () => {
  const folder = newFolder({ "package.json": '{ "type": "module" }' });
  mkdirSync(join(folder, "node_modules/@dune"), { recursive: true });
  symlinkSync(join(root, "packages/core"), join(folder, "node_modules/@dune/core"));
  const textOf = (name: string) => blocksOf(readPage()).findLast(({ file }) => file === name)?.text ?? "";
  const write = (name: string, text: string) =>
    writeFileSync(
      join(folder, name.replace(".ts", ".js")),
      ts.transpileModule(text, {
        compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
      }).outputText,
    );
  const run = () => execa(process.execPath, ["--test"], { cwd: folder, reject: false });
  write("bgp.test.ts", textOf("bgp.test.ts"));
  write("bgp.ts", textOf("bgp.ts"));
  expect((await run()).stdout).toContain("pass 2");
  write("bgp.ts", textOf("bgp.ts").replace("default(9)", "default(8)"));
  expect((await run()).stdout).toContain("fail 1");
});
