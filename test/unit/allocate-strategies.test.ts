import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createReporter } from "../../packages/core/dist/diagnostics/reporter.js";
import type { Lock } from "../../packages/core/dist/phases/1-parse/lock.js";
import { assignCores } from "../../packages/core/dist/phases/3-allocate/assign-cores.js";
import { checkCapacity } from "../../packages/core/dist/phases/3-allocate/check-capacity.js";
import { checkConstraints } from "../../packages/core/dist/phases/3-allocate/check-constraints.js";
import { cut } from "../../packages/core/dist/phases/3-allocate/cut.js";
import { reportMisfit } from "../../packages/core/dist/phases/3-allocate/explain-misfit.js";
import { firstFit } from "../../packages/core/dist/phases/3-allocate/first-fit.js";
import { placeNodes } from "../../packages/core/dist/phases/3-allocate/place-nodes.js";
import { createProblem } from "../../packages/core/dist/phases/3-allocate/problem.js";
import { search } from "../../packages/core/dist/phases/3-allocate/search.js";
import type { Strategy } from "../../packages/core/dist/phases/3-allocate/strategy.js";
import { violations } from "../../packages/core/dist/phases/3-allocate/violations.js";
import { fitsByBruteForce } from "./allocate-brute-force.js";
import {
  coreRange,
  makeTopology,
  type NodeSketch,
  type PhynodeSketch,
  type Sketch,
} from "./make-topology.js";

function place(sketch: Sketch, strategy: Strategy = cut, lock?: Lock) {
  const problem = createProblem(makeTopology(sketch), lock);
  const answer = strategy.place(problem);
  if (answer.kind === "misfit") throw new Error(`no placement: ${answer.node}`);
  expect(violations(problem, answer)).toEqual([]);
  return placeNodes(problem, answer);
}

function phynodesOf(sketch: Sketch, strategy?: Strategy, lock?: Lock) {
  return Object.fromEntries(
    place(sketch, strategy, lock).map(({ node, phynode }) => [node.name, phynode.name]),
  );
}

function coresOf(sketch: Sketch, lock?: Lock) {
  const placed = place(sketch, cut, lock);
  return Object.fromEntries(
    placed.map(({ node, processes }) => [node.name, processes.map(({ cores }) => cores)]),
  );
}

function misfitMessage(sketch: Sketch, strategy: Strategy = cut) {
  const problem = createProblem(makeTopology(sketch));
  const answer = strategy.place(problem);
  if (answer.kind === "assignment") throw new Error("it was placed");
  const reporter = createReporter();
  reportMisfit(problem, answer, reporter);
  return reporter.diagnostics.map(({ code, message }) => `${code}: ${message}`);
}

const two = { server1: { cores: [coreRange(1, 4)] }, server2: { cores: [coreRange(1, 4)] } };
const one: NodeSketch = { demands: [1] };
const chain = (names: readonly string[]) =>
  names.slice(1).map((name, index) => ({ ends: [names[index]!, name] as const }));

