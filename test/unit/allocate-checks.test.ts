import { describe, expect, test } from "vitest";
import { createReporter } from "../../packages/core/dist/diagnostics/reporter.js";
import { checkCapacity } from "../../packages/core/dist/phases/3-allocate/check-capacity.js";
import { checkConstraints } from "../../packages/core/dist/phases/3-allocate/check-constraints.js";
import { createProblem } from "../../packages/core/dist/phases/3-allocate/problem.js";
import { makeTopology, type NodeSketch, type Sketch } from "./make-topology.js";

function check(sketch: Sketch) {
  const problem = createProblem(makeTopology(sketch));
  const reporter = createReporter();
  checkConstraints(problem, reporter);
  checkCapacity(problem, reporter);
  return reporter.diagnostics;
}

function messages(sketch: Sketch) {
  return check(sketch).map(({ code, message }) => `${code.replace("allocate/", "")}: ${message}`);
}

const phynodes: Sketch["phynodes"] = {
  server1: { cores: [[1, 2], [3]], tags: ["a"] },
  server2: { cores: [[1, 2], [3]], tags: ["b"] },
};
const withNodes = (nodes: Readonly<Record<string, NodeSketch>>): Sketch => ({ phynodes, nodes });

describe("constraints that contradict each other", () => {
  test.each<[string, Record<string, NodeSketch>, string]>([
    [
      "tags that no phynode has together",
      { r: { tags: ["a", "b"] } },
      'node "r" may sit on no phynode: none has all of its tags "a" and "b"',
    ],
    [
      "phynode against tags",
      { r: { phynode: ["server1"], tags: ["b"] } },
      'node "r" may sit on no phynode: of those that its phynode names, "server1" lacks "b"',
    ],
    ["an empty list", { r: { phynode: [] } }, 'node "r" may sit on no phynode: its list phynode is empty'],
    [
      "colocated on different phynodes",
      { r: { phynode: ["server1"], colocate: ["x"] }, s: { tags: ["b"], colocate: ["x"] } },
      'nodes "r" and "s" must share a phynode (colocate "x"), but "r" may sit only on "server1" and "s" only on "server2"',
    ],
    [
      "colocated and separated",
      {
        r: { colocate: ["x"], separate: ["y"] },
        s: { colocate: ["x", "z"] },
        t: { colocate: ["z"], separate: ["y"] },
      },
      'nodes "r" and "t" must share a phynode (colocated through other nodes) and must not (separate "y")',
    ],
    [
      "more separated nodes than phynodes",
      { r: { separate: ["y"] }, s: { separate: ["y"] }, t: { separate: ["y"] } },
      'separate "y" needs 3 phynodes for "r", "s" and "t", but they may sit only on "server1" and "server2"',
    ],
    [
      "separated nodes that may sit on one phynode only",
      { r: { separate: ["y"], phynode: ["server2"] }, s: { separate: ["y"], tags: ["b"] } },
      'separate "y" needs 2 phynodes for "r" and "s", but they may sit only on "server2"',
    ],
  ])("%s", (_, nodes, message) => {
    expect(messages(withNodes(nodes))).toEqual([`contradicting-constraints: ${message}`]);
  });

  test("three that no phynode suits together, though each two have one", () => {
    const three = { ...phynodes, server3: { cores: [[1]] } };
    const pair = (...names: string[]): NodeSketch => ({ phynode: names, colocate: ["x"] });
    const nodes = {
      r: pair("server1", "server2"),
      s: pair("server2", "server3"),
      t: pair("server1", "server3"),
    };
    expect(messages({ phynodes: three, nodes })).toEqual([
      'contradicting-constraints: nodes "r", "s" and "t" are colocated, but no phynode is allowed for all of them',
    ]);
  });

  test("point at both constraints", () => {
    const [diagnostic] = check(withNodes({ r: { phynode: ["server1"], tags: ["b"] } }));
    expect(diagnostic?.at).toEqual({ file: "lab.toml", path: ["topology", "nodes", "r", "phynode"] });
    expect(diagnostic?.related.map(({ at }) => at)).toEqual([
      { file: "lab.toml", path: ["topology", "nodes", "r", "tags"] },
    ]);
  });

  test("separated nodes that can all find a phynode are fine", () => {
    const nodes = { r: { separate: ["y"] }, s: { separate: ["y"], phynode: ["server1"] } };
    expect(messages(withNodes(nodes))).toEqual([]);
  });
});

