import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { distance, nearest } from "../../packages/core/dist/diagnostics/near.js";

describe("distance", () => {
  test.each([
    ["", "", 0],
    ["", "abc", 3],
    ["mtu", "mtu", 0],
    ["topolofy", "topology", 1],
    ["latnecy", "latency", 1],
    ["sysctl", "sysctls", 1],
    ["pined", "pinned", 1],
    ["ca", "abc", 3],
    ["kitten", "sitting", 3],
  ])("from %j to %j is %i", (a, b, expected) => {
    expect(distance(a, b)).toBe(expected);
  });

  test("is what its definition by recursion gives", () => {
    const byDefinition = (a: string, b: string): number => {
      if (a === "" || b === "") return a.length + b.length;
      const isSwap = a.length > 1 && b.length > 1 && a.at(-1) === b.at(-2) && a.at(-2) === b.at(-1);
      return Math.min(
        byDefinition(a.slice(0, -1), b) + 1,
        byDefinition(a, b.slice(0, -1)) + 1,
        byDefinition(a.slice(0, -1), b.slice(0, -1)) + (a.at(-1) === b.at(-1) ? 0 : 1),
        isSwap ? byDefinition(a.slice(0, -2), b.slice(0, -2)) + 1 : Number.POSITIVE_INFINITY,
      );
    };
    const word = fc.string({ unit: fc.constantFrom(..."abc"), maxLength: 5 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(distance(a, b)).toBe(byDefinition(a, b));
      }),
      { numRuns: 300 },
    );
  });

  test("is symmetric, 0 only between equals and at most the longer length", () => {
    const word = fc.string({ unit: fc.constantFrom(..."abc"), maxLength: 8 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(distance(a, b)).toBe(distance(b, a));
        expect(distance(a, b) === 0).toBe(a === b);
        expect(distance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(distance(a, b)).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
      }),
    );
  });
});

describe("nearest", () => {
  test.each([
    ["r9", ["r0", "server1"], "r0"],
    ["topolofy", ["infrastructure", "topology", "params"], "topology"],
    ["infrastuctrue", ["infrastructure", "topology"], "infrastructure"],
    ["MTU", ["bw", "mtu"], "mtu"],
    ["eth0", ["eth1", "Eth0", "eth2"], "Eth0"],
    ["r", ["r0"], "r0"],
    ["a", ["b"], undefined],
    ["mtu", ["bw", "lo"], undefined],
    ["cores", [], undefined],
    ["plantain", ["topology"], undefined],
  ])("to %j of %j is %j", (word, candidates, expected) => {
    expect(nearest(word, candidates)).toBe(expected);
  });

  test("does not depend on the order of the candidates", () => {
    expect(nearest("r9", ["r2", "r1", "r3"])).toBe("r1");
    expect(nearest("r9", new Set(["r3", "r1", "r2"]))).toBe("r1");
  });
});
