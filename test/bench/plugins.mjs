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
  const bare = gridLab(125, 80);
  const names = Object.keys(plugins).map((name) => `"./${name}"`);
  const withPlugins = {
    ...bare,
    ...plugins,
    "topology.toml": `plugins = [${names.join(", ")}]\n${bare["topology.toml"]}`,
    "bird.conf.eta": `# AS {{asn}}: {{neighbours.join(", ")}}\n${bare["bird.conf.eta"]}`,
  };
  const labs = { addressed: addressed(bare), bare, withPlugins };
  const folders = Object.fromEntries(Object.entries(labs).map(([name, files]) => [name, makeFolder(files)]));
  try {
    const runs = await measureInTurns(folders);
    const [seconds, base, withoutAddresses] = [runs.withPlugins, runs.addressed, runs.bare].map(median);
    const secondsMore = rounded(seconds - base);
    return [
      {
        name: "three plugins on 10,000 nodes",
        secondsMore,
        seconds,
        target,
        ok: secondsMore <= target.secondsMore,
        runs: runs.withPlugins,
        reference: {
          what: "the same lab without plugins, its 40,000 addresses in the file",
          seconds: base,
          runs: runs.addressed,
          withoutAddresses,
        },
      },
    ];
  } finally {
    for (const folder of Object.values(folders)) rmSync(folder, { recursive: true });
  }
}

/** In turns, so that a slow moment of the machine hits all. */
async function measureInTurns(folders) {
  const seconds = Object.fromEntries(Object.keys(folders).map((name) => [name, []]));
  for (let run = 0; run < runs; run++) {
    for (const [name, folder] of Object.entries(folders)) {
      const out = join(folder, `dist${run}`);
      seconds[name].push((await measure(["build", folder, "--out", out])).seconds);
      rmSync(out, { recursive: true });
    }
  }
  return seconds;
}

/** The lab with the addresses that the plugin gives. */
function addressed(files) {
  const text = files["topology.toml"];
  const lines = new Map();
  const ends = [...text.matchAll(/endpoints = \["(\w+):(\w+)", "(\w+):(\w+)"\]/g)];
  for (const [link, [, a, aName, b, bName]] of ends.entries()) {
    for (const [side, [node, name]] of [
      [a, aName],
      [b, bName],
    ].entries()) {
      const address = `2001:db8:1::${(2 * link + side).toString(16)}/127`;
      lines.set(node, `${lines.get(node) ?? ""}addrs.${name} = ["${address}"]\n`);
    }
  }
  const nodes = text.replace(/^\[topology\.nodes\.(\w+)\]\n/gm, (header, node) => header + lines.get(node));
  return { ...files, "topology.toml": nodes };
}

function makeFolder(files) {
  const folder = mkdtempSync(join(tmpdir(), "dune-bench-"));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return folder;
}
