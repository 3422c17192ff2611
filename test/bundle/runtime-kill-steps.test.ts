import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endCommand, everything, type KillTest, type Scope, scopes, startKillTest } from "./kill-lab.js";
import { runtimeFolder, writeBundle } from "./payload.js";
import { hasCgroups, isRoot, type Phynode, startPhynode } from "./phynode.js";

/**
 * SIGKILL right after a record was written to the journal; each is one write, so there is no middle. bash runs a trap before each command
 * of the runtime and of its helpers; what is run is the bundle as it is.
 */
const trap = `
if [ -n "\${STEP_FOLDER-}" ]; then
  set -T
  ${endCommand}
  export STEP_SHELL="\${STEP_SHELL-$$}"
  step() {
    local journal last
    if [ -e "$STEP_FOLDER/reached" ] || [ ! -f /var/lib/dune/small/journal ]; then return 0; fi
    mapfile journal </var/lib/dune/small/journal
    if [ "\${#journal[@]}" -le "$STEP_LINES" ]; then return 0; fi
    last="\${journal[-1]}"
    case $last in
      "$STEP_RECORD"*$'\\t.\\n') ;;
      *) return 0 ;;
    esac
    printf %s "$last" >"$STEP_FOLDER/reached"
    end "$STEP_SHELL" "$STEP_SCOPE"
  }
  trap step DEBUG
fi
`;

interface Step {
  readonly before: readonly string[];
  readonly command: string;
  readonly record: string;
}

const up = (record: string): Step => ({ before: [], command: "up --force", record });
const steps: readonly Step[] = [
  up(""),
  up("old"),
  up("inode"),
  up("saved"),
  up("made"),
  up("processes\tstarting"),
  ...(hasCgroups ? [up("cgroup")] : []),
  up("processes\trunning"),
  up("up"),
  { before: [], command: "up --force --state-dir /srv/elsewhere", record: "made" },
  { before: ["up --force --no-start"], command: "start", record: "processes\tstarting" },
  { before: ["up --force --no-start"], command: "start", record: "processes\trunning" },
  { before: ["up --force"], command: "stop", record: "processes\tstopping" },
  { before: ["up --force"], command: "stop", record: "processes\tstopped" },
  { before: ["up --force"], command: "down", record: "restored" },
];

describe.skipIf(!isRoot || spawnSync("bash", ["-c", ":"]).status !== 0)("SIGKILL after each step", () => {
  let server: Phynode;
  let lab: KillTest;
  let path: string;
  const reached = new Set<string>();
  beforeAll(() => {
    server = startPhynode({ cgroups: hasCgroups });
    lab = startKillTest(server, everything);
    path = join(server.folder, "bin");
    mkdirSync(path);
    writeFileSync(join(path, "sh"), '#!/bin/sh\nexec bash "$@"\n', { mode: 0o755 });
    writeFileSync(join(path, "trap"), trap);
  });
  afterAll(() => server.stop());

  function killAt(step: Step, scope: Scope): void {
    const outcome = lab.run(
      `rm -f ${path}/reached
      STEP_LINES=$(wc -l 2>/dev/null </var/lib/dune/small/journal || echo 0)
      export STEP_LINES KILL_MARK=1
      PATH=${path}:$PATH timeout 50 setsid bash ${lab.bundle} ${step.command} >${path}/said 2>&1
      cat ${path}/said >&2`,
      {
        BASH_ENV: join(path, "trap"),
        STEP_RECORD: step.record,
        STEP_SCOPE: scope,
        STEP_FOLDER: path,
      },
    );
    expect(outcome.stderr).not.toContain("bash:");
    const [kind, state] = readFileSync(join(path, "reached"), "utf8").split("\t");
    reached.add(kind === "processes" ? `${kind} ${state}` : (kind ?? ""));
  }

  const cases = steps.flatMap((step, index) =>
    [0, 1].map((other) => [step, scopes[(index + other) % scopes.length] ?? "shell"] as const),
  );
  test.each(cases.map((one) => [one[0].command, one[0].record, one[1], one] as const))(
    "%s, after '%s' (%s)",
    (_command, _record, _scope, [step, scope]) => {
      for (const words of step.before) lab.command(words);
      killAt(step, scope);
      expect(lab.downAndLook()).toBe("");
    },
  );

  test("after the record that says which namespaces are not the lab's", () => {
    const tables = [...everything.tables, { setup: [["pre", "0002", "ip netns add r1"]] }];
    writeBundle(server.folder, { ...everything, tables });
    killAt(up("unmade"), "all");
    lab.command("down --purge");
    expect(lab.run("ip netns | cut -d ' ' -f 1; ip netns del r1").stdout).toContain("r1\n");
    expect(lab.leftBehind()).toBe("");
  });

  test("and that is every kind of record", () => {
    const runtime = readdirSync(runtimeFolder).map((name) => readFileSync(join(runtimeFolder, name), "utf8"));
    const call = /^[^#\n]*\brecord ([a-z]+)(?: (starting|running|stopping|stopped)\b)?/gm;
    const written = [...runtime.join("\n").matchAll(call)];
    const kinds = written.map(([, kind, state]) => (state === undefined ? kind : `${kind} ${state}`));
    // Written by other means: namespaces and files, many at once. One is only where the kernel has no netem, one is that of
    // `apply`, which is killed at random moments.
    const all = new Set([...kinds, "inode", "unmade", "made"]);
    for (const unreached of ["degraded", "touched", "file", ...(hasCgroups ? [] : ["cgroup"])])
      all.delete(unreached);
    const claims = ["file", "dir", "sysctl"].filter((kind) => reached.has(kind));
    expect(claims).not.toEqual([]);
    expect([...reached].sort()).toEqual([...new Set([...all, ...claims])].sort());
  });
});
