import { compareManifests } from "@dune/core";
import { expect, test } from "vitest";
import { concernedServers } from "../../packages/core/dist/cli/diff/concerned-servers.js";
import { baseFiles, baseLab, build, type Table } from "./compared-lab.js";

/** A segment whose tunnel ends on the other server. */
function tunnelled(): Table {
  const lab = baseLab();
  lab.topology.links.push({ endpoints: ["sw:eth9", "r2:eth9"] });
  return lab;
}

const cases: readonly [string, (lab: Table) => unknown, readonly string[]][] = [
  [
    "a bridge that is made anew for an MTU",
    (lab) => Object.assign(lab.topology.links[2], { mtu: 1200 }),
    ["s1"],
  ],
  ["a bridge that becomes a node", (lab) => Object.assign(lab.topology.nodes.sw, { kind: "node" }), ["s1"]],
  [
    "another MAC of one end",
    (lab) => Object.assign(lab.topology.links[1], { "r2:eth0": { mac: "02:00:00:00:00:07" } }),
    ["s2"],
  ],
  [
    "a delay of one direction",
    (lab) => Object.assign(lab.topology.links[1], { "r1:eth1": { latency: "9ms" } }),
    ["s1"],
  ],
  ["a delay of both", (lab) => Object.assign(lab.topology.links[1], { latency: "9ms" }), ["s1", "s2"]],
  ["an MTU of a tunnel", (lab) => Object.assign(lab.topology.links[1], { mtu: 1200 }), ["s1", "s2"]],
  ["a link more", (lab) => lab.topology.links.push({ endpoints: ["r0:eth8", "r2:eth8"] }), ["s1", "s2"]],
  ["a node that moves", (lab) => Object.assign(lab.topology.nodes.r2, { phynode: "s1" }), ["s1", "s2"]],
  ["metric, which no server knows", (lab) => Object.assign(lab.topology.links[1], { metric: 9 }), []],
];

test.each(cases)("where %s is to be applied", async (_, mutate, servers) => {
  const lab = tunnelled();
  mutate(lab);
  const before = await build(tunnelled());
  const after = await build(lab, baseFiles, before);
  const comparison = compareManifests(before.manifest, after.manifest);
  expect(concernedServers(comparison, before.manifest, after.manifest)).toEqual({
    apply: servers,
    up: [],
    down: [],
  });
});
