import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  endCommand,
  everything,
  type KillTest,
  type Scope,
  scopes,
  startKillTest,
  stubborn,
} from "./kill-lab.js";
import { writeBundle } from "./payload.js";
import { hasCgroups, isRoot, type Phynode, startPhynode } from "./phynode.js";

/** SIGKILL at random moments. Another seed gives others; DUNE_SEED=… gives the same once more. */
const seed = Number(process.env.DUNE_SEED ?? Date.now() % 1_000_000);

/** The numbers of one seed, from 0 to 1. */
function numbers(first: number): () => number {
  let state = first >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const next = numbers(seed);
const moment = (): number => Math.round(next() * 1050) / 1000;
const scope = (): Scope => scopes[Math.floor(next() * scopes.length)] ?? "shell";
const of = (words: string): readonly [string, number, Scope] => [words, moment(), scope()];

const ups = ["up --force", "up --force --state-dir /srv/elsewhere", "up --force --no-start"];
const rounds = Array.from({ length: 27 }, (_, round) => {
  const up = of(ups[round % 3 === 2 ? 1 + (round % 2) : 0] ?? "");
  return { kills: round % 3 === 0 ? [up, of("down"), of("down --purge")] : [up] };
});
const chains = Array.from({ length: 8 }, (_, round) => ({
  kills: [of("stop"), of("start"), of(round % 2 ? "stop" : "start"), of("down")],
}));

describe.skipIf(!isRoot)(`SIGKILL at random moments (DUNE_SEED=${seed})`, () => {
  let server: Phynode;
  let lab: KillTest;
  const seconds = new Map<string, number>();
  beforeAll(() => {
    server = startPhynode({ cgroups: hasCgroups });
    lab = startKillTest(server, everything);
    for (const words of ["up --force", "stop", "start", "down --purge"]) measure(words);
  });
  afterAll(() => server.stop());

  /** How long each command takes on this machine. */
  function measure(words: string): void {
    const began = Date.now();
    lab.command(words);
    seconds.set(words.split(" ")[0] ?? "", (Date.now() - began) / 1000);
  }

  function kill(words: string, part: number, which: Scope): void {
    const wait = (seconds.get(words.split(" ")[0] ?? "") ?? 1) * part;
    lab.run(`${endCommand}
      KILL_MARK=1 setsid sh ${lab.bundle} ${words} >${lab.folder}/said 2>&1 &
      sleep ${wait.toFixed(3)}; end $! ${which}; wait`);
  }

  const title = (kills: readonly (readonly [string, number, Scope])[]): string =>
    kills.map(([words, part, which]) => `${words} at ${part} (${which})`).join(", ");

  test.each(rounds.map(({ kills }) => [title(kills), kills] as const))("%s", (_, kills) => {
    for (const [words, part, which] of kills) kill(words, part, which);
    expect(lab.downAndLook()).toBe("");
  });

  test.each(chains.map(({ kills }) => [title(kills), kills] as const))("up, then %s", (_, kills) => {
    lab.command("up --force");
    for (const [words, part, which] of kills) kill(words, part, which);
    expect(lab.downAndLook()).toBe("");
  });

  test("what others put into the lab's folders stays, and so do the folders", () => {
    lab.command("up --force");
    lab.run("echo canary >/srv/made/here/canary; echo canary >/srv/made/here/app.conf.bak");
    kill("down", moment(), scope());
    lab.command("down --purge");
    expect(lab.run("ls /srv/made/here; rm -r /srv/made/here").stdout).toBe("app.conf.bak\ncanary\n");
    expect(lab.leftBehind()).toBe("");
  });

  test.each(["start", "stop", "down"])("a process that ignores SIGTERM, and %s is killed", (words) => {
    const usual = lab.bundle;
    writeBundle(server.folder, stubborn);
    lab.command(words === "start" ? "up --force --no-start" : "up --force");
    kill(words, moment(), scope());
    expect(lab.downAndLook()).toBe("");
    expect(usual).toBe(writeBundle(server.folder, everything));
  });

  test.skipIf(!hasCgroups)("a daemon that has only its cgroup left is found by stop, and by down", () => {
    const away = "setsid env -i nsenter --net=/proc/1/ns/net sleep 4010 >/dev/null 2>&1 & sleep 0.1";
    const tables = [...everything.tables, { processes: [["r1", "away", "-", 5, away]] }];
    writeBundle(server.folder, { ...everything, tables });
    const sleeping = (): string => lab.run("pgrep -x -f 'sleep 40(01|10)' | wc -l").stdout.trim();
    lab.command("up --force");
    expect(sleeping()).toBe("3");
    const { processes } = JSON.parse(lab.command("status --json").stdout);
    expect(processes).toContainEqual(expect.objectContaining({ name: "away", state: "running", code: 0 }));
    lab.command("stop");
    expect(sleeping()).toBe("0");
    lab.command("start");
    expect(sleeping()).toBe("3");
    expect(lab.downAndLook()).toBe("");
  });
});