describe("too few cores", () => {
  test.each<[string, Record<string, NodeSketch>, string, string]>([
    [
      "in one NUMA node",
      { r: { demands: [1, 2] } },
      'node "r" needs 3 cores within one NUMA node; the largest that it may use has 2, on "server1"',
      'numa = "process"',
    ],
    [
      "in one NUMA node for a process",
      { r: { demands: [1, 3], numa: "process" } },
      'process "p1" of node "r" needs 3 cores within one NUMA node; the largest that it may use has 2, on "server1"',
      'numa = "any"',
    ],
    [
      "on one phynode",
      { r: { demands: [4], numa: "any" } },
      'node "r" needs 4 cores; the largest phynode it may use has 3, "server1"',
      "oversubscribe",
    ],
    [
      "for nodes that are colocated",
      { r: { demands: [2], colocate: ["x"] }, s: { demands: [2], colocate: ["x"] } },
      'nodes "r" and "s" are colocated and need 4 cores; the largest phynode they may use has 3, "server1"',
      "colocate fewer nodes",
    ],
    [
      "in sum",
      { r: { demands: [2] }, s: { demands: [2] }, t: { demands: [2] }, u: { demands: [1] } },
      'the lab needs 7 cores, one for each core_<n> of its processes; "server1" and "server2" have 6',
      "add cores",
    ],
    [
      "for what may sit only there",
      { r: { demands: [2], tags: ["a"] }, s: { demands: [2], phynode: ["server1"] } },
      'what may sit only on "server1" needs 4 cores, one for each core_<n> of its processes; there are 3',
      "add cores",
    ],
  ])("%s", (_, nodes, message, hint) => {
    const found = check(withNodes(nodes));
    expect(found.map(({ code, message: text }) => [code, text])).toEqual([
      ["allocate/not-enough-cores", message],
    ]);
    expect(found[0]?.hint ?? "").toContain(hint);
  });

  test("portions that no phynode has room for together", () => {
    const small = {
      server1: {
        cores: [
          [1, 2, 3],
          [4, 5, 6],
        ],
      },
    };
    const nodes: Sketch["nodes"] = { r: { demands: [2, 2, 2], numa: "process" } };
    expect(messages({ phynodes: small, nodes })).toEqual([
      'not-enough-cores: node "r" needs 6 cores in portions that the NUMA nodes of no phynode it may use have room for together',
    ]);
  });

  test("oversubscribe counts, but a process's cores are distinct", () => {
    const shared = { server1: { cores: [[1, 2]], oversubscribe: 2 } };
    expect(messages({ phynodes: shared, nodes: { r: { demands: [2, 2] } } })).toEqual([]);
    expect(messages({ phynodes: shared, nodes: { r: { demands: [3] } } })).toEqual([
      'not-enough-cores: node "r" needs 3 cores within one NUMA node; the largest that it may use has 2, on "server1"',
    ]);
    expect(messages({ phynodes: shared, nodes: { r: { demands: [2, 2, 1] } } })).toEqual([
      'not-enough-cores: node "r" needs 5 cores within one NUMA node; the largest that it may use has 4 (cores × oversubscribe), on "server1"',
    ]);
  });
});

describe("too many nodes", () => {
  const limited = { server1: { cores: [[1]], limit: 1 }, server2: { cores: [[1]], limit: 1 } };

  test("in sum", () => {
    expect(messages({ phynodes: limited, nodes: { r: {}, s: {}, t: {} } })).toEqual([
      'too-many-nodes: the lab has 3 nodes; "server1" and "server2" take at most 2',
    ]);
  });

  test("colocated", () => {
    const nodes = { r: { colocate: ["x"] }, s: { colocate: ["x"] } };
    expect(messages({ phynodes: limited, nodes })).toEqual([
      'too-many-nodes: 2 nodes are colocated with "r", but a phynode that they may use takes at most 1',
    ]);
  });
});
