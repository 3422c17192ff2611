import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { compile, diskFiles, pluginLoader, printText } from "@dune/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const topology = `
[infrastructure.nodes.server1]
cores = [[1, 2]]
[topology.nodes.r0]
[topology.nodes.r1]
`;

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dune-loading-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** The commands of node r0 after a build with these plugins, or what is printed about them. */
async function execOf(
  plugins: readonly string[],
  at = folder,
  text = topology,
): Promise<readonly string[] | string> {
  write({ "topology.toml": `plugins = ${JSON.stringify(plugins)}\n${text}` });
  const { rendering, diagnostics } = await compile(
    { file: "topology.toml" },
    { files: diskFiles(at), resolvePlugin: pluginLoader(at) },
  );
  return rendering?.nodes[0]?.exec ?? printText(diagnostics, { read: () => undefined });
}

/** A plugin that gives every node one command: what the expression says when it is set up. */
function saying(
  expression: string,
  name = "says",
  head = 'import { definePlugin, z } from "@dune/core";',
): string {
  return `${head}
export default definePlugin({
  name: ${JSON.stringify(name)},
  api: 1,
  setup(dune) {
    const said = String(${expression});
    dune.on("topology", (topology) => ({
      ...topology,
      nodes: topology.nodes.map((node) => ({ ...node, exec: [...node.exec, said] })),
    }));
  },
});
`;
}

function npmPackage(name: string, manifest: object, files: Readonly<Record<string, string>>): void {
  const inside = Object.entries(files).map(([path, text]) => [`node_modules/${name}/${path}`, text]);
  write({
    [`node_modules/${name}/package.json`]: JSON.stringify({ name, version: "1.0.0", ...manifest }),
    ...Object.fromEntries(inside),
  });
}

describe("a plugin of a file", () => {
  test("is TypeScript or JavaScript, imports its neighbours, and knows its own place", async () => {
    write({
      "plugins/says.ts": saying(
        'greeting satisfies string + import.meta.dirname.split("/").at(-1)',
        "says",
        'import { definePlugin } from "@dune/core";\nimport { greeting } from "./greeting";',
      ),
      "plugins/greeting.ts": `import { readFileSync } from "node:fs";
enum Tone { Low = "hello" }
export const greeting: string = Tone.Low + readFileSync(new URL("greeting.txt", import.meta.url), "utf8");
`,
      "plugins/greeting.txt": ", world from ",
      "plain.js": saying("'plain'", "plain"),
    });
    expect(await execOf(["./plugins/says.ts", "./plain.js"])).toEqual(
      ["hello, world from ", "plain"].map((said, index) => (index === 0 ? `${said}plugins` : said)),
    );
  });

  test("knows its place only where it asks in code, in any module", async () => {
    const head = `import { definePlugin } from "@dune/core";
