// What plugins cost: a build of 10,000 nodes with three plugins beside one without.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measure } from "./compile.mjs";
import { median, rounded } from "./figures.mjs";
import { gridLab } from "./grid.mjs";

const runs = 5;
const target = { secondsMore: 2 };

/** Gives every link a /127, and keeps it in the lock; a check of every node; a section with a default and a name of its own. */
const plugins = {
  "ipam.ts": `import { definePlugin, type Link, type Node, values } from "@dune/core";

const address = (link: number, side: number) =>
  values.interfaceAddress.parse(\`2001:db8:1::\${(2 * link + side).toString(16)}/127\`);

export default definePlugin({
  name: "ipam",
  api: 1,
  setup(dune) {
    dune.on("topology", (topology, { choices }) => {
      const numbers = topology.links.map((link: Link, index) => {
        const number = Number(choices.locked[link.id] ?? index);
        choices.keep(link.id, number);
        return number;
      });
      const addressed = (node: Node): Node => {
        const added = node.interfaces.map(({ name, link, side }) => ({
          interface: name,
          addresses: [address(numbers[link] ?? 0, side)],
        }));
        const addresses = [...node.addresses, ...added].sort((a, b) => (a.interface < b.interface ? -1 : 1));
        return { ...node, addresses };
      };
      return { ...topology, nodes: topology.nodes.map(addressed) };
    });
  },
});
`,
  "bgp.ts": `import { defineExtension, definePlugin, z } from "@dune/core";

const bgp = defineExtension("node", "bgp", z.strictObject({ asn: z.int().default(65000), hold: z.int().min(3).default(90) }).prefault({}));

export default definePlugin({
  name: "bgp",
  api: 1,
  after: ["ipam"],
  extensions: [bgp],
  setup(dune) {
    dune.on("topology", (topology) => ({
      ...topology,
      nodes: topology.nodes.map((node, index) => bgp.with(node, { asn: 4200000000 + index, hold: bgp.of(node)?.hold ?? 90 })),
    }));
    dune.context({
      node: {
        asn: ({ node }) => bgp.of(node)?.asn,
        neighbours: ({ node }, { topology }) =>
          node.interfaces.map(({ link, side }) => topology.links[link]?.endpoints[side === 0 ? 1 : 0].node),
      },
    });
  },
});
`,
  "inventory.ts": `import { definePlugin } from "@dune/core";

export default definePlugin({
  name: "inventory",
  api: 1,
  diagnostics: { "no-address": "error" },
  setup(dune) {
    dune.on("topologyCheck", ({ nodes }, { report }) => {
      for (const { name, interfaces, addresses } of nodes) {
        const addressed = new Set(addresses.map((each) => each.interface));
        const bare = interfaces.find((each) => !addressed.has(each.name));
        if (bare !== undefined) report("no-address", { message: \`\${name}:\${bare.name} has no address\` });
      }
    });
    dune.on("artifacts", ({ binaries }) => {
      const { nodes } = binaries.rendering.placement;
      return [{ path: "inventory.csv", text: nodes.map(({ node, phynode }) => \`\${node.name},\${phynode.name}\\n\`).join("") }];
    });
  },
});
`,
};

export async function benchPlugins() {
  const without = { ...gridLab(125, 80) };
  const names = Object.keys(plugins).map((name) => `"./${name}"`);
  const withPlugins = {
    ...without,
    ...plugins,
    "topology.toml": `plugins = [${names.join(", ")}]\n${without["topology.toml"]}`,
    "bird.conf.eta": `# AS {{asn}}: {{neighbours.join(", ")}}\n${without["bird.conf.eta"]}`,
  };
  const folders = [without, withPlugins].map(makeFolder);
  try {
    const seconds = [[], []];
    // In turns, so that a slow moment of the machine hits both.
    for (let run = 0; run < runs; run++) {
      for (const [index, folder] of folders.entries()) {
        const out = join(folder, `dist${run}`);
        seconds[index].push((await measure(["build", folder, "--out", out])).seconds);
        rmSync(out, { recursive: true });
      }
    }
    const [base, more] = seconds.map(median);
    const secondsMore = rounded(more - base);
    const reference = { what: "the same lab without plugins", seconds: base, runs: seconds[0] };
    const name = "three plugins on 10,000 nodes";
    return [
      {
        name,
        secondsMore,
        seconds: more,
        target,
        ok: secondsMore <= target.secondsMore,
        runs: seconds[1],
        reference,
      },
    ];
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true });
  }
}

function makeFolder(files) {
  const folder = mkdtempSync(join(tmpdir(), "dune-bench-"));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return folder;
}
