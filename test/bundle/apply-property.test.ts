import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { mutated } from "./mutate-lab.js";
import { isRoot } from "./phynode.js";
import { dice } from "./random.js";
import { type Lab, randomLab } from "./random-lab.js";
import { startTwoServers, type TwoServers } from "./two-servers.js";

/**
 * `apply` of B where A is up ends in what `down` of A and `up` of B give, and the way back likewise. The pairs are those of
 * the seeds 1, 2, 3, …; DUNE_PAIRS=200 tries more of them, DUNE_SEED=17 that one alone.
 */
const only = process.env.DUNE_SEED;
const pairs = Number(process.env.DUNE_PAIRS ?? 6);
const seeds = only === undefined ? Array.from({ length: pairs }, (_, index) => index + 1) : [Number(only)];

interface Pair {
  readonly a: Lab;
  readonly b: Lab;
  readonly changes: readonly string[];
}

function pairOf(seed: number): Pair {
  const own = dice(seed);
  const servers = 1 + own.number(2);
  const a = randomLab(own, servers);
  if (own.chance(15)) return { a, b: randomLab(own, servers), changes: ["another lab"] };
  const { lab: b, changes } = mutated(a, own);
  return { a, b, changes };
}

describe.skipIf(!isRoot)("apply ends where down and up end", () => {
  let both: TwoServers;
  let before: string;
  beforeAll(() => {
    both = startTwoServers();
    before = both.dump();
  });
  afterAll(() => both.stop());
  afterEach(() => {
    if (both.dump() === before) return;
    both.stop();
    both = startTwoServers();
    before = both.dump();
  });

  test.each(
    seeds
      .map((seed) => [seed, pairOf(seed)] as const)
      .map(([seed, pair]) => [seed, pair.changes.join(", "), pair] as const),
  )(
    "seed %i: %s",
    async (_, __, { a, b }) => {
      const servers = a.servers.length;
      const [old, next] = [await both.build(a, "a"), await both.build(b, "b")];
      both.must(old, "up");
      const first = both.state(servers);
      both.must(next, "apply");
      const applied = both.state(servers);
      both.must(next, "status");
      both.must(old, "apply");
      const back = both.state(servers);
      both.must(old, "status");
      both.must(old, "down --purge");
      expect(both.dump()).toBe(before);
      both.must(next, "up");
      const fresh = both.state(servers);
      both.must(next, "down --purge");
      expect(applied).toEqual(fresh);
      expect(back).toEqual(first);
    },
    60_000,
  );
});
