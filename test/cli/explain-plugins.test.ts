import { definePlugin, type Node, type Topology } from "@dune/core";
import { expect, test } from "vitest";
import { paletteOf } from "../../packages/core/dist/cli/colours.js";
import { explain } from "../../packages/core/dist/cli/explain/explanation.js";
import { explanationAsJson, printExplanation } from "../../packages/core/dist/cli/explain/print.js";
import { createLocator } from "../../packages/core/dist/diagnostics/place.js";
import { compileRich, richFiles } from "../plugins/rich-lab.js";

const node =
  (change: (node: Node) => Node) =>
  (topology: Topology): Topology => ({
    ...topology,
    nodes: topology.nodes.map((each) => (each.name === "a" ? change(each) : each)),
  });

const plugins = [
  definePlugin({
    name: "grid",
    api: 1,
    setup: (dune) =>
      dune.on("document", (document) => ({
        ...document,
        layers: [{ tables: { topology: { nodes: { a: { shape: "round" } } } } } as never, ...document.layers],
      })),
  }),
  definePlugin({
    name: "one",
    api: 1,
    setup(dune) {
      const change = (each: Node): Node => ({
        ...each,
        exec: ["first", ...each.exec],
        execTimeoutNs: 5e9,
        placement: { ...each.placement, phynodes: ["s1", "s2"] },
        routes: each.routes.slice(0, 1),
      });
      dune.on("topology", node(change));
    },
  }),
  definePlugin({
    name: "two",
    api: 1,
    setup(dune) {
      dune.on(
        "topology",
        node((each) => ({ ...each, execTimeoutNs: 7e9 })),
      );
      dune.on("topology", (topology) => ({
        ...topology,
        params: { ...topology.params, rate: "2gbit" },
        links: topology.links.map((link) => {
          const [end, other] = link.endpoints;
          return link.name === "a:eth0-sw:p0"
            ? { ...link, mtu: 1300, endpoints: [{ ...end, latencyNs: 9e6 }, other] as const }
            : link;
        }),
      }));
    },
  }),
];

async function explained(path: string) {
  const { topology, placement, diagnostics } = await compileRich(plugins, { set: ["params.rate=3gbit"] });
  expect(diagnostics).toEqual([]);
  const read = (file: string) => (richFiles as Record<string, string>)[file];
  const places = { locate: createLocator(read), shown: (file: string) => file };
  const answer = explain(path, { topology: topology as Topology, read, ...(placement && { placement }) });
  const text = printExplanation(answer, places, paletteOf({ isTTY: false } as never));
  return { text: text.trimEnd(), json: explanationAsJson(answer, places) };
}

test.each([
  [
    "nodes.a.exec",
    `nodes.a.exec
  [0]  "first"          plugin one  hook topology
  [1]  "true"           defaults    topology.toml:21:9
  [2]  "echo {{node}}"  node a      topology.toml:33:9`,
  ],
  [
    "nodes.a.exec[2]",
    `nodes.a.exec[2] = "echo {{node}}"
  "echo {{node}}"  node a  topology.toml:33:9`,
  ],
  [
    "nodes.a.exec_timeout",
    `nodes.a.exec_timeout = "7s"
  "7s"  plugin two  hook topology
  "5s"  plugin one  hook topology  replaced
  in place of 60s: dune's default`,
  ],
  [
    "nodes.a.phynode",
    `nodes.a.phynode
  [0]  "s1"  node a      topology.toml:32:11
  [1]  "s2"  plugin one  hook topology`,
  ],
  [
    "nodes.a.routes[1].dev",
    `nodes.a.routes[1].dev
  "eth0"  node a  topology.toml:31:79  unset
  removed by plugin "one"`,
  ],
  [
    "nodes.a.shape",
    `nodes.a.shape = "round"
  "round"  plugin grid  hook document`,
  ],
  [
    "params.rate",
    `params.rate = "2gbit"
  "2gbit"  plugin two  hook topology
  "3gbit"  --set       params.rate=3gbit  replaced
  "1gbit"  file        topology.toml:4:8  replaced`,
  ],
  [
    "links.a:eth0-sw:p0.latency",
    `links."a:eth0-sw:p0".latency
  "a:eth0"  "9ms"  plugin two  hook topology
  "sw:p0"   "5ms"  defaults    topology.toml:23:11`,
  ],
  [
    "links.a:eth0-sw:p0.mtu",
    `links."a:eth0-sw:p0".mtu = 1300
  1300  plugin two  hook topology
  in place of 1450: the rule for links that declare none: 1500, or less if every tunnel needs it`,
  ],
])("explain says what plugins made of %s", async (path, expected) => {
  expect((await explained(path)).text).toBe(expected);
});

test("a whole node lists what plugins made of it, and a script gets plugin and hook", async () => {
  const { text, json } = await explained("nodes.a");
  expect(text).toMatch(/exec\[0\] +"first" +plugin one +hook topology/);
  expect(text).toMatch(/exec_timeout +"7s" +plugin two +hook topology/);
  expect(text).toMatch(/phynode "s2" +plugin one +hook topology/);
  expect(json).toMatchObject({
    from: expect.arrayContaining([
      expect.objectContaining({ part: "exec[0]", madeBy: { plugin: "one", hook: "topology" } }),
    ]),
  });
});