describe("cut", () => {
  test("puts everything on one phynode where it fits", () => {
    expect(
      phynodesOf({ phynodes: two, nodes: { a: one, b: one, c: one }, links: chain(["a", "b", "c"]) }),
    ).toEqual({
      a: "server1",
      b: "server1",
      c: "server1",
    });
  });

  test("cuts the one link between two parts", () => {
    const nodes = Object.fromEntries(["a", "b", "c", "d", "e", "f", "g", "h"].map((name) => [name, one]));
    const placed = phynodesOf({
      phynodes: two,
      nodes,
      links: [...chain(["a", "c", "e", "g", "a"]), ...chain(["b", "d", "f", "h", "b"]), { ends: ["a", "b"] }],
    });
    expect(placed.c).toBe(placed.a);
    expect(placed.e).toBe(placed.a);
    expect(placed.g).toBe(placed.a);
    expect(new Set([placed.b, placed.d, placed.f, placed.h]).size).toBe(1);
    expect(placed.b).not.toBe(placed.a);
  });

  test("cuts the slow link of a ring", () => {
    const three: NodeSketch = { demands: [3] };
    const placed = phynodesOf({
      phynodes: { server1: { cores: [coreRange(1, 6)] }, server2: { cores: [coreRange(1, 3)] } },
      nodes: { a: three, b: three, c: three },
      links: [
        { ends: ["a", "b"], rates: [1e6, 1e6] },
        { ends: ["b", "c"], rates: [undefined, 1e9] },
        { ends: ["a", "c"], rates: [1e6, 1e6] },
      ],
    });
    expect(placed).toEqual({ a: "server2", b: "server1", c: "server1" });
  });

  test("leaves what the lock has where it is", () => {
    const lock: Lock = { lock: 1, nodes: { b: { phynode: "server2", cores: { p0: [3] } } }, vnis: {} };
    const sketch = { phynodes: two, nodes: { a: one, b: one }, links: chain(["a", "b"]) };
    expect(place(sketch, cut, lock).map(({ phynode, reason }) => [phynode.name, reason])).toEqual([
      ["server2", "with b, its neighbour by its only link"],
      ["server2", "locked to server2"],
    ]);
    expect(coresOf(sketch, lock)).toEqual({ a: [[1]], b: [[3]] });
  });

  test("moves what the lock has where it no longer fits", () => {
    const locked = (phynode: string) => ({ phynode, cores: {} });
    const lock: Lock = {
      lock: 1,
      nodes: { a: locked("server2"), b: locked("gone"), c: locked("server1") },
      vnis: {},
    };
    const sketch = {
      phynodes: two,
      nodes: { a: { demands: [4], phynode: ["server1"] }, b: one, c: { demands: [3] } },
    };
    expect(phynodesOf(sketch, cut, lock)).toEqual({ a: "server1", b: "server2", c: "server2" });
  });

  test("counts nodes without cores", () => {
    const phynodes = { server1: { cores: [[1]], limit: 2 }, server2: { cores: [[1]], limit: 1 } };
    expect(Object.values(phynodesOf({ phynodes, nodes: { a: {}, b: {}, c: {} } })).sort()).toEqual([
      "server1",
      "server1",
      "server2",
    ]);
  });

  test("packs the NUMA nodes of a phynode anew where a node finds none", () => {
    const phynodes = { server1: { cores: [coreRange(1, 5), coreRange(6, 5)] } };
    const nodes = { a: { demands: [2] }, b: { demands: [2] }, c: { demands: [3] }, d: { demands: [3] } };
    expect(place({ phynodes, nodes })).toHaveLength(4);
  });
});

describe("first-fit", () => {
  test("takes nodes, phynodes and NUMA nodes in the order of names", () => {
    const phynodes = {
      server1: { cores: [coreRange(1, 3), coreRange(4, 2)] },
      server2: { cores: [coreRange(1, 9)] },
    };
    const nodes = { a: { demands: [2] }, b: { demands: [2] }, c: one, d: { demands: [2] }, e: {} };
    const placed = place({ phynodes, nodes }, firstFit);
    expect(placed.map(({ phynode, processes }) => [phynode.name, processes[0]?.cores])).toEqual([
      ["server1", [1, 2]],
      ["server1", [4, 5]],
      ["server1", [3]],
      ["server2", [1, 2]],
      ["server1", undefined],
    ]);
  });
});

describe("cores", () => {
  test("core_0 is the lowest, and processes share cores evenly", () => {
    const phynodes = { server1: { cores: [[5, 3, 4]], oversubscribe: 2 } };
    expect(
      coresOf({ phynodes, nodes: { a: { demands: [2] }, b: { demands: [2] }, c: { demands: [2] } } }),
    ).toEqual({
      a: [[3, 4]],
      b: [[3, 5]],
      c: [[4, 5]],
    });
  });

  test("a lock whose cores would leave the rest too few is not kept", () => {
    const phynodes = { server1: { cores: [[1, 2]], oversubscribe: 2 } };
    const nodes = { a: one, b: one, c: { demands: [2] } };
    const at = (core: number) => ({ phynode: "server1", cores: { p0: [core] } });
    const lock: Lock = { lock: 1, nodes: { a: at(1), b: at(1) }, vnis: {} };
    expect(coresOf({ phynodes, nodes }, lock)).toEqual({ a: [[1]], b: [[2]], c: [[1, 2]] });
  });

  test("a spread process leaves the cores that others have to have", () => {
    const phynodes = {
      server1: {
        cores: [
          [1, 2],
          [3, 4],
        ],
      },
    };
    const nodes: Sketch["nodes"] = { a: { demands: [2], numa: "any" }, b: { demands: [2] } };
    const lock: Lock = { lock: 1, nodes: { a: { phynode: "server1", cores: { p0: [2, 3] } } }, vnis: {} };
    expect(coresOf({ phynodes, nodes }, lock)).toEqual({ a: [[3, 4]], b: [[1, 2]] });
  });

  test("locked cores that the phynode has no more, or of another count, are given anew", () => {
    const at = (...cores: number[]) => ({ phynode: "server1", cores: { p0: cores } });
    const lock: Lock = { lock: 1, nodes: { a: at(9), b: at(1, 2), c: at(3) }, vnis: {} };
    const phynodes = { server1: { cores: [[1, 2, 3]] } };
    expect(coresOf({ phynodes, nodes: { a: one, b: one, c: one } }, lock)).toEqual({
      a: [[1]],
      b: [[2]],
      c: [[3]],
    });
  });
});

