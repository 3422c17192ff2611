/** What a new package is made of. */
interface PluginPackage {
  /** The plugin's name. */
  readonly name: string;
  /** The version of this dune. */
  readonly version: string;
  /** What npm is told to install as `@dune/core`. */
  readonly core: string;
}

/** What `dune init --plugin` writes, by path: a plugin that works, with a test and an example. */
export function firstPlugin(given: PluginPackage): Readonly<Record<string, string>> {
  return {
    ".gitignore": "node_modules/\ndist/\n",
    "README.md": readme(given),
    "package.json": packageJson(given),
    "tsconfig.json": tsconfig,
    "src/index.ts": source(given),
    "src/index.test.ts": tests(given),
    "example/topology.toml": topology,
  };
}

const readme = ({ name }: PluginPackage) => `# dune-plugin-${name}

A plugin for dune: \`loopback = 7\` in a node gives its loopback interface the address 2001:db8::7.

- \`src/index.ts\` is the plugin, \`src/index.test.ts\` its test: \`npm install && npm test\`.
- \`example/topology.toml\` loads it as it is: \`dune check example\`
- A topology elsewhere loads it by its path: \`plugins = ["../dune-plugin-${name}/src/index.ts"]\`; where the package is
  installed, by its name: \`plugins = ["dune-plugin-${name}"]\`.
`;

function packageJson({ name, version, core }: PluginPackage): string {
  const manifest = {
    name: `dune-plugin-${name}`,
    version: "0.1.0",
    description: "A plugin for dune",
    type: "module",
    engines: { node: ">=20.19" },
    exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
    files: ["dist", "!dist/*.test.*"],
    scripts: { build: "tsc", test: "tsc && node --test dist/index.test.js", prepack: "tsc" },
    peerDependencies: { "@dune/core": `^${version}` },
    // The dune that loads it brings its own.
    peerDependenciesMeta: { "@dune/core": { optional: true } },
    devDependencies: { "@dune/core": core, "@types/node": "^20.19.25", typescript: "^6.0.3" },
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

const tsconfig = `{
  "compilerOptions": {
    "target": "ES2023",
    "lib": ["ES2023"],
    "types": ["node"],
    "module": "NodeNext",
    "strict": true,
    "noUncheckedIndexedAccess": true,
    "verbatimModuleSyntax": true,
    "skipLibCheck": true,
    "declaration": true,
    "rootDir": "src",
    "outDir": "dist"
  },
  "include": ["src"]
}
`;

const topology = `# An example: it loads the plugin by its path, no need to compile that first.

plugins = ["../src/index.ts"]

[topology.nodes.r1]
loopback = 1

[topology.nodes.r2]
loopback = 2

[topology]
links = [{ endpoints = ["r1:eth0", "r2:eth0"] }]
`;

const source = ({ name }: PluginPackage) => `import { defineExtension, definePlugin, z } from "@dune/core";

// A key for nodes: \`loopback = 7\`. What its schema refuses, the user is told, with the place in the topology.
const loopback = defineExtension(
  "node",
  "loopback",
  z.int().min(1).max(9999).describe("The node's number: its loopback interface gets the address 2001:db8::NUMBER"),
);

export default definePlugin({
  name: "${name}",
  api: 1,
  extensions: [loopback],

  // What the plugin itself may find wrong. The user sees it as "${name}/taken".
  diagnostics: { taken: "error" },

  setup(dune) {
    // Called when the topology was read. It returns the topology as it shall be; what it was given stays as it is.
    dune.on("topology", (topology, tools) => {
      const owners = new Map<number, string>();
      const nodes = topology.nodes.map((node) => {
        const number = loopback.of(node);
        if (number === undefined) return node;
        const owner = owners.get(number);
        if (owner !== undefined) {
          tools.report("taken", {
            message: \`node "\${node.name}" has the loopback \${number}, which node "\${owner}" has already\`,
            at: tools.originOf(node, ["loopback"]),
            hint: "give each node a number of its own",
          });
        }
        owners.set(number, node.name);
        return { ...node, exec: [...node.exec, \`ip address add 2001:db8::\${number}/128 dev lo\`] };
      });
      return { ...topology, nodes };
    });
  },
});
`;

const tests = ({ name }: PluginPackage) => `import assert from "node:assert/strict";
import { test } from "node:test";
import { compileText, mustCompile } from "@dune/core/testing";
import plugin from "./index.js";

const plugins = [plugin];

test("a node's number becomes an address", async () => {
  const { topology } = await mustCompile("topology.nodes = { a = { loopback = 7 }, b = {} }", { plugins });
  const [a, b] = topology.nodes;
  assert.deepEqual(a?.exec, ["ip address add 2001:db8::7/128 dev lo"]);
  assert.deepEqual(b?.exec, []);
});

test("two nodes cannot have one number", async () => {
  const text = "topology.nodes = { a = { loopback = 7 }, b = { loopback = 7 } }";
  const { ok, printed } = await compileText(text, { plugins });
  assert.equal(ok, false);
  assert.match(printed, /error\\[${name}\\/taken\\]: node "b" has the loopback 7, which node "a" has already/);
});
`;
