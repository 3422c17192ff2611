import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endCommand, type KillTest, scopes, startKillTest } from "./kill-lab.js";
import { type LabState, labState } from "./lab-state.js";
import { isRoot, type Phynode, startPhynode } from "./phynode.js";
import { processState } from "./process-state.js";
import { dice } from "./random.js";
import { type Version, writeVersion } from "./two-versions.js";

/** SIGKILL at random moments of `apply`. Another seed gives others; DUNE_SEED=… gives the same once more. */
const seed = Number(process.env.DUNE_SEED ?? Date.now() % 1_000_000);
const random = dice(seed);
const versions = ["a", "b"] as const;

interface State {
  readonly network: LabState;
  readonly rest: readonly string[];
}

/** An `apply`: to which version, after what part of its time it is killed, and who is killed. */
const kill = () => ({
  target: random.pick(versions),
  part: random.number(1050) / 1000,
  scope: random.pick(scopes),
});

/** 50 of them, ten in a row, and what comes then. */
const rounds = Array.from({ length: 5 }, (_, round) => ({
  kills: Array.from({ length: 10 }, kill),
  after: round % 3 === 1 ? ("down" as const) : random.pick(versions),
}));

type Kill = ReturnType<typeof kill>;

function title({ kills, after }: (typeof rounds)[number]): string {
  const words = kills.map(({ target, part, scope }) => `${target} at ${part} (${scope})`);
  return `${words.join(", ")}, then ${after}`;
}

describe.skipIf(!isRoot)(`SIGKILL at random moments of apply (DUNE_SEED=${seed})`, () => {
  let server: Phynode;
  let lab: KillTest;
  const bundles = {} as Record<Version, string>;
  const states = {} as Record<Version, State>;
  let seconds = 0;
  let here: Version | undefined;

  beforeAll(async () => {
    server = startPhynode();
    for (const version of versions) bundles[version] = await writeVersion(server.folder, version);
    lab = startKillTest(server, bundles.a);
    for (const version of ["b", "a"] as const) {
      command(version, "up --force");
      states[version] = state();
      if (version === "b") lab.downAndLook();
    }
    const began = Date.now();
    command("b", "apply --force");
    seconds = (Date.now() - began) / 1000;
    expect(state()).toEqual(states.b);
    here = "b";
  }, 60_000);
  afterAll(() => server.stop());

  function command(version: Version, words: string): void {
    const { code, stderr } = lab.run(`timeout 40 sh ${bundles[version]} ${words}`);
    if (code !== 0) throw new Error(`${words} of ${version} ended with ${code}: ${stderr}`);
  }

  const state = (): State => ({ network: labState(server), rest: processState(server).split("\n") });

  function killed({ target, part, scope }: Kill): void {
    lab.run(`${endCommand}
      KILL_MARK=1 setsid sh ${bundles[target]} apply --force >${lab.folder}/said 2>&1 &
      sleep ${(seconds * part).toFixed(3)}; end $! ${scope}; wait`);
  }

  test.each(rounds.map((round) => [title(round), round] as const))(
    "%s",
    (_, { kills: [first, ...others], after }) => {
      if (here === undefined) {
        command("a", "down --purge");
        command("a", "up --force");
      }
      // The first leads to the other version, so that there is something to do.
      const target = here === "b" ? "a" : "b";
      here = undefined;
      if (first !== undefined) killed({ ...first, target });
      for (const one of others) killed(one);
      if (after === "down") return expect(lab.downAndLook()).toBe("");
      command(after, "apply --force");
      expect(state()).toEqual(states[after]);
      here = after;
    },
    60_000,
  );
});