describe("reasons", () => {
  const reasons = (sketch: Sketch) => place(sketch).map(({ reason }) => reason);

  test("name what holds a node where it is", () => {
    const phynodes = { ...two, server2: { cores: two.server2.cores, tags: ["fast"] } };
    expect(
      reasons({
        phynodes,
        nodes: {
          a: { phynode: ["server1"] },
          b: { tags: ["fast"] },
          c: { phynode: ["server1", "server2"], tags: ["fast"] },
          d: { colocate: ["pair"] },
          e: { colocate: ["pair"] },
          f: { separate: ["core"] },
          g: {},
        },
        links: [{ ends: ["a", "b"] }],
      }),
    ).toEqual([
      'phynode = "server1"',
      'the only phynode with tag "fast"',
      "the only phynode that its constraints leave",
      "colocated with e",
      "colocated with d",
      'separate "core"',
      "it has no links, and there was room",
    ]);
  });

  test("name the only phynode", () => {
    expect(reasons({ phynodes: { server1: { cores: [[1]] } }, nodes: { a: one } })).toEqual([
      "the only phynode",
    ]);
  });

  test("name neighbours", () => {
    expect(
      reasons({ phynodes: two, nodes: { a: {}, b: {}, c: {}, d: {} }, links: chain(["a", "b", "c", "d"]) }),
    ).toEqual([
      "with b, its neighbour by its only link",
      "with a and c, its neighbours by 2 of 2 links",
      "with b and d, its neighbours by 2 of 2 links",
      "with c, its neighbour by its only link",
    ]);
  });
});

describe("what does not fit", () => {
  test("says what each phynode has left, and why others are out", () => {
    const phynodes: Sketch["phynodes"] = {
      server1: { cores: [[1, 2], [3]], tags: ["fast"] },
      server2: { cores: [[1], [2, 3]], tags: ["fast"] },
      server3: { cores: [[1, 2, 3]] },
      server4: { cores: [[1, 2]], limit: 1, tags: ["fast"] },
    };
    const pair: NodeSketch = { demands: [2], tags: ["fast"] };
    expect(misfitMessage({ phynodes, nodes: { r1: pair, r2: pair, r3: pair, r4: pair } })).toEqual([
      'allocate/does-not-fit: the lab does not fit: node "r4" needs 2 cores in one NUMA node; "server1" has 0+1 left; "server2" has 1+0 left; "server3" excluded by tags (it lacks "fast"); "server4" has 1 of at most 1 nodes',
    ]);
  });

  test("first-fit, which does not try everything, does not say that nothing fits", () => {
    const phynodes = { server1: { cores: [[1, 2]] }, server2: { cores: [[1, 2, 3]] } };
    const nodes = { a: one, b: { demands: [2] }, c: { demands: [2] } };
    expect(misfitMessage({ phynodes, nodes }, firstFit)).toEqual([
      'allocate/does-not-fit: no placement found: node "c" needs 2 cores in one NUMA node; "server1" has 1 left; "server2" has 1 left',
    ]);
    expect(place({ phynodes, nodes })).toHaveLength(3);
  });
});

const some = <T>(values: readonly [T, ...T[]], maxLength = 2) =>
  fc.uniqueArray(fc.constantFrom(...values), { maxLength });

const phynodeSketch: fc.Arbitrary<PhynodeSketch> = fc.record({
  cores: fc
    .array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 2 })
    .map((sizes) => sizes.map((size, numa) => coreRange(1 + 3 * numa, size))),
  oversubscribe: fc.constantFrom(1, 1, 2, 3),
  limit: fc.constantFrom(250, 250, 2, 3),
  tags: some(["x", "y"]),
});

const nodeSketch: fc.Arbitrary<NodeSketch> = fc.record({
  demands: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
  numa: fc.constantFrom("node", "process", "any"),
  phynode: fc.option(some(["s0", "s1", "s2"], 3), { nil: undefined, freq: 4 }) as fc.Arbitrary<
    readonly string[]
  >,
  tags: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: some(["x", "y"]) }),
  separate: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: some(["m", "n"]) }),
  colocate: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: some(["v", "w"]) }),
});

