import { compareManifests } from "@dune/core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Fates } from "./lab-fates.js";
import { mutated } from "./mutate-lab.js";
import { isRoot } from "./phynode.js";
import { dice } from "./random.js";
import { type Lab, randomLab } from "./random-lab.js";
import { type Bundles, startTwoServers, type TwoServers } from "./two-servers.js";

/**
 * `apply` of B where A is up ends in what `down` of A and `up` of B give, and the way back likewise. What it stops, starts and
 * makes anew meanwhile is what `dune diff` says of the two. Each pair is of a seed:
 * here some that change much; DUNE_PAIRS=200 takes 1 to 200, DUNE_SEED=17 that one alone.
 */
const { DUNE_SEED: only, DUNE_PAIRS: count } = process.env;
const many = Array.from({ length: Number(count ?? 0) }, (_, index) => index + 1);
const seeds = only !== undefined ? [Number(only)] : count !== undefined ? many : [28, 33, 59];

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

/** What `dune diff` says of what is stopped, started and made anew. */
function told(old: Bundles, next: Bundles): Fates {
  const { live: _, neighbours: __, ...fates } = compareManifests(old.manifest, next.manifest).effect;
  return fates;
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
      const fates = both.apply(old, next);
      const applied = both.state(servers);
      both.must(next, "status");
      const fatesBack = both.apply(next, old);
      const back = both.state(servers);
      both.must(old, "status");
      both.must(old, "down --purge");
      expect(both.dump()).toBe(before);
      both.must(next, "up");
      const fresh = both.state(servers);
      both.must(next, "down --purge");
      expect(applied).toEqual(fresh);
      expect(back).toEqual(first);
      expect(told(old, next)).toEqual(fates);
      expect(told(next, old)).toEqual(fatesBack);
    },
    60_000,
  );
});