import { words } from "./words.js";
import { own } from "./lib/own";`;
    write({
      "says.ts": saying('[words, "import.meta.url", `import.meta.dirname`, own()]', "says", head),
      "words.js": 'exports.words = "import.meta.url";\n',
      "lib/own.ts": 'export const own = (): string => import.meta.filename.split("/").at(-1) ?? "";',
    });
    expect(await execOf(["./says.ts"])).toEqual([
      "import.meta.url,import.meta.url,import.meta.dirname,own.ts",
    ]);
  });

  test("has its faults at its own lines and columns, whatever it asks", async () => {
    write({ "throws.ts": 'const at: string = import.meta.url; throw new Error(at && "no");\n' });
    expect(await execOf(["./throws.ts"])).toContain("--> throws.ts:1:43\n");
  });

  test.each(["日本.ts", "a #b%20c? (d) é/p.ts"])("has its faults where they are in %s", async (path) => {
    write({ [path]: 'const fail = (): never => {\n  throw new Error("no");\n};\nfail();\n' });
    expect(await execOf([`./${path}`])).toContain(`--> ${path}:2:9\n`);
    write({ [path]: "const fail = ;\n" });
    expect(await execOf([`./${path}`])).toContain(`--> ${path}:1:14\n`);
  });

  test("is read anew in each compilation", async () => {
    write({ "says.ts": saying("1") });
    expect(await execOf(["./says.ts"])).toEqual(["1"]);
    write({ "says.ts": saying("2") });
    expect(await execOf(["./says.ts"])).toEqual(["2"]);
  });

  test("leaves nothing behind, neither when it runs nor when it fails", async () => {
    const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith("dune-plugin"));
    const before = left();
    write({ "says.ts": saying("1"), "throws.ts": 'throw new Error("no");\n', "broken.ts": "const;\n" });
    await execOf(["./says.ts", "./throws.ts", "./broken.ts"]);
    expect(left()).toEqual(before);
  });

  test("is found through a symbolic link to the topology's folder; a fault has its place below it", async () => {
    write({ "throws.ts": 'throw new Error("no");\n' });
    const link = `${folder}-link`;
    symlinkSync(folder, link);
    try {
      expect(await execOf(["./throws.ts"], link)).toContain("--> throws.ts:1:7\n");
    } finally {
      rmSync(link);
    }
  });

  test("imports TypeScript and JSON by an alias: of tsconfig.json, of package.json, or a workspace's package", async () => {
    write({
      "tsconfig.json": '{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }',
      "package.json": '{ "name": "lab", "type": "module", "imports": { "#lib": "./src/lib.ts" } }',
      "src/path.ts": 'export const path: string = "path";\n',
      "src/lib.ts": 'export const lib: string = "lib";\n',
      "packages/mate/package.json": '{ "name": "mate", "type": "module", "exports": "./i.ts" }',
      "packages/mate/i.ts": 'export const mate: string = "mate";\n',
      "says.ts": saying(
        "[path, lib, mate, data.json]",
        "says",
        `import { definePlugin } from "@dune/core";
