import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { mutated } from "./mutate-lab.js";
import { dice } from "./random.js";
import { type Lab, randomLab } from "./random-lab.js";
import { startTwoServers, type TwoServers } from "./two-servers.js";
let both: TwoServers;
let old: readonly string[] = [];
beforeAll(() => { both = startTwoServers(); });
afterAll(() => both.stop());
afterEach(() => { both.run(old, "down --purge"); });
function bare(lab: Lab): Lab {
  for (const node of Object.values(lab.nodes)) { node.exec = []; node.files = {}; node.processes = {}; node.private = false; }
  for (const server of lab.servers) { server.files = {}; server.setup = []; }
  return lab;
}
const seeds = Array.from({ length: Number(process.env.DUNE_PAIRS ?? 20) }, (_, i) => i + 1);
test.each(seeds)("seed %i", async (seed) => {
  const own = dice(seed);
  const servers = 1 + own.number(2);
  const a = bare(randomLab(own, servers));
  const { lab, changes } = mutated(a, own);
  const b = bare(lab);
  old = await both.build(a, "a");
  const next = await both.build(b, "b");
  console.log(seed, changes.join(", "));
  both.must(next, "up");
  const fresh = both.state(servers); both.must(next, "status");
  both.must(next, "down --purge");
  both.must(old, "up");
  both.must(next, "apply");
  const applied = both.state(servers);
  both.must(next, "status");
  for (const [i, one] of applied.entries()) {
    expect(one.network).toEqual(fresh[i]?.network);
    expect(one.sysctls).toEqual(fresh[i]?.sysctls);
  }
}, 60_000);
