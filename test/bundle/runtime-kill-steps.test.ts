import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endCommand, everything, type KillTest, type Scope, scopes, startKillTest } from "./kill-lab.js";
import { writeBundle } from "./payload.js";
import { hasCgroups, isRoot, type Phynode, startPhynode } from "./phynode.js";

/**
 * SIGKILL right after a record was written to the journal, and in the middle of it. bash runs a trap before each command
 * of the runtime and of its helpers; what is run is the bundle as it is.
 */
const trap = `
if [ -n "\${STEP_WANTED-}" ]; then
  set -T
  ${endCommand}
  export STEP_SHELL="\${STEP_SHELL-$$}"
  step() {
    local journal last
    if [ -e "$STEP_FOLDER/reached" ] || [ ! -f /var/lib/dune/small/journal ]; then return 0; fi
    mapfile journal </var/lib/dune/small/journal
    last="\${journal[-1]-}"
    case "$last" in
      "$STEP_WANTED"*$'\\t.\\n') [ "$STEP_PART" = after ] || return 0 ;;
      "$STEP_WANTED"*$'\\t') [ "$STEP_PART" = within ] || return 0 ;;
      *) return 0 ;;
    esac
    if [ "\${STEP_ONCE-}" != - ] && [ "\${#journal[@]}" -le "$STEP_LINES" ]; then return 0; fi
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
const claims: readonly Step[] = ["file", "dir"].map(up).slice(0, 0);
const steps: readonly Step[] = [
  ...claims,
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

/** Records that are written by one call: there is no middle. */
const whole = ["", "inode", "made"];

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

  function killAt(step: Step, part: "after" | "within", scope: Scope): void {
    const outcome = lab.run(
      `rm -f ${path}/reached
      STEP_LINES=$(wc -l 2>/dev/null </var/lib/dune/small/journal || echo 0)
      export STEP_LINES KILL_MARK=1
      PATH=${path}:$PATH timeout 50 setsid bash ${lab.bundle} ${step.command} >${path}/said 2>&1
      cat ${path}/said >&2`,
      {
        BASH_ENV: join(path, "trap"),
        STEP_WANTED: step.record === "" ? "\t" : step.record,
        STEP_PART: part,
        STEP_SCOPE: scope,
        STEP_FOLDER: path,
      },
    );
    expect(outcome.stderr).not.toContain("bash:");
    reached.add(readFileSync(join(path, "reached"), "utf8").split("\t.")[0] ?? "");
  }

  const cases = steps.flatMap((step, index) =>
    (whole.includes(step.record) ? (["after"] as const) : (["after", "within"] as const)).map(
      (part, other) => [step, part, scopes[(index + other) % scopes.length] ?? "shell"] as const,
    ),
  );
  test.each(cases.map((one) => [one[0].command, one[1], one[0].record, one[2], one] as const))(
    "%s, %s '%s' (%s)",
    (_command, _part, _record, _scope, [step, part, scope]) => {
      for (const words of step.before) lab.command(words);
      killAt(step, part, scope);
      expect(lab.downAndLook()).toBe("");
    },
  );
});