import { path } from "@/path";
import { lib } from "#lib";
import { mate } from "mate";
import data from "data/data.json";`,
      ),
    });
    npmPackage("data", {}, { "data.json": '{ "json": "json" }' });
    symlinkSync(join(folder, "packages/mate"), join(folder, "node_modules/mate"));
    expect(await execOf(["./says.ts"])).toEqual(["path,lib,mate,json"]);
  });

  test("may be outside of the topology's folder", async () => {
    write({ "lab/x": "", "shared/says.ts": saying("1") });
    write({ "lab/topology.toml": `plugins = ["../shared/says.ts"]\n${topology}` });
    const at = join(folder, "lab");
    const options = { files: diskFiles(at), resolvePlugin: pluginLoader(at) };
    const { ok } = await compile({ file: "topology.toml" }, options);
    expect(ok).toBe(true);
  });
});

test.each(["Object.create(null)", "Object.assign(new Error(), { message: 1, stack: 2 })", "undefined"])(
  "a module may throw anything: %s",
  async (thrown) => {
    write({ "throws.js": `throw ${thrown};\n` });
    expect(await execOf(["./throws.js"])).toContain('the plugin "./throws.js" fails while it is loaded: ');
  },
);

describe("a plugin of a package", () => {
  test("is found where the topology is; a package that it needs runs at its own place", async () => {
    npmPackage(
      "dune-plugin-says",
      { type: "module", exports: "./lib/index.js", peerDependencies: { "@dune/core": "*" } },
      {
        "lib/index.js": saying(
          "place",
          "says",
          'import { definePlugin } from "@dune/core";\nimport { place } from "where";',
        ),
      },
    );
    npmPackage("where", { main: "index.cjs" }, { "index.cjs": "exports.place = __dirname;\n" });
    expect(await execOf(["dune-plugin-says"])).toEqual([join(folder, "node_modules/where")]);
  });

  test("may be CommonJS", async () => {
    const source = saying("require('where').place + typeof require('node:fs').readFileSync")
      .replace(/^import.*$/m, 'const { definePlugin } = require("@dune/core");')
      .replace("export default", "module.exports =");
    npmPackage("dune-plugin-says", { main: "index.js" }, { "index.js": source });
    npmPackage("where", { main: "index.cjs" }, { "index.cjs": "exports.place = 'here ';\n" });
    expect(await execOf(["dune-plugin-says"])).toEqual(["here function"]);
  });

  test("gets of a package what Node.js would load, not what is meant for bundlers", async () => {
    const conditions = { module: "./bundler.js", import: "./node.js" };
    npmPackage(
      "both",
      { type: "module", exports: conditions },
      { "bundler.js": 'export const by = "a bundler";\n', "node.js": 'export const by = "Node.js";\n' },
    );
    const head = 'import { definePlugin } from "@dune/core";\nimport { by } from "both";';
    write({ "says.ts": saying("by", "says", head) });
    expect(await execOf(["./says.ts"])).toEqual(["Node.js"]);
  });

  test("gets the core and the zod that run, whatever it has installed itself, and so does a package that helps it", async () => {
    const stranger =
      "export const definePlugin = () => { throw new Error('another core'); };\nexport const z = undefined;\n";
    for (const name of ["dune-plugin-says", "dune-helper"]) {
      for (const own of ["@dune/core", "zod"]) {
        npmPackage(
          `${name}/node_modules/${own}`,
          { type: "module", exports: "./index.js" },
          { "index.js": stranger },
        );
      }
    }
    const peers = { type: "module", exports: "./index.js", dependencies: { "@dune/core": "*" } };
    npmPackage("dune-plugin-says", peers, {
      "index.js": saying(
        "z === zod && z === helped",
        "says",
        'import { definePlugin, z } from "@dune/core";\nimport { z as zod } from "zod";\nimport { helped } from "dune-helper";',
      ),
    });
    npmPackage("dune-helper", peers, { "index.js": 'export { z as helped } from "@dune/core";\n' });
    expect(await execOf(["dune-plugin-says"])).toEqual(["true"]);
  });

  test("that is not installed is the user's mistake, one that lacks a package its own", async () => {
    expect(await execOf(["dune-plugin-lost"])).toContain(
      'error[parse/unknown-plugin]: there is no plugin "dune-plugin-lost"',
    );
    npmPackage(
      "dune-plugin-says",
      { main: "index.js" },
      { "index.js": 'import "nowhere";\nexport default 1;\n' },
    );
    const printed = await execOf(["dune-plugin-says"]);
    expect(printed).toContain('the plugin "dune-plugin-says" cannot be loaded: could not resolve "nowhere"');
    expect(printed).toContain("--> node_modules/dune-plugin-says/index.js");
    npmPackage("nowhere", { main: "index.cjs" }, { "index.cjs": 'require("not there");\n' });
    expect(await execOf(["dune-plugin-says"])).toContain(
      "fails while it is loaded: Cannot find module 'not there'\n",
    );
  });
});

test("a package that is installed but has no module to load says so", async () => {
  npmPackage("dune-plugin-closed", { exports: { "./other": "./x.js" } }, { "x.js": "" });
  const closed = await execOf(["dune-plugin-closed"]);
  expect(closed).toContain(
    'error[plugin/cannot-load]: the plugin "dune-plugin-closed" cannot be loaded: could not resolve "dune-plugin-closed": the path "." is not exported by package "dune-plugin-closed"\n',
  );
  npmPackage("@lab/unbuilt", { main: "dist/index.js" }, { "src/index.ts": "" });
  const unbuilt = await execOf(["@lab/unbuilt"]);
  expect(unbuilt).toContain(
    'error[plugin/cannot-load]: the plugin "@lab/unbuilt" cannot be loaded: could not resolve "@lab/unbuilt"\n',
  );
  expect(unbuilt).toContain("it may have to be built");
});

test("a file with another ending is no plugin", async () => {
  write({ "p.foo": "" });
  const printed = await execOf(["./p.foo"]);
  expect(printed).toContain("error[parse/unknown-plugin]: ./p.foo is no TypeScript or JavaScript\n");
  expect(printed).toContain("hint: a plugin's file ends in .ts or .js\n");
});

test("a plugin of dune's own has a short name", async () => {
  expect(await execOf(["jinja"], folder, topology.replace("r0]", 'r0]\nexec = ["true"]'))).toEqual(["true"]);
});
