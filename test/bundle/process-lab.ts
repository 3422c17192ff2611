import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { type HandMadeLab, sha256, type Tables, text, writeBundle } from "./payload.js";
import { dump, hasCgroups, type Outcome, type Phynode, startPhynode } from "./phynode.js";
import { processState } from "./process-state.js";
import { smallLab } from "./small-lab.js";

export const contents = ["zero\n", "one\n", "two\n", "three\n"];
export const [zero, one, two] = contents.map(sha256) as [string, string, string];

/** A process that says what it reads when it starts. */
export const reader = (path: string): string => `trap '' HUP; cat ${path}; echo "$WORDS"; exec sleep 1000`;
export const idle = "exec sleep 1000";

export const file = (path: string, sum: string, mode = 644, owner = "-"): Tables => ({
  files: [[path, mode, "r0", sum, owner]],
});
export const uses = (name: string, path: string, sum: string): Tables => ({
  uses: [["r0", name, path, sum]],
});
export const run = (name: string, command: string, cores: string | number = "-", on = "r0"): Tables => ({
  processes: [[on, name, cores, 5, text(command)]],
});
export const env = (name: string, value: string): Tables => ({ environment: [["r0", name, "WORDS", value]] });
export const hook = (name: string, kind: string, command: string): Tables => ({
  hooks: [["r0", name, kind, "0001", text(command)]],
});

/** A phynode for the tests of one `describe`, and what they do there; after each of them nothing is left. */
export function processLab() {
  let server: Phynode;
  let empty: string;
  beforeAll(() => {
    server = startPhynode({ cgroups: hasCgroups });
    empty = dump(server);
  });
  afterAll(() => server.stop());
  afterEach(() => {
    server.run(`sh ${server.folder}/server1.run down --purge
      ! mountpoint -q /srv/disk || umount /srv/disk; rm -rf /srv/*`);
    expectNothingLeft();
  });

  const expectNothingLeft = (): void => expect(dump(server)).toBe(empty);
  const state = (): string => processState(server);
  const shell = (script: string): Outcome => server.run(script);
  const folder = (): string => server.folder;
  const bundle = (...tables: readonly Tables[]): string => make({ ...smallLab(...tables), contents });
  const make = (lab: HandMadeLab): string => {
    const keys = { ...lab.keys, digest: sha256(JSON.stringify(lab)) };
    return writeBundle(server.folder, { ...lab, keys });
  };
  const on = (command: string): Outcome => server.run(`sh ${server.folder}/server1.run ${command}`);
  const good = (command: string): Outcome => {
    const outcome = on(command);
    expect(`${outcome.stderr}${outcome.stdout}`.concat(` code ${outcome.code}`)).toMatch(/ code 0$/);
    return outcome;
  };
  const up = (...tables: readonly Tables[]): void => {
    bundle(...tables);
    good("up");
  };
  /** The steps that a dry run names, and then they are carried out. */
  const apply = (...tables: readonly Tables[]): { readonly steps: string[]; readonly said: string } => {
    bundle(...tables);
    const steps = good("apply --dry-run").stdout.split("\n").filter(Boolean);
    const { stderr } = good("apply");
    expect(JSON.parse(on("status --json").stdout).drift).toEqual([]);
    return { steps, said: stderr };
  };
  /** By `node/process` the number that it was started with. */
  const pids = (): Record<string, string> => {
    const numbers = server
      .run("cd /var/lib/dune/small/proc; grep -H . */*.pid")
      .stdout.split("\n")
      .filter(Boolean);
    return Object.fromEntries(numbers.map((line) => line.split(".pid:") as [string, string]));
  };
  const log = (name: string): string => server.run(`cat /var/lib/dune/small/log/${name}.log`).stdout;
  /** Applied, the lab is what `down` and `up` of the same tables make of it. */
  const expectAsAfterUp = (whenDown = (): void => undefined): void => {
    const applied = state();
    good("down");
    whenDown();
    good("up");
    expect(applied.split("\n")).toEqual(state().split("\n"));
  };
  return {
    shell,
    folder,
    state,
    expectNothingLeft,
    bundle,
    make,
    on,
    good,
    up,
    apply,
    pids,
    log,
    expectAsAfterUp,
  };
}