function sketches(mostNodes: number, mostPhynodes: number): fc.Arbitrary<Sketch> {
  const named = <T>(prefix: string, list: readonly T[]) =>
    Object.fromEntries(list.map((entry, index) => [`${prefix}${index}`, entry]));
  return fc
    .record({
      phynodes: fc.array(phynodeSketch, { minLength: 1, maxLength: mostPhynodes }),
      nodes: fc.array(nodeSketch, { minLength: 1, maxLength: mostNodes }),
      links: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.option(fc.constantFrom(1, 5), { nil: undefined })), {
        maxLength: 12,
      }),
    })
    .map(({ phynodes, nodes, links }) => ({
      phynodes: named("s", phynodes),
      nodes: named("n", nodes),
      links: links.flatMap(([a, b, rate]) => {
        const ends = [`n${a % nodes.length}`, `n${b % nodes.length}`] as const;
        return ends[0] === ends[1] ? [] : [{ ends, rates: [rate, undefined] as const }];
      }),
    }));
}

describe("any lab", () => {
  test("cut finds a placement exactly when there is one", () => {
    const seen = { fits: 0, not: 0 };
    fc.assert(
      fc.property(sketches(6, 3), (sketch) => {
        const fits = fitsByBruteForce(sketch);
        seen[fits ? "fits" : "not"]++;
        const problem = createProblem(makeTopology(sketch));
        const answer = cut.place(problem);
        if (answer.kind === "assignment") expect(violations(problem, answer)).toEqual([]);
        else expect(answer.proven).toBe(true);
        expect(answer.kind).toBe(fits ? "assignment" : "misfit");
      }),
      { numRuns: 3000 },
    );
    expect(Math.min(seen.fits, seen.not)).toBeGreaterThan(300);
  });

  test("a complete search alone finds one exactly when there is one", () => {
    fc.assert(
      fc.property(sketches(6, 3), (sketch) => {
        const { ledger, complete } = search(createProblem(makeTopology(sketch)));
        expect(complete).toBe(true);
        expect(ledger !== undefined).toBe(fitsByBruteForce(sketch));
      }),
      { numRuns: 2000 },
    );
  });

  test("what is reported before placing never fits", () => {
    fc.assert(
      fc.property(sketches(6, 3), (sketch) => {
        const problem = createProblem(makeTopology(sketch));
        const reporter = createReporter();
        checkConstraints(problem, reporter);
        checkCapacity(problem, reporter);
        if (reporter.errorCount > 0) expect(fitsByBruteForce(sketch)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  test("both strategies keep every rule, and explain what they cannot place", () => {
    fc.assert(
      fc.property(sketches(24, 5), fc.constantFrom(cut, firstFit), (sketch, strategy) => {
        const problem = createProblem(makeTopology(sketch));
        const answer = strategy.place(problem);
        if (answer.kind === "assignment") {
          expect(violations(problem, answer)).toEqual([]);
          expect(placeNodes(problem, answer).every(({ reason }) => reason !== "")).toBe(true);
          return;
        }
        const reporter = createReporter();
        reportMisfit(problem, answer, reporter);
        expect(reporter.errorCount).toBe(1);
      }),
      { numRuns: 1000 },
    );
  });

  test("a placement that is locked stays as it is, to the core", () => {
    fc.assert(
      fc.property(sketches(10, 4), (sketch) => {
        const topology = makeTopology(sketch);
        const problem = createProblem(topology);
        const answer = cut.place(problem);
        if (answer.kind === "misfit") return;
        const placed = placeNodes(problem, answer);
        const entries = placed.map(({ node, phynode, processes }) => [
          node.name,
          {
            phynode: phynode.name,
            cores: Object.fromEntries(processes.map(({ process, cores }) => [process.name, [...cores]])),
          },
        ]);
        const again = createProblem(topology, { lock: 1, nodes: Object.fromEntries(entries), vnis: {} });
        const second = cut.place(again);
        if (second.kind === "misfit") throw new Error("it no longer fits");
        expect(Array.from(second.serverOf)).toEqual(Array.from(answer.serverOf));
        expect(assignCores(again, second)).toEqual(assignCores(problem, answer));
      }),
      { numRuns: 1000 },
    );
  });

  test("the order in which things are declared changes nothing", () => {
    fc.assert(
      fc.property(sketches(12, 4), fc.infiniteStream(fc.nat()), (sketch, random) => {
        const shuffled = <T>(list: readonly T[]) =>
          list
            .map((entry) => ({ entry, rank: random.next().value as number }))
            .sort((a, b) => a.rank - b.rank)
            .map(({ entry }) => entry);
        const other = {
          phynodes: Object.fromEntries(shuffled(Object.entries(sketch.phynodes))),
          nodes: Object.fromEntries(shuffled(Object.entries(sketch.nodes))),
          links: sketch.links ?? [],
        };
        const answers = [sketch, other].map((entry) => cut.place(createProblem(makeTopology(entry))));
        expect(answers[1]).toEqual(answers[0]);
      }),
      { numRuns: 300 },
    );
  });
});
